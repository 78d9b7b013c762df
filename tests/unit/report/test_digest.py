"""What is said of a plan agrees with the plan's own tables."""

from __future__ import annotations

import numpy as np
import pytest
from plan_factory import synthetic_plan

from yuanshou.report import words
from yuanshou.report.digest import Digest

PLAN = synthetic_plan(places=12, items=6)
DIGEST = Digest.of(PLAN)


def test_coverage_of_a_place_is_the_mean_over_items_on_offer() -> None:
    place = DIGEST.by_place.index[3]
    coverage = PLAN.allocation.coverage.query("recipient == @place").groupby("item")[["served", "need"]].sum()
    on_offer = coverage.loc[[i for i in coverage.index if i in DIGEST.offered_items]]
    assert DIGEST.by_place.at[place, "coverage"] == pytest.approx((on_offer["served"] / on_offer["need"]).mean())


def test_a_place_without_need_is_not_ranked_among_the_worst_off() -> None:
    assert PLAN.allocation.recipients[-1] not in DIGEST.by_place.index
    assert len(DIGEST.by_place) == len(PLAN.allocation.recipients) - 1


def test_the_least_covered_comes_first() -> None:
    assert DIGEST.by_place["coverage"].is_monotonic_increasing


def test_items_and_donors_hold_the_whole_supply() -> None:
    offers = PLAN.supply.offers
    assert DIGEST.by_item["offered"].sum() == offers["quantity"].sum()
    assert DIGEST.by_donor["lines"].sum() == len(offers)
    worth = (offers["quantity"] * offers["item"].map(DIGEST.price)).sum()
    assert DIGEST.by_donor["offered_usd"].sum() == pytest.approx(worth)


def test_the_band_of_need_is_taken_from_the_sum_of_draws() -> None:
    total = np.nansum(PLAN.needs.draws[:, 0].astype(float), axis=(0, 1))
    assert DIGEST.by_item["need_high"].iloc[0] == pytest.approx(np.quantile(total, 0.95))


def test_reasons_name_hubs_and_places_instead_of_codes() -> None:
    place = DIGEST.by_place.index[0]
    item = DIGEST.reasons(place)[0][0]
    frame = PLAN.explanations.copy()
    at = (frame["recipient"] == place) & (frame["item"] == item)
    frame.loc[at, "sentence"] = f"The lane HUB-A → {place} by air is full."
    told = Digest.of(type(PLAN)(**{**PLAN.__dict__, "explanations": frame.assign(source="HUB-A")}))
    assert dict(told.reasons(place))[item] == f"The lane Liège → {told.name(place)} by air is full."


def test_reasons_stand_for_items_on_offer_with_the_most_valuable_shortage() -> None:
    place = DIGEST.by_place.index[0]
    items = [item for item, _ in DIGEST.reasons(place, most=2)]
    cells = DIGEST.cells.query("recipient == @place and item in @DIGEST.offered_items")
    assert items == list(cells.sort_values("unmet_usd", ascending=False)["item"].head(2))


def test_the_verdict_says_when_a_sum_fails() -> None:
    assert words.verdict(DIGEST) == (True, "audit found no fault; 42 sum checks passed")
    coverage = PLAN.allocation.coverage.assign(unmet=PLAN.allocation.coverage["unmet"] + 1)
    allocation = type(PLAN.allocation)(**{**PLAN.allocation.__dict__, "coverage": coverage})
    sound, said = words.verdict(Digest.of(type(PLAN)(**{**PLAN.__dict__, "allocation": allocation})))
    assert not sound
    assert said.endswith("6 of 42 sum checks failed")


def test_a_donor_that_is_a_place_is_named_by_un_m49_and_any_other_stays_as_given() -> None:
    assert DIGEST.donor_name("South Korea") == "Republic of Korea"
    assert DIGEST.donor_name("<b>Donor & Sons</b>") == "<b>Donor & Sons</b>"


def test_what_stays_is_told_by_reason_and_adds_up_with_what_is_sent() -> None:
    assert DIGEST.left_by_reason.sum() + DIGEST.used_share == pytest.approx(1.0)


def test_weeks_seen_end_before_the_forecast_begins() -> None:
    week_ends, counts = DIGEST.seen_weeks(PLAN.allocation.recipients[0])
    assert len(week_ends) == len(counts) == 8
    assert week_ends[-1] < PLAN.forecast.week_ends[0]
    assert list(counts) == [7.0] * 8
