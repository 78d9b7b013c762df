"""`yuanshou upkeep`: one round of what must happen although nobody clicks, for a timer of the system."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from yuanshou_cli.serve import open_application


@click.command(epilog="Example: */10 * * * * yuanshou upkeep --data-dir /var/lib/yuanshou")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path),
              help="Folder of the database; the same as YUANSHOU_DATA_DIR.")  # fmt: skip
def command(data_dir: Path | None) -> None:
    """Promises whose time is over lapse, holds end, days that are over are sealed.

    `yuanshou serve` does this by itself. Behind another server, call this from cron or a systemd timer, or keep
    `python -m django work` running. Any number may run at once: one does the round, the others say so and end.
    """
    if data_dir is not None:
        os.environ["YUANSHOU_DATA_DIR"] = str(data_dir.resolve())
    open_application()
    from yuanshou_ops.upkeep import run

    round_ = run(datetime.now(UTC))
    click.echo("another process is at it" if round_ is None else round_.words())
    if round_ is not None and round_.failed:
        raise click.exceptions.Exit(1)
