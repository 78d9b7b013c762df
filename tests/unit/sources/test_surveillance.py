"""Counts of every layout become the same series; the door, its views and its weeks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from yuanshou.errors import InputError
from yuanshou.places import load_places
from yuanshou.reference import load_vintage
from yuanshou.sources.surveillance import SurveillanceSeries, read_surveillance, shipped_surveillance
from yuanshou.sources.weekly import weekly_counts

AS_OF = date(2020, 3, 25)


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    """What was known on 25 March 2020, with names, codes and new counts, as publishers would have it."""
    frame = load_vintage(AS_OF)
    facts = load_places()
    frame["name"], frame["iso2"] = frame["place"].map(facts["name_en"]), frame["place"].map(facts["iso2"])
    for count in ("cases", "deaths"):
        total = frame[f"{count}_cumulative"]
        step = total.groupby(frame["place"]).diff()
        frame[f"{count}_new"] = step.fillna(total).astype(int)
        frame[f"{count}_cumulative"] = total.astype(int)
    return frame


def wide(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    table = frame.pivot(index="name", columns="date", values=column)
    table.columns = [f"{d.month}/{d.day}/{d:%y}" for d in table.columns]
    table = table.reset_index(names="Country/Region").astype(object).where(lambda t: t.notna(), "")
    return table.assign(**{"Province/State": "", "Lat": 0, "Long": 0})


def write_jhu(frame: pd.DataFrame, folder: Path) -> dict[str, object]:
    for name, column in (("confirmed", "cases_cumulative"), ("deaths", "deaths_cumulative")):
        wide(frame, column).to_csv(folder / f"time_series_covid19_{name}_global.csv", index=False)
    return {"path": folder / "time_series_covid19_confirmed_global.csv",
            "deaths": folder / "time_series_covid19_deaths_global.csv"}  # fmt: skip


def write_who(frame: pd.DataFrame, folder: Path) -> dict[str, object]:
    pd.DataFrame(
        {"Date_reported": frame["date"].dt.strftime("%Y-%m-%d"), "Country_code": frame["iso2"],
         "Country": frame["name"], "WHO_region": "EURO", "New_cases": frame["cases_new"],
         "Cumulative_cases": frame["cases_cumulative"], "New_deaths": frame["deaths_new"],
         "Cumulative_deaths": frame["deaths_cumulative"]}
    ).to_csv(folder / "WHO-COVID-19-global-data.csv", index=False)  # fmt: skip
    return {"path": folder / "WHO-COVID-19-global-data.csv"}


def write_owid(frame: pd.DataFrame, folder: Path) -> dict[str, object]:
    pd.DataFrame(
        {"country": frame["name"], "date": frame["date"].dt.strftime("%Y-%m-%d"),
         "total_cases": frame["cases_cumulative"].map("{}.0".format), "new_cases_smoothed": "1.25",
         "total_deaths": frame["deaths_cumulative"], "code": frame["place"], "population": "12.0"}
    ).to_csv(folder / "compact.csv", index=False)  # fmt: skip
    return {"path": folder / "compact.csv"}


def write_ecdc(frame: pd.DataFrame, folder: Path) -> dict[str, object]:
    newest_first = frame.sort_values(["place", "date"], ascending=[True, False])
    pd.DataFrame(
        {"dateRep": newest_first["date"].dt.strftime("%d/%m/%Y"), "day": newest_first["date"].dt.day,
         "cases": newest_first["cases_new"], "deaths": newest_first["deaths_new"],
         "countriesAndTerritories": newest_first["name"].str.replace(" ", "_"), "geoId": newest_first["iso2"],
         "countryterritoryCode": newest_first["place"]}
    ).to_csv(folder / "ecdc.csv", index=False)  # fmt: skip
    return {"path": folder / "ecdc.csv"}


def write_plain(frame: pd.DataFrame, folder: Path) -> dict[str, object]:
    pd.DataFrame(
        {"Pays": frame["name"], "Jour": frame["date"].dt.strftime("%d.%m.%Y"), "Total": frame["cases_cumulative"],
         "Décès": frame["deaths_cumulative"]}
    ).to_csv(folder / "plain.csv", index=False, sep=";", encoding="cp1252", errors="replace")  # fmt: skip
    columns = {"place": "Pays", "date": "Jour", "cases_cumulative": "Total", "deaths_cumulative": "Décès"}
    return {"path": folder / "plain.csv", "columns": columns}


def write_hxl(frame: pd.DataFrame, folder: Path) -> dict[str, object]:
    table = pd.DataFrame(
        {"Country": frame["name"], "ISO": frame["place"], "Reported": frame["date"].dt.strftime("%Y-%m-%d"),
         "Infected": frame["cases_cumulative"], "Killed": frame["deaths_cumulative"]}
    )  # fmt: skip
    tags = ["#country+name", "#country+code", "#date +reported", "#affected+total+infected", "#affected+killed+total"]
    tagged = pd.concat([pd.DataFrame([tags], columns=table.columns), table])
    tagged.to_csv(folder / "hxl.csv", index=False)
    return {"path": folder / "hxl.csv"}


@pytest.mark.parametrize("write", [write_jhu, write_who, write_owid, write_ecdc, write_plain, write_hxl])
def test_every_layout_gives_the_same_counts(
    write: Callable[[pd.DataFrame, Path], dict[str, object]], counts: pd.DataFrame, tmp_path: Path
) -> None:
    expected = shipped_surveillance(AS_OF)
    found = read_surveillance(**write(counts, tmp_path), as_of=AS_OF)  # type: ignore[arg-type]
    layout = write.__name__.removeprefix("write_")
    assert f"(layout {layout})" in found.source
    assert found.places == expected.places
    np.testing.assert_array_equal(found.cases, expected.cases)
    np.testing.assert_array_equal(found.deaths, expected.deaths)


def test_a_layout_can_be_said_instead_of_detected(counts: pd.DataFrame, tmp_path: Path) -> None:
    given = write_owid(counts, tmp_path)
    with pytest.raises(InputError, match="European Centre"):
        read_surveillance(given["path"], as_of=AS_OF, layout="ecdc")  # type: ignore[arg-type]
    plain = read_surveillance(given["path"], as_of=AS_OF, layout="plain", columns={"place": "code"})  # type: ignore[arg-type]
    assert plain.places == shipped_surveillance(AS_OF).places


def test_provinces_and_ships_follow_the_written_rule(tmp_path: Path) -> None:
    """A province is summed to the country its row names; a ship that is a row's country is a place of its own."""
    path = tmp_path / "confirmed.csv"
    path.write_text(
        "Province/State,Country/Region,3/23/20,3/24/20,3/25/20\n"
        "Hubei,China,5,,7\n"
        "Beijing,China,,2,3\n"
        "Diamond Princess cruise ship,Others,700,706,712\n"
        "Diamond Princess,Canada,1,1,1\n"
        ",Canada,10,11,12\n"
    )
    series = read_surveillance(path, as_of=AS_OF)
    counts = {p: series.cases[i].tolist() for i, p in enumerate(series.places)}
    assert counts["SHIP-DIAMOND-PRINCESS"] == [700, 706, 712]
    assert counts["CAN"] == [11, 12, 13]
    # Beijing had not begun on the 23rd, so Hubei stands alone; Hubei skipped the 24th, so that day is open.
    assert counts["CHN"][0] == 5
    assert np.isnan(counts["CHN"][1])
    assert counts["CHN"][2] == 10
    assert {"provinces_summed", "province_missing"} <= {note.kind for note in series.notes}


