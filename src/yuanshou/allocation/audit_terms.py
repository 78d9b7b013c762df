"""The audit's second look at the terms of sharing: keep-back, reserves, packs, modes, least consignments, transfers.

Like the audit itself it reads tables only, and shares no code with what made the plan.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from yuanshou.tables import FloatArray

if TYPE_CHECKING:
    from yuanshou.needs.quantify import Needs
    from yuanshou.sources.supply import AidSupply

TOLERANCE = 1e-6
OWN = "stock of "


@dataclass(frozen=True)
class Finding:
    """A rule that a plan breaks: its name, what it concerns, and one sentence with both numbers."""

    rule: str
    subject: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule} ({self.subject}): {self.message}"


def terms_findings(
    sent: pd.DataFrame, lent: pd.DataFrame, needs: Needs, supply: AidSupply, catalogue: pd.DataFrame, least: float
) -> list[Finding]:
    """Every term that dispatches of offers (`sent`) or between recipients (`lent`) break.

    Parameters
    ----------
    sent : dispatches joined with their offer and their lane. least : least consignment of any lane, kg.
    """
    return [
        *_kept_back(sent, supply),
        *_packs(sent),
        *_reserves(sent, supply),
        *_modes(sent, supply, catalogue),
        *_least(sent, catalogue, least),
        *_substitutes(sent, supply),
        *_transfers(lent, needs, supply),
    ]


def _kept_back(sent: pd.DataFrame, supply: AidSupply) -> list[Finding]:
    if "keep_share" not in supply.offers.columns:
        return []
    offers = supply.offers.set_index("offer")
    spare = offers["quantity"] - np.ceil(np.round(offers["quantity"] * offers["keep_share"].fillna(0), 6))
    total = sent.groupby("offer")["quantity"].sum()
    over = total[total > spare.reindex(total.index) + TOLERANCE]
    return [
        Finding(
            "kept_back_sent", str(offer), f"{amount:,.0f} sent, and the donor keeps all but {spare[str(offer)]:,.0f}"
        )
        for offer, amount in over.items()
    ]


def _packs(sent: pd.DataFrame) -> list[Finding]:
    if "pack" not in sent.columns:
        return []
    pack = sent["pack"].fillna(1).clip(lower=1).to_numpy(float)
    broken = np.flatnonzero(sent["quantity"].to_numpy(float) % pack > TOLERANCE)
    return [
        Finding(
            "broken_pack", str(sent["offer"].iloc[row]), f"{sent['quantity'].iloc[row]:g} in packs of {pack[row]:g}"
        )
        for row in broken
    ]


def _reserves(sent: pd.DataFrame, supply: AidSupply) -> list[Finding]:
    """What goes elsewhere, or too early, is no more than the reserve leaves."""
    found = []
    offers = supply.offers.set_index("offer")
    share = offers["keep_share"].fillna(0) if "keep_share" in offers.columns else 0.0
    given = offers["quantity"] - np.ceil(np.round(offers["quantity"] * share, 6))
    reserves = supply.term("reserves")
    for rule in reserves.to_dict("records"):
        meant = ((sent["item"] == rule["item"]) | (rule["item"] == "")) & (
            (sent["source"] == rule["source"]) | (rule["source"] == "")
        )
        outside = meant & False
        if rule["places"]:
            outside |= meant & ~sent["recipient"].isin(rule["places"].split())
        if not pd.isna(rule["since"]):
            outside |= meant & (pd.to_datetime(sent["week"]) < rule["since"])
        total = sent[outside].groupby("offer")["quantity"].sum()
        free = given - np.floor(np.round(given * rule["share"], 6))
        for offer in total.index[total > free.reindex(total.index) + TOLERANCE]:
            message = f"{total[offer]:,.0f} sent elsewhere or before its day, and it leaves {free[offer]:,.0f}"
            found.append(Finding("reserve_broken", f"{offer}, {rule['reserve']}", message))
    return found


def _modes(sent: pd.DataFrame, supply: AidSupply, catalogue: pd.DataFrame) -> list[Finding]:
    table = supply.term("modes")
    only = dict(zip(table["item"], table["modes"], strict=True)) if len(table) else {}
    found = []
    for row, (item, mode) in enumerate(zip(sent["item"], sent["mode"], strict=True)):
        grounded = "by_air" in catalogue.columns and not bool(catalogue.at[item, "by_air"]) and item not in only
        if (grounded and mode == "air") or (item in only and mode not in only[item].split()):
            message = f"{item} by {mode}, by which it may not travel"
            found.append(Finding("mode_not_allowed", str(sent["offer"].iloc[row]), message))
    return found


def _least(sent: pd.DataFrame, catalogue: pd.DataFrame, least: float) -> list[Finding]:
    """A lane carries nothing in a week, or at least its least consignment."""
    own = sent["least_kg"].fillna(0) if "least_kg" in sent.columns else pd.Series(0.0, index=sent.index)
    mass = sent["quantity"] * catalogue.loc[sent["item"], "kg_per_unit"].to_numpy(float)
    table = sent.assign(mass=mass, least=np.maximum(own, least))
    by_lane = table.groupby(["source", "recipient", "mode", "week"]).agg(mass=("mass", "sum"), least=("least", "max"))
    small = by_lane[by_lane["mass"] < by_lane["least"] * (1 - TOLERANCE)]
    return [
        Finding(
            "below_least", " ".join(str(part) for part in key), f"{mass:,.1f} kg on a lane that goes from {least:,.1f}"
        )
        for key, mass, least in zip(small.index, small["mass"], small["least"], strict=True)
    ]


def _substitutes(sent: pd.DataFrame, supply: AidSupply) -> list[Finding]:
    if "serves" not in sent.columns:
        return []
    table = supply.term("substitutes")
    pairs = set(zip(table["item"], table["instead_of"], strict=True)) if len(table) else set()
    found = []
    for row, (item, serves) in enumerate(zip(sent["item"], sent["serves"], strict=True)):
        if item != serves and (item, serves) not in pairs:
            found.append(Finding("no_substitute", str(sent["offer"].iloc[row]), f"{item} counted as {serves}"))
    return found


def _transfers(lent: pd.DataFrame, needs: Needs, supply: AidSupply) -> list[Finding]:
    """A transfer exists for each row, the lender keeps what it keeps, and the lane carries no more than it can."""
    if not len(lent):
        return []
    rules = _rules(supply)
    stock = supply.stock.groupby(["place", "item"])["quantity"].sum()
    weeks = [pd.Timestamp(day) for day in needs.week_ends]
    found: list[Finding] = []
    out: dict[tuple[str, str], FloatArray] = {}
    for row in lent.to_dict("records"):
        lender = row["source"].removeprefix(OWN)
        key = (lender, row["recipient"], row["mode"])
        rule = rules.get(key)
        if rule is None or (rule["item"] and row["item"] not in str(rule["item"]).split()):
            found.append(
                Finding("no_transfer", " ".join(key), f"{row['item']} passed on without a transfer that says so")
            )
            continue
        lead = int(np.ceil(float(rule["lead_time_days"]) / 7))
        if pd.Timestamp(row["arrival"]) != pd.Timestamp(row["week"]) + pd.Timedelta(weeks=lead):
            found.append(Finding("wrong_arrival", " ".join(key), "arrival is not dispatch + lead time in whole weeks"))
        stay = rule["return_weeks"]
        away = int(stay) + 2 * lead if stay > 0 else len(weeks)
        start = weeks.index(pd.Timestamp(row["week"]))
        level = out.setdefault((lender, row["item"]), np.zeros(len(weeks)))
        level[start : start + away] += row["quantity"]
    transfers = supply.term("transfers")
    for (lender, item), level in out.items():
        named = np.array([not codes or item in codes.split() for codes in transfers["item"]])
        mine = transfers[(transfers["lender"] == lender).to_numpy() & named]
        held = float(stock.get((lender, item), 0.0))
        spare = np.floor(held - np.ceil(round(held * float(mine["keep_share"].fillna(0).max()), 6)))
        if level.max() > spare + TOLERANCE:
            message = f"{level.max():,.0f} away at once, and it may spare {spare:,.0f}"
            found.append(Finding("lender_keeps_less", f"{lender}, {item}", message))
    return found


def _rules(supply: AidSupply) -> dict[tuple[str, str, str], dict[Hashable, Any]]:
    """The rows of the transfers by lender, borrower and mode."""
    return {(row["lender"], row["borrower"], row["mode"]): row for row in supply.term("transfers").to_dict("records")}


def level_items(supply: AidSupply) -> set[str]:
    """Items lent and returned, whose need is a number in use each week."""
    table = supply.term("transfers")
    return (
        {code for row in table.to_dict("records") if row["return_weeks"] > 0 for code in row["item"].split()}
        if len(table)
        else set()
    )


def passed_flows(lent: pd.DataFrame, needs: Needs, supply: AidSupply) -> pd.DataFrame:
    """recipient, item, week, received (at borrowers, less what goes back) and held (change of what the lender holds)."""
    rows = []
    weeks = [pd.Timestamp(day) for day in needs.week_ends]
    table = supply.term("substitutes")
    rates = {(row["item"], row["instead_of"]): float(row["rate"]) for row in table.to_dict("records")}
    rules = _rules(supply)
    for row in lent.to_dict("records"):
        lender = row["source"].removeprefix(OWN)
        stay = rules.get((lender, row["recipient"], row["mode"]), {"return_weeks": 0})["return_weeks"]
        start, arrival = weeks.index(pd.Timestamp(row["week"])), weeks.index(pd.Timestamp(row["arrival"]))
        serves = str(row.get("serves", row["item"]))
        counted = row["quantity"] * rates.get((row["item"], serves), 1.0)
        rows += [(row["recipient"], serves, arrival, counted, 0.0), (lender, row["item"], start, 0.0, -row["quantity"])]
        if stay > 0:
            rows.append((row["recipient"], serves, arrival + int(stay), -counted, 0.0))
            rows.append((lender, row["item"], 2 * arrival - start + int(stay), 0.0, row["quantity"]))
    frame = pd.DataFrame(rows, columns=["recipient", "item", "at", "received", "held"])
    frame = frame.astype({"at": int, "received": float, "held": float})
    frame = frame[frame["at"] < len(weeks)]
    frame["week"] = [weeks[at] for at in frame["at"]]
    return frame.groupby(["recipient", "item", "week"])[["received", "held"]].sum()


def sets_findings(cover: pd.DataFrame, supply: AidSupply) -> list[Finding]:
    """The parts of a bundle are served to the same share of their need in every place and week."""
    table = supply.term("bundles")
    if not len(table):
        return []
    joined = cover[cover["need"] > 0].merge(table, on="item")
    joined["share"] = joined["served"] / joined["need"]
    spread = joined.groupby(["recipient", "bundle", "week"])["share"].agg(["min", "max", "size"])
    bad = spread[(spread["max"] - spread["min"] > TOLERANCE) & (spread["size"] > 1)]
    return [
        Finding("set_incomplete", " ".join(str(part) for part in key), f"parts are served from {low:.1%} to {high:.1%}")
        for key, low, high in zip(bad.index, bad["min"], bad["max"], strict=True)
    ]


def in_use(draws: FloatArray, items: tuple[str, ...], level: set[str]) -> FloatArray:
    """Draws of need, those of items in use as what was acquired until the week."""
    chosen = np.isin(items, list(level))
    return np.where(chosen[None, :, None, None], np.cumsum(draws, axis=2), draws) if chosen.any() else draws
