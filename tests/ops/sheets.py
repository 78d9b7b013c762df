"""Workbooks for the tests of the exchange: rows under headings, as a spreadsheet program or a program would save them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook, load_workbook

OFFER = ("Item", "Quantity", "Pack", "Lot number", "Expires on", "Specification", "Where the goods are", "Source")
"""Headings enough for an offer of somebody who acts for one organisation."""


def book(headings: Sequence[Any], *rows: Sequence[Any]) -> bytes:
    """An XLSX with one sheet."""
    workbook = Workbook()
    workbook.active.append(list(headings))
    for row in rows:
        workbook.active.append(list(row))
    return saved(workbook)


def saved(workbook: Workbook) -> bytes:
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def opened(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def text(headings: Sequence[Any], *rows: Sequence[Any], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """A CSV file."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows([headings, *rows])
    return buffer.getvalue().encode(encoding)


def offer(**values: Any) -> list[Any]:
    """One good row under `OFFER`."""
    row = {
        "Item": "surgical_mask", "Quantity": 12, "Pack": "box", "Lot number": "L1", "Expires on": "2023-06-30",
        "Specification": "EN 14683 Type IIR", "Where the goods are": "CHN", "Source": "letter",
    }  # fmt: skip
    return [(row | {name.replace("_", " "): value for name, value in values.items()})[name] for name in OFFER]
