"""Net need: gross need less usable stock and what is on its way, with dates, odds of arrival, expiry and loss.

Every draw is walked week by week: lots that arrive are added, what expired or got lost goes, and need is met from
the lot that expires first. The one thing easily confused: what is left unmet in a week is *net need*; the
*request* is larger, a quantile of net need over the horizon, so that a stated share of futures is served.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from yuanshou.errors import InputError, SettingError
from yuanshou.needs.inputs import date_column, number_column, read_columns, row_number, text_column
from yuanshou.needs.quantify import Needs
from yuanshou.sources.files import cell_place
from yuanshou.tables import DateArray, FloatArray

LOT_COLUMNS = ["place", "item", "quantity", "arrival", "probability", "expires"]


@dataclass(frozen=True, eq=False)
class NetNeed:
    """Net need and how it came about.

    Attributes
    ----------
    draws : (P, I, T, N) float32: need of the week that stock and pipeline do not meet.
    stockout_probability : (P, I, T): share of draws in which the week's need is not met in full.
    summary : place, item, gross, used, expired, lost, net (medians over the horizon), safety_stock, request,
        first_stockout_week (the first week in which running out is more likely than not; NaT if none).
    service_level : the share of futures the request serves in full.
    """

    draws: FloatArray
    stockout_probability: FloatArray
    summary: pd.DataFrame
    service_level: float


def read_lots(path: Path) -> pd.DataFrame:
    """Stock and pipeline from CSV or XLSX: place, item, quantity, and where known arrival, probability, expires.

    An empty arrival is stock on hand; an empty probability is certain; an empty expiry never expires.

    Raises
    ------
    InputError : a missing column, a quantity or date that cannot be read, a probability outside 0..1; with row.
    """
    return check_lots(read_columns(path, ["place", "item", "quantity"], what="the stock"))


def check_lots(frame: pd.DataFrame) -> pd.DataFrame:
    """The lots with every column of LOT_COLUMNS typed; InputError at the first value that cannot be used."""
    out = pd.DataFrame({"place": text_column(frame, "place"), "item": text_column(frame, "item")})
    out["quantity"] = number_column(frame, "quantity")
    out["arrival"] = date_column(frame, "arrival")
    out["probability"] = number_column(frame, "probability", high=1.0, default=1.0)
    out["expires"] = date_column(frame, "expires")
    out.attrs.update(frame.attrs)
    return out[LOT_COLUMNS]


def net_need(
    needs: Needs,
    lots: pd.DataFrame,
    *,
    service_level: float = 0.9,
    lead_time_weeks: int = 2,
    loss_share_week: float = 0.0,
    seed: int = 0,
    capped: bool = False,
) -> NetNeed:
    """Gross need less what is there and what comes.

    Parameters
    ----------
    lots : the frame of `check_lots`. service_level : share of futures in which the request suffices.
    lead_time_weeks : weeks until what is ordered now arrives; the safety stock covers the spread of need over them.
    loss_share_week : share of every lot lost each week (breakage, theft, spoilage).

    Raises
    ------
    SettingError : a share outside its range. InputError : a place or item without need, named with its row.
    """
    _check_settings(service_level, loss_share_week, lead_time_weeks)
    gross = needs.draws_capped if capped and needs.draws_capped is not None else needs.draws
    lots = check_lots(lots)
    net = np.array(gross)
    places = {place: i for i, place in enumerate(needs.places)}
    items = {item: i for i, item in enumerate(needs.items)}
    flows = np.zeros((3, len(places), len(items), gross.shape[-1]), dtype=np.float32)
    for column, known in (("place", places), ("item", items)):
        for row, value in enumerate(lots[column]):
            if value not in known:
                where = cell_place(lots, row_number(lots, row), column)
                raise InputError(repr(value), f"a {column} with need", "remove the row, or quantify it", where=where)
    rng = np.random.default_rng([seed, 7])
    for (place, item), group in lots.groupby(["place", "item"], sort=True):
        p, i = places[str(place)], items[str(item)]
        met = _walk(gross[p, i], group, needs.week_ends, loss_share_week, rng)
        net[p, i] = met.unmet
        flows[:, p, i] = met.used, met.expired, met.lost
    probability = (net > 1e-6 * np.maximum(gross, 1)).mean(axis=-1)
    summary = _summary(needs, gross, net, flows, probability, service_level, lead_time_weeks)
    return NetNeed(net, probability, summary, service_level)


def _check_settings(service_level: float, loss: float, lead: int) -> None:
    if not 0 < service_level < 1:
        raise SettingError(f"service level {service_level}", "a share between 0 and 1", "write 90 % as 0.9")
    if not 0 <= loss < 1:
        raise SettingError(f"loss {loss}", "a share from 0 to below 1", "write 2 % as 0.02")
    if lead < 0:
        raise SettingError(f"lead time {lead}", "weeks, 0 or more", "correct the number")


@dataclass(frozen=True, eq=False)
class _Walk:
    unmet: FloatArray
    used: FloatArray
    expired: FloatArray
    lost: FloatArray


def _walk(need: FloatArray, lots: pd.DataFrame, week_ends: DateArray, loss: float, rng: np.random.Generator) -> _Walk:
    """One place and item: need (T, N), lots of any number, first to expire first to go."""
    lots = lots.sort_values("expires", na_position="last", kind="stable")
    weeks, draws = need.shape
    ends = week_ends.astype("datetime64[D]")
    arrives = lots["arrival"].to_numpy("datetime64[D]")
    expires = lots["expires"].to_numpy("datetime64[D]")
    comes = rng.random((len(lots), draws)) < lots["probability"].to_numpy()[:, None]
    planned = (lots["quantity"].to_numpy()[:, None] * comes).astype(np.float32)
    held = np.zeros_like(planned)
    waiting = np.ones(len(lots), dtype=bool)
    used, expired, lost = (np.zeros(draws, dtype=np.float32) for _ in range(3))
    unmet = np.array(need)
    for week in range(weeks):
        due = waiting & (np.isnat(arrives) | (arrives <= ends[week]))
        held[due] += planned[due]
        waiting &= ~due
        gone = expires < ends[week] - np.timedelta64(6, "D")
        expired += held[gone].sum(axis=0)
        held[gone] = 0
        for lot in range(len(lots)):
            take = np.minimum(held[lot], unmet[week])
            held[lot] -= take
            unmet[week] -= take
            used += take
        lost += held.sum(axis=0) * np.float32(loss)
        held *= np.float32(1 - loss)
    return _Walk(unmet, used, expired, lost)


def _summary(
    needs: Needs, gross: FloatArray, net: FloatArray, flows: FloatArray, probability: FloatArray,
    service_level: float, lead_time_weeks: int,
) -> pd.DataFrame:  # fmt: skip
    horizon = net.sum(axis=2)
    lead = net[:, :, : max(lead_time_weeks, 1)].sum(axis=2)
    likely = probability > 0.5
    first = np.where(likely.any(axis=2), likely.argmax(axis=2), -1)
    weeks = np.append(needs.week_ends.astype("datetime64[ns]"), np.datetime64("NaT", "ns"))
    columns = {
        "gross": np.median(gross.sum(axis=2), axis=-1),
        "used": np.median(flows[0], axis=-1),
        "expired": np.median(flows[1], axis=-1),
        "lost": np.median(flows[2], axis=-1),
        "net": np.median(horizon, axis=-1),
        "safety_stock": np.maximum(np.quantile(lead, service_level, axis=-1) - np.median(lead, axis=-1), 0),
        "request": np.quantile(horizon, service_level, axis=-1),
        "first_stockout_week": weeks[first],
    }
    index = pd.MultiIndex.from_product([list(needs.places), list(needs.items)], names=["place", "item"])
    return pd.DataFrame({k: v.reshape(-1) for k, v in columns.items()}, index=index).reset_index()


def request_size(needs: Needs, *, service_level: float, weeks: int | None = None, capped: bool = False) -> pd.DataFrame:
    """What to ask for so that `service_level` of futures are served in full: place, item, request.

    The newsvendor's answer: the service level is (cost of being short)/(cost of being short + cost of having too
    much), and the request is that quantile of need over the first `weeks` (all weeks by default).
    """
    _check_settings(service_level, 0.0, 0)
    source = needs.draws_capped if capped and needs.draws_capped is not None else needs.draws
    over = source[:, :, :weeks].sum(axis=2)
    index = pd.MultiIndex.from_product([list(needs.places), list(needs.items)], names=["place", "item"])
    values = np.quantile(over, service_level, axis=-1).reshape(-1)
    return pd.DataFrame({"request": values}, index=index).reset_index()
