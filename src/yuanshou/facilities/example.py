"""A made-up country of any size, as the tables a facility plan reads: to learn the format, to test, to measure.

Every figure is drawn from a seed; nothing in it is about a real place. Regions have provinces, provinces have
districts, districts have places; each region has stores of its own, and with `national` one more serves everybody.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from yuanshou.errors import SettingError
from yuanshou.tables import FloatArray, IntArray

PLACES_A_DISTRICT = 50
DISTRICTS_A_PROVINCE = 10
PLACES_A_REGION = 10_000
STORES_A_REGION = 3
ROWS_A_GROUP = 1_000_000
ITEM_NEED = (20.0, 2_000.0)
"""Least and most a typical place needs of an item, in base units a week."""


def write_example(
    folder: Path, *, places: int, items: int = 30, weeks: int = 1, seed: int = 0, national: bool = False
) -> dict[str, int]:
    """Write places, needs, supply, lanes, sources and items as Parquet; returns rows by table.

    Raises
    ------
    SettingError : no places, items or weeks are asked for.
    """
    for name, value in (("places", places), ("items", items), ("weeks", weeks)):
        if value < 1:
            raise SettingError(f"{value} {name}", "at least 1", f"ask for more {name}")
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(seed)
    number = np.arange(places)
    district = number // PLACES_A_DISTRICT
    province = district // DISTRICTS_A_PROVINCE
    region = number // PLACES_A_REGION
    regions = int(region.max()) + 1
    names = [f"F{i:06d}" for i in number]
    paths = [f"R{r:02d}/P{p:03d}/D{d:04d}" for r, p, d in zip(region, province, district, strict=True)]
    kg = np.exp(chance.uniform(np.log(0.01), np.log(1.0), items))
    codes = [f"item{k:02d}" for k in range(items)]
    typical = np.exp(chance.uniform(np.log(ITEM_NEED[0]), np.log(ITEM_NEED[1]), items))
    size = chance.lognormal(0.0, 0.7, places)
    rows: dict[str, int] = {}

    def write(name: str, columns: dict[str, object]) -> None:
        table = pa.table(columns)
        pyarrow.parquet.write_table(table, folder / f"{name}.parquet", compression="zstd")
        rows[name] = table.num_rows

    write("places", {"place": names, "region": paths, "weight": np.round(chance.uniform(0.8, 1.5, places), 3)})
    write("items", {"item": codes, "unit_price_usd": np.round(np.exp(chance.uniform(-2, 3, items)), 3),
                    "kg_per_unit": kg, "m3_per_unit": kg / 120})  # fmt: skip
    total = np.zeros((regions, items, weeks))
    rows["needs"] = _write_needs(folder, names, codes, region, size, typical, weeks, chance, total)
    sources, home = (
        [f"S{r:02d}-{n}" for r in range(regions) for n in range(STORES_A_REGION)],
        np.repeat(np.arange(regions), STORES_A_REGION),
    )
    share = chance.dirichlet(np.full(STORES_A_REGION, 2.0), (regions, items)).transpose(0, 2, 1)
    stock = np.rint(0.6 * total.sum(axis=2)[:, None, :] * share).reshape(len(sources), items)
    if national:
        sources, home = [*sources, "national"], np.append(home, -1)
        stock = np.vstack([stock, np.rint(0.15 * total.sum(axis=(0, 2)))])
    source, item = np.nonzero(stock > 0)
    write("supply", {"source": np.array(sources)[source], "item": np.array(codes)[item], "week": np.ones(len(source), np.int16),
                     "quantity": stock[source, item].astype(np.int64)})  # fmt: skip
    mass = (total.sum(axis=2) * kg).sum(axis=1) / weeks
    write("sources", {"source": sources, "handling_kg_week": np.where(home >= 0, 0.4 * mass[home], 0.2 * mass.sum())})
    write("lanes", _lanes(sources, home, names, region, size, typical, kg, chance))
    return rows


def _write_needs(
    folder: Path, names: list[str], codes: list[str], region: IntArray, size: FloatArray, typical: FloatArray,
    weeks: int, chance: np.random.Generator, total: FloatArray,
) -> int:  # fmt: skip
    """Needs in blocks of places, so that six million rows never stand in memory at once; sums go into `total`."""
    item = pa.array(codes)
    schema = pa.schema([("place", pa.dictionary(pa.int32(), pa.string())), ("item", pa.dictionary(pa.int32(), pa.string())),
                        ("week", pa.int16()), ("quantity", pa.int64())])  # fmt: skip
    block = max(ROWS_A_GROUP // (len(codes) * weeks), 1)
    rows = 0
    with pyarrow.parquet.ParquetWriter(folder / "needs.parquet", schema, compression="zstd") as writer:
        for begin in range(0, len(names), block):
            own = slice(begin, min(begin + block, len(names)))
            spread = chance.lognormal(0.0, 0.3, (own.stop - own.start, len(codes), weeks))
            need = np.rint(size[own, None, None] * typical[None, :, None] * spread).astype(np.int64)
            np.add.at(total, region[own], need.astype(float))
            place, which, week = (index.ravel() for index in np.indices(need.shape))
            columns = [
                pa.DictionaryArray.from_arrays(pa.array(place, pa.int32()), pa.array(names[own])),
                pa.DictionaryArray.from_arrays(pa.array(which, pa.int32()), item),
                pa.array(week + 1, pa.int16()),
                pa.array(need.ravel()),
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            rows += need.size
    return rows


def _lanes(
    sources: list[str], home: IntArray, names: list[str], region: IntArray, size: FloatArray, typical: FloatArray,
    kg: FloatArray, chance: np.random.Generator,
) -> dict[str, object]:  # fmt: skip
    """Two lanes a place, to stores of its region; the national store reaches each region as a whole."""
    count = len(names)
    first = chance.integers(0, STORES_A_REGION, count)
    second = (first + chance.integers(1, STORES_A_REGION, count)) % STORES_A_REGION
    source = region[:, None] * STORES_A_REGION + np.stack([first, second], axis=1)
    mass = size * float((typical * kg).sum())
    capacity = mass[:, None] * chance.uniform(0.2, 0.8, (count, 2))
    recipient = np.repeat(np.array(names, dtype=object), 2)
    cost = chance.uniform(0.1, 1.0, (count, 2)).ravel()
    name, kilograms = np.array(sources, dtype=object)[source.ravel()], capacity.ravel()
    for store in np.flatnonzero(home < 0):
        whole = np.unique(region)
        name = np.append(name, np.full(len(whole), sources[store], dtype=object))
        recipient = np.append(recipient, [f"R{r:02d}" for r in whole])
        cost = np.append(cost, np.full(len(whole), 2.0))
        kilograms = np.append(kilograms, np.bincount(region, weights=mass) * 0.1)
    return {"source": list(name), "recipient": list(recipient), "usd_per_kg": np.round(cost, 3),
            "capacity_kg_week": np.round(kilograms, 3)}  # fmt: skip
