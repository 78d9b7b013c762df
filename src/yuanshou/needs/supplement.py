"""Tables beside the need itself: complete sets, requests, whole packs and kits, routine use, net need."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yuanshou.needs.bundles import bundle_frame
from yuanshou.needs.kits import kit_line, kits_needed, packed
from yuanshou.needs.net import NetNeed, net_need, request_size
from yuanshou.needs.pack import DiseasePack
from yuanshou.needs.quantify import Needs
from yuanshou.needs.routine import routine_needs


def supplement(
    needs: Needs, pack: DiseasePack, catalogue: pd.DataFrame, capacity: pd.DataFrame, *,
    service_level: float = 0.9, lots: pd.DataFrame | None = None, lead_time_weeks: int = 2,
    loss_share_week: float = 0.0,
) -> tuple[dict[str, pd.DataFrame], NetNeed | None]:  # fmt: skip
    """Every further table by title, and the net need where stock was given (its figures are in the tables too)."""
    net = None
    if lots is not None:
        net = net_need(
            needs, lots, service_level=service_level, lead_time_weeks=lead_time_weeks, loss_share_week=loss_share_week
        )
        requests = net.summary[["place", "item", "request"]]
    else:
        requests = request_size(needs, service_level=service_level)
    tables = {"Request": requests.assign(service_level=service_level), "Packs": packs_frame(requests, catalogue)}
    if pack.bundles:
        tables["Bundles"] = bundle_frame(needs, pack.bundles, catalogue, lots)
    if pack.kits:
        tables["Kits"] = kits_frame(needs, pack)
    if pack.routine:
        weeks = len(needs.week_ends)
        tables["Routine"] = routine_needs(
            needs.places, capacity, pack, as_of=needs.as_of, parameters=needs.parameters, weeks=weeks
        )
    if net is not None:
        tables["Net need"] = net.summary
        tables["Stock-out"] = stockout_frame(needs, net)
    return tables, net


def packs_frame(requests: pd.DataFrame, catalogue: pd.DataFrame) -> pd.DataFrame:
    """Whole boxes, cartons and pallets of the requests of each place, with weight, volume and cold chain."""
    frames = []
    for place, group in requests.groupby("place", sort=False):
        quantities = group.set_index("item")["request"].replace([np.inf, -np.inf], np.nan).dropna()
        frame = packed(quantities, catalogue)
        frame.insert(0, "place", place)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def kits_frame(needs: Needs, pack: DiseasePack) -> pd.DataFrame:
    """Whole kits by place for the median and, as an upper bound, for the sum of the weekly 95 % quantiles."""
    totals = needs.patients.groupby(["place", "measure"])[["median", "q95"]].sum()
    known = {key: pair for key, *pair in totals.itertuples()}
    rows = []
    for kit in pack.kits:
        measure = _measure(kit.driver)
        for place in needs.places:
            if (place, measure) not in known:
                continue
            middle, high = known[(place, measure)]
            if not np.isfinite(high):
                continue
            line = kit_line(kit, kits_needed(kit, middle))
            rows.append({"place": place, **line, "kits_high": kits_needed(kit, high)})
    return pd.DataFrame(rows)


def _measure(driver: str) -> str:
    """The measure of the patients table that counts a driver.

    >>> _measure("case"), _measure("severe_day"), _measure("severe_case")
    ('cases', 'days_severe', 'new_severe')
    """
    if driver == "case":
        return "cases"
    name, _, what = driver.rpartition("_")
    return {"day": f"days_{name}", "case": f"new_{name}", "bed": f"patients_{name}"}.get(what, driver)


def stockout_frame(needs: Needs, net: NetNeed) -> pd.DataFrame:
    """Place, item, week_end, probability that the week's need is not met in full; only where there is any."""
    index = pd.MultiIndex.from_product(
        [list(needs.places), list(needs.items), pd.DatetimeIndex(needs.week_ends)], names=["place", "item", "week_end"]
    )
    frame = pd.DataFrame({"stockout_probability": net.stockout_probability.reshape(-1)}, index=index).reset_index()
    return frame[frame["stockout_probability"] > 0].reset_index(drop=True)
