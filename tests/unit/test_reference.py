"""The shipped tables hold together: sources, codes, days, and counts as they were known."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.resources import files

import pandas as pd
import pytest

from yuanshou.catalogue import load_catalogue
from yuanshou.errors import InputError
from yuanshou.places import load_places
from yuanshou.reference import latest_vintage, load_table, load_vintage, table_names, vintage_dates

FOLDER = files("yuanshou.reference")
DATED = ("gifts_2020", "exports_2020", "production_2020", "needs_stated_2020", "freight_rates", "aircraft_loads",
         "export_curbs", "supply_incidents", "us_equipment_by_state")  # fmt: skip
BASED = (*DATED, "hubs", "lead_times", "common_services", "pooled_funds_2020", "supply_rules", "assumed_supply")


def test_every_shipped_file_has_its_source_and_every_source_its_file() -> None:
    shipped = {p.name for p in FOLDER.iterdir() if p.is_file() and not p.name.startswith(("__", "SOURCES"))}
    sources = load_table("SOURCES")
    assert set(sources["file"]) == shipped
    assert sources["file"].is_unique
    assert (sources[["what", "source", "kept_by"]] != "").all(axis=None)


def test_the_whole_folder_stays_small() -> None:
    assert sum(len(p.read_bytes()) for p in FOLDER.iterdir() if p.is_file()) < 2 * 1024 * 1024


@pytest.mark.parametrize("name", BASED)
def test_every_figure_says_whether_it_is_sourced_derived_or_assumed(name: str) -> None:
    assert load_table(name)["basis"].isin(["sourced", "derived", "assumed"]).all()


@pytest.mark.parametrize("name", DATED)
def test_every_dated_figure_says_from_when_it_was_known(name: str) -> None:
    known = load_table(name)["known_by"]
    assert known.str.fullmatch(r"20\d\d-\d\d-\d\d").all()


def test_items_and_places_of_every_table_are_known() -> None:
    items, places = set(load_catalogue().index), set(load_places().index)
    for name in ("gifts_2020", "exports_2020", "assumed_supply"):
        assert set(load_table(name)["item"]) - {""} <= items
    for name in ("hubs", "exports_2020", "aliases"):
        assert set(load_table(name)["place"]) <= places


def test_totals_are_marked_so_that_nobody_adds_them_to_lots() -> None:
    gifts = load_table("gifts_2020")
    assert ((gifts["is_total"] == "Y") == gifts["status"].str.startswith("cumulative_")).all()
    assert gifts["gift"].is_unique
    assert (gifts["date"] <= gifts["known_by"]).all()


def test_exports_never_fall_from_one_report_to_the_next() -> None:
    exports = load_table("exports_2020").astype({"quantity": "int64"})
    for _, rows in exports.groupby("item_reported"):
        assert rows.sort_values("period_end")["quantity"].is_monotonic_increasing
    assert (exports["known_by"] > exports["period_end"]).all()


def test_gloves_given_in_pairs_are_counted_singly() -> None:
    exports = load_table("exports_2020").query("item == 'gloves' and period_end == '2020-04-30'")
    assert exports["quantity"].tolist() == ["1708000000"]


def test_every_monday_of_the_half_year_and_25_march_have_a_vintage_or_the_day_before() -> None:
    vintages = set(vintage_dates())
    mondays = [date(2020, 2, 10) + timedelta(days=7 * k) for k in range(21)]
    missing = [day for day in mondays if day not in vintages]
    assert missing == [date(2020, 4, 6), date(2020, 6, 1)]  # nothing was published on these two days
    assert all(day - timedelta(days=1) in vintages for day in missing)
    assert date(2020, 3, 25) in vintages


def test_the_world_on_25_march_is_the_total_as_published() -> None:
    counts = load_vintage(date(2020, 3, 25))
    last = counts[counts["date"] == "2020-03-25"].set_index("place")
    assert last["cases_cumulative"].sum() == 467_594
    assert last["deaths_cumulative"].sum() == 21_181
    assert last.loc["SHIP-DIAMOND-PRINCESS", "cases_cumulative"] == 712
    assert last.loc["USA", "cases_cumulative"] == 65_778
    assert last.loc["ITA", "deaths_cumulative"] == 7_503


@pytest.mark.parametrize("day", ["2020-02-10", "2020-03-12", "2020-03-25", "2020-04-06", "2020-05-18", "2020-06-29"])
def test_a_vintage_knows_nothing_of_the_days_after_it(day: str) -> None:
    counts = load_vintage(date.fromisoformat(day))
    assert counts["date"].max() <= pd.Timestamp(day)
    assert not counts.duplicated(["place", "date"]).any()
    assert set(counts["place"]) <= set(load_places().index)
    assert (counts["cases_cumulative"] >= 0).all()


def test_a_vintage_is_what_was_known_and_not_what_was_later_revised() -> None:
    early = load_vintage(date(2020, 3, 9)).set_index(["place", "date"])["cases_cumulative"]
    late = load_vintage(date(2020, 6, 30)).set_index(["place", "date"])["cases_cumulative"]
    both = early.index.intersection(late.index)
    assert (early[both] != late[both]).sum() > 100
    assert early[("SHIP-DIAMOND-PRINCESS", pd.Timestamp("2020-03-08"))] == 696
    assert late[("SHIP-DIAMOND-PRINCESS", pd.Timestamp("2020-03-08"))] == 706


def test_a_place_that_a_vintage_merged_into_another_is_gone_from_it() -> None:
    before, after = load_vintage(date(2020, 3, 9)), load_vintage(date(2020, 3, 25))
    assert "HKG" in set(before["place"])
    assert "HKG" not in set(after["place"])


def test_a_day_before_the_first_vintage_is_refused_with_the_way_out() -> None:
    with pytest.raises(InputError, match="found 2020-02-05 as the day of knowledge; expected a day from 2020-02-06 on"):
        load_vintage(date(2020, 2, 5))
    assert latest_vintage(date(2021, 1, 1)) == date(2020, 6, 30)


def test_an_unknown_table_is_answered_with_the_known_ones() -> None:
    assert {"items", "places", "hubs"} <= set(table_names())
    with pytest.raises(InputError, match="no shipped table 'nothing'"):
        load_table("nothing")
