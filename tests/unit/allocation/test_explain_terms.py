"""Every term of sharing is named where it decides, in six languages, and none where it does not."""

from __future__ import annotations

import string
from dataclasses import replace

import pandas as pd
import pytest
from allocation_cases import small_case, terms_case

from yuanshou.allocation.explain import explain
from yuanshou.allocation.messages import MESSAGES, NOTES
from yuanshou.allocation.policy import AllocationPolicy
from yuanshou.allocation.program import allocate

NEEDS, SUPPLY, CATALOGUE = terms_case()
PLAN = allocate(NEEDS, SUPPLY, catalogue=CATALOGUE)
ENGLISH = explain(PLAN).set_index(["recipient", "item"])


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_has_every_sentence_with_the_same_numbers_in_it() -> None:
    for catalogue in (MESSAGES, NOTES):
        for language, sentences in catalogue.items():
            assert {key: fields(text) for key, text in sentences.items()} == {
                key: fields(text) for key, text in catalogue["en"].items()
            }, language
    assert set(MESSAGES) == set(NOTES) == {"en", "fr", "es", "ru", "zh", "ar"}


@pytest.mark.parametrize("language", MESSAGES)
def test_the_reasons_of_a_plan_with_terms_can_be_said_in_each_language(language: str) -> None:
    table = explain(PLAN, language=language)
    assert (table["sentence"].str.len() > 15).all()
    assert not table["sentence"].str.contains(r"[{}]", regex=True).any()


def test_a_loan_a_kept_share_and_a_set_are_named_where_they_decide() -> None:
    assert "passed on to P02" in ENGLISH.loc[("P00", "item3"), "sentence"]
    assert "on loan from stock of P00" in ENGLISH.loc[("P02", "item3"), "sentence"]
    assert "kept back by the donor" in ENGLISH.loc[("P01", "item0"), "sentence"]
    assert set(ENGLISH.xs("item1", level="item")["reason"]) <= {"own_part", "other_part", "met", "late"}


def test_a_reserve_and_a_mode_are_named_where_nothing_can_be_sent_for_them() -> None:
    needs, supply, catalogue = small_case()
    others = " ".join(place for place in needs.places if place != "P00")
    reserve = pd.DataFrame(
        [["others", "item0", "", 1.0, pd.NaT, others]],
        columns=["reserve", "item", "source", "share", "since", "places"],
    )
    plan = allocate(needs, replace(supply, stock=supply.stock[:0], terms={"reserves": reserve}), catalogue=catalogue)
    row = explain(plan).set_index(["recipient", "item"]).loc[("P00", "item0")]
    assert row["reason"] == "reserved"
    assert "others" in row["sentence"]
    grounded = allocate(needs, supply, catalogue=catalogue.assign(by_air=[True, True, False]))
    rows = explain(grounded).query("item == 'item2'")
    assert set(rows["reason"]) == {"mode"}
    assert rows["sentence"].str.contains("may not travel").all()


def test_max_min_says_that_nobody_is_raised_at_the_cost_of_the_lowest() -> None:
    needs, supply, catalogue = small_case()
    table = explain(allocate(needs, supply, policy=AllocationPolicy(name="max_min"), catalogue=catalogue))
    unmet = table[table["reason"] != "met"]
    assert unmet["sentence"].str.contains("served no better").all()


def test_a_plan_without_terms_says_what_it_always_said() -> None:
    needs, supply, catalogue = small_case()
    table = explain(allocate(needs, supply, catalogue=catalogue))
    assert set(table["reason"]) <= set(MESSAGES["en"])
    assert not table["sentence"].str.contains("kept|pack|loan|last plan", regex=True).any()
