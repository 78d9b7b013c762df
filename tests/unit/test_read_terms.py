"""People's terms of sharing: the templates are read as they are, and every wrong cell is answered with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from yuanshou.catalogue import load_catalogue
from yuanshou.errors import InputError
from yuanshou.sources.supply import read_supply, write_templates
from yuanshou.sources.terms_reader import TERM_TEMPLATES, read_weights


def test_the_templates_of_the_terms_are_read_as_they_are(tmp_path: Path) -> None:
    supply = read_supply(**{path.stem: path for path in write_templates(tmp_path)})
    assert set(supply.terms) == set(TERM_TEMPLATES)
    assert all(len(supply.term(name)) == len(rows) - 1 for name, rows in TERM_TEMPLATES.items())


WRONG = {
    "an unknown item": ("substitutes", "item,instead_of,rate\nmask,respirator_n95,1", "known item"),
    "a rate of nought": ("substitutes", "item,instead_of,rate\nsurgical_mask,respirator_n95,0", "above 0"),
    "an item for itself": ("substitutes", "item,instead_of,rate\ngloves,gloves,1", "in place of itself"),
    "a share above one": ("reserves", "reserve,share,places\nx,1.5,Uganda", "up to 1"),
    "an aimless reserve": ("reserves", "reserve,share\nx,0.5", "without a day and without places"),
    "a place nobody knows": ("reserves", "reserve,share,places\nx,0.5,Atlantis", "a place by code or name"),
    "an item in two bundles": ("bundles", "bundle,item\na,gloves\nb,gloves", "one bundle only"),
    "gloves lent": (
        "transfers",
        "lender,borrower,mode,lead_time_days,usd_per_kg,item,return_weeks\nKEN,UGA,road,3,1,gloves,2",
        "reusable",
    ),
    "a transfer to itself": ("transfers", "lender,borrower,mode,lead_time_days,usd_per_kg\nKEN,KEN,road,3,1", "itself"),
    "a mode nobody knows": ("modes", "item,modes\ngloves,camel", "known mode"),
    "no mode at all": ("modes", "item,modes\ngloves,", "at least one"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_cell_is_answered_with_its_place_and_nothing_is_used(name: str, tmp_path: Path) -> None:
    table, text, expected = WRONG[name]
    files = {path.stem: path for path in write_templates(tmp_path)}
    files[table].write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_supply(**files)
    assert expected in str(caught.value)
    assert f"{table}.csv" in str(caught.value)


def test_a_weight_for_nobody_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "weights.csv"
    file.write_text("place,item,weight\n,,2", encoding="utf-8")
    with pytest.raises(InputError, match="no place and no item"):
        read_weights(file, load_catalogue())
