"""Counts of an outbreak: a file read through the library's door, what it would change, and what was known on a day.

The one thing easily confused: the newest upload that *reports* a value of a place and day holds; an empty cell of a
newer upload takes nothing back. To take a value back, withdraw the upload.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext_lazy as _

from yuanshou.sources.surveillance import SurveillanceSeries, read_surveillance
from yuanshou_ops.errors import Refused
from yuanshou_ops.situation.models import Count, CountUpload, Outbreak

PERSONS_MAX = 10_000_000_000
FIELDS = {"cases": "cases_cumulative", "deaths": "deaths_cumulative"}
TEMPLATE = "place,date,cases_cumulative,deaths_cumulative\nKEN,2026-11-01,12,1\nKEN,2026-11-02,15,\n"


@dataclass(frozen=True)
class Counted:
    """One place and day: cumulative persons, None where not reported."""

    place: str
    day: date
    cases: int | None
    deaths: int | None


@dataclass(frozen=True)
class Table:
    """A file of counts as it was read: its rows, what the reading noted, and the digest of the file."""

    file_name: str
    digest: str
    rows: tuple[Counted, ...]
    notes: tuple[dict[str, Any], ...]


def read_counts(file_name: str, content: bytes, *, known_on: date, columns: Mapping[str, str] | None = None) -> Table:
    """The counts in a CSV or XLSX file of any layout the command line reads, as known on a day.

    Raises `InputError` or `SettingError` in the library's words, which name file, row, column and the way out, and
    `Refused` for a count of more persons than there are or of a part of one.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _plain_name(file_name, content)
        path.write_bytes(content)
        series = read_surveillance(path, as_of=known_on, columns=columns or None)
    rows = tuple(
        Counted(str(row.place), row.date.date(), _whole(row, "cases", path.name), _whole(row, "deaths", path.name))
        for row in series.to_frame().itertuples(index=False)
    )
    notes = tuple({"place": note.place, "day": note.date, "words": note.message} for note in series.notes)
    return Table(path.name, hashlib.sha256(content).hexdigest(), rows, notes)


def _plain_name(name: str, content: bytes) -> str:
    kept = "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable() and c not in '<>:"|?*')
    stem, ending = Path(kept).stem[:60].strip(". ") or "counts", ".xlsx" if content[:2] == b"PK" else ".csv"
    return f"{stem}{ending}"


def _whole(row: Any, name: str, file: str) -> int | None:
    value = getattr(row, FIELDS[name])
    if np.isnan(value):
        return None
    if value != int(value) or value > PERSONS_MAX:
        raise Refused(
            _("%(n)s persons for %(place)s on %(day)s in %(file)s"), _("a whole number of persons, at most %(most)s"),
            _("correct the cell"), n=f"{value:g}", place=row.place, day=row.date.date(), file=file, most=PERSONS_MAX,
        )  # fmt: skip
    return int(value)


# --- what was known on a day ---------------------------------------------------------------------------------


def uploads_known(outbreak: Outbreak, as_of: date) -> Any:
    """The uploads that count on that day, the oldest first."""
    return outbreak.uploads.filter(known_on__lte=as_of, withdrawn_at=None).order_by("known_on", "id")


def values_known(outbreak: Outbreak, as_of: date) -> dict[tuple[str, date], list[int | None]]:
    """(place, day) → cumulative cases and deaths; the newest upload that reports a value holds."""
    rows = Count.objects.filter(upload__in=uploads_known(outbreak, as_of), day__lte=as_of)
    known: dict[tuple[str, date], list[int | None]] = {}
    order = rows.order_by("upload__known_on", "upload_id").values_list("place_id", "day", "cases", "deaths")
    for place, day, *values in order.iterator(chunk_size=5000):
        there = known.setdefault((place, day), [None, None])
        there[:] = [old if new is None else new for old, new in zip(there, values, strict=True)]
    return known


def reported_counts(outbreak: Outbreak, as_of: date) -> SurveillanceSeries:
    """The counts of an outbreak as its uploads known on that day say.

    Raises `Refused` where no upload was known by then.
    """
    known = values_known(outbreak, as_of)
    if not known:
        raise Refused(
            _("no counts of %(outbreak)s known on %(day)s"), _("at least one upload known by then"),
            _("upload counts, or choose a later day"), outbreak=outbreak.name, day=as_of,
        )  # fmt: skip
    frame = pd.DataFrame(
        [(place, pd.Timestamp(day), *values) for (place, day), values in known.items()],
        columns=["place", "date", *FIELDS.values()],
    )
    frame[list(FIELDS.values())] = frame[list(FIELDS.values())].astype(float)
    told = list(
        dict.fromkeys(uploads_known(outbreak, as_of).order_by("-known_on", "-id").values_list("source", flat=True))
    )
    source = "; ".join(told[:3]) + (" …" if len(told) > 3 else "")
    return SurveillanceSeries.from_frame(frame, as_of=as_of, source=source, file=outbreak.code)


# --- what an upload would change -----------------------------------------------------------------------------

SHOWN = 50


@dataclass(frozen=True)
class Preview:
    """What a table holds, and how it differs from what was known before it."""

    table: Table
    mark: str
    places: int
    first: date
    last: date
    cases: int | None
    deaths: int | None
    fallen: list[tuple[str, date, str, int, int]]
    """place, day, cases or deaths, before, now."""
    vanished: list[str]
    before: CountUpload | None


def preview(outbreak: Outbreak, table: Table, *, known_on: date) -> Preview:
    """Compare a table with what was known of the outbreak; nothing is saved."""
    refuse_twice(outbreak, table)
    known = values_known(outbreak, known_on)
    fallen = [
        (row.place, row.day, name, old, new)
        for row in table.rows
        for name, old, new in zip(
            FIELDS, known.get((row.place, row.day), (None, None)), (row.cases, row.deaths), strict=True
        )
        if old is not None and new is not None and new < old
    ]
    before = uploads_known(outbreak, known_on).last()
    here = {row.place for row in table.rows}
    vanished = sorted({place for place, _day in known} - here)
    days = [row.day for row in table.rows]
    newest = hashlib.sha256(f"{table.digest} {known_on} {before}".encode()).hexdigest()[:32]
    return Preview(
        table, newest, len(here), min(days), max(days), _total(table, "cases"), _total(table, "deaths"), fallen, vanished,
        before,
    )  # fmt: skip


def refuse_twice(outbreak: Outbreak, table: Table) -> None:
    there = outbreak.uploads.filter(digest=table.digest, withdrawn_at=None).first()
    if there is not None:
        raise Refused(
            _("the same file as %(number)s"), _("a file that was not uploaded yet"),
            _("choose another file, or withdraw %(number)s first"), number=there.number,
        )  # fmt: skip


def _total(table: Table, name: str) -> int | None:
    """The last reported value of each place, summed; None where none reported any."""
    last = {
        row.place: getattr(row, name)
        for row in sorted(table.rows, key=lambda r: r.day)
        if getattr(row, name) is not None
    }
    return sum(last.values()) if last else None
