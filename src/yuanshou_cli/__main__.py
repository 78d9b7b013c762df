"""The entry point: finds the command's file, and turns a YuanshouError into words and an exit code."""

from __future__ import annotations

import importlib
import sys

import click

from yuanshou import __version__
from yuanshou.errors import YuanshouError

COMMANDS = {
    "demo": "the main job on real data: the world on 25 March 2020",
    "situation": "what is going on: counts, growth, reproduction number, high-risk list",
    "forecast": "what may come: weekly cases and deaths with uncertainty",
    "score": "how good was it: interval score, coverage and bias of a forecast or of the method",
    "needs": "what it takes: patients, staff and items by place and week",
    "plan": "what to send where: an explained allocation as JSON, XLSX and HTML",
    "explain": "why a place got what it got, and what would change it, checked by solving again",
    "verify-plan": "is a plan file sound, and as good as it says? without solver or trust",
    "facilities": "a plan for up to 200,000 places, from Parquet or CSV tables, by region",
    "replay": "a past outbreak week by week, with only what was known, rule against rule",
    "intake": "a damaged news page becomes repaired text and proposed facts",
    "serve": "the operations application: requests, offers, ledger, shipments, receipts",
    "upkeep": "one round of upkeep of the application: promises lapse, days are sealed; for a timer",
    "export": "facts of the operations application in files anybody can check",
    "backup": "everything the operations application knows in one file",
    "restore": "a backup back in place, every row compared with what was saved",
    "verify": "check a ledger export: every row, balance, total and shipment line",
}
"""Name and one line of every command; `yuanshou_cli/NAME.py` (dashes as underscores) holds `command`."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"yuanshou_cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="yuanshou")
def cli() -> None:
    """Yuanshou 援手: from outbreak counts to delivered aid.

    Example: yuanshou plan --as-of 2020-03-25 --out plan/
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; a problem the user can mend ends with its message and exit code."""
    try:
        cli.main(args=arguments, prog_name="yuanshou", standalone_mode=False)
    except YuanshouError as error:
        click.echo(f"yuanshou: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Exit as exit_:
        sys.exit(exit_.exit_code)
    except click.Abort:
        click.echo("yuanshou: stopped; nothing was written", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
