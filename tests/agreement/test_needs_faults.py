"""Sixteen faults of the reference chain, each with the old figure (as the reference computes it) and the new one.

The old figures come from the compatibility chain on recorded inputs; the new ones from the standard chain.
"""

from __future__ import annotations

import json
import tarfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from needs_world import make_capacity, make_forecast, make_series

from yuanshou.errors import SettingError
from yuanshou.needs.esft.run import EsftResult, run_esft
from yuanshou.needs.esft.tables import EsftTables, load_tables
from yuanshou.needs.pack import load_pack
from yuanshou.needs.parameters import load_parameters
from yuanshou.needs.quantify import Needs, quantify
from yuanshou.needs.routine import routine_needs
from yuanshou.places import find_place, load_health_capacity

KENYA = ("KEN",)
AS_OF = date(2022, 1, 1)
CURVE = np.array([30, 50, 90, 140, 200, 280, 350, 300, 220, 150, 90, 60], dtype=float)


class Reference:
    """The reference on one recorded case, with changes to its arguments or its series."""

    def __init__(self, folder: Path, tables: EsftTables) -> None:
        self.folder, self.tables = folder, tables

    def run(self, case: str = "KEN/per_capita", series: pd.DataFrame | None = None, **changes: Any) -> EsftResult:
        case_folder = self.folder / case
        inputs = json.loads((case_folder / "inputs.json").read_text(encoding="utf-8"))
        series = self.series(case) if series is None else series
        return run_esft(self.tables, inputs["iso3c"], series, inputs["data_source"], {**inputs["arguments"], **changes})

    def series(self, case: str = "KEN/per_capita") -> pd.DataFrame:
        return pd.read_csv(self.folder / case / "input_series.csv")


