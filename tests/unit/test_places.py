"""Places: every code and every name in six languages finds its place, and no two places share one."""

from __future__ import annotations

import pytest

from yuanshou.errors import SettingError
from yuanshou.places import LANGUAGES, find_place, load_health_capacity, load_places, nearest_places
from yuanshou.reference import load_table


@pytest.mark.parametrize("labels", ["un_m49", "cldr"])
def test_every_name_in_every_language_finds_its_own_place(labels: str) -> None:
    places = load_places(labels=labels)  # type: ignore[arg-type]
    wrong = [
        (code, name, find_place(name))
        for language in LANGUAGES
        for code, name in places[f"name_{language}"].items()
        if find_place(name) != code
    ]
    assert wrong == []


def test_every_code_and_alias_finds_its_place() -> None:
    places = load_places()
    for code, row in places.iterrows():
        assert find_place(str(code)) == code
        assert not row["iso2"] or find_place(row["iso2"]) == code
        assert not row["m49"] or find_place(str(int(row["m49"]))) == code
    aliases = load_table("aliases")
    assert set(aliases["place"]) <= set(places.index)
    assert [find_place(a) for a in aliases["alias"]] == list(aliases["place"])


@pytest.mark.parametrize(
    ("text", "place"),
    [("US", "USA"), ("Korea, South", "KOR"), ("Burma", "MMR"), ("Taiwan*", "TWN"), ("UK", "GBR"), ("EL", "GRC"),
     ("XK", "XKX"), ("Holy See", "VAT"), ("West Bank and Gaza", "PSE"), ("cote d'ivoire", "CIV"), ("  ITALY ", "ITA"),
     ("Congo (Kinshasa)", "COD"), ("Congo (Brazzaville)", "COG"), ("Niger", "NER"), ("Nigeria", "NGA"),
     ("Dominica", "DMA"), ("Dominican Republic", "DOM"), ("Guinea", "GIN"), ("Guinea-Bissau", "GNB"),
     ("Equatorial Guinea", "GNQ"), ("Papua New Guinea", "PNG"), ("Diamond Princess", "SHIP-DIAMOND-PRINCESS"),
     ("Cases_on_an_international_conveyance_Japan", "SHIP-DIAMOND-PRINCESS"), ("4", "AFG"), ("日本", "JPN"),
     ("Atlantis", None), ("", None), ("12345", None), ("**", None)],
)  # fmt: skip
def test_the_spellings_of_publishers_find_the_place(text: str, place: str | None) -> None:
    assert find_place(text) == place


def test_places_have_what_planning_needs() -> None:
    places = load_places()
    assert places.index.is_unique
    assert len(places) >= 240
    assert (places["who_member"] == "Y").sum() == 194
    assert places["cargo_lat"].between(-90, 90).all()
    assert places["cargo_lon"].between(-180, 180).all()
    assert places["cargo_airport"].str.fullmatch(r"[A-Z0-9]{3}").all()
    assert (places["population"] > 0).all()
    assert 7.7e9 < places["population"].sum() < 7.9e9
    named = places[places["m49"] != ""]
    assert named["m49"].is_unique
    assert set(places["kind"]) == {"country", "territory", "conveyance"}
    ships = places[places["kind"] == "conveyance"]
    assert ships.loc["SHIP-DIAMOND-PRINCESS", "population"] == 3711
    assert (ships["capital"] == "").all()
    assert not (places[[f"name_{language}" for language in LANGUAGES]] == "").any(axis=None)


def test_un_m49_is_the_default_label_set_and_cldr_another() -> None:
    assert load_places().loc["KOR", "name_en"] == "Republic of Korea"
    assert load_places(labels="cldr").loc["KOR", "name_en"] == "South Korea"
    with pytest.raises(SettingError, match="label set 'x'"):
        load_places(labels="x")  # type: ignore[arg-type]


def test_what_a_caller_does_to_the_table_stays_with_the_caller() -> None:
    mine = load_places()
    mine.loc["KEN", "name_en"] = "changed"
    assert load_places().loc["KEN", "name_en"] == "Kenya"


def test_a_misspelt_name_is_answered_with_the_nearest_places() -> None:
    assert "ITA" in nearest_places("Itali")
    assert nearest_places("qqqqqq") == []


def test_intensive_care_is_never_shown_as_measured_where_it_is_an_income_group_default() -> None:
    capacity = load_health_capacity()
    assumed = capacity[capacity["icu_beds_share_basis"] == "assumed"]
    assert assumed["icu_beds_share"].nunique() <= 4
    assert assumed["icu_beds_share_source"].str.contains("not a measurement").all()
    measured = capacity[capacity["icu_beds_share_basis"] == "derived"]
    assert len(measured) == 16
    rebuilt = measured["icu_per_100k_reported"] / 100 / measured["beds_per_1000"]
    assert (measured["icu_beds_share"] - rebuilt).abs().max() < 1e-5
    assert (capacity["icu_beds_share_basis"] != "sourced").all()


def test_unknown_staff_is_unknown_and_not_zero() -> None:
    capacity = load_health_capacity()
    assert capacity["midwives"].isna().any()
    assert (capacity.loc[capacity["midwives"].isna(), "midwives_basis"] == "").all()
    for column in ("doctors", "nurses", "midwives", "lab_staff", "pharmacists", "beds_per_1000"):
        assert not (capacity[column] <= 0).any()
    assert set(capacity.index) <= set(load_places().index)
