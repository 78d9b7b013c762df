"""`yuanshou backup`: everything the operations application knows in one file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from yuanshou_cli.options import data_dir_option
from yuanshou_cli.serve import open_application


@click.command(epilog="Example: yuanshou backup backups/2020-03-25.zip")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_dir_option
def command(file: Path, data_dir: Path | None) -> None:
    """Everything the application knows in one file, while people go on working.

    FILE is a new ZIP file, readable by its owner only, of the same form for SQLite and PostgreSQL: every row as it was
    at one moment, the files of the data folder, and the hash of every table. Keep it as safe as the database: it holds
    password hashes. `yuanshou restore` puts it back, on either engine.
    """
    open_application(data_dir)
    from yuanshou_ops.backup import write_backup

    manifest = write_backup(file, at=datetime.now(UTC))
    rows = sum(table["rows"] for table in manifest["tables"].values())
    click.echo(f"{rows:,} rows of {len(manifest['tables'])} tables, {file.stat().st_size:,} bytes")
    click.echo(str(file))
