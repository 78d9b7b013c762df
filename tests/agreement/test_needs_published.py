"""Published figures, each with its source: what the field plans by must come out of the chain."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from needs_world import make_capacity, make_forecast, make_series

from yuanshou.catalogue import load_catalogue
from yuanshou.needs.chain import make_chain
from yuanshou.needs.commodities import care_drivers
from yuanshou.needs.kits import kit_line, kits_needed, pallets
from yuanshou.needs.pack import Kit, general_kits, load_pack
from yuanshou.needs.parameters import point_values
from yuanshou.needs.patients import observed_history
from yuanshou.needs.quantify import Needs, quantify
from yuanshou.sources.surveillance import shipped_surveillance

PLACE = ("NPL",)


def point(disease: str, cases: float, *, as_of: date = date(2020, 3, 25), **changes: float) -> Needs:
    """All cases in the first of 12 weeks, every parameter at its value but those changed."""
    pack = load_pack(disease)
    table = pack.parameters.copy()
    for name, value in changes.items():
        rows = table["name"] == name.replace("__", "/")
        assert rows.sum() == 1, name
        table.loc[rows, ["value", "low", "high"]] = [value, value, value]
    weekly = np.zeros((1, 12, 1))
    weekly[0, 0, 0] = cases
    return quantify(
        make_forecast(weekly, places=PLACE, as_of=as_of),
        make_series(np.zeros((1, 84)), places=PLACE, as_of=as_of),
        capacity=make_capacity(PLACE),
        parameters=table,
        pack=pack,
        draws=1,
        parameter_uncertainty=False,
    )


def total(needs: Needs, item: str) -> float:
    return float(needs.draws[0, needs.items.index(item)].sum())


def measured(needs: Needs, name: str) -> float:
    return float(needs.patients[needs.patients["measure"] == name]["median"].sum())


def kit(name: str, kits: tuple[Kit, ...]) -> Kit:
    return next(k for k in kits if k.name == name)


def test_the_interagency_health_kit_serves_10_000_people_on_four_pallets() -> None:
    """WHO 2019 (ISBN 978-92-4-151522-1); UNICEF information note, December 2019: 1.25 t, 7.15 m³, four pallets."""
    full = kit("iehk-2017", general_kits())
    assert kits_needed(full, 10_000) == 1
    assert kits_needed(full, 10_001) == 2
    line = kit_line(full, 3)
    assert (line["kg"], line["m3"]) == (3750, pytest.approx(21.45))
    assert full.kg is not None
    assert full.m3 is not None
    assert pallets(full.kg, full.m3) == 4


def test_ten_basic_units_make_one_interagency_health_kit() -> None:
    """WHO: a basic unit serves 1,000 people for three months, ten in a kit."""
    basic = kit("iehk-basic-2017", general_kits())
    assert kits_needed(basic, 10_000) == 10


def test_the_trauma_kit_serves_50_patients_and_the_ncd_kit_10_000_people() -> None:
    """WHO TESK 2019: 50 surgical patients, two operations each; WHO NCD kit: 10,000 people, three months."""
    assert kits_needed(kit("tesk-2019", general_kits()), 100) == 2
    assert kits_needed(kit("ncdk", general_kits()), 25_000) == 3


def test_a_hundred_malnutrition_kits_serve_5_000_children() -> None:
    """WHO Yemen 2018: 100 kits for more than 5,000 children, three months."""
    assert kits_needed(kit("sam-ped", general_kits()), 5000) == 100


def test_the_msf_cholera_example_of_1_500_cases_splits_75_to_25() -> None:
    """MSF, Management of a cholera epidemic (2017), 7.3.2: 1,125 by mouth only, 375 by vein and mouth."""
    needs = point("cholera", 1500)
    assert measured(needs, "new_oral") == pytest.approx(1125)
    assert measured(needs, "new_severe") == pytest.approx(375)


@pytest.mark.parametrize(("weeks", "share", "patients"), [(1, 0.05, 75), (2, 0.10, 150)])
@pytest.mark.parametrize("buffer", [0.20, 0.25])
def test_the_msf_first_order_is_5_or_10_per_cent_of_cases_and_a_buffer(
    weeks: int, share: float, patients: int, buffer: float
) -> None:
    """MSF 2017, 7.3.2: a quarter (one week) or half (two weeks) of the peak week's 20 % of cases; buffer 20–25 %."""
    peak_week = 0.20 * 1500
    assert share * 1500 == pytest.approx(peak_week * weeks / 4) == patients
    order = point("cholera", patients * (1 + buffer))
    litres = total(order, "ringer_lactate")
    assert litres == pytest.approx(patients * (1 + buffer) * 0.25 * 8, rel=1e-5)


