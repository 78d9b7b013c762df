"""What is wrong with a disease pack, line by line: the schema and the sense of its numbers.

A fault has the line a person sees in the editor, what stands there, and what was expected. All faults
are gathered, so that a writer mends them in one go instead of one at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

BASES = ("sourced", "derived", "assumed")
CARE = ("home", "ward", "icu")
CAPS = ("staff", "tests")
NUMBER = {"low", "high", "basis", "source"}
SECTIONS: dict[str, tuple[set[str], set[str]]] = {
    "parameters": ({"name", "value", "unit"} | NUMBER, {"note", "known_from"}),
    "severity": ({"class", "share", "care", "stay_median_days", "stay_sigma"}, {"fatality", "note"}),
    "activities": ({"activity", "per", "amount", "unit"} | NUMBER, {"note", "share", "cap", "known_from"}),
    "protocol": ({"item", "per", "amount"} | NUMBER, {"note", "share", "wear_share_week", "known_from", "unit"}),
    "bundles": ({"bundle", "unit", "parts"}, {"beside", "note"}),
    "routine": ({"item", "per", "amount"} | NUMBER, {"note"}),
    "oxygen": ({"class", "litres_per_minute"} | NUMBER, {"note"}),
    "items": (
        {"item", "name", "group", "unit", "reusable"},
        {"unit_price_usd", "units_per_box", "boxes_per_carton", "kg_per_unit", "kg_basis", "m3_per_unit"}
        | {"m3_basis", "temperature", "dangerous_goods", "note"},
    ),
    "kits": (
        {"kit", "title", "covers", "covers_unit", "driver", "source"},
        {"contents", "kg", "m3", "usd", "cold_chain", "note"},
    ),
}
"""Section → keys that must stand in every row, keys that may."""

REQUIRED_SECTIONS = ("parameters", "severity", "protocol")
REQUIRED_PARAMETERS = (
    "ascertainment_care_share",
    "report_to_admission_days",
    "beds_available_share",
    "icu_available_share",
    "staff_available_share",
    "shifts_per_worker_week",
    "tests_per_lab_worker_week",
    "lab_shifts_per_day",
    "equipment_in_place_share",
)
"""Parameters the chain itself reads, whatever the disease."""

OXYGEN_PARAMETERS = (
    "oxygen_concentrator_litres_per_minute",
    "oxygen_cylinder_litres",
    "oxygen_plant_litres_per_minute",
    "oxygen_liquid_expansion",
    "oxygen_concentrator_watts",
    "unpiped_oxygen_share",
)
TOP = {"pack", "disease", "title", "sources", "left_out"} | set(SECTIONS)
VALUE_KEYS = {
    "parameters": "value",
    "activities": "amount",
    "protocol": "amount",
    "routine": "amount",
    "oxygen": "litres_per_minute",
}
DRIVER_ENDINGS = ("case", "day", "bed", "death")


@dataclass(frozen=True)
class PackFault:
    """One thing wrong: line (as an editor counts), what was found, what was expected."""

    line: int
    found: str
    expected: str

    def __str__(self) -> str:
        return f"line {self.line}: found {self.found}; expected {self.expected}"


class Row(dict[str, Any]):
    """A mapping that remembers the line it began on."""

    line: int = 1


def read_yaml(text: str) -> tuple[dict[str, Any], list[PackFault]]:
    """The document with lines, or the fault that stops reading it."""
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        document = _convert(node, loader) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return {}, [PackFault(mark.line + 1 if mark else 1, str(error.problem), "YAML that can be read")]
    except (yaml.YAMLError, ValueError) as error:
        return {}, [PackFault(1, str(error).splitlines()[0], "YAML that can be read")]
    finally:
        loader.dispose()
    if not isinstance(document, dict):
        return {}, [PackFault(1, "no mapping at the top", "keys such as pack, disease, sources")]
    return document, []


def _convert(node: yaml.Node, loader: yaml.SafeLoader) -> Any:
    if isinstance(node, yaml.MappingNode):
        row = Row()
        row.line = node.start_mark.line + 1
        for key_node, value_node in node.value:
            key = str(loader.construct_object(key_node))
            if key in row:
                raise yaml.MarkedYAMLError(problem=f"{key} twice", problem_mark=key_node.start_mark)
            row[key] = _convert(value_node, loader)
        return row
    if isinstance(node, yaml.SequenceNode):
        return [_convert(child, loader) for child in node.value]
    return loader.construct_object(node)


def check_document(document: dict[str, Any], *, items: Mapping[str, str] | None) -> list[PackFault]:
    """All faults of a document, in the order of its lines; `items` maps the catalogue's codes to their units."""
    faults = _check_top(document)
    if faults:
        return faults
    for section in SECTIONS:
        for row in document.get(section, []):
            faults += _check_keys(section, row) or _check_row(section, row, document["sources"])
    if not faults:
        for rule in (_check_names, _check_severity, _check_drivers, _check_shares, _check_kits):
            faults += rule(document)
        if items is not None:
            faults += _check_items(document, items)
    return sorted(faults, key=lambda fault: fault.line)


