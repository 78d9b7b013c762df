"""Spreadsheets as nobody should send them: `fuzzed(seed)` makes the same damaged file for the same seed.

A good workbook or CSV of one kind gets one to four injuries: strange cells, broken structure, broken XML, broken
archive, broken text. Some injuries do no harm, so some files are still good; the tests ask that nothing lies between.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sheets
from openpyxl import Workbook

HEADINGS: dict[str, tuple[str, ...]] = {
    "offers": sheets.OFFER,
    "requests": ("Place", "Consignee", "Item", "Quantity", "Pack", "Priority", "Needed by", "Note"),
    "stock": (
        "Item",
        "Quantity",
        "Pack",
        "Lot number",
        "Expires on",
        "Origin",
        "Holder",
        "Place",
        "Reason or document",
    ),
}
ITEMS = ("surgical_mask", "gloves", "respirator_n95", "pcr_test", "Mask, medical, Type IIR")
STRANGE: tuple[Any, ...] = (
    None, "", " ", "x", "-", "–", 0, -1, -(10**9), 1.5, 0.1 + 0.2, 1e308, 10**30, 10**12, 10**12 + 1, True, False,
    "12", "1 200", "1,200", "1.200", "٦٠٠", "１２", "1e3", "NaN", "inf", "0x10", "12 boxes", "twelve",
    "=1+1", "=cmd|' /C calc'!A0", "+1", "-5", "@SUM(A1)", "'=1", "'", "\t=1", "#REF!", "#N/A",
    date(2021, 3, 5), datetime(2021, 3, 5, 14, 30),  # noqa: DTZ001 - spreadsheets know no zones
    time(12, 0), timedelta(days=400), date(9999, 12, 31),
    "2021-03-05", "2021-02-30", "05/03/2021", "31.12.2022", "2022年5月31日", "0000-00-00", 44270, 44270.75,
    "L" * 61, "x" * 40_000, "a\nb", "\u202egnihton", "😷" * 50, "\u0301" * 30, "Île", "CHN", "Narnia", "UNK", "ITA ",
    "Chen Foundation", "GIVER", "nobody", "box", "BOX", "carton", "pallet", "коробка", "箱", "each",
)  # fmt: skip


@dataclass(frozen=True)
class Fuzzed:
    """One file, its kind, and the injuries it got."""

    kind: str
    name: str
    content: bytes
    injuries: tuple[str, ...]


def fuzzed(seed: int) -> Fuzzed:
    chance = random.Random(seed)
    kind = chance.choice(tuple(HEADINGS))
    rows = [good_row(kind, chance, n) for n in range(chance.randint(1, 12))]
    injuries: list[str] = []
    if chance.random() < 0.25:
        content, name = _csv(kind, rows, chance, injuries), "file.csv"
    else:
        content, name = _xlsx(kind, rows, chance, injuries), "file.xlsx"
    return Fuzzed(kind, name, content, tuple(injuries))


def good_row(kind: str, chance: random.Random, n: int) -> list[Any]:
    """A row that would be taken in, under the headings of the kind."""
    item, pack = chance.choice(ITEMS), chance.choice(("", "box", "base units"))
    count = chance.randint(1, 400)
    if kind == "offers":
        return [item, count, pack, f"L{n}", date(2023, 6, 30), "EN 14683", chance.choice(("CHN", "China", "中国")), "s"]
    if kind == "requests":
        return ["Kenya", "Central store", item, count, pack, chance.choice(("", "3", "1 life-saving")), None, f"n{n}"]
    return [item, count, pack, f"S{n}", "2023-06-30", "GIVER", "CENTRE", "Italy", "count"]


def _injure(chance: random.Random, injuries: list[str], kinds: dict[str, Callable[[], Any]], most: int) -> None:
    for _turn in range(chance.randint(0, most)):
        name = chance.choice(tuple(kinds))
        injuries.append(name)
        kinds[name]()


def _strange_cell(rows: list[list[Any]], chance: random.Random) -> None:
    row = chance.choice(rows)
    row[chance.randrange(len(row))] = chance.choice(STRANGE)


# --- CSV -----------------------------------------------------------------------------------------------------


def _csv(kind: str, rows: list[list[Any]], chance: random.Random, injuries: list[str]) -> bytes:
    headings = list(HEADINGS[kind])
    _injure(chance, injuries, {"cell": lambda: _strange_cell(rows, chance)}, 2)
    content = sheets.text(
        headings, *rows, delimiter=chance.choice(",;\t|"), encoding=chance.choice(("utf-8", "utf-8-sig", "utf-16"))
    )
    if chance.random() < 0.5:
        broken: dict[str, Callable[[], bytes]] = {
            "latin-1": lambda: (
                content.decode("utf-8", "replace").replace("count", "pièce").encode("latin-1", "replace")
            ),
            "nul": lambda: content[: len(content) // 2] + b"\x00" + content[len(content) // 2 :],
            "quote": lambda: content + b'"never closed,1\n' * 3,
            "cut": lambda: content[: chance.randrange(len(content))],
            "wide": lambda: content + b",".join([b"x"] * 5_000),
            "sep": lambda: b"sep=;\n" + content,
            "noise": lambda: chance.randbytes(400),
            "long": lambda: content + b'"' + b"y" * 200_000 + b'"\n',
            "empty": lambda: b"",
        }
        name = chance.choice(tuple(broken))
        injuries.append(name)
        return broken[name]()
    return content


# --- XLSX ----------------------------------------------------------------------------------------------------


def _xlsx(kind: str, rows: list[list[Any]], chance: random.Random, injuries: list[str]) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    for _blank in range(chance.choice((0, 0, 0, 2, 30))):
        sheet.append([None])
    headings = list(HEADINGS[kind])
    _injure(
        chance, injuries,
        {
            "cell": lambda: _strange_cell(rows, chance),
            "cells": lambda: [_strange_cell(rows, chance) for _n in range(5)],
            "heading gone": lambda: headings.__setitem__(chance.randrange(len(headings)), None),
            "heading odd": lambda: headings.__setitem__(chance.randrange(len(headings)), chance.choice(STRANGE)),
            "heading twice": lambda: headings.__setitem__(0, headings[-1]),
            "row again": lambda: rows.append(list(chance.choice(rows))),
            "row empty": lambda: rows.insert(0, [None] * len(headings)),
        }, 3,
    )  # fmt: skip
    for row in (headings, *rows):
        sheet.append([str(value) if isinstance(value, timedelta) and chance.random() < 0.5 else value for value in row])
    _injure(
        chance, injuries,
        {
            "merged": lambda: sheet.merge_cells("A2:B3"),
            "merged down": lambda: sheet.merge_cells(start_row=2, end_row=40, start_column=3, end_column=3),
            "second sheet": lambda: workbook.create_sheet("More").append(list(HEADINGS[kind])),
            "far cell": lambda: sheet.cell(60_000, 300, "far"),
            "formula": lambda: sheet.cell(sheet.max_row, 2, "=2*6"),
            "hidden": lambda: setattr(sheet, "sheet_state", "hidden") if len(workbook.worksheets) > 1 else None,
            "chart sheet": lambda: workbook.create_chartsheet("Chart", 0),
        }, 1,
    )  # fmt: skip
    content = sheets.saved(workbook)
    return _damage(content, chance, injuries) if chance.random() < 0.45 else content


SHEET = "xl/worksheets/sheet1.xml"


def _damage(content: bytes, chance: random.Random, injuries: list[str]) -> bytes:
    """One injury to the archive or the XML in it."""
    where = chance.randrange(len(content))
    kinds: dict[str, Callable[[], bytes]] = {
        "cut": lambda: content[:where],
        "byte": lambda: content[:where] + chance.randbytes(1) + content[where + 1 :],
        "bytes": lambda: content[:where] + chance.randbytes(40) + content[where + 40 :],
        "no sheet": lambda: edited(content, SHEET, lambda raw: None),
        "no strings": lambda: edited(content, "xl/sharedStrings.xml", lambda raw: None),
        "no styles": lambda: edited(content, "xl/styles.xml", lambda raw: None),
        "string index": lambda: edited(content, SHEET, lambda raw: raw.replace(b"<v>1</v>", b"<v>99999</v>", 1)),
        "style index": lambda: edited(content, SHEET, lambda raw: raw.replace(b' t="n"', b' s="9999" t="n"')),
        "row number": lambda: edited(content, SHEET, lambda raw: raw.replace(b'r="2"', b'r="99999999999"', 1)),
        "last row": lambda: edited(content, SHEET, lambda raw: raw.replace(b'<row r="2"', b'<row r="1048576"', 1)),
        "cell name": lambda: edited(content, SHEET, lambda raw: raw.replace(b'r="A2"', b'r="ZZZZZZ2"', 1)),
        "error cell": lambda: edited(content, SHEET, lambda raw: raw.replace(b't="n"', b't="e"')),
        "huge merge": lambda: edited(
            content, SHEET,
            lambda raw: raw.replace(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
        ),
        "doctype": lambda: edited(
            content, SHEET, lambda raw: b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]>' + raw
        ),
        "utf-16": lambda: edited(content, SHEET, lambda raw: raw.decode().encode("utf-16")),
        "macros": lambda: edited(content, "xl/vbaProject.bin", lambda raw: b"\xd0\xcf\x11\xe0"),
        "control": lambda: edited(content, "xl/sharedStrings.xml", lambda raw: raw.replace(b"surgical", b"sur&#1;gical")),
        "escape": lambda: edited(content, "xl/sharedStrings.xml", lambda raw: raw.replace(b"mask", b"_x0000__xD800_")),
        "not a number": lambda: edited(content, SHEET, lambda raw: raw.replace(b"<v>", b"<v>z", 4)),
        "many members": lambda: _with_members(content, 600),
        "bomb": lambda: _with_bomb(content),
        "old format": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "other archive": lambda: _with_members(b"", 3),
        "page": lambda: b"<html><table><tr><td>Item</td></tr></table></html>",
    }  # fmt: skip
    name = chance.choice(tuple(kinds))
    injuries.append(name)
    return kinds[name]()


def edited(content: bytes, member: str, edit: Callable[[bytes], bytes | None]) -> bytes:
    """The archive with one member changed, removed (None) or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename != member:
                new.writestr(info, old.read(info))
        raw = edit(old.read(member) if member in old.namelist() else b"")
        if raw is not None:
            new.writestr(member, raw)
    return buffer.getvalue()


def _with_members(content: bytes, count: int) -> bytes:
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a" if content else "w") as archive:
        for n in range(count):
            archive.writestr(f"more/{n}.txt", b"")
    return buffer.getvalue()


def _with_bomb(content: bytes) -> bytes:
    """A member that unpacks to far more than it packs."""
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/media/x.xml", "w") as member:
        for _megabyte in range(160):
            member.write(bytes(1_000_000))
    return buffer.getvalue()
