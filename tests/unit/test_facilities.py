"""Facility plans: parts that share nothing, the same files from any number of processes, and errors that name the cell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from yuanshou.allocation.policy import AllocationPolicy
from yuanshou.errors import InputError
from yuanshou.facilities.example import write_example
from yuanshou.facilities.parts import split
from yuanshou.facilities.planning import plan_facilities
from yuanshou.facilities.tables import read_facilities
from yuanshou_cli.__main__ import cli

PLACES = pd.DataFrame(
    {"place": ["A", "B", "C", "D"], "region": ["North/N1", "North/N2", "South/S1", "South/S1"], "weight": [1, 1, 1, 1]}
)
NEEDS = pd.DataFrame({"place": list("ABCD"), "item": ["mask"] * 4, "week": [1] * 4, "quantity": [100, 300, 50, 50]})
SUPPLY = pd.DataFrame({"source": ["n", "s"], "item": ["mask"] * 2, "week": [1, 1], "quantity": [200, 80]})
LANES = pd.DataFrame({"source": ["n", "s"], "recipient": ["North", "South/S1"], "usd_per_kg": [1.0, 1.0]})
ITEMS = pd.DataFrame({"item": ["mask"], "unit_price_usd": [1.0], "kg_per_unit": [0.01], "m3_per_unit": [0.0001]})
TABLES = {"places": PLACES, "needs": NEEDS, "supply": SUPPLY, "lanes": LANES, "items": ITEMS}


def write(folder: Path, kind: str = "csv", **changed: pd.DataFrame) -> Path:
    for name, table in {**TABLES, **changed}.items():
        if kind == "csv":
            table.to_csv(folder / f"{name}.csv", index=False)
        else:
            table.to_parquet(folder / f"{name}.parquet", index=False)
    return folder


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_scarce_supply_is_shared_by_need_within_each_region(tmp_path: Path, kind: str) -> None:
    summary = plan_facilities(read_facilities(write(tmp_path, kind)), tmp_path / "out")
    plan = pd.read_parquet(tmp_path / "out" / "plan.parquet")
    sent = plan.groupby("place")["quantity"].sum()
    assert sent[["A", "B"]].sum() == 200
    assert sent[["C", "D"]].sum() == 80
    steps = AllocationPolicy().steps
    assert sent["A"] / 100 == pytest.approx(sent["B"] / 300, abs=1 / steps)
    assert summary["units_sent"] == 280
    assert summary["parts"] == 1
    assert summary["gap"] == pytest.approx(0, abs=1e-9)


def test_results_are_summed_at_every_level_of_the_hierarchy(tmp_path: Path) -> None:
    plan_facilities(read_facilities(write(tmp_path)), tmp_path / "out")
    table = pd.read_parquet(tmp_path / "out" / "regions.parquet").set_index(["region", "item"])
    assert table.loc[("North", "mask"), "need"] == 400
    assert table.loc[("North", "mask"), "served"] == 200
    assert table.loc[("North", "mask"), "coverage"] == 0.5
    assert table.loc[("South", ""), "coverage"] == pytest.approx(0.8)
    assert set(table.loc[pd.IndexSlice[:, "mask"], "level"]) == {1, 2}
    assert table.loc[("North/N1", "mask"), "worst_place"] == "A"


def test_parts_planned_apart_are_the_plan_of_the_whole(tmp_path: Path) -> None:
    """Regions that share no source, planned one by one and in one piece: the same value, and the same proof."""
    write_example(tmp_path, places=60, items=3, seed=4)
    lanes = pd.read_parquet(tmp_path / "lanes.parquet")
    near = lanes[
        lanes["source"].str[-1].to_numpy() == (lanes["recipient"].str[1:].astype(int) % 3).astype(str).to_numpy()
    ]
    pd.concat([near, lanes.head(2)]).drop_duplicates(["source", "recipient"]).to_parquet(tmp_path / "lanes.parquet")
    tables = read_facilities(tmp_path)
    apart, together = split(tables, places_a_part=1), split(tables, places_a_part=10**6)
    assert len(apart) > len(together) == 1
    from yuanshou.facilities.planning import plan_part

    one_by_one = [plan_part(part, AllocationPolicy(), 5e-4) for part in apart]
    whole = plan_part(together[0], AllocationPolicy(), 5e-4)
    assert sum(plan.objective for plan in one_by_one) == pytest.approx(whole.objective, rel=2e-3)
    assert sum(plan.bound for plan in one_by_one) == pytest.approx(whole.bound, rel=1e-6)


def test_nothing_is_sent_twice_nor_over_a_lane_that_is_full(tmp_path: Path) -> None:
    write_example(tmp_path, places=40, items=4, weeks=2, seed=2)
    tables = read_facilities(tmp_path)
    plan_facilities(tables, tmp_path / "out")
    plan = pd.read_parquet(tmp_path / "out" / "plan.parquet")
    supply = pd.read_parquet(tmp_path / "supply.parquet").set_index(["source", "item"])["quantity"]
    sent = plan.groupby(["source", "item"])["quantity"].sum()
    assert (sent <= supply.reindex(sent.index)).all()
    kg = plan["quantity"] * plan["item"].map(dict(zip(tables.items, tables.kg, strict=True)))
    load = kg.groupby([plan["source"], plan["place"], plan["week"]]).sum()
    limit = pd.read_parquet(tmp_path / "lanes.parquet").set_index(["source", "recipient"])["capacity_kg_week"]
    assert (load <= limit.reindex(load.index.droplevel("week")).to_numpy() * (1 + 1e-9)).all()
    assert len(plan) > 50


def test_two_processes_leave_the_same_plan_as_one(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is an extra")
    write(tmp_path)
    far = PLACES.assign(place=["E", "F", "G", "H"], region=[f"East/E{i}" for i in range(4)])
    write(
        tmp_path,
        places=pd.concat([PLACES, far]),
        needs=pd.concat([NEEDS, NEEDS.assign(place=["E", "F", "G", "H"])]),
        supply=pd.concat([SUPPLY, SUPPLY.head(1).assign(source="e")]),
        lanes=pd.concat([LANES, LANES.head(1).assign(source="e", recipient="East")]),
    )
    tables = read_facilities(tmp_path)
    plan_facilities(tables, tmp_path / "one", places_a_part=1)
    plan_facilities(tables, tmp_path / "two", places_a_part=1, workers=2)
    for name in ("plan.parquet", "regions.parquet"):
        pd.testing.assert_frame_equal(
            pd.read_parquet(tmp_path / "one" / name), pd.read_parquet(tmp_path / "two" / name)
        )
    one, two = (json.loads((tmp_path / folder / "summary.json").read_text()) for folder in ("one", "two"))
    assert one == two
    assert one["parts"] == 3


def test_a_place_no_lane_reaches_is_counted_and_gets_nothing(tmp_path: Path) -> None:
    write(tmp_path, lanes=LANES.head(1))
    summary = plan_facilities(read_facilities(tmp_path), tmp_path / "out")
    regions = pd.read_parquet(tmp_path / "out" / "regions.parquet").set_index(["region", "item"])
    assert summary["places_without_lane"] == 2
    assert regions.loc[("South", "mask"), "coverage"] == 0


def put(table: str, column: str, row: int, value: object) -> Callable[[Path], None]:
    """Write one cell of one table wrong."""

    def change(folder: Path) -> None:
        frame = TABLES[table].copy().astype(object)
        frame.loc[row, column] = value
        write(folder, **{table: frame})

    return change


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "a word": (put("needs", "quantity", 2, "twelve"), r"needs\.csv: found 'twelve' in column quantity, row 4"),
    "negative": (put("needs", "quantity", 0, -5), r"needs\.csv: found -5 in column quantity, row 2"),
    "infinite": (put("supply", "quantity", 1, "inf"), r"supply\.csv: found inf in column quantity, row 3"),
    "empty cell": (put("needs", "quantity", 1, None), r"needs\.csv: found None in column quantity, row 3"),
    "half a mask": (put("supply", "quantity", 0, 1.5), r"supply\.csv: found 1.5 in column quantity, row 2"),
    "unknown place": (put("needs", "place", 3, "Z"), r"needs\.csv: found 'Z' in column place, row 5"),
    "unknown item": (put("supply", "item", 0, "gown"), r"supply\.csv: found 'gown' in column item, row 2"),
    "unknown end": (put("lanes", "recipient", 1, "West"), r"lanes\.csv: found 'West' in column recipient, row 3"),
    "week nought": (put("needs", "week", 0, 0), r"needs\.csv: found 0 in column week, row 2"),
    "no region": (put("places", "region", 2, None), r"places\.csv: found None in column region, row 4"),
    "place twice": (put("places", "place", 3, "A"), r"places\.csv: found A a second time, row 5"),
    "need twice": (put("needs", "place", 1, "A"), r"needs\.csv: found A, mask, 1 a second time, row 3"),
    "no column": (lambda f: write(f, needs=NEEDS.drop(columns="item")), r"needs\.csv: found no column item"),
    "no rows": (lambda f: write(f, lanes=LANES.head(0)), r"lanes\.csv: found no rows"),
    "no table": (lambda f: (write(f) / "supply.csv").unlink(), r"no supply\.parquet and no supply\.csv"),
    "no price": (put("items", "item", 0, "gown"), r"needs\.csv: found 'mask' in column item, row 2"),
    "not parquet": (lambda f: (write(f) / "needs.parquet").write_text("x"), r"needs\.parquet: found a file that cannot"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_cell_is_named_with_file_row_column_and_value(tmp_path: Path, case: str) -> None:
    change, words = BAD[case]
    change(tmp_path)
    with pytest.raises(InputError, match=words):
        read_facilities(tmp_path)


def test_the_command_plans_its_own_example_and_prints_the_proof(tmp_path: Path) -> None:
    runner = CliRunner()
    made = runner.invoke(
        cli, ["facilities", "--example", str(tmp_path / "c"), "--places", "30", "--items", "3", "--national"]
    )
    assert made.exit_code == 0, made.output
    done = runner.invoke(cli, ["facilities", str(tmp_path / "c"), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "No plan can be better by more than" in done.output
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert 0 <= summary["gap"] < 0.02
    assert np.isfinite(summary["objective"])