def _check_top(document: dict[str, Any]) -> list[PackFault]:
    faults = [PackFault(1, f"no key {k}", f"{k} at the top") for k in ("pack", "disease", "title") if k not in document]
    faults += [PackFault(1, f"key {k}", f"one of {', '.join(sorted(TOP))}") for k in document if k not in TOP]
    if document.get("pack", 1) != 1:
        faults.append(PackFault(1, f"pack: {document['pack']}", "pack: 1, the schema this version reads"))
    sources = document.get("sources")
    if not isinstance(sources, dict) or not sources:
        faults.append(PackFault(1, "no sources", "sources: short name: citation"))
    if not isinstance(document.get("left_out", {}), dict):
        faults.append(PackFault(1, "left_out that is no mapping", "left_out: item: reason"))
    for section in REQUIRED_SECTIONS:
        if not document.get(section):
            faults.append(PackFault(1, f"no section {section}", f"a list under {section}"))
    for section in SECTIONS:
        rows = document.get(section, [])
        if not isinstance(rows, list) or not all(isinstance(r, Row) for r in rows):
            faults.append(PackFault(1, f"{section} that is no list of mappings", "lines such as - {name: …}"))
    return faults


def _check_keys(section: str, row: Row) -> list[PackFault]:
    required, optional = SECTIONS[section]
    missing = sorted(required - set(row))
    extra = sorted(set(row) - required - optional)
    faults = []
    if missing:
        faults.append(PackFault(row.line, f"no {', '.join(missing)} in {section}", f"{', '.join(sorted(required))}"))
    if extra:
        faults.append(PackFault(row.line, f"key {', '.join(extra)}", f"{', '.join(sorted(required | optional))}"))
    return faults


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _check_row(section: str, row: Row, sources: dict[str, str]) -> list[PackFault]:
    faults: list[PackFault] = []

    def fault(found: str, expected: str) -> None:
        faults.append(PackFault(row.line, found, expected))

    key = VALUE_KEYS.get(section)
    if key:
        _check_number(row, key, fault)
    if "source" in row:
        cited = row["source"]
        if not isinstance(cited, list) or not cited:
            fault(f"source {cited!r}", "a list of short names, at least one")
        else:
            for name in cited:
                if name not in sources:
                    fault(f"source {name!r}", f"a name under sources ({', '.join(sources)})")
    if section == "severity" and row["care"] not in CARE:
        fault(f"care {row['care']!r}", f"one of {', '.join(CARE)}")
    if row.get("cap", "") not in ("", *CAPS):
        fault(f"cap {row['cap']!r}", f"one of {', '.join(CAPS)}")
    if "known_from" in row and not isinstance(row["known_from"], date):
        fault(f"known_from {row['known_from']!r}", "a date such as 2020-06-16")
    wear = row.get("wear_share_week", 0)
    if not _is_number(wear) or not 0 <= wear <= 1:
        fault(f"wear_share_week {wear!r}", "a share from 0 to 1")
    if "share" in row and section != "severity" and not isinstance(row["share"], list):
        fault(f"share {row['share']!r}", 'a list of parameters, e.g. [invasive_share, "1 - portable_share"]')
    return faults


def _check_number(row: Row, key: str, fault: Callable[[str, str], None]) -> None:
    low, value, high = row["low"], row[key], row["high"]
    for name, number in (("low", low), (key, value), ("high", high)):
        if not _is_number(number):
            fault(f"{name} {number!r}", "a number")
            return
        if number < 0:
            fault(f"{name} {number}", "a number that is not negative")
            return
    if not low <= value <= high:
        fault(f"low {low}, {key} {value}, high {high}", "low ≤ value ≤ high")
    if row["basis"] not in BASES:
        fault(f"basis {row['basis']!r}", f"one of {', '.join(BASES)}")
    if row.get("unit") == "share" and high > 1:
        fault(f"a share of {high}", "at most 1")


def _check_names(document: dict[str, Any]) -> list[PackFault]:
    faults: list[PackFault] = []
    seen: dict[str, int] = {}
    for section, label in (("parameters", "{name}"), ("activities", "{activity}/{per}"), ("protocol", "{item}/{per}")):
        for row in document.get(section, []):
            name = label.format(**row)
            if name in seen:
                faults.append(PackFault(row.line, f"{name} again (first on line {seen[name]})", "each once"))
            seen.setdefault(name, row.line)
    return faults


