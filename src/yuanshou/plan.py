"""The Plan: what is sent where, what stays unmet, why, on which inputs; and its frozen file.

Two hashes must not be confused. The *fingerprint* names the inputs and settings: the same counts,
supply, parameters and settings always give the same one, before anything is solved. The *result digest*
names what came out; equal fingerprints with unequal digests would be a fault of the program.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from yuanshou import __version__
from yuanshou.allocation.network import Allocation
from yuanshou.allocation.worth import Worth
from yuanshou.errors import InputError
from yuanshou.forecast.forecasters import Forecast
from yuanshou.needs.quantify import Needs
from yuanshou.places import load_health_capacity, load_places
from yuanshou.situation.assess import Situation
from yuanshou.sources.supply import AidSupply
from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou.tables import DataQualityNote, FloatArray, notes_frame

FORMAT = "yuanshou-plan/1"


@dataclass(frozen=True, eq=False)
class Plan:
    """One run of the whole chain, frozen.

    Attributes
    ----------
    as_of : the last day whose publications were read.
    fingerprint : SHA-256 over inputs and settings (hex). result_digest : SHA-256 over the dispatches.
    inputs : name of each input → its own SHA-256 and a line saying what it is.
    settings : everything a person could have chosen, plain types only.
    situation, forecast, needs, supply, allocation : what each stage handed on.
    explanations : frame recipient, item, sentence and the deciding numbers of that cell.
    findings : what the independent audit found; empty for a sound plan.
    assumptions : frame what, value, low, high, unit, basis, source.
    comparisons : frame policy, … : other rules on the same inputs; empty when none was asked for.
    notes : everything odd that any stage saw in its data.
    series : the counts the plan was made from, for charts that show what was seen before what may come.
    uncertainty : what the plan is worth over paths of need, and what knowing more or waiting would change.
    """

    as_of: date
    fingerprint: str
    result_digest: str
    inputs: dict[str, dict[str, str]]
    settings: dict[str, object]
    situation: Situation
    forecast: Forecast
    needs: Needs
    supply: AidSupply
    allocation: Allocation
    explanations: pd.DataFrame
    findings: tuple[Any, ...]
    assumptions: pd.DataFrame
    comparisons: pd.DataFrame
    notes: tuple[DataQualityNote, ...]
    series: SurveillanceSeries | None = None
    uncertainty: Worth | None = None


def digest_array(array: np.ndarray[Any, Any]) -> str:
    """SHA-256 of an array's shape and values, independent of memory layout and machine byte order."""
    ordered = np.ascontiguousarray(array)
    if ordered.dtype.kind == "M":
        ordered = ordered.astype("datetime64[D]").astype(np.int64)
    little = ordered.astype(ordered.dtype.newbyteorder("<"), copy=False)
    return hashlib.sha256(repr(ordered.shape).encode() + little.tobytes()).hexdigest()


def digest_frame(frame: pd.DataFrame) -> str:
    """SHA-256 of a frame's columns, index and values as text."""
    text = frame.to_csv(index=True, lineterminator="\n", float_format="%.12g", date_format="%Y-%m-%d")
    return hashlib.sha256(text.encode()).hexdigest()


def input_digests(
    series: SurveillanceSeries, supply: AidSupply, catalogue: pd.DataFrame, parameters: pd.DataFrame
) -> dict[str, dict[str, str]]:
    """Each input's own digest with a line saying what it is; the plan file keeps them beside the result."""
    counts = [*series.places, digest_array(series.dates), digest_array(series.cases), digest_array(series.deaths)]
    parts = {
        "counts": (hashlib.sha256("\n".join(counts).encode()).hexdigest(), series.source),
        "offers": (digest_frame(supply.offers), f"{len(supply.offers)} offers"),
        "stock": (digest_frame(supply.stock), f"{len(supply.stock)} stock records"),
        "nodes": (digest_frame(supply.nodes), f"{len(supply.nodes)} hubs and airports"),
        "routes": (digest_frame(supply.routes), f"{len(supply.routes)} lanes"),
        **{
            name: (digest_frame(table), f"{len(table)} rows of {name.replace('_', ' ')}")
            for name, table in sorted(supply.terms.items())
        },
        "catalogue": (digest_frame(catalogue), f"{len(catalogue)} items"),
        "parameters": (digest_frame(parameters), f"{len(parameters)} parameters"),
        "places": (digest_frame(load_places()), "codes, population and income group of places"),
        "health_capacity": (digest_frame(load_health_capacity()), "beds and staff of places"),
    }
    return {name: {"sha256": digest, "what": what} for name, (digest, what) in parts.items()}


