"""The map: a projection true in area, shapes that do not tear, places that are not left out."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from yuanshou.maps import Flow, Mark, equal_earth, flow_width, split_at_antimeridian, world_map, world_shapes
from yuanshou.places import load_places

SQUARE = np.array([[0.0, 0], [10, 0], [10, 10], [0, 10], [0, 0]])


def area(longitude: np.ndarray, latitude: np.ndarray) -> float:
    x, y = equal_earth(longitude, latitude)
    return 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))


def cell(west: float, south: float, size: float = 2.0) -> float:
    """Projected area of a small cell of the globe, its sides walked in small steps."""
    t = np.linspace(0, size, 60)
    longitude = np.concatenate([west + t, np.full(60, west + size), west + size - t, np.full(60, west)])
    latitude = np.concatenate([np.full(60, south), south + t, np.full(60, south + size), south + size - t])
    return area(longitude, latitude)


@pytest.mark.parametrize(("west", "south"), [(0, 0), (60, 40), (-120, 60), (150, -40)])
def test_the_projection_keeps_areas(west: float, south: float) -> None:
    on_the_globe = np.radians(2) * (np.sin(np.radians(south + 2)) - np.sin(np.radians(south)))
    assert cell(west, south) == pytest.approx(on_the_globe, rel=1e-3)


def test_the_whole_globe_has_the_area_of_a_sphere() -> None:
    latitude = np.linspace(-90, 90, 2000)
    west, y = equal_earth(np.full(2000, -180.0), latitude)
    east, _ = equal_earth(np.full(2000, 180.0), latitude)
    assert np.trapezoid(east - west, y) == pytest.approx(4 * np.pi, rel=1e-4)


def test_a_ring_across_the_antimeridian_becomes_two_that_do_not_cross_the_map() -> None:
    ring = np.array([[170.0, 0], [-170, 0], [-170, 10], [170, 10], [170, 0]])
    parts = split_at_antimeridian(ring)
    assert len(parts) == 2
    assert all(np.ptp(part[:, 0]) <= 20 for part in parts)
    assert {float(part[:, 0].max()) for part in parts} == {180.0, -170.0}


def test_other_rings_stay_as_they_are() -> None:
    assert split_at_antimeridian(SQUARE) == [SQUARE] or np.array_equal(split_at_antimeridian(SQUARE)[0], SQUARE)


def test_no_shipped_outline_draws_a_line_across_the_map() -> None:
    for place, rings in world_shapes().items():
        for part in (p for ring in rings for p in split_at_antimeridian(ring)):
            assert np.abs(np.diff(part[:, 0])).max() < 90, place


def test_every_country_is_drawn_as_a_shape_or_has_a_point_to_stand_for_it() -> None:
    places, shapes = load_places(), world_shapes()
    countries = places[places["kind"] == "country"]
    without = [p for p in countries.index if p not in shapes and not np.isfinite(countries.at[p, "capital_lat"])]
    assert without == []
    assert len(set(countries.index) & set(shapes)) > 150


def test_the_map_colours_by_share_names_places_and_draws_flows() -> None:
    flow = Flow((0.0, 0.0), (20.0, 20.0), 5.0, "Hub → <Elbonia>: 5 m³")
    chart = world_map(
        {"ELB": [SQUARE], "": [SQUARE + 20]}, {"DOT": Mark(5, 5, "Dot")}, {"ELB": 0.04, "DOT": 0.9},
        names={"ELB": "Elbonia", "DOT": "Dot"}, flows=[flow], hubs=[Mark(0, 0, "Hub")], title="Map",
    )  # fmt: skip
    ElementTree.fromstring(chart.svg)
    assert re.search(r'class="land q0"[^>]*><title>Elbonia: 4%', chart.svg)
    assert re.search(r'class="point q4"[^>]*><title>Dot: 90%', chart.svg)
    assert 'class="land none"' in chart.svg
    assert "&lt;Elbonia&gt;" in chart.svg
    assert chart.table.index("Elbonia") < chart.table.index("Dot"), "the least covered comes first"


def test_a_larger_flow_is_drawn_wider() -> None:
    assert flow_width(1, 100) < flow_width(50, 100) < flow_width(100, 100)
    assert flow_width(0, 0) > 0


def test_hub_names_do_not_cover_each_other() -> None:
    hubs = [Mark(10 + 0.2 * i, 50, f"Hub number {i}") for i in range(12)]
    svg = world_map({}, {}, {}, names={}, hubs=hubs, title="Map").svg
    texts = re.findall(r'<text class="hubname" x="([\d.]+)" y="([\d.]+)">([^<]*)', svg)
    boxes = [(float(x), float(y) - 12, float(x) + 7 * len(name), float(y) + 3) for x, y, name in texts]
    assert 1 <= len(boxes) < len(hubs)
    for i, a in enumerate(boxes):
        assert all(a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1] for b in boxes[i + 1 :])
    assert svg.count('<circle class="hub"') == len(hubs)
