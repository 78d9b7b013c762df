"""The offers and matches that GetUsPPE published, as spreadsheets for the importer, and counted without it.

The files are dirty as they are: 370 offers are not positive and 33 are beyond belief. Every type of equipment becomes
an item of that name, so that nothing is judged by how names are matched.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import sheets

MOST = 5_000_000
"""No quantity the publisher left unmarked is larger, none that it marked as implausible is smaller."""


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"getusppe_{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def make_items(*tables: list[dict[str, str]]) -> None:
    from yuanshou_ops.ledger.models import Item

    for code in sorted({row.get("equipmentEnum") or row["enumcode"] for rows in tables for row in rows}):
        Item.objects.get_or_create(pk=code, defaults={"name": f"GetUsPPE {code}", "unit": "each"})


def offers_sheet(rows: list[dict[str, str]]) -> bytes:
    headings = ("Item", "Quantity", "Where the goods are", "Conditions", "Source")
    return sheets.book(
        headings,
        *(
            [row["equipmentEnum"], int(row["qty"]), "USA", f"state {row['stateprovince']}".strip(),
             f"donation {row['donationkey']}, donor {row['donorKey']}, {row['created']}, {row['dataSource']}"]
            for row in rows
        ),
    )  # fmt: skip


def matches_sheet(rows: list[dict[str, str]]) -> bytes:
    """Each match as a request of the facility; a line that repeats an item of the same match is numbered apart."""
    seen: dict[tuple[str, ...], int] = defaultdict(int)
    body: list[list[Any]] = []
    for row in rows:
        match = f"match {row['matchkey']}, facility {row['facilitykey']}, {row['matchstatus']}"
        seen[match, row["enumcode"]] += 1
        note = f"{match}, line {seen[match, row['enumcode']]}"
        body.append(["USA", "Facilities", row["enumcode"], int(row["qty"]), note])
    return sheets.book(("Place", "Consignee", "Item", "Quantity", "Note"), *body)


def is_bad(row: dict[str, str]) -> bool:
    return not 1 <= int(row["qty"]) <= MOST


def totals(rows: list[dict[str, str]]) -> dict[str, int]:
    """Units by item of the good rows, by nothing but addition."""
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        if not is_bad(row):
            found[row.get("equipmentEnum") or row["enumcode"]] += int(row["qty"])
    return dict(found)
