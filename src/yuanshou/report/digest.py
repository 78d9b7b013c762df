"""What a reader wants to know of a plan, worked out once for the page, the workbook and the terminal alike.

*Coverage of a cell* (place × item) is need met over need, summed over the weeks. *Coverage of a place* is the mean of
its cells over the items somebody offers, every item counting the same: a ventilator must not outweigh a million
gloves because it costs more. Items nobody offers cannot tell one place from another; they are listed by themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.catalogue import load_catalogue
from yuanshou.places import find_place, load_places
from yuanshou.plan import Plan
from yuanshou.sources.weekly import WeeklyCounts, weekly_counts
from yuanshou.sumchecks import checks_by_name, sum_checks
from yuanshou.tables import DateArray, FloatArray

NEGLIGIBLE_NEED = 1e-5
"""Share of the world's need, by value, below which a place is not ranked; it is still shown everywhere else."""


@dataclass(frozen=True)
class Digest:
    """A plan with the tables that are shown of it; each is worked out when it is first asked for.

    Attributes
    ----------
    plan : the plan. places, catalogue : reference tables, for names, regions, units and prices.
    """

    plan: Plan
    places: pd.DataFrame
    catalogue: pd.DataFrame

    @classmethod
    def of(cls, plan: Plan) -> Digest:
        return cls(plan, load_places(), load_catalogue())

    def name(self, place: str) -> str:
        """The place's English UN M49 name, or its code where the table has none."""
        name = self.places["name_en"].get(place)
        return str(name) if isinstance(name, str) and name else place

    def item_name(self, item: str) -> str:
        name = self.catalogue["name"].get(item)
        return str(name) if isinstance(name, str) and name else item

    def node_name(self, node: str) -> str:
        return self._node_names.get(node, node)

    @cached_property
    def _node_names(self) -> dict[str, str]:
        nodes = self.plan.supply.nodes
        return dict(zip(nodes["node"].astype(str), nodes["name"].astype(str), strict=True))

    @cached_property
    def price(self) -> pd.Series:
        """US$ a base unit by item; 0 where the catalogue has none."""
        return self.catalogue["unit_price_usd"].astype(float).fillna(0.0)

    @cached_property
    def offered_items(self) -> tuple[str, ...]:
        """Items of the plan somebody offers, in catalogue order."""
        offered = set(self.plan.supply.offers.query("quantity > 0")["item"])
        return tuple(item for item in self.plan.allocation.items if item in offered)

    @cached_property
    def cells(self) -> pd.DataFrame:
        """One row a place and item: need, received, served, unmet, coverage, US$ of each."""
        columns = ["need", "received", "served", "unmet"]
        cells = self.plan.allocation.coverage.groupby(["recipient", "item"], sort=False)[columns].sum().reset_index()
        cells["coverage"] = _ratio(cells["served"], cells["need"])
        price = cells["item"].map(self.price).fillna(0.0)
        for column in ("need", "served", "unmet"):
            cells[f"{column}_usd"] = cells[column] * price
        return cells

    @cached_property
    def matrix(self) -> pd.DataFrame:
        """Coverage, place × offered item; NaN where nothing is needed."""
        return self.wide("coverage")

    def wide(self, column: str) -> pd.DataFrame:
        """A column of the cells, place × offered item."""
        table = self.cells.pivot(index="recipient", columns="item", values=column)
        return table.reindex(columns=list(self.offered_items))

    @cached_property
    def by_place(self) -> pd.DataFrame:
        """One row a place with need, the least covered first: name, groups, coverage, US$, what is sent."""
        cells = self.cells[self.cells["need"] > 0]
        offered = cells[cells["item"].isin(self.offered_items)]
        sums = cells.groupby("recipient")[["need_usd", "served_usd", "unmet_usd"]].sum()
        table = sums.assign(coverage=offered.groupby("recipient")["coverage"].mean())
        table["coverage"] = table["coverage"].astype(float)
        dispatches = self.plan.allocation.dispatches
        sent = dispatches.assign(goods_usd=dispatches["quantity"] * dispatches["item"].map(self.price))
        totals = sent.groupby("recipient")[["kg", "m3", "usd", "goods_usd"]].sum()
        table = table.join(totals.rename(columns={"usd": "freight_usd"})).fillna(dict.fromkeys(_SENT, 0.0))
        table.insert(0, "name", [self.name(place) for place in table.index])
        for column in ("who_region", "income_group", "population"):
            table[column] = self.places[column].reindex(table.index)
        return table.sort_values(["coverage", "unmet_usd"], ascending=[True, False], kind="stable")

    @cached_property
    def ranked(self) -> pd.DataFrame:
        """`by_place` without places of negligible need, which would fill every list of the worst off by rounding."""
        table = self.by_place.dropna(subset=["coverage"])
        return pd.DataFrame(table[table["need_usd"] >= NEGLIGIBLE_NEED * table["need_usd"].sum()])

    @cached_property
    def by_item(self) -> pd.DataFrame:
        """One row an item: name, group, unit, offered, sent, left, need with its band, met, unmet."""
        plan = self.plan
        items = list(plan.allocation.items)
        sums = self.cells.groupby("item")[["need", "served", "unmet", "need_usd", "unmet_usd"]].sum()
        table = sums.reindex(items).fillna(0.0)
        table["offered"] = plan.supply.offers.groupby("item")["quantity"].sum().reindex(items).fillna(0.0).astype(float)
        table["sent"] = plan.allocation.dispatches.groupby("item")["quantity"].sum().reindex(items).fillna(0.0)
        table["left"] = plan.allocation.supply_left.groupby("item")["left"].sum().reindex(items).fillna(0.0)
        table["coverage"] = _ratio(table["served"], table["need"])
        low, middle, high = self._need_bands()
        table["need_low"], table["need_middle"], table["need_high"] = low, middle, high
        for position, column in enumerate(("name", "group", "unit")):
            table.insert(position, column, self.catalogue[column].reindex(items))
        return table

    def _need_bands(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """5, 50 and 95 % of the world's need by item over all weeks; draws are summed before quantiles are taken."""
        needs = self.plan.needs
        totals = np.nansum(needs.draws, axis=(0, 2), dtype=np.float64)
        at = [needs.items.index(item) for item in self.plan.allocation.items]
        low, middle, high = np.quantile(np.asarray(totals)[at], [0.05, 0.5, 0.95], axis=1)
        return low, middle, high

    @cached_property
    def by_donor(self) -> pd.DataFrame:
        """One row a donor and status: lines, items, offered and sent in US$ of goods, share of the value assumed."""
        offers = self.plan.supply.offers
        worth = offers["quantity"] * offers["item"].map(self.price).fillna(0.0)
        sent = self.plan.allocation.supply_left.set_index("offer")["sent"].reindex(offers["offer"]).to_numpy()
        frame = offers.assign(
            offered_usd=worth,
            sent_usd=np.nan_to_num(sent.astype(float)) * offers["item"].map(self.price).fillna(0.0),
            assumed_usd=worth.where(offers["basis"] == "assumed", 0.0),
        )
        named = {"lines": ("offer", "size"), "items": ("item", "nunique"), "offered_usd": ("offered_usd", "sum"),
                 "sent_usd": ("sent_usd", "sum"), "assumed_usd": ("assumed_usd", "sum")}  # fmt: skip
        table = frame.groupby(["donor", "status"], dropna=False).agg(**named).reset_index()
        table["donor"] = [self.donor_name(donor) for donor in table["donor"]]
        return table.sort_values("offered_usd", ascending=False, kind="stable")

    @cached_property
    def flows(self) -> pd.DataFrame:
        """One row a source and recipient: kg, m3, US$ of freight and goods; the largest volume first."""
        dispatches = self.plan.allocation.dispatches
        frame = dispatches.assign(goods_usd=dispatches["quantity"] * dispatches["item"].map(self.price))
        sums = frame.groupby(["source", "recipient"])[["kg", "m3", "usd", "goods_usd"]].sum().reset_index()
        return sums.sort_values("m3", ascending=False, kind="stable")

    @cached_property
    def checks(self) -> pd.DataFrame:
        return sum_checks(self.plan, catalogue=self.catalogue)

    @cached_property
    def checks_summary(self) -> pd.DataFrame:
        return checks_by_name(self.checks)

    @cached_property
    def cases_ahead(self) -> tuple[float, float, float]:
        """New cases of all places over the horizon: 5, 50 and 95 % of the sample paths."""
        low, middle, high = np.quantile(
            np.nansum(self.plan.forecast.paths[0], axis=(0, 1), dtype=np.float64), [0.05, 0.5, 0.95]
        )
        return float(low), float(middle), float(high)

    def seen_weeks(self, place: str, *, most: int = 8) -> tuple[DateArray, FloatArray]:
        """New cases of the last complete weeks, at most `most`; empty where the plan keeps no counts."""
        weekly = self._weekly
        if weekly is None or self.plan.series is None or place not in self.plan.series.places:
            return np.array([], dtype="datetime64[D]"), np.array([])
        counts = weekly.counts[self.plan.series.places.index(place)]
        return weekly.week_ends[-most:], counts[-most:]

    @cached_property
    def _weekly(self) -> WeeklyCounts | None:
        return None if self.plan.series is None else weekly_counts(self.plan.series)

    def donor_name(self, donor: str) -> str:
        """The donor as given; a donor that is a place under its UN M49 name."""
        place = find_place(donor) if isinstance(donor, str) else None
        return self.name(place) if place else str(donor)

    @cached_property
    def left_by_reason(self) -> pd.Series:
        """Share of the value on offer that stays where it is, by reason, the largest first."""
        left = self.plan.allocation.supply_left
        price = left["item"].map(self.price).fillna(0.0)
        offered = float((left["quantity"] * price).sum())
        shares = (left["left"] * price).groupby(left["reason"]).sum() / (offered or np.nan)
        return shares[shares > 0].sort_values(ascending=False)

    @cached_property
    def used_share(self) -> float:
        """Share of the value on offer that is sent."""
        offered = float((self.by_item["offered"] * self.price.reindex(self.by_item.index)).sum())
        left = self.plan.allocation.supply_left  # what recipients pass on to each other is no supply
        sent = float((left["sent"] * left["item"].map(self.price).fillna(0.0)).sum())
        return sent / offered if offered > 0 else float("nan")

    @cached_property
    def shortages(self) -> pd.DataFrame:
        """Items by US$ of unmet need, the largest first."""
        table = self.by_item[self.by_item["unmet"] > 0]
        return table.sort_values("unmet_usd", ascending=False, kind="stable")

    def groups(self, column: str) -> pd.DataFrame:
        """Median and least coverage, number of places and US$ unmet by who_region or income_group."""
        table = self.by_place.dropna(subset=["coverage"])
        grouped = table.groupby(table[column].fillna("").replace("", "without a group"))
        named = {"places": ("coverage", "size"), "least": ("coverage", "min"), "median": ("coverage", "median"),
                 "unmet_usd": ("unmet_usd", "sum"), "goods_usd": ("goods_usd", "sum")}  # fmt: skip
        return grouped.agg(**named).sort_values("median")

    def reasons(self, place: str, *, most: int = 3) -> list[tuple[str, str]]:
        """(item, sentence) of the place's offered items with the largest unmet value."""
        wanted = self.cells[(self.cells["recipient"] == place) & self.cells["item"].isin(self.offered_items)]
        wanted = wanted[wanted["unmet"] > 0].sort_values("unmet_usd", ascending=False, kind="stable")
        told = ((item, self._sentence(place, item)) for item in wanted["item"])
        return [(item, said) for item, said in told if said][:most]

    def _sentence(self, place: str, item: str) -> str:
        """Why the place gets what it gets of the item, with names in place of codes; "" where nothing is recorded."""
        said, source = self._sentences.get((place, item), ("", ""))
        names = {source: self.node_name(source), place: self.name(place)}
        codes = "|".join(re.escape(code) for code in names if code)
        return re.sub(rf"(?<![\w-])(?:{codes})(?![\w-])", lambda found: names[found.group()], said)

    @cached_property
    def _sentences(self) -> dict[tuple[str, str], tuple[str, str]]:
        """(place, item) → sentence and the source it speaks of."""
        explained = self.plan.explanations
        if explained.empty:
            return {}
        source = explained["source"] if "source" in explained else [""] * len(explained)
        cells = zip(explained["recipient"], explained["item"], strict=True)
        return dict(zip(cells, zip(explained["sentence"], source, strict=True), strict=True))


_SENT = ("kg", "m3", "freight_usd", "goods_usd")


def row_dicts(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A frame as one dictionary a row; the index is not kept."""
    return [{str(name): value for name, value in record.items()} for record in frame.to_dict("records")]


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    """part / whole; NaN where the whole is nothing."""
    return (part / whole.where(whole > 0)).astype(float)
