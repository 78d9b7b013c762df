"""The door of a facility plan: Parquet or CSV tables in one folder, checked column by column before anything is planned.

`places` and `needs` may have millions of rows, so columns stay in Arrow's dictionary form until they are integers; no
Python object is made for a row. The first value that cannot be used is named with its file, row and column.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from yuanshou.catalogue import load_catalogue
from yuanshou.errors import InputError
from yuanshou.tables import FloatArray, IntArray

SUFFIXES = (".parquet", ".csv")
COLUMNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "places": (("place", "region"), ("weight",)),
    "needs": (("place", "item", "quantity"), ("week",)),
    "supply": (("source", "item", "quantity"), ("week",)),
    "lanes": (("source", "recipient"), ("mode", "lead_weeks", "usd_per_kg", "capacity_kg_week", "capacity_m3_week")),
    "sources": (("source",), ("handling_kg_week",)),
    "items": (("item", "unit_price_usd", "kg_per_unit", "m3_per_unit"), ()),
}
"""Table → columns it must have, and columns it may have. `sources` and `items` may be left out."""
OPTIONAL = ("sources", "items")
TEXT = ("place", "region", "item", "source", "recipient", "mode")


@dataclass(frozen=True, eq=False)
class FacilityTables:
    """Checked tables as arrays (R places, K items, S sources, T weeks, A rows of lanes).

    Attributes
    ----------
    places, regions : R codes and paths, e.g. "North/Kano/Ward 3". items, sources : codes in order of appearance.
    place_weight : (R,) a user's own factor, 1 by default.
    need : (R, K, T) base units. supply : (S, K, T) base units that become available. kg, m3, usd : (K,) a unit.
    lanes : frame source (index), recipient (place or region path), mode, lead_weeks, usd_per_kg, capacity_kg_week,
        capacity_m3_week (inf where no limit is given), row (as a person counts). handling_kg : (S,) a week, inf
        unlimited.
    """

    places: tuple[str, ...]
    regions: tuple[str, ...]
    items: tuple[str, ...]
    sources: tuple[str, ...]
    place_weight: FloatArray
    need: FloatArray
    supply: FloatArray
    kg: FloatArray
    m3: FloatArray
    usd: FloatArray
    lanes: pd.DataFrame
    handling_kg: FloatArray

    @property
    def weeks(self) -> int:
        return int(self.need.shape[2])


class Table:
    """One Arrow table that knows its file, so that every complaint can name file, row, column and value."""

    def __init__(self, path: Path, table: pa.Table) -> None:
        self.path, self.table = path, table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __contains__(self, column: str) -> bool:
        return column in self.table.column_names

    def refuse(self, row: int, column: str, expected: str, way_out: str) -> InputError:
        """The error for one cell; rows are counted as a person does, the header being row 1."""
        value = self.table.column(column)[row].as_py()
        return InputError(f"{value!r} in column {column}, row {row + 2}", expected, way_out, where=self.path.name)

    def codes(self, column: str, known: pd.Index, expected: str) -> IntArray:
        """(n,) position of every value among the known ones; an unknown value is refused."""
        values, at = self.distinct(column)
        position = known.get_indexer(pd.Index(values, dtype=object))
        found = position[at].astype(np.int32)
        if (found < 0).any():
            raise self.refuse(int(np.argmax(found < 0)), column, expected, "correct the code, or add its row there")
        return found

    def distinct(self, column: str) -> tuple[list[str], IntArray]:
        """The distinct values of a text column in order of appearance, and (n,) which of them each row has."""
        array = self.table.column(column)
        if array.null_count:
            row = int(np.argmax(pc.is_null(array).to_numpy()))
            raise self.refuse(row, column, "a code", "fill the cell, or remove the row")
        if not pa.types.is_dictionary(array.type):
            array = array.cast(pa.string()).dictionary_encode()
        merged = array.unify_dictionaries().combine_chunks()
        if isinstance(merged, pa.ChunkedArray):
            merged = merged.chunk(0) if merged.num_chunks else pa.array([], pa.string()).dictionary_encode()
        return merged.dictionary.to_pylist(), merged.indices.to_numpy(zero_copy_only=False).astype(np.int64)

    def numbers(self, column: str, *, empty: float | None = None, whole: bool = False) -> FloatArray:
        """(n,) numbers of 0 or more; an empty cell becomes `empty`, or is refused where that is None."""
        array = self.table.column(column)
        try:
            values = array.cast(pa.float64()).to_numpy().astype(float)
        except pa.ArrowInvalid:
            text = pd.to_numeric(pd.Series(array.to_pylist(), dtype=object), errors="coerce").to_numpy(float)
            bad = np.isnan(text) & ~pc.is_null(array).to_numpy()
            raise self.refuse(int(np.argmax(bad)), column, "a number", "write digits with a decimal point") from None
        missing = pc.is_null(array).to_numpy().astype(bool)
        wrong = ~missing & ~(np.isfinite(values) & (values >= 0))
        if wrong.any():
            raise self.refuse(int(np.argmax(wrong)), column, "a number of 0 or more", "correct the value")
        if missing.any() and empty is None:
            raise self.refuse(int(np.argmax(missing)), column, "a number", "fill the cell, or remove the row")
        values = np.where(missing, 0.0 if empty is None else empty, values)
        if whole and (np.isfinite(values) & (values != np.floor(values))).any():
            row = int(np.argmax(np.isfinite(values) & (values != np.floor(values))))
            raise self.refuse(row, column, "a whole number", "count in single pieces, or in whole weeks")
        return values

    def refuse_repeats(self, key: IntArray, columns: tuple[str, ...]) -> None:
        """Raise at the first row whose key stood in an earlier row."""
        repeated = pd.Series(key).duplicated().to_numpy()
        if not repeated.any():
            return
        row = int(np.argmax(repeated))
        what = ", ".join(str(self.table.column(c)[row].as_py()) for c in columns if c in self)
        raise InputError(
            f"{what} a second time, row {row + 2}", f"one row for each {', '.join(columns)}",
            "merge the rows, adding what they hold", where=self.path.name,
        )  # fmt: skip


def find_table(folder: Path, name: str) -> Path | None:
    """The file of a table in the folder, Parquet before CSV; None where there is neither."""
    return next((folder / f"{name}{suffix}" for suffix in SUFFIXES if (folder / f"{name}{suffix}").exists()), None)


def read_table(folder: Path, name: str) -> Table | None:
    """A table with its columns checked; None where an optional one is not there.

    Raises
    ------
    InputError : the file or a column is missing, or the file cannot be read as what its name says.
    """
    path = find_table(folder, name)
    if path is None:
        if name in OPTIONAL:
            return None
        raise InputError(
            f"no {name}.parquet and no {name}.csv in {folder}", f"the table {name}",
            "add it; `yuanshou facilities --example DIR` writes a set of tables to begin from",
        )  # fmt: skip
    try:
        if path.suffix == ".parquet":
            table = pyarrow.parquet.read_table(path, read_dictionary=[c for c in TEXT if c != "region"])
        else:
            types = {column: pa.string() for column in TEXT}
            options = pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=True, null_values=[""])
            table = pyarrow.csv.read_csv(path, convert_options=options)
    except (pa.ArrowInvalid, OSError) as problem:
        raise InputError(
            f"a file that cannot be read ({str(problem).splitlines()[0]})", f"a {path.suffix[1:]} table",
            "save it again", where=path.name,
        ) from problem  # fmt: skip
    required, _ = COLUMNS[name]
    missing = [column for column in required if column not in table.column_names]
    if missing:
        raise InputError(
            f"no column {', '.join(missing)} (columns: {', '.join(table.column_names)})",
            f"the columns {', '.join(required)}", "add the column", where=path.name,
        )  # fmt: skip
    if not table.num_rows and name not in OPTIONAL:
        raise InputError("no rows", f"at least one row of {name}", "fill the table", where=path.name)
    return Table(path, table)


def read_facilities(folder: Path) -> FacilityTables:
    """Read and check every table of a facility plan.

    Raises
    ------
    InputError : with file, row, column and value: what cannot be used, what was expected, and the way out.
    """
    places, needs, supply, lanes = (_required(folder, name) for name in ("places", "needs", "supply", "lanes"))
    names, at = places.distinct("place")
    places.refuse_repeats(at, ("place",))
    place_index = pd.Index(names, dtype=object)
    region_names, region = places.distinct("region")
    regions = np.array([_path(name) for name in region_names], dtype=object)[region]
    weight = places.numbers("weight", empty=1.0) if "weight" in places else np.ones(len(names))
    item_names, _ = needs.distinct("item")
    item_index = pd.Index(item_names, dtype=object)
    kg, m3, usd = _figures(read_table(folder, "items"), item_index, needs)
    source_names, _ = supply.distinct("source")
    more, _ = lanes.distinct("source")
    sources = pd.Index([*source_names, *(name for name in more if name not in set(source_names))], dtype=object)
    weeks = 1 + int(max(_week(needs).max(), _week(supply).max()))
    need = np.zeros((len(names), len(item_names), weeks))
    _fill(need, needs, needs.codes("place", place_index, "a place of the places table"), "place", item_index)
    offered = np.zeros((len(sources), len(item_names), weeks))
    _fill(offered, supply, supply.codes("source", sources, "a source"), "source", item_index)
    return FacilityTables(
        places=tuple(names), regions=tuple(regions), items=tuple(item_names), sources=tuple(sources),
        place_weight=weight, need=need, supply=offered, kg=kg, m3=m3, usd=usd,
        lanes=_lanes(lanes, sources, place_index, set(regions)),
        handling_kg=_handling(read_table(folder, "sources"), sources),
    )  # fmt: skip


def _required(folder: Path, name: str) -> Table:
    table = read_table(folder, name)
    assert table is not None
    return table


def _path(region: str) -> str:
    """A region's path with its levels trimmed: "North / Kano" is "North/Kano"."""
    return "/".join(part.strip() for part in region.split("/") if part.strip())


