"""Snapshots, days of cover, measures, and the pages that show them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from yuanshou_ops.errors import EditConflict, NotAllowed, Refused
from yuanshou_ops.planning.snapshots import make_snapshot
from yuanshou_ops.requests.models import ModelledNeed
from yuanshou_ops.situation import actions, cover
from yuanshou_ops.situation.models import Measure, PlaceSituation, Snapshot

AS_OF = date(2020, 3, 25)


@pytest.fixture
def snapshot(world: Any, at: Any) -> Snapshot:
    return make_snapshot(AS_OF, at=at, draws=20)


def measure(world: Any, **values: Any) -> Measure:
    facts = {"kind": "lockdown", "title": "Stay at home", "starts_on": date(2020, 3, 10), "source": "a test"}
    return Measure(place=world.italy, **facts | values)


def test_a_snapshot_carries_counts_reasons_vintages_forecast_and_need(snapshot: Snapshot) -> None:
    italy = PlaceSituation.objects.get(snapshot=snapshot, place="ITA")
    assert italy.cases_cumulative == 74_386  # Johns Hopkins as published on 25 March 2020
    assert [v["as_of"] for v in italy.vintages][:2] == ["2020-03-25", "2020-03-24"]
    assert italy.vintages[1]["cases"] < italy.vintages[0]["cases"]
    assert all(risk["reason"] for risk in italy.risks)
    assert len(italy.forecast["weeks"]) == 12
    assert all(a <= b for a, b in zip(italy.forecast["cases"]["low95"], italy.forecast["cases"]["high95"], strict=True))
    need = ModelledNeed.objects.get(place="ITA", item="surgical_mask", as_of=AS_OF)
    assert 0 < need.median <= need.p90


def test_a_snapshot_made_again_replaces_the_first(snapshot: Snapshot, at: Any) -> None:
    rows = PlaceSituation.objects.count()
    again = make_snapshot(AS_OF, at=at, draws=20)
    assert Snapshot.objects.get() == again
    assert PlaceSituation.objects.count() == rows


@pytest.mark.parametrize(
    ("stock", "weekly", "days"),
    [(0, [7, 7], 0.0), (7, [7, 7], 7.0), (10, [7, 7], 10.0), (14, [7, 7], None), (5, [0, 10], 10.5)],
)
def test_stock_lasts_as_long_as_weekly_need_allows(stock: float, weekly: list[float], days: float | None) -> None:
    assert cover.lasts(stock, weekly) == days


def test_a_place_whose_stock_nobody_knows_has_no_days_of_cover(snapshot: Snapshot, stock: Any) -> None:
    stock(1000)  # a donor's free stock is not what a recipient holds
    assert cover.days_of_cover() == []


def test_a_measure_is_recorded_ended_once_and_never_before_it_starts(world: Any, at: Any) -> None:
    with pytest.raises(NotAllowed):
        actions.add_measure(by=world.chen, at=at, measure=measure(world))
    with pytest.raises(Refused, match="before the start"):
        actions.add_measure(by=world.analyst, at=at, measure=measure(world, ends_on=date(2020, 3, 1)))
    row = actions.add_measure(by=world.analyst, at=at, measure=measure(world))
    assert row.is_in_force(date(2020, 3, 25))
    assert not row.is_in_force(date(2020, 3, 9))
    actions.end_measure(by=world.analyst, at=at, measure=row, ends_on=date(2020, 5, 3), expected_version=1)
    assert not row.is_in_force(date(2020, 5, 4))
    with pytest.raises(EditConflict):
        actions.end_measure(by=world.analyst, at=at, measure=row, ends_on=date(2020, 5, 9), expected_version=1)


def test_the_pages_show_the_figures_and_the_files_carry_the_source(
    client: Any, world: Any, snapshot: Snapshot, at: Any
) -> None:
    actions.add_measure(by=world.analyst, at=at, measure=measure(world))
    client.force_login(world.amina)
    page = client.get("/situation/p/ITA")
    assert page.status_code == 200
    text = page.content.decode()
    assert "<svg" in text
    assert "Stay at home" in text
    assert len(page.content) < 120_000
    assert client.get("/situation/?q=ital").content.decode().count("/situation/p/") == 1
    assert len(client.get("/situation/map").content) < 120_000
    rows = client.get("/situation/p/ITA/cases.csv").content.decode("utf-8-sig").splitlines()
    assert len([row for row in rows if ",forecast," in row]) == 12
    assert all("Johns Hopkins" in row for row in rows[1:])
    assert client.get("/situation/?as_of=2019-01-01").status_code == 404


def test_the_tooltips_of_the_map_name_the_figure_not_a_share(client: Any, world: Any, snapshot: Snapshot) -> None:
    client.force_login(world.amina)
    text = client.get("/situation/map").content.decode()
    figure = PlaceSituation.objects.get(snapshot=snapshot, place="ITA").cases_new_7d_per_100k
    assert f"<title>Italy, {figure:.1f}</title>" in text
    assert "%</title>" not in text
