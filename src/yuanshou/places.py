"""Countries, territories and conveyances: codes, names in six languages, regions, and how cargo reaches them.

The one thing easily confused: a *name* is how a label set writes a place, and a *code* is what data speak of. Every
table in Yuanshou uses the code; names are looked up when something is read and put back when something is shown.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Literal

import pandas as pd

from yuanshou.errors import SettingError
from yuanshou.reference import load_table

Labels = Literal["un_m49", "cldr"]
LANGUAGES = ("en", "fr", "es", "ru", "zh", "ar")

_NUMBERS = ("capital_lat", "capital_lon", "centroid_lat", "centroid_lon", "cargo_lat", "cargo_lon")
_STAFF = ("doctors", "nurses", "midwives", "lab_staff", "pharmacists")


@cache
def _places(labels: str) -> pd.DataFrame:
    frame = load_table("places").set_index("place")
    for column in _NUMBERS:
        frame[column] = pd.to_numeric(frame[column].replace("", None))
    frame["population"] = pd.to_numeric(frame["population"].replace("", None))
    for language in LANGUAGES:
        other = frame.pop(f"cldr_{language}")
        if labels == "cldr":
            frame[f"name_{language}"] = other.where(other != "", frame[f"name_{language}"])
    return frame


def load_places(*, labels: Labels = "un_m49") -> pd.DataFrame:
    """Every country, territory and conveyance; index `place` (ISO 3166 alpha-3, or a conveyance code).

    Parameters
    ----------
    labels : the label set of the name columns: UN M49 (default) or CLDR.

    Returns
    -------
    frame iso2, m49 (three digits as text), name_en, name_fr, name_es, name_ru, name_zh, name_ar, un_region,
    un_subregion, who_region, who_member (Y / N), income_group (World Bank, for 2020; "" unknown), population (2020,
    persons; persons aboard for a conveyance), population_source, capital, capital_lat, capital_lon, centroid_lat,
    centroid_lon, cargo_airport (IATA code of 2020), cargo_airport_name, cargo_lat, cargo_lon (degrees), cargo_kind
    (own / gateway: the airport abroad through which cargo comes), kind (country / territory / conveyance).

    >>> load_places().loc["KEN", ["name_fr", "cargo_airport"]].tolist()
    ['Kenya', 'NBO']
    """
    if labels not in ("un_m49", "cldr"):
        raise SettingError(f"label set {labels!r}", "un_m49 or cldr", "choose one of them")
    return _places(labels).copy()


def load_health_capacity() -> pd.DataFrame:
    """Beds and staff by place; index `place`; NaN is unknown, never zero.

    Returns
    -------
    frame beds_per_1000 (hospital beds per 1,000 people), icu_beds_share (0 to 1 of those beds), doctors, nurses,
    midwives, lab_staff, pharmacists (persons), each with a column `…_basis` (sourced / derived / assumed / "");
    icu_per_100k_reported and icu_year where a figure was reported (16 countries); ventilators_reported. The share of
    intensive care is assumed from the income group wherever the basis says so: it is not a measurement.
    """
    return _capacity().copy()


@cache
def _capacity() -> pd.DataFrame:
    frame = load_table("health_capacity").set_index("place")
    numbers = ("beds_per_1000", "icu_beds_share", "icu_per_100k_reported", "ventilators_reported")
    for column in (*numbers, *_STAFF, "population_of_staff"):
        frame[column] = pd.to_numeric(frame[column].replace("", None)).astype(float)
    return frame


def _key(text: str) -> str:
    """What two spellings of one name have in common: letters and digits, without case, accents or articles.

    >>> _key(" Côte d’Ivoire ") == _key("COTE D'IVOIRE")
    True
    """
    folded = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    letters = "".join(c for c in folded if c.isalnum() or c.isspace())
    words = letters.replace("'", "").split()
    # Andorra's code is itself one of the words that are passed over.
    return "".join(w for w in words if w not in ("the", "of", "and")) or "".join(words)


@cache
def _index() -> dict[str, str]:
    """Every code, name and alias, as its key, to the place; a key two places share is left out unless a code."""
    found: dict[str, set[str]] = {}
    for labels in ("un_m49", "cldr"):
        for row in _places(labels).itertuples():
            for language in LANGUAGES:
                found.setdefault(_key(getattr(row, f"name_{language}")), set()).add(str(row.Index))
    index = {key: places.copy().pop() for key, places in found.items() if len(places) == 1 and key}
    for place, alias in load_table("aliases")[["place", "alias"]].itertuples(index=False):
        index[_key(alias)] = place
    for row in _places("un_m49").itertuples():
        for code in (row.Index, row.iso2, row.m49):
            if code:
                index[_key(str(code))] = str(row.Index)
    return index


def find_place(text: str) -> str | None:
    """The place a code or name means, or None: ISO alpha-2, alpha-3, M49, names in six languages, usual aliases.

    >>> [find_place(t) for t in ("US", "Korea, South", "Burma", "EL", "826", "法国", "Narnia")]
    ['USA', 'KOR', 'MMR', 'GRC', 'GBR', 'FRA', None]
    """
    key = _key(str(text))
    if key.isdigit():
        key = key.zfill(3)
    return _index().get(key) if key else None


def nearest_places(text: str, *, count: int = 3) -> list[str]:
    """Codes of the places whose names are most like `text`, for a message that helps; may be empty.

    >>> nearest_places("Keny")[0]
    'KEN'
    """
    from difflib import get_close_matches

    keys = get_close_matches(_key(text), _index(), n=3 * count, cutoff=0.72)
    return list(dict.fromkeys(_index()[key] for key in keys))[:count]