def test_a_50_bed_cholera_centre_treats_the_severe_cases_of_a_peak_week() -> None:
    """MSF 2017: a 50-bed centre for 1,500 cases; 20 % of them in the peak week, a quarter severe, three days each."""
    needs = point("cholera", 0.20 * 1500)
    patient_days = measured(needs, "days_severe")
    assert patient_days == pytest.approx(75 * 3, rel=0.06)
    assert 0.5 * 50 < patient_days / 7 * 1.5 < 50 * 1.25


def test_the_2020_cholera_kits_serve_100_cases_and_the_2009_kit_500() -> None:
    """WHO cholera kits 2020: first month, 100 cases. Interagency kit 2009: 100 severe and 400 mild or moderate."""
    kits = load_pack("cholera").kits
    assert kits_needed(kit("cholera-2020", kits), 100) == 1
    assert kits_needed(kit("cholera-2020", kits), 1500, buffer_share=0.25) == 19
    old = kit("iddk-2009", kits)
    severe_share = 100 / old.covers
    needs = point("cholera", 500, share_oral=1 - severe_share, share_severe=severe_share)
    assert total(needs, "ringer_lactate") == pytest.approx(old.contents["ringer_lactate"], rel=1e-4)
    assert total(needs, "zinc_20mg") == pytest.approx(old.contents["zinc_20mg"] * 0.5, rel=1e-4)


def test_up_to_80_per_cent_of_cholera_is_treated_by_mouth_alone() -> None:
    """WHO Global Task Force on Cholera Control."""
    row = load_pack("cholera").parameters.set_index("name").loc["share_oral"]
    assert row["low"] <= 0.80 <= row["high"]


@pytest.mark.parametrize(("per", "respirators"), [("critical_day", 16), ("severe_day", 8), ("triage_shift", 4)])
def test_respirators_a_day_by_role_are_those_of_carias_2015(per: str, respirators: float) -> None:
    """Carias et al. 2015 (doi:10.1093/cid/civ141): 16 for intensive care, 8 on a ward, 4 for an outpatient worker."""
    others = {f"respirator_n95__{p}": 0.0 for p in ("critical_day", "severe_day", "triage_shift") if p != per}
    needs = point("covid-19", 1000, **others)
    days = {
        "critical_day": measured(needs, "days_critical"),
        "severe_day": measured(needs, "days_severe"),
        "triage_shift": (measured(needs, "cases") * (1 + 9)) / 10,
    }
    assert total(needs, "respirator_n95") == pytest.approx(respirators * days[per], rel=1e-4)


def test_patients_outside_hospital_use_1_2_masks_a_day() -> None:
    """Carias et al. 2015 (doi:10.1093/cid/civ141)."""
    lines = load_pack("covid-19").parameters.set_index("name")["value"]
    assert lines["surgical_mask/mild_day"] == 1.2


def test_an_intensive_care_day_takes_20_gowns_and_10_masks_and_up_to_340_gloves() -> None:
    """Johns Hopkins Center for Health Security, 18 April 2020: 20 gowns, 10 simple masks, 2 × 170 gloves."""
    table = load_pack("covid-19").parameters.set_index("name")
    assert table["value"]["gown/critical_day"] == 20
    assert table["value"]["surgical_mask/critical_day"] == 10
    assert table["high"]["gloves/critical_day"] == 340