def test_new_counts_with_a_missing_day_leave_that_day_open(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text("place,date,cases_new\nKEN,2020-03-01,5\nKEN,2020-03-02,3\nKEN,2020-03-04,2\n")
    series = read_surveillance(path, as_of=AS_OF)
    assert series.cases[0, [0, 1, 3]].tolist() == [5, 8, 10]
    assert np.isnan(series.cases[0, 2])
    assert [n.kind for n in series.notes] == ["gap"]


def test_a_series_survives_the_way_out_and_in() -> None:
    series = shipped_surveillance(AS_OF)
    again = SurveillanceSeries.from_frame(series.to_frame(), as_of=AS_OF, source=series.source)
    assert again.places == series.places
    np.testing.assert_array_equal(again.cases, series.cases)
    np.testing.assert_array_equal(again.deaths, series.deaths)


def test_the_arrays_of_a_series_cannot_be_changed() -> None:
    series = shipped_surveillance(AS_OF)
    for array in (series.cases, series.deaths, series.dates):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[0]


def test_new_daily_needs_two_reported_days() -> None:
    frame = pd.DataFrame({"place": "KEN", "date": pd.date_range("2020-03-01", periods=5)})
    frame["cases_cumulative"] = [1.0, 3.0, np.nan, 9.0, 8.0]
    series = SurveillanceSeries.from_frame(frame, as_of=AS_OF, source="")
    np.testing.assert_array_equal(series.new_daily(), [[np.nan, 2, np.nan, np.nan, -1]])


def test_restrict_and_until_keep_what_they_name() -> None:
    series = shipped_surveillance(AS_OF).restrict(["KEN", "ITA"]).until(date(2020, 3, 20))
    assert series.places == ("KEN", "ITA")
    assert (series.as_of, str(series.dates[-1])) == (date(2020, 3, 20), "2020-03-20")
    with pytest.raises(InputError, match="no counts for TUV"):
        series.restrict(["TUV"])
    with pytest.raises(InputError, match="where these counts begin"):
        series.until(date(2019, 3, 20))


def test_weeks_are_known_where_both_their_saturdays_are() -> None:
    days = pd.date_range("2020-03-05", "2020-03-24")
    counts = np.arange(len(days), dtype=float)
    frame = pd.DataFrame({"place": "KEN", "date": days, "cases_cumulative": counts, "deaths_cumulative": counts})
    frame.loc[frame["date"] == "2020-03-14", "deaths_cumulative"] = np.nan
    series = SurveillanceSeries.from_frame(frame, as_of=date(2020, 3, 24), source="")
    assert weekly_counts(series).week_ends.astype(str).tolist() == ["2020-03-14", "2020-03-21"]
    np.testing.assert_array_equal(weekly_counts(series).counts, [[7, 7]])
    np.testing.assert_array_equal(weekly_counts(series, target="deaths").counts, [[np.nan, np.nan]])


def test_a_series_shorter_than_a_week_has_no_weeks() -> None:
    frame = pd.DataFrame({"place": "KEN", "date": pd.date_range("2020-03-22", periods=3), "cases_cumulative": 1.0})
    assert weekly_counts(SurveillanceSeries.from_frame(frame, as_of=AS_OF, source="")).counts.shape == (1, 0)


def test_shipped_counts_of_a_day_between_vintages_say_which_vintage_they_are() -> None:
    series = shipped_surveillance(date(2020, 8, 1))
    assert [n.kind for n in series.notes if n.kind == "older_vintage"] == ["older_vintage"]
