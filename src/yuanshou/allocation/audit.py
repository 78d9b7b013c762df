"""An independent second look at every plan: each rule is checked again from the tables, without the solver.

The audit reads what a person reads (dispatches, coverage, supply left) beside needs and supply as they came in, and
shares no code with the network, the program or the methods. A fault in those therefore shows here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from yuanshou.allocation.audit_terms import OWN, in_use, level_items, passed_flows, sets_findings, terms_findings
from yuanshou.allocation.audit_terms import Finding as Finding
from yuanshou.allocation.network import Allocation

if TYPE_CHECKING:
    from yuanshou.needs.quantify import Needs
    from yuanshou.sources.supply import AidSupply

TOLERANCE = 1e-6
OFFER_COLUMNS = ("offer", "source", "item", "quantity", "available", "expires", "earmark")


def audit(
    allocation: Allocation, needs: Needs, supply: AidSupply, *, catalogue: pd.DataFrame | None = None
) -> list[Finding]:
    """Every rule the plan breaks; an empty list for a sound plan."""
    if catalogue is None:
        from yuanshou.catalogue import load_catalogue

        catalogue = load_catalogue()
    every = allocation.dispatches
    between = every["source"].astype(str).str.startswith(OWN)
    sent, lent = every[~between].copy(), every[between]
    findings = list(_codes(sent, needs, supply))
    if findings:
        return findings
    sent = sent.merge(
        supply.offers[[*OFFER_COLUMNS, *supply.offers.columns.intersection(["pack", "keep_share"])]],
        on="offer",
        how="left",
        suffixes=("", "_offer"),
    ).merge(supply.routes, on=["source", "recipient", "mode"], how="left")
    checks = (
        _quantities(sent),
        _offers(sent),
        _dates(sent, allocation, needs),
        _earmarks(sent),
        _capacities(sent, supply, catalogue),
        _handling(sent, supply, catalogue),
        _figures(sent, catalogue),
        terms_findings(sent, lent, needs, supply, catalogue, _policy_value(allocation, "least_consignment_kg", 0.0)),
        _coverage(allocation, needs, supply, lent),
        sets_findings(allocation.coverage, supply),
        _supply_left(allocation, supply),
        _certificate(allocation),
    )
    return [finding for check in checks for finding in check]


def _codes(sent: pd.DataFrame, needs: Needs, supply: AidSupply) -> list[Finding]:
    """Every code in a dispatch is known, and the lane exists."""
    known = {
        "offer": set(supply.offers["offer"]),
        "recipient": set(needs.places),
        "item": set(needs.items),
        "source": set(supply.nodes["node"].astype(str)),
    }
    found = []
    for column, codes in known.items():
        for value in sorted(set(sent[column]) - codes, key=str):
            found.append(Finding(f"unknown_{column}", str(value), f"the plan names a {column} that its inputs do not"))
    lanes = set(
        zip(supply.routes["source"].astype(str), supply.routes["recipient"], supply.routes["mode"], strict=True)
    )
    for lane in sorted(set(zip(sent["source"], sent["recipient"], sent["mode"], strict=True)) - lanes, key=str):
        found.append(Finding("unknown_lane", " → ".join(map(str, lane)), "goods travel where there is no lane"))
    keys = ["offer", "source", "recipient", "item", "mode", "week", *sent.columns.intersection(["serves"])]
    for row in np.flatnonzero(sent.duplicated(keys)):
        found.append(Finding("repeated_dispatch", str(sent["offer"].iloc[row]), "the same dispatch stands twice"))
    return found


def _quantities(sent: pd.DataFrame) -> list[Finding]:
    found = []
    quantity = sent["quantity"].to_numpy(float)
    for row in np.flatnonzero(~np.isfinite(quantity) | (quantity <= 0)):
        found.append(Finding("not_positive", _name(sent, row), f"a dispatch of {quantity[row]:g} units"))
    for row in np.flatnonzero(np.isfinite(quantity) & (quantity != np.floor(quantity))):
        found.append(Finding("fractional", _name(sent, row), f"{quantity[row]:g} units are not whole pieces"))
    return found


def _name(sent: pd.DataFrame, row: int | np.integer[Any]) -> str:
    at = sent.iloc[int(row)]
    return f"{at['offer']} to {at['recipient']}, {at['week']:%Y-%m-%d}"


def _offers(sent: pd.DataFrame) -> list[Finding]:
    """Nothing is sent from another source, as another item, or beyond what is offered."""
    found = []
    for column in ("source", "item"):
        for row in np.flatnonzero(sent[column].astype(str) != sent[f"{column}_offer"].astype(str)):
            message = f"{sent[column].iloc[row]} is sent, but the offer has {sent[f'{column}_offer'].iloc[row]}"
            found.append(Finding(f"wrong_{column}", _name(sent, row), message))
    totals = sent.groupby("offer").agg(sent=("quantity", "sum"), offered=("quantity_offer", "first"))
    for offer, sums in totals[totals["sent"] > totals["offered"] + TOLERANCE].iterrows():
        message = f"{sums['sent']:,.0f} sent of {sums['offered']:,.0f} offered"
        found.append(Finding("sent_more_than_exists", str(offer), message))
    return found


def _dates(sent: pd.DataFrame, allocation: Allocation, needs: Needs) -> list[Finding]:
    """Dispatch weeks are weeks of the plan, not before the goods exist; arrival is dispatch + lead time, not expired."""
    found = []
    week, arrival = pd.to_datetime(sent["week"]), pd.to_datetime(sent["arrival"])
    weeks = set(pd.to_datetime(needs.week_ends))
    shelf = pd.Timedelta(days=int(_policy_value(allocation, "shelf_life_days_min", 0)))
    lead = pd.to_timedelta(np.ceil(sent["lead_time_days"].to_numpy(float) / 7) * 7, unit="D")
    cases = (
        ("outside_horizon", ~week.isin(weeks) | ~arrival.isin(weeks), "dispatch or arrival is no week of the plan"),
        ("before_it_exists", week < pd.to_datetime(sent["available"]), "sent before the offer is available"),
        ("wrong_arrival", arrival != week + lead, "arrival is not dispatch + lead time in whole weeks"),
        ("expired", arrival + shelf > pd.to_datetime(sent["expires"]), "expired, or too little shelf life, at arrival"),
    )
    for rule, bad, message in cases:
        found += [Finding(rule, _name(sent, row), message) for row in np.flatnonzero(bad.to_numpy())]
    return found


def _policy_value(allocation: Allocation, name: str, default: float) -> float:
    policy = allocation.settings.get("policy")
    return float(policy.get(name, default)) if isinstance(policy, dict) else default


def _earmarks(sent: pd.DataFrame) -> list[Finding]:
    found = []
    for row, text in enumerate(sent["earmark"].fillna("").astype(str)):
        if text.strip() and sent["recipient"].iloc[row] not in text.split():
            found.append(Finding("earmark_ignored", _name(sent, row), f"the offer is for {text} only"))
    return found


def _capacities(sent: pd.DataFrame, supply: AidSupply, catalogue: pd.DataFrame) -> list[Finding]:
    """Every lane and week carries at most its kg and its m³."""
    found = []
    loads = sent.assign(
        kg_true=sent["quantity"] * catalogue.loc[sent["item"], "kg_per_unit"].to_numpy(float),
        m3_true=sent["quantity"] * catalogue.loc[sent["item"], "m3_per_unit"].to_numpy(float),
    )
    by_lane = loads.groupby(["source", "recipient", "mode", "week"]).agg(
        kg=("kg_true", "sum"),
        m3=("m3_true", "sum"),
        kg_limit=("capacity_kg_week", "first"),
        m3_limit=("capacity_m3_week", "first"),
    )
    for unit in ("kg", "m3"):
        over = by_lane[by_lane[unit] > by_lane[f"{unit}_limit"] * (1 + TOLERANCE) + TOLERANCE]
        for key, row in over.iterrows():
            source, recipient, mode, week = cast("tuple[str, str, str, pd.Timestamp]", key)
            subject = f"{source} → {recipient} by {mode}, {week:%Y-%m-%d}"
            message = f"{row[unit]:,.2f} {unit} on a lane for {row[f'{unit}_limit']:,.2f}"
            found.append(Finding(f"lane_over_{unit}", subject, message))
    return found


def _handling(sent: pd.DataFrame, supply: AidSupply, catalogue: pd.DataFrame) -> list[Finding]:
    """Every source sends at most the mass it can handle in a week, where a limit is given."""
    if "handling_kg_week" not in supply.nodes.columns:
        return []
    kg = sent["quantity"] * catalogue.loc[sent["item"], "kg_per_unit"].to_numpy(float)
    limit = supply.nodes.set_index(supply.nodes["node"].astype(str))["handling_kg_week"]
    found = []
    for (source, week), mass in kg.groupby([sent["source"], sent["week"]]).sum().items():
        if mass > limit[source] * (1 + TOLERANCE) + TOLERANCE:
            message = f"{mass:,.1f} kg sent by a source that handles {limit[source]:,.1f}"
            found.append(Finding("over_handling", f"{source}, {week:%Y-%m-%d}", message))
    return found


def _figures(sent: pd.DataFrame, catalogue: pd.DataFrame) -> list[Finding]:
    """kg, m³ and US$ of every row follow from its quantity."""
    found = []
    quantity = sent["quantity"].to_numpy(float)
    kg = quantity * catalogue.loc[sent["item"], "kg_per_unit"].to_numpy(float)
    expected = {
        "kg": kg,
        "m3": quantity * catalogue.loc[sent["item"], "m3_per_unit"].to_numpy(float),
        "usd": kg * sent["usd_per_kg"].to_numpy(float),
    }
    for column, value in expected.items():
        for row in np.flatnonzero(~np.isclose(sent[column].to_numpy(float), value, rtol=1e-6, atol=1e-9)):
            message = f"{column} is {sent[column].iloc[row]:g}, and the quantity makes {value[row]:g}"
            found.append(Finding(f"wrong_{column}", _name(sent, row), message))
    return found


def _coverage(allocation: Allocation, needs: Needs, supply: AidSupply, lent: pd.DataFrame) -> list[Finding]:
    """Per recipient and item: received = what arrives; stock is never negative; served + unmet = need; sums hold."""
    cover = allocation.coverage
    found = []
    keys = ["recipient", "item", "week"]
    flows = passed_flows(lent, needs, supply)
    arrived = arrived_by_cell(allocation.dispatches.drop(lent.index), supply)
    arrived = arrived.add(flows["received"], fill_value=0.0)
    stated = cover.set_index(keys)["received"]
    both = pd.concat([stated.rename("stated"), arrived.rename("true")], axis=1).fillna(0.0)
    for key, pair in both[(both["stated"] - both["true"]).abs() > TOLERANCE * (1 + both["true"].abs())].iterrows():
        found.append(Finding("received_wrong", _cell(key), f"{pair['stated']:g} stated, {pair['true']:g} arrive"))
    tests = (
        ("negative_stock", cover["stock_end"] < -TOLERANCE, "stock_end"),
        ("negative_service", cover["served"] < -TOLERANCE, "served"),
        ("served_more_than_need", cover["served"] > cover["need"] * (1 + TOLERANCE) + TOLERANCE, "served"),
        (
            "unmet_wrong",
            (cover["need"] - cover["served"] - cover["unmet"]).abs() > TOLERANCE * (1 + cover["need"]),
            "unmet",
        ),
    )
    for rule, bad, column in tests:
        for row in np.flatnonzero(bad.to_numpy()):
            at = cover.iloc[row]
            message = f"{column} is {at[column]:g} with a need of {at['need']:g}"
            found.append(Finding(rule, _cell((at["recipient"], at["item"], at["week"])), message))
    level = level_items(supply)
    return found + _stock_flow(cover, supply, flows, level) + _need_is_the_need(cover, needs, allocation, level)


def arrived_by_cell(sent: pd.DataFrame, supply: AidSupply) -> pd.Series:
    """What arrives by recipient, item whose need it meets, and week; a substitute at its rate."""
    serves = sent["serves"] if "serves" in sent.columns else sent["item"]
    table = supply.term("substitutes")
    rates = {(row["item"], row["instead_of"]): float(row["rate"]) for row in table.to_dict("records")}
    rate = [1.0 if a == b else rates.get((a, b), 0.0) for a, b in zip(sent["item"], serves, strict=True)]
    counted = sent.assign(item=serves, quantity=sent["quantity"] * np.array(rate))
    arrived = counted.groupby(["recipient", "item", "arrival"])["quantity"].sum()
    arrived.index = arrived.index.set_names(["recipient", "item", "week"])
    return arrived


def _cell(key: object) -> str:
    recipient, item, week = cast("tuple[str, str, pd.Timestamp]", key)
    return f"{recipient}, {item}, {pd.Timestamp(week):%Y-%m-%d}"


def _stock_flow(cover: pd.DataFrame, supply: AidSupply, flows: pd.DataFrame, level: set[str]) -> list[Finding]:
    """stock_end = stock held + all received − all served, in every week; nothing is served before it is there.

    What is in use is not used up, and what is passed on is no longer held.
    """
    held = supply.stock.groupby(["place", "item"])["quantity"].sum() if len(supply.stock) else pd.Series(dtype=float)
    ordered = cover.sort_values(["recipient", "item", "week"], kind="stable")
    groups = ordered.groupby(["recipient", "item"], sort=False)
    used_up = ordered["served"].where(~ordered["item"].isin(level), 0.0)
    passed = flows["held"].reindex(pd.MultiIndex.from_frame(ordered[["recipient", "item", "week"]])).fillna(0.0)
    change = ordered["received"] - used_up + passed.to_numpy()
    flow = change.groupby([ordered["recipient"], ordered["item"]], sort=False).cumsum()
    if len(held):
        start = held.reindex(pd.MultiIndex.from_frame(ordered[["recipient", "item"]])).fillna(0.0).to_numpy()
        flow = flow + start
    scale = 1 + groups["received"].cumsum().to_numpy()
    found = []
    in_use_now = ordered["served"].where(ordered["item"].isin(level), 0.0)
    for row in np.flatnonzero((flow - in_use_now < -TOLERANCE * scale).to_numpy()):
        at = ordered.iloc[row]
        message = f"{-flow.iloc[row]:g} units more served than were there by then"
        found.append(Finding("served_before_arrival", _cell((at["recipient"], at["item"], at["week"])), message))
    for row in np.flatnonzero(((flow - ordered["stock_end"]).abs() > TOLERANCE * scale).to_numpy()):
        at = ordered.iloc[row]
        message = f"{at['stock_end']:g} stated, {flow.iloc[row]:g} by the flow of goods"
        found.append(Finding("stock_wrong", _cell((at["recipient"], at["item"], at["week"])), message))
    return found


def _need_is_the_need(cover: pd.DataFrame, needs: Needs, allocation: Allocation, level_of: set[str]) -> list[Finding]:
    """The need planned for is the quantile the policy names, over the horizon, to within one unit."""
    level = _policy_value(allocation, "need_quantile", 0.5)
    draws = in_use(np.nan_to_num(np.asarray(needs.draws, dtype=np.float32)), needs.items, level_of)
    true = pd.DataFrame(
        np.quantile(draws, level, axis=3).astype(float).sum(axis=2), index=list(needs.places), columns=list(needs.items)
    )
    stated = cover.pivot_table(index="recipient", columns="item", values="need", aggfunc="sum")
    stated = stated.reindex(index=true.index, columns=true.columns).fillna(0.0)
    # A need in use is rounded in every week, another over the whole horizon.
    slack = [float(len(needs.week_ends)) if item in level_of else 1.0 for item in true.columns]
    wrong = (stated - true).abs() > np.array(slack) + 1e-4 * true
    found = []
    for row, column in zip(*np.nonzero(wrong.to_numpy()), strict=True):
        subject = f"{true.index[row]}, {true.columns[column]}"
        message = f"{stated.iloc[row, column]:,.1f} planned for, {true.iloc[row, column]:,.1f} needed"
        found.append(Finding("need_wrong", subject, message))
    return found


def _supply_left(allocation: Allocation, supply: AidSupply) -> list[Finding]:
    """Every offer is accounted for: sent + left = offered, and sent is what the dispatches say."""
    left = allocation.supply_left.set_index("offer")
    offered = supply.offers.set_index("offer")["quantity"].astype(float)
    sent = allocation.dispatches.groupby("offer")["quantity"].sum().reindex(offered.index).fillna(0.0)
    found = []
    for offer in offered.index.difference(left.index):
        found.append(Finding("offer_missing", str(offer), "the table of supply left does not account for it"))
    known = offered.index.intersection(left.index)
    rows = left.loc[known]
    for offer in known[(rows["sent"] + rows["left"] - offered[known]).abs() > TOLERANCE]:
        message = f"sent {rows.loc[offer, 'sent']:,} + left {rows.loc[offer, 'left']:,} ≠ {offered[offer]:,.0f} offered"
        found.append(Finding("supply_does_not_add_up", str(offer), message))
    for offer in known[(rows["sent"] - sent[known]).abs() > TOLERANCE]:
        message = f"{rows.loc[offer, 'sent']:,} stated, {sent[offer]:,.0f} in the dispatches"
        found.append(Finding("sent_wrong", str(offer), message))
    return found


def _certificate(allocation: Allocation) -> list[Finding]:
    """No plan is better than its bound, and the gap is theirs."""
    objective, bound = allocation.objective, allocation.bound
    if np.isnan(bound):
        return []
    found = []
    if objective > bound + 1e-7 * (1 + abs(bound)):
        found.append(Finding("bound_below_plan", "objective", f"{objective:g} above its own bound {bound:g}"))
    gap = (bound - objective) / abs(bound) if bound else 0.0
    if abs(gap - allocation.gap) > 1e-9:
        found.append(Finding("gap_wrong", "gap", f"{allocation.gap:g} stated, {gap:g} from objective and bound"))
    return found
