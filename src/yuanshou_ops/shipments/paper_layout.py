"""How a paper looks: A4 pages with a QR code, facts, tables, words and boxes to sign, mirrored for Arabic.

It knows nothing of shipments. The same document gives the same bytes: dates come from the document, fonts from pinned
packages, and nothing is read from the network.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import fontpkg
import pylopdf_fonts_zh_cn
import segno
from fontTools.ttLib import TTFont
from fpdf import FPDF

MARGIN, FOOT, GAP = 15.0, 18.0, 4.0
TEXT_PT, SMALL_PT, HEAD_PT_MIN, TITLE_PT, LINE_MM, SMALL_MM = 9.5, 8.0, 5.5, 18.0, 5.0, 4.2
QR_MM = 28.0
RIGHT_TO_LEFT = frozenset({"ar"})
CHUNK = re.compile(r"[\u2e80-\u9fff\uff00-\uffef][，。、；：）％]*|[^\s\u2e80-\u9fff\uff00-\uffef]+\s*|\s+")
"""What a line may be broken between: words, and single Chinese characters with the mark that follows them."""


@dataclass(frozen=True)
class Facts:
    """Pairs of a label and a value, two pairs beside each other."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """Heads, rows, the share of the width each column takes, and the columns that hold numbers."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    shares: Sequence[float]
    numbers: frozenset[int] = frozenset()
    total: Sequence[str] = ()


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Signatures:
    """Boxes to sign: who signs, and what is written in each box."""

    signers: Sequence[str]
    fields: Sequence[str]


Block = Facts | Table | Words | Signatures


@dataclass(frozen=True)
class Document:
    """Everything a paper shows; `page_words` has the places `{page}` and `{pages}`."""

    title: str
    head: Sequence[tuple[str, str]]
    foot: str
    page_words: str
    language: str
    issued_at: datetime
    qr: str
    qr_words: Sequence[str]
    blocks: Sequence[Block]

    def texts(self) -> list[str]:
        """Every piece of text, to know which fonts it takes."""
        found = [self.title, self.foot, self.page_words, *self.qr_words, *(t for pair in self.head for t in pair)]
        for block in self.blocks:
            match block:
                case Facts(pairs):
                    found += [t for pair in pairs for t in pair]
                case Table(heads, rows, _shares, _numbers, total):
                    found += [*heads, *total, *(t for row in rows for t in row)]
                case Words(text):
                    found.append(text)
                case Signatures(signers, fields):
                    found += [*signers, *fields]
        return found


# --- fonts ---------------------------------------------------------------------------------------------------


def font_files() -> dict[str, Path]:
    """Family → file: Latin, Greek and Cyrillic; Arabic; simplified Chinese."""
    return {
        "latin": Path(fontpkg.path("Noto Sans")),
        "arabic": Path(fontpkg.path("IBM Plex Sans Arabic")),
        "chinese": Path(pylopdf_fonts_zh_cn.sans_path()),
    }


MAIN_FONT = {"ar": "arabic", "zh-hans": "chinese"}


@cache
def _covered(family: str) -> frozenset[int]:
    with TTFont(font_files()[family], lazy=True) as font:
        return frozenset(font.getBestCmap())


def unprintable(texts: Iterable[str]) -> str:
    """The characters that no font of the papers has; marks that are never drawn do not count."""
    needed = {ord(c) for text in texts for c in text if unicodedata.category(c) not in ("Cc", "Cf")}
    return "".join(sorted(map(chr, needed - _covered("latin") - _covered("arabic") - _covered("chinese"))))


def _families(document: Document) -> list[str]:
    """The main font of the language first, then only those that some character needs."""
    order = [MAIN_FONT.get(document.language, "latin")]
    left = {ord(c) for text in document.texts() for c in text} - _covered(order[0])
    for family in ("latin", "arabic", "chinese"):
        if family not in order and left & _covered(family):
            order.append(family)
            left -= _covered(family)
    return order


# --- pages ---------------------------------------------------------------------------------------------------


