"""A disease as data: severity tree → activities → items, every number with range and source.

A pack is a YAML file that a person writes; `docs/reference/disease-packs.md` describes it. The one thing
easily confused: a *line* says how much of something one unit of a *driver* takes ("16 respirators per
critical patient-day"), and its number is also a parameter, so that one table holds every number there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd

from yuanshou.errors import InputError, SettingError
from yuanshou.needs.pack_check import PackFault, check_document, read_yaml

PARAMETER_COLUMNS = ["name", "value", "low", "high", "unit", "basis", "source", "overridden", "note", "known_from"]


@dataclass(frozen=True)
class SeverityClass:
    """One leaf of the severity tree; the texts name parameters.

    Attributes
    ----------
    name : e.g. "severe". care : "home", "ward" or "icu". share : of cases, the parameter's name.
    stay_median_days, stay_sigma : of the log-normal length of stay. fatality : "" where nobody dies.
    """

    name: str
    care: str
    share: str
    stay_median_days: str
    stay_sigma: str
    fatality: str = ""


@dataclass(frozen=True)
class Line:
    """`amount` of `target` for each unit of the driver `per`; `name` is the parameter that holds the amount.

    `share` holds parameter names, or "1 - name", that multiply the amount. `wear_share_week` is the part of a
    reusable stock replaced every week. `cap` says which capacity limits an activity ("staff", "tests" or "").
    """

    target: str
    per: str
    name: str
    share: tuple[str, ...] = ()
    wear_share_week: float = 0.0
    cap: str = ""
    known_from: date | None = None


@dataclass(frozen=True)
class Bundle:
    """Parts that make one complete treatment; `beside` is what goes with it but is no item (oxygen, staff, power)."""

    name: str
    unit: str
    parts: dict[str, float]
    beside: dict[str, float]


@dataclass(frozen=True)
class Kit:
    """A whole kit as its publisher packs it: the pieces it replaces, and what it covers."""

    name: str
    title: str
    covers: float
    covers_unit: str
    driver: str
    contents: dict[str, float]
    kg: float | None
    m3: float | None
    usd: float | None
    cold_chain: bool
    source: str
    note: str = ""


@dataclass(frozen=True, eq=False)
class DiseasePack:
    """One disease, checked.

    `parameters` has the columns of PARAMETER_COLUMNS, one row a number; `left_out` says why an item has no rule.
    """

    disease: str
    title: str
    sources: dict[str, str]
    classes: tuple[SeverityClass, ...]
    activities: tuple[Line, ...]
    protocol: tuple[Line, ...]
    parameters: pd.DataFrame
    oxygen: tuple[Line, ...] = ()
    routine: tuple[Line, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    kits: tuple[Kit, ...] = ()
    items: pd.DataFrame = field(default_factory=pd.DataFrame)
    left_out: dict[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<DiseasePack {self.disease}: {len(self.protocol)} lines, {len(self.parameters)} parameters>"


def pack_names() -> tuple[str, ...]:
    """The diseases shipped with the package."""
    folder = resources.files("yuanshou.needs") / "packs"
    return tuple(sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")))


@lru_cache(maxsize=16)
def load_pack(disease: str = "covid-19") -> DiseasePack:
    """A shipped pack by name. Raises SettingError for an unknown disease."""
    if disease not in pack_names():
        raise SettingError(
            f"disease {disease!r}", f"one of {', '.join(pack_names())}", "name a shipped pack or give a file"
        )
    source = resources.files("yuanshou.needs") / "packs" / f"{disease}.yaml"
    return _build(source.read_text(encoding="utf-8"), where=f"{disease}.yaml", items=None)


def general_kits() -> tuple[Kit, ...]:
    """Kits ordered by people or patients, not by the cases of one disease (the health kit of 10,000 people …)."""
    source = resources.files("yuanshou.needs") / "general_kits.yaml"
    document, _faults = read_yaml(source.read_text(encoding="utf-8"))
    return tuple(_kit(row, document["sources"]) for row in document["kits"])


def with_pack_items(catalogue: pd.DataFrame, pack: DiseasePack) -> pd.DataFrame:
    """The catalogue with the items the pack declares itself; a code of the catalogue keeps the catalogue's figures."""
    if pack.items.empty:
        return catalogue
    own = pack.items.set_index("item")
    own = own[~own.index.isin(catalogue.index)].reindex(columns=catalogue.columns)
    return pd.concat([catalogue.astype(object), own.astype(object)]).rename_axis("item")


def read_pack(path: Path, *, items: Mapping[str, str] | None = None) -> DiseasePack:
    """A user's pack. Raises InputError naming the first fault by line, and how many there are.

    `items` maps the codes that protocol lines may use, besides those the pack declares itself, to their units;
    None asks nothing.
    """
    return _build(_text(path), where=path.name, items=items)