def fingerprint(as_of: date, inputs: dict[str, dict[str, str]], settings: dict[str, object]) -> str:
    """SHA-256 over the date, the inputs' digests, the settings and the program's version."""
    content = {
        "as_of": as_of.isoformat(),
        "inputs": {name: entry["sha256"] for name, entry in sorted(inputs.items())},
        "settings": settings,
        "version": __version__,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def records(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """A frame as columns of plain JSON values; dates as ISO text, missing as null, seven significant digits."""
    columns: dict[str, list[Any]] = {}
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            column = column.dt.strftime("%Y-%m-%d")
        elif pd.api.types.is_float_dtype(column):
            column = pd.Series(significant(column.to_numpy(float)))
        missing = column.isna().to_numpy()
        values = column.astype(object).tolist()
        columns[str(name)] = [None if gone else v for v, gone in zip(values, missing, strict=True)]
    return columns


def significant(values: FloatArray, *, digits: int = 7) -> FloatArray:
    """Values rounded to so many significant digits; whole numbers below 10**digits stay as they are.

    >>> significant(np.array([123456.789, 0.000123456789, 0.0])).tolist()
    [123456.8, 0.0001234568, 0.0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        places = digits - 1 - np.floor(np.log10(np.abs(values)))
    places = np.where(np.isfinite(places), places, 0)
    scale = 10.0 ** np.abs(places)
    result: FloatArray = np.where(places >= 0, np.rint(values * scale) / scale, np.rint(values / scale) * scale)
    return result


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as plain JSON values: what was decided, on what, and what is needed to check it."""
    from yuanshou.allocation.record import allocation_record

    situation = plan.situation.table.reset_index(names="place")
    return {
        "format": FORMAT,
        "version": __version__,
        "as_of": plan.as_of.isoformat(),
        "fingerprint": plan.fingerprint,
        "result_digest": plan.result_digest,
        "inputs": plan.inputs,
        "settings": plan.settings,
        "summary": {
            "objective": plan.allocation.objective,
            "bound": plan.allocation.bound,
            "gap": plan.allocation.gap,
            "policy": plan.allocation.policy,
            "method": plan.allocation.method,
            "findings": [str(finding) for finding in plan.findings],
        },
        "dispatches": records(plan.allocation.dispatches),
        "coverage": records(plan.allocation.coverage),
        "supply_left": records(plan.allocation.supply_left),
        "shadow_prices": records(plan.allocation.shadow_prices.query("price > 0")),
        "explanations": records(plan.explanations),
        "situation": records(situation),
        "comparisons": records(plan.comparisons),
        "uncertainty": None if plan.uncertainty is None else asdict(plan.uncertainty),
        "assumptions": records(plan.assumptions),
        "notes": records(notes_frame(plan.notes)),
        "certificate": allocation_record(plan.allocation),
    }


def write_plan(plan: Plan, path: Path) -> None:
    """Write the frozen plan file; numbers are the shortest text that reads back to the same value."""
    path.write_text(sealed_text(plan_document(plan)), encoding="utf-8")


def sealed_text(document: dict[str, Any]) -> str:
    """The document as JSON text with its seal: the SHA-256 of everything else, keys sorted, as a reader sees it."""
    plain = json.loads(json.dumps(document, default=_plain))
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    plain["seal"] = hashlib.sha256(text.encode()).hexdigest()
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def read_plan(path: Path) -> dict[str, Any]:
    """The document of a plan file, checked for being one."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise InputError(
            f"{path.name}, which cannot be read as a plan ({problem})", "a plan.json", "name the file `plan` wrote"
        ) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        found = document.get("format") if isinstance(document, dict) else type(document).__name__
        raise InputError(f"{path.name} with format {found!r}", f"a file of format {FORMAT}", "make the plan again")
    return document


def _plain(value: Any) -> Any:
    """Numpy and pandas scalars, dates and tuples as plain JSON values."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (date, pd.Timestamp)):
        return value.isoformat()[:10]
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no plain JSON form")