class Sheet(FPDF):
    """A4 pages of one document. `start` is the side where reading begins: left, or right in Arabic."""

    def __init__(self, document: Document) -> None:
        super().__init__(format="A4")
        self.document = document
        self.is_rtl = document.language in RIGHT_TO_LEFT
        self.start, self.end = ("R", "L") if self.is_rtl else ("L", "R")
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(False)
        self.c_margin = 0
        self.set_creation_date(document.issued_at)
        self.set_title(f"{document.title} {document.foot}")
        self.set_lang(document.language)
        self.set_producer("Yuanshou")
        main, *others = _families(document)
        for family in (main, *others):
            self.add_font(family, "", font_files()[family])
        self.set_fallback_fonts(others, exact_match=False)
        self.set_text_shaping(True)
        self.main = main
        self.add_page()

    def header(self) -> None:
        """The title, the facts of the head and the QR code on the first page; the title alone on the others."""
        document, first = self.document, self.page_no() == 1
        side = MARGIN if self.is_rtl else self.w - MARGIN - QR_MM
        if first:
            self._qr(side, MARGIN)
        room = self.epw - (QR_MM + GAP if first else 0)
        x = self.w - MARGIN - room if self.is_rtl else MARGIN
        self.put(x, MARGIN, room, document.title, size=TITLE_PT if first else TEXT_PT, line=9 if first else LINE_MM)
        y = MARGIN + (11 if first else LINE_MM + GAP)
        if first:
            y = self.pairs(x, y, room, document.head, columns=1)
            for text in document.qr_words:
                y = self.put(x, y, room, text, size=SMALL_PT, line=SMALL_MM, grey=0)
            y = max(y, MARGIN + QR_MM) + GAP
        self.set_draw_color(120)
        self.line(MARGIN, y - GAP / 2, self.w - MARGIN, y - GAP / 2)
        self.set_y(y + 1)

    def number_pages(self) -> None:
        """Write the foot of every page, now that it is known how many there are."""
        y, half = self.h - FOOT + 4, self.epw / 2
        near, far = (MARGIN + half, MARGIN) if self.is_rtl else (MARGIN, MARGIN + half)
        for number in range(1, self.pages_count + 1):
            self.page = number
            self.set_font(self.main, size=TEXT_PT)  # each page has a graphics state of its own
            words = self.document.page_words.format(page=number, pages=self.pages_count)
            self.put(near, y, half, self.document.foot, size=SMALL_PT, grey=90)
            self.put(far, y, half, words, size=SMALL_PT, grey=90, align=self.end)

    def _qr(self, x: float, y: float) -> None:
        """The code as filled runs of modules, so that it is sharp at any size."""
        matrix = [list(row) for row in segno.make(self.document.qr, error="m", micro=False).matrix]
        module = QR_MM / len(matrix)
        self.set_fill_color(0)
        for number, row in enumerate(matrix):
            for dark in re.finditer(r"1+", "".join("1" if bit else "0" for bit in row)):
                width = (dark.end() - dark.start()) * module
                self.rect(x + dark.start() * module, y + number * module, width, module, style="F")

    # --- text

    def lines(self, text: str, width: float, size: float) -> list[str]:
        """The text broken into lines that fit the width; a word longer than a line is cut."""
        self.set_font(self.main, size=size)
        found = [""]
        for chunk in CHUNK.findall(text):
            for piece in self._pieces(chunk, width):
                if found[-1] and self.get_string_width((found[-1] + piece).rstrip()) > width:
                    found.append("")
                found[-1] += piece
        return [line.strip() for line in found]

    def _pieces(self, chunk: str, width: float) -> list[str]:
        if self.get_string_width(chunk.rstrip()) <= width:
            return [chunk]
        half = len(chunk) // 2
        return self._pieces(chunk[:half], width) + self._pieces(chunk[half:], width) if half else [chunk]

    def put(
        self, x: float, y: float, width: float, text: str, *, size: float = TEXT_PT, line: float = LINE_MM,
        align: str = "", grey: int = 0,
    ) -> float:  # fmt: skip
        """Draw a text within a width and return the height below it; each line finds its own direction."""
        self.set_text_color(grey)
        for part in self.lines(text, width, size):
            self.set_xy(x, y)
            self.cell(width, line, part, align=align or self.start)
            y += line
        return y

    def pairs(self, x: float, y: float, width: float, pairs: Sequence[tuple[str, str]], *, columns: int) -> float:
        """Label and value beside each other, in one or two columns; returns the height below the last."""
        column = (width - GAP * (columns - 1)) / columns
        label = column * (0.36 if columns > 1 else 0.3)
        for row in range(0, len(pairs), columns):
            bottom = y
            for number, (name, value) in enumerate(pairs[row : row + columns]):
                left = x + number * (column + GAP)
                if self.is_rtl:
                    left = x + width - number * (column + GAP) - column
                near, far = (left + column - label, left) if self.is_rtl else (left, left + label)
                bottom = max(bottom, self.put(near + (2 if self.is_rtl else 0), y, label - 2, name, grey=90))
                bottom = max(bottom, self.put(far, y, column - label, value))
            y = bottom + 0.6
        return y

    def space(self, height: float) -> None:
        """Begin a new page unless the height is free on this one."""
        if self.get_y() + height > self.h - FOOT:
            self.add_page()


