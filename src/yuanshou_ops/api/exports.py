"""The whole ledger as a file for programs, to be checked by `yuanshou verify` without this application."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from django.http import FileResponse

from yuanshou_ops.api.doors import Call, Door
from yuanshou_ops.exchange.ledger_export import write_ledger

door = Door("exports")


@door.file("/exports/ledger.zip", "ledger.export", "application/zip")
def ledger(call: Call) -> FileResponse:
    """Every move with its running hash, the days, balances, public totals and shipment lines, of one moment."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    with tempfile.TemporaryDirectory() as name, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        write_ledger(Path(name), at=call.at)
        for path in sorted(Path(name).iterdir()):
            archive.write(path, f"ledger/{path.name}")
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename="ledger.zip", content_type="application/zip")
