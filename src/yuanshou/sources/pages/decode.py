"""From bytes to text: size limit, binary files, declared and real encoding.

Every decoding of the candidates is strict first. Where none fits, the one with the fewest bad bytes is
taken and each bad byte is kept as a lone surrogate (PEP 383), so that later steps still know what stood
there. Easily confused: a page may declare `gb2312` and hold GB18030, or declare UTF-8 and hold Big5;
the declaration only breaks ties.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from yuanshou.errors import InputError
from yuanshou.sources.pages.language import common_characters
from yuanshou.sources.pages.script import simplify_characters

MAX_BYTES = 4_000_000
"""Largest page that is read; a news page has some 100 kB, so more is a wrong file."""
_SAMPLE_CHARS = 4000
_MAGIC = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive (DOCX and XLSX are such)",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\x1f\x8b": "a gzip archive",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SAME = {
    **dict.fromkeys(("gb2312", "gbk", "cp936", "x-gbk"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs"), "big5hkscs"),
    **dict.fromkeys(("iso-8859-1", "latin-1", "latin1"), "cp1252"),
}


@dataclass(frozen=True)
class Decoded:
    """Text of a page and how it was read; `bad_bytes` stand in the text as lone surrogates."""

    text: str
    encoding: str
    declared: str | None
    bad_bytes: int


def decode(data: bytes, *, where: str = "page") -> Decoded:
    """Decode a page; raises `InputError` for what is too large, binary or empty."""
    _refuse(data, where)
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _finish(data[len(mark) :], encoding, None)
    declared = _declared(data)
    try:
        return Decoded(data.decode("utf-8"), "utf-8", declared, 0)
    except UnicodeDecodeError:
        pass
    candidates = [_finish(data, encoding, declared) for encoding in ("utf-8", "gb18030", "big5hkscs", "cp1252")]
    return max(candidates, key=_plausibility)


def _refuse(data: bytes, where: str) -> None:
    if len(data) > MAX_BYTES:
        raise InputError(f"more than {MAX_BYTES:,} bytes", "one news page or press release",
                         "cut out the article, or split the file", where=where)  # fmt: skip
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            raise InputError(kind, "text or HTML", "copy the text of the document and paste it", where=where)
    if not data.strip():
        raise InputError("an empty page", "text or HTML", "check that the page was saved with its text", where=where)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return
    if b"\0" in data:
        raise InputError("zero bytes, as binary files hold", "text or HTML",
                         "save the page as text (UTF-8) and try again", where=where)  # fmt: skip
    controls = len(re.findall(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]", data))
    if controls > len(data) / 50:
        raise InputError(f"{controls} control characters, as binary files hold", "text or HTML",
                         "save the page as text (UTF-8) and try again", where=where)  # fmt: skip


def _declared(data: bytes) -> str | None:
    match = re.search(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_-]{2,20})""", data[:4096])
    if not match:
        return None
    name = match[1].decode("ascii").lower()
    try:
        return codecs.lookup(_SAME.get(name, name)).name
    except LookupError:
        return None


def _finish(data: bytes, encoding: str, declared: str | None) -> Decoded:
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    try:
        text = data.decode(encoding, errors)
    except UnicodeDecodeError:  # an incomplete last character that the handler cannot keep
        text = data.decode(encoding, "replace")
    return Decoded(text, encoding, declared, len(re.findall("[\udc80-\udcff\ufffd]", text)))


def _plausibility(candidate: Decoded) -> float:
    """Share of frequent Chinese characters or plain letters, less bad bytes; the declaration breaks ties."""
    sample = candidate.text[:_SAMPLE_CHARS]
    foreign = re.findall(r"[^\x00-\x7f]", sample)
    if not foreign:
        return 0.0
    common = common_characters()
    if candidate.encoding == "cp1252":
        good = len(re.findall(r"[a-zA-Z][À-ÿ’“”–—£€«»][a-zA-Z ,.]|[ ][À-ÿ«“‘][a-zA-Z]|[’”–—»]", sample)) * 0.9
    else:
        simple = simplify_characters("".join(foreign))
        good = sum(one in common or one in "，。、：；“”（）《》？！—…" for one in simple)
    tie = 0.02 if candidate.declared and codecs.lookup(candidate.encoding).name == candidate.declared else 0.0
    return good / len(foreign) - 3.0 * candidate.bad_bytes / max(1, len(candidate.text)) + tie
