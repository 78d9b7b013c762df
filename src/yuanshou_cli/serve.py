"""`yuanshou serve`: the operations application on this machine, from an empty folder to the first page."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

import click

from yuanshou.errors import SettingError
from yuanshou_cli.options import data_dir_option


@click.command(epilog="Example: yuanshou serve --demo --port 8000")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port to listen on.")
@data_dir_option
@click.option("--admin-email", help="Sign-in address of the first administrator; asked for when there is none yet.")
@click.option("--admin-name", default="Administrator", show_default=True, help="Name of the first administrator.")
@click.option("--admin-password", help="First password (12 characters or more); better left to the prompt.")
@click.option("--organisation", default="Coordination centre", show_default=True, help="Name of your organisation.")
@click.option(
    "--place", default="CHE", show_default=True, help="Where your organisation is: any code or name of a place."
)
@click.option("--demo", is_flag=True, help="Load the March 2020 example, with a person in every role.")
@click.option("--prepare-only", is_flag=True, help="Create or update the database, and stop.")
def command(
    host: str, port: int, data_dir: Path | None, admin_email: str | None, admin_name: str, admin_password: str | None,
    organisation: str, place: str, demo: bool, prepare_only: bool,
) -> None:  # fmt: skip
    """The operations application: requests, offers, ledger, shipments, receipts, on localhost.

    Creates the database when it is missing, brings it up to date, asks for the first administrator, and serves. A
    server for others is set up as docs/guides/production.md says.
    """
    seen_at = host if host.strip("0.:") else "127.0.0.1"  # an address that listens everywhere is none to visit
    os.environ.setdefault("YUANSHOU_PUBLIC_URL", f"http://{seen_at}:{port}")
    open_application(data_dir)
    from yuanshou_ops.start import demo_passwords, ensure_administrator, has_administrator, load_example, prepare

    prepare()
    if demo:
        password = admin_password or secrets.token_urlsafe(12)
        made = load_example(password=password)
        if made:
            click.echo("The March 2020 example is loaded. Sign in as one of:")
            for email, words in demo_passwords():
                click.echo(f"  {email:34} {words}")
            click.echo(f"with the password  {password}")
    elif not has_administrator():
        ensure_administrator(
            email=admin_email or _ask("E-mail of the first administrator"), name=admin_name,
            password=admin_password or _ask("Password (12 characters or more)", hide=True),
            organisation_name=organisation, place=place,
        )  # fmt: skip
    if prepare_only:
        return
    click.echo(f"Yuanshou is at http://{seen_at}:{port}/ (stop with Ctrl-C)")
    from yuanshou_ops.start import run_server

    run_server(host, port)


def open_application(data_dir: Path | None = None) -> None:
    """Make Django ready (on that folder, or the one of YUANSHOU_DATA_DIR), or say what is missing."""
    if data_dir is not None:
        os.environ["YUANSHOU_DATA_DIR"] = str(data_dir.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuanshou_ops.settings")
    try:
        import django
    except ImportError:
        raise SettingError(
            "no Django", "the operations extra", "pip install 'yuanshou[ops]', or python3 dev.py setup"
        ) from None
    django.setup()


def _ask(words: str, *, hide: bool = False) -> str:
    if not sys.stdin.isatty():
        raise SettingError(
            "no administrator yet and nobody to ask", "the first administrator",
            "give --admin-email and --admin-password, or --demo",
        )  # fmt: skip
    answer: str = click.prompt(words, hide_input=hide, confirmation_prompt=hide)
    return answer
