"""Stock, pipeline, sets, packs and observed consumption, each small enough to check by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from needs_world import make_capacity, make_forecast, make_series, steady

from yuanshou.catalogue import load_catalogue
from yuanshou.errors import InputError, SettingError
from yuanshou.needs.bundles import bundle_frame, bundle_need, complete_sets
from yuanshou.needs.consumption import blend, read_consumption
from yuanshou.needs.kits import packed
from yuanshou.needs.net import NetNeed, net_need, read_lots, request_size
from yuanshou.needs.pack import load_pack
from yuanshou.needs.parameters import load_parameters
from yuanshou.needs.quantify import Needs, quantify
from yuanshou.needs.workforce import read_capacity

ONE_ITEM = ("gown",)


@pytest.fixture(scope="module")
def needs() -> Needs:
    """100 gowns a week in every place and draw."""
    full = quantify(make_forecast(steady(10)), make_series(np.zeros((3, 84))), capacity=make_capacity(), draws=400)
    return replace(full, items=ONE_ITEM, draws=np.full((3, 1, 12, 400), 100, np.float32), draws_capped=None)


def net_of(needs: Needs, rows: list[tuple[object, ...]], **more: object) -> NetNeed:
    columns = ["place", "item", "quantity", "arrival", "probability", "expires"]
    return net_need(needs, pd.DataFrame(rows, columns=columns), **more)  # type: ignore[arg-type]


def weekly(net: NetNeed) -> np.ndarray:
    return net.draws[0, 0].mean(axis=-1)


def test_stock_on_hand_meets_the_first_weeks(needs: Needs) -> None:
    net = net_of(needs, [("ITA", "gown", 250, "", "", "")])
    assert weekly(net) == pytest.approx([0, 0, 50] + [100] * 9)
    assert net.stockout_probability[0, 0].tolist() == [0, 0] + [1] * 10
    row = net.summary.iloc[0]
    assert (row["gross"], row["used"], row["net"]) == (1200, 250, 950)
    assert str(row["first_stockout_week"].date()) == "2020-04-11"


def test_a_shipment_counts_from_the_week_it_arrives(needs: Needs) -> None:
    net = net_of(needs, [("ITA", "gown", 150, "2020-04-08", "", "")])
    assert weekly(net) == pytest.approx([100, 100, 0, 50] + [100] * 8)


def test_a_shipment_that_comes_in_half_of_futures_lowers_net_need_in_half_of_them(needs: Needs) -> None:
    net = net_of(needs, [("ITA", "gown", 1200, "", 0.5, "")])
    assert net.stockout_probability[0, 0, 0] == pytest.approx(0.5, abs=0.08)


def test_what_expires_is_not_used_and_the_first_to_expire_goes_first(needs: Needs) -> None:
    rows = [("ITA", "gown", 300, "", "", ""), ("ITA", "gown", 150, "", "", "2020-04-04")]
    net = net_of(needs, rows)
    assert weekly(net) == pytest.approx([0, 0, 0, 0, 50] + [100] * 7)
    expired = net_of(needs, [("ITA", "gown", 450, "", "", "2020-04-04")])
    assert weekly(expired) == pytest.approx([0, 0] + [100] * 10)
    assert expired.summary.iloc[0]["expired"] == 250


def test_loss_takes_its_share_of_what_is_left_each_week(needs: Needs) -> None:
    net = net_of(needs, [("ITA", "gown", 300, "", "", "")], loss_share_week=0.5)
    assert weekly(net)[:3] == pytest.approx([0, 0, 100])
    assert net.summary.iloc[0]["lost"] == pytest.approx(100)


def test_the_request_serves_the_stated_share_of_futures() -> None:
    world = quantify(make_forecast(steady(500)), make_series(np.zeros((3, 84))), capacity=make_capacity(), draws=400)
    request = request_size(world, service_level=0.9).set_index(["place", "item"])["request"]
    served = world.draws[0, world.items.index("gown")].sum(axis=0) <= request["ITA", "gown"] * (1 + 1e-6)
    assert served.mean() == pytest.approx(0.9, abs=0.01)


def test_a_longer_lead_time_needs_a_larger_safety_stock() -> None:
    world = quantify(make_forecast(steady(500)), make_series(np.zeros((3, 84))), capacity=make_capacity(), draws=200)
    empty = pd.DataFrame(columns=["place", "item", "quantity"])
    short, long = (net_need(world, empty, lead_time_weeks=w).summary["safety_stock"].sum() for w in (1, 6))
    assert long > short > 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("place,item\nITA,gown\n", "no column quantity"),
        ("place,item,quantity\nITA,gown,-5\n", "row 2, column quantity: found '-5'"),
        ("place,item,quantity\nITA,gown,\n", "row 2, column quantity"),
        ("place,item,quantity\nITA,gown,many\n", "'many'"),
        ("place,item,quantity,probability\nITA,gown,5,80\n", "column probability: found '80'.*from 0 to 1"),
        ("place,item,quantity,arrival\nITA,gown,5,10/04/2020\n", "column arrival: found '10/04/2020'"),
        ("place;item;quantity\nITA;gown;x\n", "'x'"),
    ],
)
def test_a_wrong_stock_file_is_refused_with_row_and_column(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "stock.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_lots(path)


def test_stock_of_an_unknown_place_or_item_is_refused(needs: Needs) -> None:
    with pytest.raises(InputError, match="row 2, column place: found 'XXX'"):
        net_of(needs, [("XXX", "gown", 5, "", "", "")])
    with pytest.raises(InputError, match="row 3, column item: found 'gowns'"):
        net_of(needs, [("ITA", "gown", 5, "", "", ""), ("ITA", "gowns", 5, "", "", "")])


@pytest.mark.parametrize("setting", [{"service_level": 1.0}, {"loss_share_week": 1.0}, {"lead_time_weeks": -1}])
def test_settings_outside_their_range_are_refused(needs: Needs, setting: dict[str, float]) -> None:
    with pytest.raises(SettingError):
        net_of(needs, [], **setting)


def test_a_ventilator_without_tubes_is_no_treatment() -> None:
    bundle = load_pack().bundles[0]
    have = {"ventilator": 10, "patient_monitor": 10, "infusion_pump": 30, "suction_pump": 10, "bag_valve_mask": 10}
    assert complete_sets(bundle, have).scarcest == "et_tube"
    assert complete_sets(bundle, have).sets == 0
    assert complete_sets(bundle, {**have, "et_tube": 13}).sets == 10


def test_oxygen_staff_and_power_limit_sets_where_they_are_given() -> None:
    bundle = load_pack().bundles[0]
    parts = dict.fromkeys(bundle.parts, 100.0)
    result = complete_sets(bundle, {**parts, "oxygen_litres_per_minute": 300})
    assert (result.sets, result.scarcest) == (10, "oxygen_litres_per_minute")


def test_need_in_sets_is_that_of_the_machine_needed_most() -> None:
    world = quantify(make_forecast(steady(500)), make_series(np.zeros((3, 84))), capacity=make_capacity(), draws=20)
    bundle = load_pack().bundles[0]
    sets = bundle_need(world, bundle, {"ventilator", "patient_monitor"})
    monitors = world.total()[:, world.items.index("patient_monitor")]
    assert (sets >= monitors - 1e-3).all()
    frame = bundle_frame(world, load_pack().bundles, load_catalogue())
    assert set(frame["bundle"]) == {"invasive ventilation", "ward oxygen", "PCR test"}


def test_pieces_become_boxes_cartons_and_pallets_and_cold_goods_are_marked() -> None:
    frame = packed(pd.Series({"surgical_mask": 2_000_001.0, "pcr_test": 150.0}), load_catalogue()).set_index("item")
    masks = frame.loc["surgical_mask"]
    assert (masks["boxes"], masks["cartons"], masks["pieces_packed"]) == (40_001, 1_001, 2_000_050)
    assert masks["kg"] == pytest.approx(2_000_050 * 0.004)
    assert frame.loc["pcr_test", "cold_chain"]
    assert not masks["cold_chain"]


def test_observed_use_moves_the_rate_by_its_weight_and_narrows_it() -> None:
    table = load_parameters()
    observed = pd.DataFrame({"name": ["gown/severe_day"], "consumed": [500.0], "exposure": [100.0]})
    blended, report = blend(table, observed)
    row, new = report.iloc[0], blended.set_index("name").loc["gown/severe_day"]
    assert row["observed"] == 5
    prior, noise = ((24 - 1.75) / 6) ** 2, 25 * 5 / 100
    assert row["weight"] == pytest.approx(prior / (prior + noise))
    assert new["value"] == pytest.approx(row["weight"] * 5 + (1 - row["weight"]) * 14)
    assert new["high"] - new["low"] < 24 - 1.75
    assert new["source"].startswith("observed 500 over 100, weight 0.9")
    assert (blended["name"] == table["name"]).all()


def test_more_observation_weighs_more_and_none_weighs_nothing() -> None:
    def weight(exposure: float) -> float:
        frame = pd.DataFrame({"name": ["gown/severe_day"], "consumed": [5 * exposure], "exposure": [exposure]})
        return float(blend(load_parameters(), frame)[1]["weight"].iloc[0])

    assert weight(1e-6) < 0.01 < weight(10) < weight(1000) < 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,consumed\ngown/severe_day,5\n", "no column exposure"),
        ("name,consumed,exposure\ngown/severe_day,5,0\n", "row 2, column exposure"),
        ("name,consumed,exposure\ngown/severe_day,-5,10\n", "row 2, column consumed"),
    ],
)
def test_wrong_consumption_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "use.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_consumption(path)


def test_consumption_of_what_is_no_rate_is_refused() -> None:
    observed = pd.DataFrame({"name": ["share_severe"], "consumed": [1.0], "exposure": [1.0]})
    with pytest.raises(InputError, match="a rate such as"):
        blend(load_parameters(), observed)


def test_own_capacity_replaces_shipped_cells_and_may_add_ventilators(tmp_path: Path) -> None:
    path = tmp_path / "beds.csv"
    path.write_text("place,beds_per_1000,ventilators\nITA,4.0,500\nKEN,,20\n", encoding="utf-8")
    table = read_capacity(path, make_capacity())
    assert table.loc["ITA", "beds_per_1000"] == 4.0
    assert table.loc["KEN", "beds_per_1000"] == 1.0
    world = quantify(make_forecast(steady(4_000)), make_series(np.zeros((3, 84))), capacity=table, draws=10)
    caps = world.caps[(world.caps.place == "KEN") & (world.caps.capacity == "ventilators")]
    assert (caps["binds_probability"] > 0).any()
    assert (caps["gain_of_one_more"] > 0).any()
    path.write_text("place,beds_per_1000\nITA,few\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 2, column beds_per_1000"):
        read_capacity(path, make_capacity())