def above(region: str) -> list[str]:
    """The region and everything it lies in, widest first.

    >>> above("North/Kano/Ward 3")
    ['North', 'North/Kano', 'North/Kano/Ward 3']
    """
    parts = region.split("/")
    return ["/".join(parts[: i + 1]) for i in range(len(parts))]


def _week(table: Table) -> IntArray:
    """(n,) week of each row, counted from 1 in the file and from 0 here; 0 where the table has no such column."""
    if "week" not in table:
        return np.zeros(len(table), dtype=np.int64)
    weeks = table.numbers("week", whole=True)
    if ((weeks < 1) | (weeks > 52)).any():
        row = int(np.argmax((weeks < 1) | (weeks > 52)))
        raise table.refuse(row, "week", "a week of the plan, from 1 to 52", "count weeks from the plan's first")
    return (weeks - 1).astype(np.int64)


def _fill(target: FloatArray, table: Table, owner: IntArray, column: str, items: pd.Index) -> None:
    """Put the quantities of a table into (owner, item, week); a second row for the same cell is refused."""
    item = table.codes("item", items, "an item that somebody needs")
    week = _week(table)
    key = (owner.astype(np.int64) * target.shape[1] + item) * target.shape[2] + week
    table.refuse_repeats(key, (column, "item", "week"))
    target.reshape(-1)[key] = table.numbers("quantity", whole=table.path.stem == "supply")


