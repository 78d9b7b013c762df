"""`yuanshou restore`: a backup back in place, every row compared with what was saved."""

from __future__ import annotations

from pathlib import Path

import click

from yuanshou_cli.options import data_dir_option
from yuanshou_cli.serve import open_application


@click.command(epilog="Example: yuanshou restore backups/2020-03-25.zip --data-dir fresh/")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace a database that is not empty. What is in it is lost.")
@data_dir_option
def command(file: Path, replace: bool, data_dir: Path | None) -> None:
    """Put a backup in place, as a whole or not at all, and compare every row with what was saved.

    FILE is what `yuanshou backup` wrote, on either engine. Stop the server first. An older backup is brought up to date;
    one of a newer version is refused. A database that holds anything is left alone unless --replace is given.
    """
    open_application(data_dir)
    from yuanshou_ops.backup import restore_backup

    manifest = restore_backup(file, replace=replace)
    rows = sum(table["rows"] for table in manifest["tables"].values())
    click.echo(
        f"{rows:,} rows of {len(manifest['tables'])} tables, as they were on {manifest['at']}; every hash agrees."
    )
