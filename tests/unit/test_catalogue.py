"""The catalogue: every figure has a basis, and a user's file replaces only what it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from yuanshou.catalogue import load_catalogue
from yuanshou.errors import InputError
from yuanshou.needs.pack import load_pack, pack_names


def test_every_weight_volume_and_price_has_a_basis() -> None:
    items = load_catalogue()
    assert items.index.is_unique
    assert len(items) >= 46
    for figure, basis in (("kg_per_unit", "kg_basis"), ("m3_per_unit", "m3_basis"), ("unit_price_usd", "price_basis")):
        known = items[figure].notna()
        assert known.all() or figure == "unit_price_usd"
        assert (items.loc[known, figure] > 0).all()
        assert items.loc[known, basis].isin(["sourced", "derived", "assumed"]).all()
        assert (items.loc[~known, basis] == "").all()
    packed = items["units_per_box"].notna() | items["boxes_per_carton"].notna()
    assert items.loc[packed, "pack_basis"].isin(["sourced", "assumed"]).all()
    assert (items.loc[~packed, "pack_basis"] == "").all()
    assert set(items.index[items["unit_price_usd"].isna()]) == {"ebola_antibody_course", "mva_bn_dose"}, (
        "no public price"
    )
    ranged = items.dropna(subset=["kg_low", "kg_high"])
    assert (ranged["kg_low"] <= ranged["kg_per_unit"]).all()
    assert (ranged["kg_per_unit"] <= ranged["kg_high"]).all()


def test_mixed_protective_equipment_weighs_about_100_kg_a_cubic_metre() -> None:
    items = load_catalogue()
    garments = items.loc[["surgical_mask", "gown", "coverall", "goggles", "face_shield"]]
    density = garments["kg_per_unit"] / garments["m3_per_unit"]
    assert density.between(60, 150).all()


def test_chlorine_does_not_fly_in_drums() -> None:
    assert list(load_catalogue().query("~by_air").index) == ["chlorine_hth"]


def test_a_users_file_replaces_what_it_names_and_marks_it_sourced(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("item,kg_per_unit,units_per_box\nrespirator_n95,0.009,20\n")
    mine, shipped = load_catalogue(path), load_catalogue()
    assert mine.loc["respirator_n95", "kg_per_unit"] == 0.009
    assert (shipped.loc["respirator_n95", "kg_basis"], mine.loc["respirator_n95", "kg_basis"]) == ("assumed", "sourced")
    others = shipped.index.drop("respirator_n95")
    assert mine.loc[others].equals(shipped.loc[others])


def test_a_new_item_needs_its_figures(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("item,name,group,unit,unit_price_usd,kg_per_unit\nboots,Boots,PPE,pair,12,1.1\n")
    with pytest.raises(InputError, match=r"items\.csv, row 2: found the new item boots without m3_per_unit"):
        load_catalogue(path)
    path.write_text("item,name,group,unit,unit_price_usd,kg_per_unit,m3_per_unit\nboots,Boots,PPE,pair,12,1.1,0.01\n")
    row = load_catalogue(path).loc["boots"]
    assert (row["kg_per_unit"], row["by_air"], row["reusable"], row["dangerous_goods"]) == (1.1, True, False, "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("item,kg\nsoap,1\n", "found column kg; expected columns among"),
        ("code,kg_per_unit\nsoap,1\n", "no column item in the catalogue"),
        ("item,kg_per_unit\nsoap,heavy\n", r"row 2, column kg_per_unit: found 'heavy'; expected a number above 0"),
        ("item,kg_per_unit\nsoap,-1\n", "found '-1'; expected a number above 0"),
        ("item,units_per_box\nsoap,2.5\n", "found '2.5'; expected a whole number above 0"),
        ("item,reusable\nsoap,maybe\n", "found 'maybe'; expected Y or N"),
        ("item,kg_per_unit\nsoap,1\nsoap,2\n", "found soap again in row 3"),
    ],
)
def test_a_wrong_override_is_refused_with_its_cell(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "items.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        load_catalogue(path)


def test_what_a_disease_pack_declares_is_in_the_catalogue_like_the_rest() -> None:
    items = load_catalogue()
    for disease in pack_names():
        declared = load_pack(disease).items
        if len(declared):
            assert set(declared["item"]) <= set(items.index), disease
    salts = items.loc["ors_sachet"]
    assert (salts["unit"], salts["units_per_box"], salts["kg_per_unit"]) == ("sachet", 100, 0.0215)
    assert salts["price_source"] == "disease pack cholera"
    assert salts["by_air"]
    assert not salts["reusable"]
