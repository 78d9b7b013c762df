"""HXL: the hashtag row that humanitarian tables carry below their header (hxlstandard.org, version 1.1).

Our own reading of the tags that counts need. The one thing easily confused: `#affected+infected` says whom a column
counts, not whether it counts all so far or the new ones; only `+cumulative` (or `+total`) and `+new` say that.
"""

from __future__ import annotations

import re

import pandas as pd

from yuanshou.errors import InputError

TAG = re.compile(r"#[a-z][a-z0-9_]*(?:\s*\+\s*[a-z][a-z0-9_]*)*", re.IGNORECASE)
ROWS_SEARCHED = 25
"""The tag row stands among the first rows, by the standard."""

CUMULATIVE = {"cumulative", "cum", "total", "tot", "cumul"}
NEW = {"new", "daily", "weekly"}
WORKERS = {"hcw", "healthworker", "healthworkers", "health_worker", "health_workers"}
NOT_CONFIRMED = {"suspected", "probable", "tested", "recovered", "hospitalized", "hospitalised", "f", "m", "active"}


def is_tagged(frame: pd.DataFrame) -> bool:
    """Whether one of the first rows (or the header itself) holds HXL tags: at least two, and nothing but tags."""
    return _all_tags(list(frame.columns)) or _tag_row(frame) is not None


def tagged_columns(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """The rows below the tags, and field → header by their tags.

    Raises
    ------
    InputError where there is no tag row, or where two columns fit one field equally.
    """
    if _all_tags(list(frame.columns)):
        tags, body = {c: c for c in frame.columns}, frame
    else:
        at = _tag_row(frame)
        if at is None:
            raise InputError("no row of HXL tags in the first rows", "a row such as #country+code, #date, "
                             "#affected+infected+cumulative", "add the tag row, or leave --layout out",
                             where=str(frame.attrs["file"]))  # fmt: skip
        tags, body = dict(zip(frame.columns, frame.iloc[at], strict=True)), frame.iloc[at + 1 :]
    if body.empty:
        raise InputError("a tag row without rows below it", "rows of counts", "save the table again",
                         where=str(frame.attrs["file"]))  # fmt: skip
    body.attrs.update(frame.attrs)
    body.attrs["tags"] = tags
    return body, _fields(tags, str(frame.attrs["file"]))


def _all_tags(cells: list[str]) -> bool:
    filled = [c for c in cells if c.strip()]
    return len(filled) >= 2 and all(TAG.fullmatch(c.strip()) for c in filled)


def _tag_row(frame: pd.DataFrame) -> int | None:
    rows = frame.head(ROWS_SEARCHED).to_numpy().tolist()
    return next((i for i, row in enumerate(rows) if _all_tags(row)), None)


def parse_tag(text: str) -> tuple[str, frozenset[str]]:
    """A tag and its attributes, without case and order.

    >>> parse_tag("#Affected +Infected+new")[0], sorted(parse_tag("#Affected +Infected+new")[1])
    ('#affected', ['infected', 'new'])
    """
    tag, *attributes = re.sub(r"\s", "", text.casefold()).split("+")
    return tag, frozenset(attributes)


def _fields(tags: dict[str, str], where: str) -> dict[str, str]:
    """Field → header; of several columns that fit, the one whose rank is lowest, if it is the only one."""
    ranked: dict[str, list[tuple[int, str]]] = {}
    for header, text in tags.items():
        if text.strip():
            found = _meaning(*parse_tag(text))
            if found is not None:
                ranked.setdefault(found[0], []).append((found[1], header))
    fields = {}
    for field, columns in ranked.items():
        columns.sort()
        if len(columns) > 1 and columns[0][0] == columns[1][0]:
            one, two = columns[0][1], columns[1][1]
            raise InputError(f"two columns tagged for {field}: {one!r} and {two!r}", "one", "say which with the column "
                             f"map: {field}={one}", where=where)  # fmt: skip
        fields[field] = columns[0][1]
    return fields


def _meaning(tag: str, attributes: frozenset[str]) -> tuple[str, int] | None:
    """What a tag means here, and how well it says so (0 is best)."""
    if tag in ("#country", "#adm0"):
        if "origin" in attributes:
            return "origin", 0
        return "place", 0 if "code" in attributes else 1 if "name" in attributes or not attributes else 2
    if tag in ("#adm1", "#adm2", "#loc"):
        return "province", 2 * int(tag[-1] == "1") + int("code" in attributes)
    if tag == "#date":
        return "date", 0 if "reported" in attributes else 1 if not attributes else 2
    return _counted(attributes) if tag in ("#affected", "#cases", "#indicator") else None


def _counted(attributes: frozenset[str]) -> tuple[str, int] | None:
    """The field of a column that counts persons, if it says whether all so far or the new ones."""
    kind = "cumulative" if attributes & CUMULATIVE else "new" if attributes & NEW else None
    dead = bool(attributes & {"killed", "deaths", "dead", "died"})
    if kind is None or attributes & NOT_CONFIRMED:
        return None
    if attributes & WORKERS:
        return ("health_worker_cases_cumulative", 0) if kind == "cumulative" and not dead else None
    if "imported" in attributes:
        return ("imported_cases_cumulative", 0) if kind == "cumulative" and not dead else None
    if dead:
        return f"deaths_{kind}", 0
    return (f"cases_{kind}", 0 if "confirmed" in attributes else 1) if "infected" in attributes else None