def check_pack(path: Path, *, items: Mapping[str, str] | None = None) -> list[PackFault]:
    """Everything wrong with a pack, by line; empty when it can be used."""
    document, faults = read_yaml(_text(path))
    return faults or check_document(document, items=items)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"no file {path}", "a disease pack in YAML", "check the path") from None
    except (UnicodeDecodeError, IsADirectoryError):
        raise InputError(f"{path.name} that is not UTF-8 text", "YAML text", "save it as UTF-8") from None


def _build(text: str, *, where: str, items: Mapping[str, str] | None) -> DiseasePack:
    document, faults = read_yaml(text)
    faults = faults or check_document(document, items=items)
    if faults:
        first = faults[0]
        more = f" (and {len(faults) - 1} more: yuanshou needs --check-pack)" if len(faults) > 1 else ""
        raise InputError(first.found + more, first.expected, "correct the line", where=f"{where}, line {first.line}")
    return DiseasePack(
        disease=document["disease"],
        title=document["title"],
        sources=document["sources"],
        classes=tuple(_severity(row) for row in document["severity"]),
        activities=tuple(_line(row, "activity") for row in document.get("activities", [])),
        protocol=tuple(_line(row, "item") for row in document["protocol"]),
        parameters=_parameter_table(document),
        oxygen=tuple(_oxygen(row["class"]) for row in document.get("oxygen", [])),
        routine=tuple(_line({**row, "item": f"routine:{row['item']}"}, "item") for row in document.get("routine", [])),
        bundles=tuple(_bundle(row) for row in document.get("bundles", [])),
        kits=tuple(_kit(row, document["sources"]) for row in document.get("kits", [])),
        items=pd.DataFrame(document.get("items", [])),
        left_out={str(item): str(reason) for item, reason in document.get("left_out", {}).items()},
    )


def _severity(row: dict[str, Any]) -> SeverityClass:
    return SeverityClass(
        name=row["class"],
        care=row["care"],
        share=row["share"],
        stay_median_days=row["stay_median_days"],
        stay_sigma=row["stay_sigma"],
        fatality=row.get("fatality", ""),
    )


def _line(row: dict[str, Any], target: str) -> Line:
    return Line(
        target=row[target],
        per=row["per"],
        name=f"{row[target]}/{row['per']}",
        share=tuple(row.get("share", ())),
        wear_share_week=float(row.get("wear_share_week", 0.0)),
        cap=row.get("cap", ""),
        known_from=row.get("known_from"),
    )


def _oxygen(name: str) -> Line:
    return Line("oxygen", f"{name}_bed", f"oxygen_litres_per_minute/{name}")


def _bundle(row: dict[str, Any]) -> Bundle:
    return Bundle(row["bundle"], row["unit"], _numbers(row["parts"]), _numbers(row.get("beside", {})))


def _numbers(mapping: dict[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in mapping.items()}


def _kit(row: dict[str, Any], sources: dict[str, str]) -> Kit:
    return Kit(
        name=row["kit"],
        title=row["title"],
        covers=float(row["covers"]),
        covers_unit=row["covers_unit"],
        driver=row["driver"],
        contents=_numbers(row.get("contents", {})),
        kg=row.get("kg"),
        m3=row.get("m3"),
        usd=row.get("usd"),
        cold_chain=bool(row.get("cold_chain", False)),
        source="; ".join(sources[s] for s in row["source"]),
        note=row.get("note", ""),
    )


def _parameter_table(document: dict[str, Any]) -> pd.DataFrame:
    rows: list[list[Any]] = []
    cite = document["sources"]

    def add(name: str, value: float, unit: str, row: dict[str, Any]) -> None:
        source = "; ".join(cite[s] for s in row["source"])
        known = row.get("known_from")
        low, high = float(row["low"]), float(row["high"])
        rows.append([name, float(value), low, high, unit, row["basis"], source, False, row.get("note", ""), known])

    for row in document["parameters"]:
        add(row["name"], row["value"], row["unit"], row)
    for row in document.get("activities", []):
        add(f"{row['activity']}/{row['per']}", row["amount"], row["unit"], row)
    for row in document["protocol"]:
        add(f"{row['item']}/{row['per']}", row["amount"], f"{row['item']} per {row['per']}", row)
    for row in document.get("routine", []):
        add(f"routine:{row['item']}/{row['per']}", row["amount"], f"{row['item']} per {row['per']}", row)
    for row in document.get("oxygen", []):
        add(f"oxygen_litres_per_minute/{row['class']}", row["litres_per_minute"], "l/min per patient", row)
    return pd.DataFrame(rows, columns=PARAMETER_COLUMNS)