@pytest.fixture(scope="module")
def reference(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Reference:
    folder = tmp_path_factory.mktemp("esft")
    for name in ("esft_public", "esft_reference"):
        archive = shared_dir / "conformance" / f"{name}.tar.gz"
        if not archive.is_file():
            pytest.skip(f"no {archive.name} among the shared cases")
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    return Reference(folder / "esft_public", load_tables(folder / "esft_reference"))


def standard(
    weekly: np.ndarray = CURVE, daily: float = 0.0, *, capacity: pd.DataFrame | None = None, **changes: float
) -> Needs:
    """The standard chain at its parameter values, for Kenya, with some parameters changed."""
    table = load_parameters()
    for name, value in changes.items():
        rows = table["name"] == name.replace("__", "/")
        assert rows.sum() == 1, name
        table.loc[rows, ["value", "low", "high"]] = [value, value, value]
    forecast = make_forecast(weekly.reshape(1, -1, 1), places=KENYA, as_of=AS_OF)
    series = make_series(np.full((1, 84), daily), places=KENYA, as_of=AS_OF)
    table_of = make_capacity(KENYA) if capacity is None else capacity
    return quantify(forecast, series, capacity=table_of, parameters=table, draws=1, parameter_uncertainty=False)


def weekly_need(needs: Needs, item: str) -> np.ndarray:
    return needs.draws[0, needs.items.index(item), :, 0].astype(float)


def test_01_contact_tests_follow_each_weeks_cases_not_the_first_weeks(reference: Reference) -> None:
    old = reference.run().frames["added_tests"]["tests_contacts_weekly"].to_numpy()
    assert np.ptp(old) == 0
    intended = reference.run().frames["tests"]
    severe = ["tests_diagnosis_uncapped_sev_crit", "tests_release_uncapped_sev_crit"]
    positive = intended[[*severe, "tests_mild", "tests_mod"]]
    assert old.sum() / (6 * positive.sum(axis=1)).sum() == pytest.approx(0.291, abs=0.001)
    with_contacts, without = standard(contacts_tested_share=0.6), standard(contacts_tested_share=0.0)
    new = weekly_need(with_contacts, "swab_vtm") - weekly_need(without, "swab_vtm")
    assert new / new[0] == pytest.approx(CURVE / CURVE[0], rel=1e-3)


def test_02_reusable_goggles_are_bought_once_not_every_week(reference: Reference) -> None:
    ppe = reference.run().frames["ppe"]
    old = ppe[ppe["item"] == "Goggles, protective"]["total_amount"]
    assert 6.9 < old.sum() / old.max() < 10.1
    needs = standard()
    new = weekly_need(needs, "goggles")
    shifts = 4.3 * needs.patients[needs.patients["measure"] == "health_workers"]["median"].to_numpy()
    in_use = 0.5 * 0.23 * (shifts + 0.1 * 10 * CURVE / 0.6)
    worn_out = 0.1 * in_use.sum()
    assert new.sum() == pytest.approx(in_use.max() + worn_out, rel=1e-3)


def test_03_drugs_are_for_the_forecast_not_for_every_row_of_the_input(reference: Reference) -> None:
    series = reference.series()
    extra = pd.DataFrame(
        {
            "Date_reported": pd.date_range("2022-04-25", periods=210).strftime("%Y-%m-%d"),
            "New_cases": series["New_cases"].mean() * 1.35,
        }
    )
    column = "total_drug_form_all_severe_treated"
    short = reference.run().frames["pharma"][column].sum()
    longer = reference.run(series=pd.concat([series, extra])).frames["pharma"][column].sum()
    assert longer / short == pytest.approx(3.0, abs=0.25)
    assert weekly_need(standard(daily=0), "dexamethasone_tab").sum() == pytest.approx(
        weekly_need(standard(daily=500), "dexamethasone_tab").sum(), rel=1e-6
    )


def test_04_manual_pcr_is_counted_in_tests_and_a_larger_kit_needs_no_more(reference: Reference) -> None:
    def kits(**changes: Any) -> float:
        frame = reference.run(**changes).frames["diagnostics"]
        return float(frame[frame["item"].str.startswith("Test kit - manual")]["total_amount"].sum())

    result = reference.run()
    tests = result.frames["n_tests"]["total_tests_capped"].sum() * result.frames["test_ratios"]["ratio"][2]
    assert tests / kits() == pytest.approx(90, rel=1e-6)
    assert kits(lab={"num_tests_manual_test_kits": 200}) > kits()
    needs = standard()
    manual = needs.patients[needs.patients["measure"] == "tests"]["median"].sum() * 0.8 * 0.9
    assert weekly_need(needs, "pcr_test").sum() == pytest.approx(1.11 * manual, rel=1e-4)


def test_05_routine_needs_follow_each_countrys_own_staff(reference: Reference) -> None:
    old = [reference.run(f"{iso}/per_capita").frames["noncovid"] for iso in ("KEN", "CHE", "IND")]
    assert old[0].equals(old[1])
    assert old[1].equals(old[2])
    places = ("TUV", "CHE", "IND")
    new = routine_needs(places, load_health_capacity(), load_pack(), as_of=AS_OF)
    gloves = new[new["item"] == "gloves"].set_index("place")["quantity"]
    assert gloves["IND"] > 5 * gloves["CHE"]
    staff = load_health_capacity().loc["CHE", ["doctors", "nurses", "midwives"]].sum()
    assert gloves["CHE"] == pytest.approx(staff * 0.6 * 5 * 12 * 16, rel=1e-5)


def test_06_two_shifts_double_the_tests_instead_of_removing_them(reference: Reference) -> None:
    assert reference.run().numbers["scalars"]["max_tests_per_day"] > 0
    assert reference.run(shifts_per_day=2).numbers["scalars"]["max_tests_per_day"] == 0

    def available(**changes: float) -> float:
        caps = standard(**changes).caps
        return float(caps[caps["capacity"] == "tests"]["available"].iloc[0])

    assert available(lab_shifts_per_day=2) == pytest.approx(2 * available(), rel=1e-6)


def test_07_changing_the_number_of_beds_changes_the_beds_for_patients(reference: Reference) -> None:
    old = reference.run(capacity={"n_hosp_beds": 100}).numbers["capacity"]
    assert old["severe_beds_covid"] == 43151
    capacity = make_capacity(KENYA)
    few = capacity.assign(beds_per_1000=capacity["beds_per_1000"] / 10)

    def ward(table: pd.DataFrame) -> float:
        caps = standard(capacity=table).caps
        return float(caps[caps["capacity"] == "ward_beds"]["available"].iloc[0])

    assert ward(few) == pytest.approx(ward(capacity) / 10, rel=1e-5)


def test_08_the_start_has_patients_and_saturated_wards_do_not_flicker(reference: Reference) -> None:
    late = reference.run("KEN/late_start").frames["patients"]
    assert late["crit_beds_inuse"].iloc[1] == 0
    surge = reference.run("KEN/surge").frames["patients"]["crit_patients_admitted_cap"].to_numpy()
    assert (surge[1::2] == 0).all() or (surge[::2] == 0).all()
    needs = standard(np.full(12, 50_000.0), 7_000.0)
    assert needs.draws_capped is not None
    tubes = needs.draws_capped[0, needs.items.index("et_tube"), :, 0]
    assert tubes.min() > 0
    assert np.abs(np.diff(tubes)).max() < 0.5 * tubes.max()
    beds = needs.patients[needs.patients["measure"] == "beds_icu"]["median"]
    assert beds.iloc[0] > 0.5 * beds.max()


def test_09_masks_are_charged_once_and_people_tested_negative_get_one(reference: Reference) -> None:
    ppe = reference.run().frames["ppe"]
    old = ppe[ppe["item"] == "Mask, medical / surgical for patient"]
    assert old["amount_isolation"].sum() == pytest.approx(old["amount_screening"].sum(), rel=1e-9)
    assert old["amount_isolation"].sum() / old["total_amount"].sum() == pytest.approx(0.43, abs=0.02)
    fewer, more = standard(suspect__case=0.0), standard(suspect__case=9.0)
    people = (CURVE / 0.6 * 9).sum()
    extra = weekly_need(more, "surgical_mask").sum() - weekly_need(fewer, "surgical_mask").sum()
    assert extra == pytest.approx(1.2 * people, rel=1e-4)


def test_10_contacts_are_traced_for_new_cases_not_again_on_release(reference: Reference) -> None:
    tests = {"tests_diagnosis_sev_crit": 1, "tests_diagnosis_mild_mod": 1, "perc_antigen_tests": 0.2}
    once = reference.run(diagnostic={**tests, "tests_release_sev_crit": 1})
    never = reference.run(diagnostic={**tests, "tests_release_sev_crit": 0})
    contacts = "tests_contacts_weekly"
    assert once.frames["added_tests"][contacts].iloc[0] > never.frames["added_tests"][contacts].iloc[0]

    def gloves_of_contacts(release: float) -> float:
        some = standard(test__severe_case=release, contact__case=10.0)
        none = standard(test__severe_case=release, contact__case=0.0)
        return float((weekly_need(some, "gloves") - weekly_need(none, "gloves")).sum())

    assert gloves_of_contacts(0.0) == pytest.approx(gloves_of_contacts(2.0), rel=1e-3)


def test_11_all_tests_may_be_antigen_tests_without_infinite_capacity(reference: Reference) -> None:
    old = reference.run(diagnostic={"perc_antigen_tests": 1.0}).frames["test_ratios"].set_index("type")
    assert np.isinf(old.loc["antigen", "covid_test_capacity"])
    needs = standard(antigen_share=1.0)
    assert weekly_need(needs, "pcr_test").sum() == 0
    assert np.isfinite(needs.draws).all()
    assert weekly_need(needs, "rapid_test").sum() > 0


def test_12_no_patients_a_gap_and_a_stay_of_some_days_are_no_obstacle(reference: Reference) -> None:
    empty = reference.series().assign(New_cases=0)
    with pytest.raises(SettingError, match="no bed in use"):
        reference.run(series=empty)
    gap = reference.series()
    gap.loc[gap["Date_reported"] == "2022-01-20", "New_cases"] = np.nan
    assert reference.run(series=gap).frames["pharma"].drop(columns="drug").isna().all().all()
    assert (standard(np.zeros(12)).draws == 0).all()
    days = standard(stay_ward_median_days=5.5)
    assert 0 < days.draws.sum() < standard().draws.sum()
    series = make_series(np.full((1, 84), 100.0), places=KENYA, as_of=AS_OF)
    cases = series.cases.copy()
    cases[0, 40] = np.nan
    object.__setattr__(series, "cases", cases)
    forecast = make_forecast(CURVE.reshape(1, -1, 1), places=KENYA, as_of=AS_OF)
    assert np.isfinite(quantify(forecast, series, capacity=make_capacity(KENYA), draws=4).draws).all()


def test_13_no_laboratory_means_no_capped_tests_and_a_number_for_everything_else(reference: Reference) -> None:
    tables = reference.tables
    platforms = tables.diagnostics_platforms.copy()
    machines = ["roche_6800", "roche_8800", "abbott_m2000", "hologic_panther", "genexpert", "manual"]
    platforms.loc[platforms["country_code"] == "KEN", machines] = 0
    from dataclasses import replace

    bare = Reference(reference.folder, replace(tables, diagnostics_platforms=platforms)).run()
    assert bare.frames["test_ratios"]["ratio"].isna().sum() == 3
    needs = standard(capacity=make_capacity(KENYA).assign(lab_staff=0.0))
    assert needs.draws_capped is not None
    assert needs.draws_capped[0, needs.items.index("pcr_test")].sum() == 0
    assert np.isfinite(needs.draws_capped).all()
    assert weekly_need(needs, "pcr_test").sum() > 0
    assert load_health_capacity().index.is_unique


def test_14_oxygen_and_lead_time_have_an_effect(reference: Reference) -> None:
    plain = reference.run()
    changed = reference.run(
        params={"o2_flow_sev": 99, "perc_crit_inv_mv": 0.1, "perc_crit_noninv_mv": 0.9}, user={"delivery_leadtime": 8}
    )
    for name, frame in plain.frames.items():
        assert frame.equals(changed.frames[name])

    def volume(**changes: float) -> float:
        oxygen = standard(**changes).oxygen
        return float(oxygen[oxygen["measure"] == "volume_m3"]["median"].sum())

    severe, both = volume(oxygen_litres_per_minute__critical=0.0), volume()
    assert volume(oxygen_litres_per_minute__severe=20.0) == pytest.approx(both + severe, rel=1e-3)


@pytest.mark.parametrize("name", [row for row in load_parameters()["name"] if not row.startswith("routine:")])
def test_14_every_parameter_changes_something(name: str) -> None:
    table = load_parameters().set_index("name")
    deaths = {"fatality_severe": 0.1} if name == "body_bag/severe_death" else {}
    base = standard(CURVE * 300, 500.0, **deaths)
    value = float(table.loc[name, "value"])
    shares = {f"share_{c}" for c in ("mild", "moderate", "severe", "critical")}
    if name in shares:
        other = "share_mild" if name != "share_mild" else "share_severe"
        shift = 0.01
        moved = standard(CURVE * 300, 500.0, **{name: value + shift, other: float(table.loc[other, "value"]) - shift})
    else:
        moved = standard(CURVE * 300, 500.0, **{**deaths, name.replace("/", "__"): value * 0.7 if value else 0.3})
    assert base.draws_capped is not None
    assert moved.draws_capped is not None
    same = (
        np.array_equal(base.draws, moved.draws)
        and np.array_equal(base.draws_capped, moved.draws_capped)
        and base.patients.equals(moved.patients)
        and base.oxygen.equals(moved.oxygen)
        and base.caps.equals(moved.caps)
    )
    assert not same


def test_15_countries_are_found_by_any_of_their_names() -> None:
    names = {
        "United Kingdom": "GBR", "United States": "USA", "Iran": "IRN", "Russia": "RUS", "Turkey": "TUR",
        "Tanzania": "TZA", "Vietnam": "VNM", "Bolivia": "BOL",
    }  # fmt: skip
    assert {name: find_place(name) for name in names} == names


def test_16_a_weekly_series_and_a_daily_one_give_the_same_need(reference: Reference) -> None:
    daily, weekly = reference.run("KEN/per_capita"), reference.run("KEN/weekly_rows")
    assert len(weekly.frames["cases"]) == len(daily.frames["cases"]) - 1
    old = [r.frames["commodities_totals"]["total_amount"].sum() for r in (daily, weekly)]
    assert old[0] != pytest.approx(old[1], rel=1e-6)
    series = make_series(np.full((1, 84), 700.0), places=KENYA, as_of=AS_OF)
    thinned = series.cases.copy()
    keep = np.arange(thinned.shape[1]) % 7 == 0
    thinned[:, ~keep] = np.nan
    forecast = make_forecast(CURVE.reshape(1, -1, 1), places=KENYA, as_of=AS_OF)
    full = quantify(forecast, series, capacity=make_capacity(KENYA), draws=4)
    object.__setattr__(series, "cases", thinned)
    sparse = quantify(forecast, series, capacity=make_capacity(KENYA), draws=4)
    np.testing.assert_allclose(sparse.draws, full.draws, rtol=1e-4, atol=1e-2)
