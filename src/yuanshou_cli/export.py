"""`yuanshou export`: facts of the operations application in files anybody can read and check."""

from __future__ import annotations

import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import click

from yuanshou_cli.options import data_dir_option
from yuanshou_cli.serve import open_application


@click.group(epilog="Example: yuanshou export ledger --out ledger-export/")
def command() -> None:
    """Facts of the operations application in files anybody can read and check."""


@command.command(epilog="Example: yuanshou export ledger --out ledger.zip && yuanshou verify ledger.zip")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("ledger-export"),
    show_default=True,
    help="Folder to write, or a file that ends in .zip.",
)
@data_dir_option
def ledger(out: Path, data_dir: Path | None) -> None:
    """Every move with its chain of hashes, accounts, totals and shipment lines; `yuanshou verify` checks them."""
    open_application(data_dir)
    from yuanshou_ops.exchange.ledger_export import write_ledger

    at = datetime.now(UTC)
    if out.suffix != ".zip":
        manifest = write_ledger(out, at=at)
    else:
        with tempfile.TemporaryDirectory() as scratch:
            manifest = write_ledger(Path(scratch), at=at)
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                for path in sorted(Path(scratch).iterdir()):
                    archive.write(path, path.name)
    click.echo(f"{manifest['moves']:,} moves, {manifest['accounts']:,} accounts")
    click.echo(str(out))