def _check_severity(document: dict[str, Any]) -> list[PackFault]:
    values = {row["name"]: row for row in document["parameters"]}
    needed = REQUIRED_PARAMETERS + (OXYGEN_PARAMETERS if document.get("oxygen") else ())
    first = document["parameters"][0].line
    faults = [
        PackFault(first, f"no parameter {name}", f"the parameters {', '.join(needed)}")
        for name in needed
        if name not in values
    ]
    for row in document["severity"]:
        faults += [
            PackFault(row.line, f"{key} {row[key]!r}", "the name of a parameter")
            for key in ("share", "stay_median_days", "stay_sigma", "fatality")
            if key in row and row[key] not in values
        ]
    if not faults:
        total = sum(values[row["share"]]["value"] for row in document["severity"])
        if abs(total - 1) > 1e-3:
            line = document["severity"][0].line
            faults.append(PackFault(line, f"shares that sum to {total:.4f}", "shares of all classes that sum to 1"))
    return faults


def _check_drivers(document: dict[str, Any]) -> list[PackFault]:
    known = {"case"} | {f"{row['class']}_{end}" for row in document["severity"] for end in DRIVER_ENDINGS}
    faults = []
    own: list[str] = []
    for row in document.get("activities", []):
        name = row["activity"]
        above = own[: own.index(name)] if name in own else own
        if row["per"] not in known | set(above):
            expected = f"a case driver or an activity above {name}: {', '.join(sorted(known | set(above)))}"
            faults.append(PackFault(row.line, f"per {row['per']!r}", expected))
        if name in known:
            faults.append(PackFault(row.line, f"activity {name!r}", "a name that is no driver already"))
        if name not in own:
            own.append(name)
    known |= set(own)
    faults += [
        PackFault(row.line, f"per {row['per']!r}", f"a driver: {', '.join(sorted(known))}")
        for row in document["protocol"]
        if row["per"] not in known
    ]
    faults += [
        PackFault(row.line, f"driver {row['driver']!r}", f"a driver: {', '.join(sorted(known))}")
        for row in document.get("kits", [])
        if row["driver"] not in known
    ]
    return faults


def _check_shares(document: dict[str, Any]) -> list[PackFault]:
    names = {row["name"] for row in document["parameters"]}
    classes = {row["class"] for row in document["severity"]}
    faults = [
        PackFault(row.line, f"class {row['class']!r}", f"a class under severity: {', '.join(sorted(classes))}")
        for row in document.get("oxygen", [])
        if row["class"] not in classes
    ]
    faults += [
        PackFault(row.line, f"per {row['per']!r}", "worker_day")
        for row in document.get("routine", [])
        if row["per"] != "worker_day"
    ]
    for section in ("activities", "protocol"):
        for row in document.get(section, []):
            for term in row.get("share", []):
                name = re.sub(r"^1 - ", "", str(term))
                if name not in names:
                    faults.append(PackFault(row.line, f"share {term!r}", 'a parameter, or "1 - parameter"'))
    return faults


def _check_kits(document: dict[str, Any]) -> list[PackFault]:
    faults = []
    for row in document.get("kits", []):
        numbers = [row["covers"], *(row[k] for k in ("kg", "m3", "usd") if row.get(k) is not None)]
        if not all(_is_number(n) and n > 0 for n in numbers):
            faults.append(PackFault(row.line, f"covers {row['covers']!r}", "numbers above zero"))
    return faults


def _check_items(document: dict[str, Any], items: Mapping[str, str]) -> list[PackFault]:
    known = {row["item"]: str(row["unit"]) for row in document.get("items", [])} | dict(items)
    faults = [
        PackFault(row.line, f"item {row['item']!r}", "a code of the catalogue, or one declared under items")
        for section in ("protocol", "routine")
        for row in document.get(section, [])
        if row["item"] not in known
    ]
    faults += [
        PackFault(row.line, f"unit {row['unit']!r} for {row['item']}", f"{known[row['item']]}, the item's own unit")
        for row in document["protocol"]
        if row.get("unit") is not None and known.get(row["item"], row["unit"]) != row["unit"]
    ]
    for section, key in (("bundles", "parts"), ("kits", "contents")):
        for row in document.get(section, []):
            faults += [
                PackFault(row.line, f"item {part!r}", "a code of the catalogue, or one declared under items")
                for part in row.get(key, {})
                if part not in known
            ]
    return faults
