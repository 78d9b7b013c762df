"""Files for programs: the whole ledger, to be checked by `yuanshou verify`, events of shipments, forecasts."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from django.http import FileResponse, HttpResponse

from yuanshou_ops.api.doors import Call, Door
from yuanshou_ops.api.types import Maybe40
from yuanshou_ops.exchange.ledger_export import write_ledger
from yuanshou_ops.formats.views import events_file, forecasts_file

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


@door.file("/exports/shipments.epcis.jsonld", "shipments.export", "application/ld+json")
def events(call: Call, place: Maybe40 = "") -> HttpResponse:
    """The events of the shipments one may see, as EPCIS 2.0, optionally of one place."""
    return events_file(call.by, place)


@door.file("/exports/forecasts.hubverse.csv", "situation.view", "text/csv")
def forecasts(call: Call) -> HttpResponse:
    """The forecasts of the latest snapshot, as hubs of forecasts take them."""
    return forecasts_file()
