"""Full-text search in six languages on either engine: text is folded once, and every word asked for must occur in it.

Folding takes away what a reader does not type: case, accents, Arabic vowel signs and the variants of alef, yeh and teh
marbuta. Chinese has no spaces, so a word is looked for anywhere in the text; in the other languages from the start of
a word, so that "oxyg" finds "oxygen".
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.db.models import Q, QuerySet

ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ـ": ""})
_SPACE = re.compile(r"[^\w]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def fold(text: str) -> str:
    """The text as it is searched: folded, words separated by single spaces, a space before and after."""
    # Arabic letters first: taking NFKD marks away would turn أ into ا by itself, but ٱ and ى stay.
    plain = unicodedata.normalize("NFKD", text.translate(ARABIC).casefold())
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return f" {_SPACE.sub(' ', kept).strip()} "


def matching(rows: QuerySet[Any], asked: str, *columns: str) -> QuerySet[Any]:
    """The rows in which every word asked for occurs, in one of the columns of folded text."""
    for word in fold(asked).split():
        part = word if _CHINESE.search(word) else f" {word}"
        condition = Q(pk__in=[])
        for column in columns:
            condition |= Q(**{f"{column}__contains": part})
        rows = rows.filter(condition)
    return rows.distinct()
