"""A made-up plan of any size whose books balance, for tests of everything that shows a plan."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from yuanshou.allocation.network import Allocation
from yuanshou.catalogue import load_catalogue
from yuanshou.forecast.forecasters import QUANTILE_LEVELS, Forecast
from yuanshou.needs.quantify import Needs
from yuanshou.periods import horizon_week_ends
from yuanshou.places import load_places
from yuanshou.plan import Plan
from yuanshou.situation.assess import Situation
from yuanshou.sources.supply import AidSupply
from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou.tables import DataQualityNote

AS_OF = date(2020, 3, 25)
HUBS = {
    "HUB-A": ("Liège", "BEL", 50.64, 5.44),
    "HUB-B": ("Dubai", "ARE", 24.90, 55.16),
    "HUB-C": ("Guangzhou", "CHN", 23.39, 113.30),
}
DONORS = ("China", "Jack Ma Foundation", "European Union", '=HYPERLINK("x")', "<b>Donor & Sons</b>")
STATUSES = ("announced", "shipped", "delivered")


def synthetic_plan(*, places: int = 8, items: int = 5, weeks: int = 4, draws: int = 40, seed: int = 1) -> Plan:
    """A plan with `places` countries; every table has the columns its stage promises, and every sum holds."""
    rng = np.random.default_rng(seed)
    countries = load_places().query("kind == 'country'")
    codes = tuple(countries.sort_values("population", ascending=False).index[:places])
    catalogue = load_catalogue()
    names = tuple(catalogue.index[:items])
    week_ends = horizon_week_ends(AS_OF, weeks=weeks)
    scale = rng.lognormal(6, 1.6, (places, 1, 1, 1)) * rng.lognormal(0, 1, (1, items, 1, 1))
    grow = np.exp(0.2 * np.arange(weeks))[None, None, :, None]
    need_draws = (scale * grow * rng.lognormal(0, 0.4, (places, 1, 1, draws))).astype(np.float32)
    need_draws[-1, :, :, :] = 0.0
    need = np.round(np.median(need_draws, axis=3).astype(float))
    supply = _supply(rng, codes, names, need, week_ends)
    allocation = _allocate(rng, codes, names, need, need_draws, supply, week_ends, catalogue)
    return Plan(
        as_of=AS_OF,
        fingerprint="0123456789abcdef" * 4,
        result_digest="fedcba9876543210" * 4,
        inputs={"counts": {"sha256": "ab" * 32, "what": "made-up counts"}},
        settings={"weeks": weeks, "draws": draws, "seed": seed},
        situation=_situation(rng, codes),
        forecast=_forecast(rng, codes, week_ends),
        needs=Needs(AS_OF, codes, names, week_ends, need_draws, None, _patients(codes, week_ends), _parameters()),
        supply=supply,
        allocation=allocation,
        explanations=_explanations(codes, names),
        findings=(),
        assumptions=_parameters().rename(columns={"name": "what"})[
            ["what", "value", "low", "high", "unit", "basis", "source"]
        ],
        comparisons=pd.DataFrame(),
        notes=tuple(
            DataQualityNote(
                "cumulative_falls",
                f"{c}: the count fell and was kept as published.",
                c,
                "2020-03-20",
                "counts.csv",
                i + 2,
            )
            for i, c in enumerate(codes[: places // 2])
        ),
        series=_series(codes),
    )


def _series(codes: tuple[str, ...]) -> SurveillanceSeries:
    """One new case a day and place for twelve weeks."""
    dates = np.arange(np.datetime64(AS_OF) - 84, np.datetime64(AS_OF) + 1)
    counts = np.tile(np.arange(len(dates), dtype=float), (len(codes), 1))
    return SurveillanceSeries(codes, dates, counts, counts * 0.01, AS_OF, "made-up counts")


def _supply(
    rng: np.random.Generator, codes: tuple[str, ...], items: tuple[str, ...], need: np.ndarray, week_ends: np.ndarray
) -> AidSupply:
    offers = []
    for k, item in enumerate(items):
        for h, hub in enumerate(HUBS):
            quantity = int(need[:, k].sum() * rng.uniform(0.02, 0.25))
            if quantity and (k + h) % 4:
                n = len(offers)
                offers.append([f"OFFER-{n:03d}", DONORS[n % 5], hub, item, quantity, pd.Timestamp(AS_OF), pd.NaT,
                               codes[0] if n % 9 == 8 else "", STATUSES[n % 3], "sourced" if n % 2 else "assumed",
                               pd.Timestamp(AS_OF), "press release"])  # fmt: skip
    nodes = [[code, name, place, lat, lon, "hub"] for code, (name, place, lat, lon) in HUBS.items()]
    routes = [[hub, code, "air", float(3 + 4 * h), 4.0 + h, 50_000.0, 400.0, "assumed", "air freight rates of 2020"]
              for h, hub in enumerate(HUBS) for code in codes]  # fmt: skip
    stock = [[code, items[0], 10] for code in codes[:3]]
    return AidSupply(
        offers=pd.DataFrame(offers, columns=["offer", "donor", "source", "item", "quantity", "available", "expires",
                                             "earmark", "status", "basis", "known_by", "source_note"]),
        nodes=pd.DataFrame(nodes, columns=["node", "name", "place", "latitude", "longitude", "kind"]),
        stock=pd.DataFrame(stock, columns=["place", "item", "quantity"]),
        routes=pd.DataFrame(routes, columns=["source", "recipient", "mode", "lead_time_days", "usd_per_kg",
                                             "capacity_kg_week", "capacity_m3_week", "basis", "source_note"]),
    )  # fmt: skip


def _allocate(
    rng: np.random.Generator, codes: tuple[str, ...], items: tuple[str, ...], need: np.ndarray, draws: np.ndarray,
    supply: AidSupply, week_ends: np.ndarray, catalogue: pd.DataFrame,
) -> Allocation:  # fmt: skip
    """Every offer shared by need times luck in the first week; one offer in seven stays where it is."""
    rows, left = [], []
    received = np.zeros(need.shape)
    for n, offer in enumerate(supply.offers.itertuples()):
        k, sent = items.index(offer.item), 0
        luck = need[:, k].sum(axis=1) * rng.uniform(0.2, 1, len(codes))
        shares = luck / luck.sum() if n % 7 != 6 else np.zeros(len(codes))
        weeks_away = 1 + list(HUBS).index(offer.source) % 2
        lane = supply.routes[supply.routes["source"] == offer.source].iloc[0]
        for r, quantity in enumerate(np.floor(shares * offer.quantity * 0.95).astype(int)):
            if not quantity:
                continue
            sent += int(quantity)
            received[r, k, min(weeks_away, len(week_ends) - 1)] += quantity
            kg = quantity * catalogue.at[offer.item, "kg_per_unit"]
            rows.append([offer.offer, offer.source, codes[r], offer.item, "air", week_ends[0],
                         week_ends[min(weeks_away, len(week_ends) - 1)], quantity, kg,
                         quantity * catalogue.at[offer.item, "m3_per_unit"], kg * lane["usd_per_kg"]])  # fmt: skip
        reason = "no lane reaches a place that needs it in time" if not sent else "reachable need is met"
        left.append([offer.offer, offer.source, offer.item, offer.quantity, sent, offer.quantity - sent, reason])
    stock = np.zeros(need.shape[:2])
    for record in supply.stock.itertuples():
        stock[codes.index(record.place), items.index(record.item)] = record.quantity
    served, stock_end = _serve(need, received, stock)
    r, k, t = np.nonzero((need > 0) | (received > 0) | (stock_end > 0))
    low, high = np.quantile(draws, [0.05, 0.95], axis=3)
    coverage = pd.DataFrame(
        {"recipient": np.array(codes)[r], "item": np.array(items)[k], "week": pd.to_datetime(week_ends[t]),
         "need_median": need[r, k, t], "need_p05": low[r, k, t], "need_p95": high[r, k, t], "need": need[r, k, t],
         "received": received[r, k, t], "served": served[r, k, t], "unmet": (need - served)[r, k, t],
         "stock_end": stock_end[r, k, t]}
    )  # fmt: skip
    columns = ["offer", "source", "recipient", "item", "mode", "week", "arrival", "quantity", "kg", "m3", "usd"]
    prices = [["supply_limit", hub, "", items[0], week_ends[0], "", 0.27, "objective per base unit"] for hub in HUBS]
    return Allocation(
        sources=tuple(HUBS), recipients=codes, items=items, week_ends=week_ends,
        dispatches=pd.DataFrame(rows, columns=columns), coverage=coverage,
        shadow_prices=pd.DataFrame(
            prices, columns=["block", "source", "recipient", "item", "week", "mode", "price", "unit"]
        ),
        objective=990.0, bound=1000.0, gap=0.01, policy="need", method="exact", settings={"seed": 1},
        supply_left=pd.DataFrame(left, columns=["offer", "source", "item", "quantity", "sent", "left", "reason"]),
        need=need,
    )  # fmt: skip


def _serve(need: np.ndarray, received: np.ndarray, stock: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    served, kept, held = np.zeros(need.shape), np.zeros(need.shape), stock.astype(float)
    for t in range(need.shape[2]):
        held = held + received[:, :, t]
        served[:, :, t] = np.minimum(held, need[:, :, t])
        held = held - served[:, :, t]
        kept[:, :, t] = held
    return served, kept


def _situation(rng: np.random.Generator, codes: tuple[str, ...]) -> Situation:
    n = len(codes)
    cases = np.sort(rng.lognormal(7, 2, n).round())[::-1]
    table = pd.DataFrame(
        {"cases_cumulative": cases, "deaths_cumulative": (cases * 0.03).round(), "cases_new_7d": (cases * 0.4).round(),
         "deaths_new_7d": (cases * 0.01).round(), "cases_per_100k": cases / 1e3, "cases_new_7d_per_100k": cases / 3e3,
         "growth_rate": rng.normal(0.12, 0.05, n), "growth_rate_low": 0.05, "growth_rate_high": 0.2,
         "doubling_time_days": rng.uniform(3, 12, n), "doubling_time_days_low": 3.0, "doubling_time_days_high": 14.0,
         "reproduction_number": rng.uniform(0.9, 2.5, n), "reproduction_number_low": 0.8,
         "reproduction_number_high": 2.9, "last_report": pd.Timestamp(AS_OF), "growth_rank": np.arange(1, n + 1),
         "reason": ""},
        index=pd.Index(codes, name="place"),
    )  # fmt: skip
    high = pd.DataFrame([[codes[0], "growth", "cases double in 4 days", pd.Timestamp(AS_OF)]],
                        columns=["place", "rule", "reason", "since"])  # fmt: skip
    return Situation(AS_OF, table, high, pd.DataFrame(columns=["place", "change", "detail"]))


def _forecast(rng: np.random.Generator, codes: tuple[str, ...], week_ends: np.ndarray) -> Forecast:
    level = rng.lognormal(6, 1.5, (1, len(codes), 1, 1)) * np.exp(0.15 * np.arange(len(week_ends)))[None, None, :, None]
    paths = level * rng.lognormal(0, 0.5, (2, len(codes), 1, 60)) * np.array([1, 0.03])[:, None, None, None]
    quantiles = np.moveaxis(np.quantile(paths, QUANTILE_LEVELS, axis=3), 0, -1)
    reasons = pd.DataFrame(columns=["place", "target", "reason"])
    return Forecast(AS_OF, codes, week_ends, quantiles, paths.astype(np.float32), reasons, "synthetic", 1)


def _patients(codes: tuple[str, ...], week_ends: np.ndarray) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([codes, pd.to_datetime(week_ends)], names=["place", "week_end"])
    return pd.DataFrame({"severe_median": 10.0, "critical_median": 3.0}, index=index).reset_index()


def _parameters() -> pd.DataFrame:
    return pd.DataFrame(
        [["share of cases severe", 0.15, 0.1, 0.2, "share", "sourced", "doi:10.1001/jama.2020.2648", False],
         ["gowns a nurse and day", 4.0, 2.0, 8.0, "each", "assumed", "no source found", False]],
        columns=["name", "value", "low", "high", "unit", "basis", "source", "overridden"],
    )  # fmt: skip


def _explanations(codes: tuple[str, ...], items: tuple[str, ...]) -> pd.DataFrame:
    rows = [[code, item, "Not more, because every route costs at least 0.27 and the next unit is worth 0.24 here.",
             0.24, 0.27] for code in codes for item in items]  # fmt: skip
    return pd.DataFrame(rows, columns=["recipient", "item", "sentence", "next_value", "cheapest_price"])
