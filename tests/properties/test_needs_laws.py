"""Laws that hold whatever the numbers: more cases never need less, capped is never above uncapped, and so on."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from needs_world import PLACES, make_capacity, make_forecast, make_series

from yuanshou.catalogue import load_catalogue
from yuanshou.needs.bundles import complete_sets
from yuanshou.needs.export import item_totals
from yuanshou.needs.kits import kits_needed, loose_after_kits, packed
from yuanshou.needs.net import net_need
from yuanshou.needs.pack import Bundle, Kit, load_pack, pack_names
from yuanshou.needs.quantify import Needs, quantify

WEEKS, DRAWS = 6, 8
FEW = settings(max_examples=12, deadline=None)
CATALOGUE = load_catalogue()

weekly = st.lists(st.integers(0, 50_000), min_size=3 * WEEKS, max_size=3 * WEEKS).map(
    lambda xs: np.repeat(np.array(xs, dtype=float).reshape(3, WEEKS, 1), DRAWS, axis=2)
)
daily = st.lists(st.integers(0, 5_000), min_size=3, max_size=3).map(lambda xs: np.outer(xs, np.ones(84)))


def run(cases: np.ndarray, past: np.ndarray, capacity: pd.DataFrame | None = None, disease: str = "covid-19") -> Needs:
    table = make_capacity() if capacity is None else capacity
    forecast, series = make_forecast(cases), make_series(past)
    return quantify(forecast, series, capacity=table, draws=DRAWS, pack=load_pack(disease), seed=3)


def bought(draws: np.ndarray) -> np.ndarray:
    """Bought up to each week: the law for reusable items, which are bought once."""
    return np.cumsum(draws.astype(float), axis=2)


@FEW
@given(cases=weekly, more=weekly, past=daily)
def test_more_cases_never_need_less(cases: np.ndarray, more: np.ndarray, past: np.ndarray) -> None:
    fewer, greater = run(cases, past), run(cases + more, past)
    assert (bought(greater.draws) >= bought(fewer.draws) * (1 - 1e-5) - 1e-3).all()


@FEW
@given(cases=weekly, past=daily)
def test_doubling_cases_doubles_uncapped_need(cases: np.ndarray, past: np.ndarray) -> None:
    once, twice = run(cases, past), run(2 * cases, 2 * past)
    np.testing.assert_allclose(twice.draws, 2 * once.draws, rtol=2e-4, atol=0.05)


@FEW
@given(cases=weekly, past=daily)
def test_doubling_cases_and_capacity_doubles_capped_need(cases: np.ndarray, past: np.ndarray) -> None:
    capacity = make_capacity()
    double = capacity * 2
    double["icu_beds_share"] = capacity["icu_beds_share"]
    once, twice = run(cases, past, capacity), run(2 * cases, 2 * past, double)
    assert once.draws_capped is not None
    assert twice.draws_capped is not None
    np.testing.assert_allclose(twice.draws_capped, 2 * once.draws_capped, rtol=2e-3, atol=0.1)


@FEW
@given(cases=weekly, past=daily)
def test_capped_need_is_never_above_uncapped(cases: np.ndarray, past: np.ndarray) -> None:
    needs = run(cases, past)
    assert needs.draws_capped is not None
    reusable = CATALOGUE["reusable"].reindex(list(needs.items)).to_numpy(dtype=bool)
    capped, gross = needs.draws_capped, needs.draws
    assert (capped[:, ~reusable] <= gross[:, ~reusable] * (1 + 1e-5) + 1e-3).all()
    assert (bought(capped)[:, reusable] <= bought(gross)[:, reusable] * (1 + 1e-5) + 1e-3).all()


@FEW
@given(cases=weekly, past=daily)
def test_one_more_health_worker_never_takes_care_away_nor_a_bed_where_staff_suffices(
    cases: np.ndarray, past: np.ndarray
) -> None:
    caps = run(cases, past).caps.set_index(["place", "week_end", "capacity"])
    gain, binds = caps["gain_of_one_more"].unstack(), caps["binds_probability"].unstack()
    assert (gain[["staff", "tests"]] >= -1e-6).all(axis=None)
    assert (gain.loc[binds["staff"] == 0, ["ward_beds", "icu_beds"]] >= -1e-6).all(axis=None)
    assert (gain.loc[binds["staff"] == 0, ["ward_beds", "icu_beds"]] <= 7 * 1.1).all(axis=None)


@FEW
@given(cases=weekly, past=daily)
def test_the_sum_over_places_is_the_total(cases: np.ndarray, past: np.ndarray) -> None:
    needs = run(cases, past)
    total = item_totals(needs, CATALOGUE)["median"].to_numpy()
    by_hand = np.median(needs.draws.sum(axis=(0, 2), dtype=float), axis=-1)
    np.testing.assert_allclose(total, by_hand, rtol=1e-4, atol=1e-3)


@FEW
@given(cases=weekly, past=daily)
def test_quantiles_never_cross(cases: np.ndarray, past: np.ndarray) -> None:
    values = run(cases, past).quantiles([0.05, 0.25, 0.5, 0.75, 0.95])
    assert (np.diff(values, axis=-1) >= 0).all()


lots = st.lists(
    st.tuples(
        st.sampled_from(PLACES),
        st.sampled_from(["gown", "ventilator", "gloves"]),
        st.integers(0, 10**6),
        st.sampled_from(["", "2020-04-03", "2020-05-01"]),
        st.sampled_from([0.0, 0.5, 1.0]),
        st.sampled_from(["", "2020-04-20"]),
    ),
    max_size=6,
)


@FEW
@given(cases=weekly, past=daily, stock=lots, loss=st.sampled_from([0.0, 0.1]))
def test_net_need_is_never_above_gross_and_what_is_used_is_what_is_missing(
    cases: np.ndarray, past: np.ndarray, stock: list[tuple[object, ...]], loss: float
) -> None:
    needs = run(cases, past)
    table = pd.DataFrame(stock, columns=["place", "item", "quantity", "arrival", "probability", "expires"])
    net = net_need(needs, table, loss_share_week=loss)
    assert (net.draws <= needs.draws).all()
    assert (net.draws >= 0).all()
    assert ((net.stockout_probability >= 0) & (net.stockout_probability <= 1)).all()
    used = (needs.draws - net.draws).sum(axis=(2, 3), dtype=float)
    held = table.groupby(["place", "item"])["quantity"].sum() if len(table) else {}
    for (place, item), quantity in dict(held).items():
        p, i = needs.places.index(str(place)), needs.items.index(str(item))
        assert used[p, i] <= float(quantity) * DRAWS * (1 + 1e-5) + 1e-2


@FEW
@given(
    parts=st.dictionaries(st.sampled_from("abcde"), st.floats(0.1, 10), min_size=1),
    have=st.dictionaries(st.sampled_from("abcde"), st.integers(0, 1000)),
)
def test_bundles_never_exceed_their_scarcest_part(parts: dict[str, float], have: dict[str, int]) -> None:
    result = complete_sets(Bundle("b", "sets", parts, {}), have)
    for part, amount in parts.items():
        assert result.sets * amount <= have.get(part, 0) + 1e-6 * amount
        assert result.left_over[part] >= -1e-6 * amount
    scarce = result.scarcest
    assert (result.sets + 1) * parts[scarce] > have.get(scarce, 0)


@FEW
@given(
    cases=st.floats(0, 1e6),
    covers=st.integers(1, 1000),
    contents=st.dictionaries(st.sampled_from("abc"), st.integers(1, 10_000)),
    need=st.dictionaries(st.sampled_from("abcd"), st.integers(0, 10**6)),
)
def test_kits_cover_the_pieces_they_replace(
    cases: float, covers: int, contents: dict[str, float], need: dict[str, float]
) -> None:
    kit = Kit("k", "K", covers, "cases", "case", contents, None, None, None, False, "")
    kits = kits_needed(kit, cases)
    assert kits * covers >= cases * (1 - 1e-8) - 1e-6
    assert (kits - 1) * covers < cases + 1e-6 * max(cases, 1)
    loose = loose_after_kits(kit, kits, need)
    for item, pieces in need.items():
        assert loose[item] + kits * contents.get(item, 0) >= pieces
        assert loose[item] <= pieces


@FEW
@given(quantities=st.dictionaries(st.sampled_from(["gloves", "gown", "pcr_test"]), st.floats(0, 1e7), min_size=1))
def test_packs_hold_at_least_what_was_asked_for_and_less_than_a_box_more(quantities: dict[str, float]) -> None:
    frame = packed(pd.Series(quantities), CATALOGUE).set_index("item")
    for item, quantity in quantities.items():
        box = CATALOGUE["units_per_box"].get(item)
        box = 1 if pd.isna(box) else int(box)
        assert frame["pieces_packed"][item] >= quantity - 1e-6 * max(quantity, 1)
        assert frame["pieces_packed"][item] < quantity + 1 + box
        assert bool(frame["cold_chain"][item]) == (item == "pcr_test")


def test_every_shipped_pack_gives_finite_need_that_doubles_with_cases() -> None:
    rng = np.random.default_rng(0)
    cases = np.repeat(rng.integers(10, 500, (3, WEEKS, 1)).astype(float), DRAWS, axis=2)
    past = np.full((3, 84), 5.0)
    for disease in pack_names():
        once, twice = run(cases, past, disease=disease), run(2 * cases, 2 * past, disease=disease)
        assert np.isfinite(once.draws).all()
        assert once.draws.sum() > 0
        np.testing.assert_allclose(twice.draws, 2 * once.draws, rtol=2e-4, atol=0.05)