def test_a_hundred_beds_take_1500_litres_of_oxygen_a_minute_by_the_who_rule() -> None:
    """WHO, 4 April 2020: 75 severe patients at 10 l/min and 25 critical ones at 30 l/min."""
    needs = point("covid-19", 1000)
    flow = needs.oxygen[needs.oxygen["measure"] == "flow_l_per_min"]["median"].to_numpy()
    ward = needs.patients[needs.patients["measure"] == "beds_ward"]["median"].to_numpy()
    icu = needs.patients[needs.patients["measure"] == "beds_icu"]["median"].to_numpy()
    np.testing.assert_allclose(flow, 10 * ward + 30 * icu, rtol=1e-4)
    assert 10 * 75 + 30 * 25 == 1500


def test_severity_shares_are_those_of_the_first_44_415_cases() -> None:
    """Wu and McGoogan 2020 (doi:10.1001/jama.2020.2648): 6,168 severe and 2,087 critical, of whom 1,023 died."""
    values = load_pack("covid-19").parameters.set_index("name")["value"]
    assert values["share_severe"] == pytest.approx(6168 / 44415, abs=1e-4)
    assert values["share_critical"] == pytest.approx(2087 / 44415, abs=1e-4)
    assert values["fatality_critical"] == pytest.approx(1023 / 2087, abs=2e-3)


@pytest.mark.parametrize(("day", "counted"), [("2020-03-25", 3489), ("2020-04-04", 3994), ("2020-04-11", 3343)])
def test_italian_intensive_care_on_the_first_day_comes_from_case_counts_alone(day: str, counted: int) -> None:
    """Italian Civil Protection, daily bulletins (github.com/pcm-dpc/COVID-19, CC BY 4.0): in intensive care."""
    series = shipped_surveillance(date.fromisoformat(day))
    pack = load_pack("covid-19")
    drawn = point_values(pack.parameters, series.as_of)
    chain = make_chain(pack, drawn, load_catalogue(), series.as_of, weeks=1)
    history, _notes = observed_history(series, ("ITA",), np.datetime64(day))
    flow = care_drivers(pack, chain.drawn, chain.kernels, np.zeros((1, 1, 1), dtype=np.float32), history)
    assert float(flow.start["critical_bed"][0, 0]) == pytest.approx(counted, rel=0.12)


def test_an_ebola_unit_of_70_beds_has_about_270_staff() -> None:
    """International Medical Corps, Liberia 2014."""
    shifts = load_pack("ebola-marburg").parameters.set_index("name")["value"]["shift/recovering_day"]
    assert shifts * 70 / (5 / 7) == pytest.approx(270, rel=0.01)


def test_fifty_cdc_ebola_kits_cost_2_7_million_dollars_and_each_serves_five_patient_days() -> None:
    """CDC, November 2014."""
    ebola = kit("cdc-ebola-ppe-2014", load_pack("ebola-marburg").kits)
    assert kit_line(ebola, 50)["usd"] == 2_700_000
    assert kits_needed(ebola, 5) == 1


def test_twelve_to_fourteen_suits_a_day_serve_one_to_four_ebola_patients() -> None:
    """A practice site's figure (weak): the rate lies between 12/4 and 14/1."""
    row = load_pack("ebola-marburg").parameters.set_index("name").loc["coverall/recovering_day"]
    assert row["low"] == 12 / 4
    assert row["high"] == 14 / 1
    assert row["low"] <= row["value"] <= row["high"]


def test_every_measles_case_gets_vitamin_a_twice() -> None:
    """WHO, Treating measles in children (2004); Measles outbreak guide (2022): two doses, a third with eye signs."""
    needs = point("measles", 1000, ascertainment_care_share=1.0, eye_share=0.0)
    assert total(needs, "vitamin_a_200k") == pytest.approx(2000, rel=1e-4)


def test_one_in_five_people_with_mpox_symptoms_tested_negative_in_kamituga() -> None:
    """Brosius et al. 2025 (doi:10.1016/S0140-6736(25)00047-9): 407 of 510 positive."""
    needs = point("mpox", 407, ascertainment_care_share=1.0)
    tests = measured(needs, "tests")
    assert tests == pytest.approx(510, rel=0.01)


def test_every_kit_of_the_packs_names_a_source_and_known_items() -> None:
    codes = set(load_catalogue().index)
    for disease in ("cholera", "ebola-marburg"):
        pack = load_pack(disease)
        known = codes | set(pd.Series(pack.items["item"]))
        for each in pack.kits:
            assert len(each.source) > 10
            assert set(each.contents) <= known