def _figures(table: Table | None, items: pd.Index, needs: Table) -> tuple[FloatArray, FloatArray, FloatArray]:
    """kg, m³ and US$ of one unit of every item: from the items table, else from the shipped catalogue."""
    columns = ("kg_per_unit", "m3_per_unit", "unit_price_usd")
    if table is None:
        catalogue = load_catalogue()
        needs.codes("item", pd.Index(catalogue.index, dtype=object), "an item of the shipped catalogue")
        values = [catalogue.loc[list(items), column].to_numpy(float) for column in columns]
        priced = values[2] > 0
        return values[0], values[1], np.where(priced, values[2], np.median(values[2][priced]) if priced.any() else 1.0)
    names, at = table.distinct("item")
    table.refuse_repeats(at, ("item",))
    needs.codes("item", pd.Index(names, dtype=object), "an item of the items table")
    order = pd.Index(names, dtype=object).get_indexer(items)
    return tuple(table.numbers(column)[order] for column in columns)  # type: ignore[return-value]


def _lanes(table: Table, sources: pd.Index, places: pd.Index, regions: set[str]) -> pd.DataFrame:
    """The lanes with defaults filled in; a recipient is a place or a region, at any level."""
    ends = set(places) | {name for region in regions for name in above(region)}
    names, at = table.distinct("recipient")
    unknown = np.array([_path(name) not in ends and name not in ends for name in names])[at]
    if unknown.any():
        raise table.refuse(int(np.argmax(unknown)), "recipient", "a place or a region", "correct it, or add the place")
    source = table.codes("source", sources, "a source")
    modes, mode = table.distinct("mode") if "mode" in table else (["road"], np.zeros(len(table), dtype=np.int64))
    key = (source.astype(np.int64) * len(names) + at) * len(modes) + mode
    table.refuse_repeats(key, ("source", "recipient", "mode"))
    numbers: dict[str, Any] = {
        "lead_weeks": (0.0, True), "usd_per_kg": (0.0, False), "capacity_kg_week": (np.inf, False),
        "capacity_m3_week": (np.inf, False),
    }  # fmt: skip
    frame = {
        "source": source,
        "recipient": np.array(names, dtype=object)[at],
        "mode": np.array(modes, dtype=object)[mode],
    }
    for column, (empty, whole) in numbers.items():
        given = table.numbers(column, empty=empty, whole=whole) if column in table else np.full(len(table), empty)
        frame[column] = given
    return pd.DataFrame(frame).assign(row=np.arange(len(table)) + 2)


def _handling(table: Table | None, sources: pd.Index) -> FloatArray:
    """(S,) kg a week a source can send; unlimited where nothing is given."""
    limit = np.full(len(sources), np.inf)
    if table is not None and "handling_kg_week" in table:
        at = table.codes("source", sources, "a source of the supply or lanes table")
        table.refuse_repeats(at, ("source",))
        limit[at] = table.numbers("handling_kg_week", empty=np.inf)
    return limit
