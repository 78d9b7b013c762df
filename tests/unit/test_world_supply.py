"""The shipped supply: what was known on the day is told from what is assumed, and every lane leads somewhere."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import numpy as np
import pandas as pd
import pytest

from yuanshou.catalogue import load_catalogue
from yuanshou.errors import SettingError
from yuanshou.places import load_places
from yuanshou.reference import load_table
from yuanshou.sources.example.gifts import gift_offers
from yuanshou.sources.example.lanes import distance_km
from yuanshou.sources.example.rules import curbed
from yuanshou.sources.example.standing import weekly_export
from yuanshou.sources.supply import AidSupply, world_supply

DAY = date(2020, 3, 25)


@pytest.fixture(scope="module")
def supply() -> AidSupply:
    return world_supply(DAY)


@pytest.mark.parametrize("day", ["2020-02-17", "2020-03-25", "2020-04-30", "2020-06-29"])
def test_nothing_published_later_is_used_unless_it_is_marked_assumed(day: str) -> None:
    offers = world_supply(date.fromisoformat(day)).offers
    later = offers[offers["known_by"] > pd.Timestamp(day)]
    assert (later["basis"] == "assumed").all()


def test_without_assumptions_only_what_was_known_is_left(supply: AidSupply) -> None:
    known = world_supply(DAY, assumed=False).offers
    assert 0 < len(known) < len(supply.offers)
    assert (known["known_by"] <= pd.Timestamp(DAY)).all()
    assert known["basis"].isin(["sourced", "derived"]).all()


def test_at_least_twenty_items_of_every_group_can_be_supplied(supply: AidSupply) -> None:
    items = load_catalogue()
    offered = supply.offers.groupby("item")["quantity"].sum()
    assert (offered > 0).sum() >= 20
    assert set(items.loc[offered.index, "group"]) == set(items["group"])
    for item in ("pcr_test", "ventilator", "oxygen_concentrator", "surgical_mask", "gown", "enoxaparin"):
        assert offered[item] > 0
    assert "chlorine_hth" not in offered.index
    assert any("Chlorine" in note.message for note in supply.notes)


def test_every_offer_stands_at_a_node_with_lanes_and_names_its_source(supply: AidSupply) -> None:
    offers = supply.offers
    assert offers["offer"].is_unique
    assert supply.nodes["node"].is_unique
    assert set(offers["source"]) <= set(supply.nodes["node"])
    assert set(offers["source"]) <= set(supply.routes["source"])
    assert offers["quantity"].dtype == np.int64
    assert (offers["quantity"] > 0).all()
    assert (offers["available"] >= pd.Timestamp(DAY)).all()
    assert (offers["source_note"].str.len() > 10).all()
    assert set(" ".join(offers["earmark"]).split()) <= set(load_places().index)


def test_lanes_lead_from_every_source_to_every_place(supply: AidSupply) -> None:
    routes = supply.routes
    assert not routes.duplicated(["source", "recipient", "mode"]).any()
    assert routes.groupby("source")["recipient"].nunique().eq(len(load_places())).all()
    assert routes["lead_time_days"].between(1, 30).all()
    assert routes["usd_per_kg"].between(0.5, 20).all()
    density = routes["capacity_kg_week"] / routes["capacity_m3_week"]
    assert np.allclose(density, 100)
    assert (routes["basis"] == "assumed").all()


def test_a_lane_within_the_country_goes_by_road_and_one_through_a_gateway_takes_longer(supply: AidSupply) -> None:
    lanes = supply.routes.set_index(["source", "recipient"])
    assert lanes.loc[("PVG", "CHN"), "mode"] == "road"
    assert lanes.loc[("LGG", "AND"), "lead_time_days"] == lanes.loc[("LGG", "ESP"), "lead_time_days"] + 2
    assert lanes.loc[("PVG", "DEU"), "usd_per_kg"] == 7.33
    assert "published later, assumed" in lanes.loc[("PVG", "DEU"), "source_note"]
    later = world_supply(date(2020, 4, 21)).routes.set_index(["source", "recipient"])
    assert later.loc[("PVG", "DEU"), "usd_per_kg"] == 8.79
    assert "published later" not in later.loc[("PVG", "DEU"), "source_note"]


def test_distances_follow_the_great_circle() -> None:
    quarter = distance_km(np.array([0.0]), np.array([0.0]), np.array([0.0]), np.array([90.0]))
    assert quarter[0] == pytest.approx(np.pi / 2 * 6371.0)
    assert distance_km(np.array([10.0]), np.array([20.0]), np.array([10.0]), np.array([20.0]))[0] == 0


def test_what_recipients_hold_is_unknown_and_not_zero(supply: AidSupply) -> None:
    assert supply.stock.empty
    assert any(note.kind == "stock_unknown" for note in supply.notes)


def test_the_same_day_gives_the_same_supply(supply: AidSupply) -> None:
    again = world_supply(DAY)
    for field in fields(AidSupply):
        mine, other = getattr(supply, field.name), getattr(again, field.name)
        assert mine.equals(other) if isinstance(mine, pd.DataFrame) else mine == other


def test_masks_at_the_hub_count_once_less_what_was_delivered_from_them() -> None:
    offers, notes = gift_offers(DAY, since=DAY)
    masks = offers[(offers["source"] == "ADD") & (offers["item"] == "surgical_mask")]
    # 5.4 million came to the hub on 22 March; 100,000 of them were delivered to Kenya on 24 March.
    assert masks["quantity"].tolist() == [5_300_000]
    assert len(masks.iloc[0]["earmark"].split()) == 54
    assert any("F086" in note.message and "F090 was used" in note.message for note in notes)


def test_conflicting_reports_stand_side_by_side_in_a_note() -> None:
    _, notes = gift_offers(DAY, since=DAY)
    told = [note.message for note in notes if note.kind == "conflicting_reports"]
    assert any("F250" in message and "F251" in message for message in told)


def test_a_promise_lapses_after_27_days_of_silence() -> None:
    before, _ = gift_offers(date(2020, 4, 12), since=date(2020, 4, 12))
    after, notes = gift_offers(date(2020, 4, 18), since=date(2020, 4, 18))
    assert "GIFT-F107" in set(before["offer"])
    assert "GIFT-F107" not in set(after["offer"])
    assert any(note.kind == "gift_without_news" and "F107" in note.message for note in notes)


def test_totals_are_never_offers() -> None:
    totals = set("GIFT-" + load_table("gifts_2020").query("is_total == 'Y'")["gift"])
    for day in (DAY, date(2020, 6, 29)):
        assert not totals & set(world_supply(day).offers["offer"])


def test_exports_before_their_publication_are_an_assumption_and_derived_after_it() -> None:
    assert weekly_export("coverall", DAY, DAY) == (37_520_000 / 5, "assumed", date(2020, 4, 5))
    pieces, basis, known = weekly_export("coverall", date(2020, 4, 6), date(2020, 4, 27))
    assert (pieces, basis, known) == ((109_000_000 - 37_520_000) / 3, "derived", date(2020, 4, 26))
    assert weekly_export("coverall", date(2020, 5, 20), date(2020, 4, 27))[1] == "assumed"


def test_a_later_first_figure_is_scaled_by_the_course_of_masks() -> None:
    pieces, basis, _ = weekly_export("goggles", DAY, DAY)
    assert basis == "assumed"
    assert pieces == pytest.approx(43_630_000 * (3_860_000_000 / 27_800_000_000) / 5)


def test_makers_in_places_with_an_export_curb_are_left_out(supply: AidSupply) -> None:
    assert {"DEU", "FRA"} <= curbed(DAY)
    assert "IND" not in curbed(date(2020, 10, 1))
    makers = supply.offers[supply.offers["offer"].str.startswith("MAKER")]
    assert set(makers["source"]) == {"ARN"}


def test_a_replay_gets_the_supply_of_the_whole_period() -> None:
    offers = world_supply(date(2020, 6, 30), since=date(2020, 3, 2), weeks=1).offers
    assert offers["offer"].is_unique
    weeks = offers[offers["offer"].str.startswith("EXPORT-PVG-coverall")]["available"]
    assert weeks.min() == pd.Timestamp("2020-03-02")
    assert (weeks.diff().dropna() == pd.Timedelta(days=7)).all()
    gifts = offers[offers["offer"].str.startswith("GIFT")]
    assert len(gifts) > 100
    assert (gifts["available"] >= gifts["known_by"]).all()


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(SettingError, match="supply since 2020-04-01, after 2020-03-25"):
        world_supply(DAY, since=date(2020, 4, 1))
    with pytest.raises(SettingError, match="0 weeks of supply"):
        world_supply(DAY, weeks=0)