# --- blocks --------------------------------------------------------------------------------------------------


def render(document: Document) -> bytes:
    """The document as PDF; the same document gives the same bytes."""
    sheet = Sheet(document)
    for block in document.blocks:
        match block:
            case Facts(pairs):
                sheet.space(len(pairs) / 2 * LINE_MM)
                sheet.set_y(sheet.pairs(MARGIN, sheet.get_y(), sheet.epw, pairs, columns=2) + GAP)
            case Table():
                _table(sheet, block)
            case Words(text):
                sheet.space(len(sheet.lines(text, sheet.epw, TEXT_PT)) * LINE_MM)
                sheet.set_y(sheet.put(MARGIN, sheet.get_y(), sheet.epw, text) + GAP)
            case Signatures():
                _signatures(sheet, block)
    sheet.number_pages()
    return bytes(sheet.output())


def _table(sheet: Sheet, table: Table) -> None:
    """Rows with their head repeated on each page; a row is never cut."""
    size = _head_size(sheet, table)
    sheet.space(4 * LINE_MM)
    _row(sheet, table, table.heads, shade=230, size=size)
    for row in table.rows:
        if sheet.get_y() + _height(sheet, table, row) > sheet.h - FOOT:
            sheet.add_page()
            _row(sheet, table, table.heads, shade=230, size=size)
        _row(sheet, table, row)
    if table.total:
        sheet.space(_height(sheet, table, table.total))
        _row(sheet, table, table.total, shade=244)
    sheet.set_y(sheet.get_y() + GAP)


def _widths(sheet: Sheet, table: Table) -> list[float]:
    return [sheet.epw * share / sum(table.shares) for share in table.shares]


def _head_size(sheet: Sheet, table: Table) -> float:
    """The size at which no word of the head has to be cut, within reason."""
    sheet.set_font(sheet.main, size=SMALL_PT)
    fits = [
        (width - 2) / sheet.get_string_width(word)
        for text, width in zip(table.heads, _widths(sheet, table), strict=True)
        for word in text.split()
    ]
    return max(HEAD_PT_MIN, SMALL_PT * min([1.0, *fits]) * 0.99)


def _height(sheet: Sheet, table: Table, row: Sequence[str], size: float = SMALL_PT) -> float:
    cells = zip(row, _widths(sheet, table), strict=True)
    return max(len(sheet.lines(text, width - 2, size)) for text, width in cells) * SMALL_MM + 1.6


def _row(sheet: Sheet, table: Table, row: Sequence[str], *, shade: int = 255, size: float = SMALL_PT) -> None:
    top, height = sheet.get_y(), _height(sheet, table, row, size)
    sheet.set_fill_color(shade)
    sheet.set_draw_color(170)
    sheet.rect(MARGIN, top, sheet.epw, height, style="FD")
    x = sheet.w - MARGIN if sheet.is_rtl else MARGIN
    for number, (text, width) in enumerate(zip(row, _widths(sheet, table), strict=True)):
        left = x - width if sheet.is_rtl else x
        align = sheet.end if number in table.numbers else sheet.start
        sheet.put(left + 1, top + 0.8, width - 2, text, size=size, line=SMALL_MM, align=align)
        x += -width if sheet.is_rtl else width
    sheet.set_y(top + height)


def _signatures(sheet: Sheet, block: Signatures) -> None:
    height = LINE_MM * 2 + len(block.fields) * 8
    sheet.space(height)
    columns = max(2, len(block.signers))
    top, width = sheet.get_y(), (sheet.epw - GAP * (columns - 1)) / columns
    for number, signer in enumerate(block.signers):
        step = number * (width + GAP)
        left = sheet.w - MARGIN - width - step if sheet.is_rtl else MARGIN + step
        sheet.set_draw_color(170)
        sheet.rect(left, top, width, height)
        y = sheet.put(left + 2, top + 1.5, width - 4, signer) + 2
        for name in block.fields:
            sheet.put(left + 2, y, width - 4, f"{name}:", size=SMALL_PT, grey=90)
            sheet.line(left + 2, y + 6.2, left + width - 2, y + 6.2)
            y += 8
    sheet.set_y(top + height + GAP)
