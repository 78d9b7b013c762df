"""What a plan may use: vetted stock in the ledger, lanes, and what recipients hold or have on the way.

Requests do not enter here, by design: asking for more never gets more. Offers that nobody vetted do not either, for
only accounts in the state `vetted` are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.scope import planning_places, with_unlisted
from yuanshou.sources.supply import AidSupply, world_supply
from yuanshou.sources.surveillance import SurveillanceSeries, shipped_surveillance
from yuanshou_ops.ledger.models import Account
from yuanshou_ops.ledger.statuses import State
from yuanshou_ops.requests.models import Consignee
from yuanshou_ops.requests.offers import earmarks
from yuanshou_ops.shipments.models import Shipment, ShipmentLine
from yuanshou_ops.shipments.outcomes import shipment_outcomes
from yuanshou_ops.situation.counts import reported_counts
from yuanshou_ops.situation.models import Outbreak

TABLES = ("offers", "nodes", "routes", "stock")


def known_counts(outbreak: Outbreak, as_of: date) -> SurveillanceSeries:
    """The counts of an outbreak as they were known on that day."""
    is_shipped = outbreak.counts == Outbreak.Counts.SHIPPED
    return shipped_surveillance(as_of) if is_shipped else reported_counts(outbreak, as_of)


def counts(outbreak: Outbreak, as_of: date) -> SurveillanceSeries:
    """The counts to plan with: shipped ones have a row for each country that had published no case as well.

    One's own counts speak of the places they name, and of no others.
    """
    series = known_counts(outbreak, as_of)
    return with_unlisted(series, planning_places()) if outbreak.counts == Outbreak.Counts.SHIPPED else series


def vetted_accounts() -> Any:
    return Account.objects.filter(state=State.VETTED, balance__gt=0).select_related("lot", "holder", "place")


def deliverable_places() -> list[str]:
    """Places with a verified consignee, where goods can be sent at once."""
    rows = Consignee.objects.filter(verified_at__isnull=False, is_active=True)
    return sorted(set(rows.values_list("place_id", flat=True)))


def supply_of_ledger(as_of: date, *, places: Sequence[str] = (), items: Sequence[str] = ()) -> AidSupply:
    """Vetted stock as offers, the shipped lanes to the places in scope, and what recipients hold or have coming."""
    base = world_supply(as_of)
    accounts = vetted_accounts().filter(item__in=items) if items else vetted_accounts()
    node_of = _nodes_by_place(base.nodes)
    promises = earmarks()
    # A lot whose earmarks exclude each other is for nobody, which is not the same as for everybody.
    free = [account for account in accounts.order_by("pk") if promises.get(account.lot_id) != frozenset()]
    rows = [_offer(account, node_of, promises, as_of) for account in free]
    offers = pd.DataFrame(rows, columns=base.offers.columns)
    for name in ("available", "expires", "known_by"):
        offers[name] = pd.to_datetime(offers[name]).astype(base.offers[name].dtype)
    routes = base.routes[base.routes["source"].isin(set(offers["source"]))]
    if places:
        routes = routes[routes["recipient"].isin(list(places))]
    return AidSupply(
        offers=offers, nodes=base.nodes, stock=recipient_stock(), routes=routes.reset_index(drop=True), notes=base.notes
    )


def _offer(account: Account, node_of: Any, promises: dict[int, frozenset[str]], as_of: date) -> dict[str, Any]:
    return {
        "offer": offer_code(account.pk), "donor": account.holder.name, "source": node_of(account.place),
        "item": account.item_id, "quantity": account.balance, "available": as_of, "expires": account.lot.expires_on,
        "earmark": " ".join(sorted(promises.get(account.lot_id, ()))), "status": "vetted", "basis": "sourced",
        "known_by": as_of, "source_note": f"ledger account {account.pk}, lot {account.lot}",
    }  # fmt: skip


def offer_code(account_id: int) -> str:
    return f"STOCK-{account_id}"


def account_id(code: str) -> int:
    return int(code.removeprefix("STOCK-"))


def _nodes_by_place(nodes: pd.DataFrame) -> Any:
    """A function from a place to the node goods leave from: its own, or the nearest one."""
    own = nodes.sort_values("node").drop_duplicates("place").set_index("place")["node"].to_dict()

    def node_of(place: Any) -> str:
        if place.pk in own:
            return str(own[place.pk])
        latitude = np.radians(nodes["latitude"].to_numpy(float))
        here = np.radians(place.cargo_lat if place.cargo_lat is not None else place.capital_lat)
        turn = np.radians(nodes["longitude"].to_numpy(float) - (place.cargo_lon or place.capital_lon))
        away = np.sin((latitude - here) / 2) ** 2 + np.cos(latitude) * np.cos(here) * np.sin(turn / 2) ** 2
        return str(nodes["node"].iloc[int(np.argmin(away))])

    return node_of


def recipient_stock() -> pd.DataFrame:
    """Accepted goods still held plus goods firmly on the way, by place and item; what nobody reported is absent."""
    held: Counter[tuple[str, str]] = Counter()
    accepted = Account.objects.filter(state=State.ACCEPTED, balance__gt=0)
    for place, item, units in accepted.values_list("place_id", "item_id", "balance"):
        held[place, item] += units
    held.update(on_the_way())
    rows = [(place, item, units) for (place, item), units in sorted(held.items()) if units > 0]
    return pd.DataFrame(rows, columns=["place", "item", "quantity"])


def on_the_way() -> Counter[tuple[str, str]]:
    """Units reserved, packed or dispatched for a place and not received yet."""
    coming: Counter[tuple[str, str]] = Counter()
    waiting = ShipmentLine.objects.filter(shipment__status__in=["draft", "packed", "dispatched", "arrived"])
    for place, item, units in waiting.values_list("shipment__to_place_id", "item_id", "quantity"):
        coming[place, item] += units
    for shipment in Shipment.objects.filter(status="receiving"):
        for outcome in shipment_outcomes(shipment):
            coming[shipment.to_place_id, outcome.line.item_id] += outcome.outstanding
    return coming


def freeze(supply: AidSupply, parameters: pd.DataFrame, folder: Path) -> None:
    """Write supply and parameters beside the run, so that it can be made again when stock or guidance has moved on."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        getattr(supply, name).to_parquet(folder / f"{name}.parquet", index=False)
    parameters.to_parquet(folder / "parameters.parquet")


def frozen(folder: Path, as_of: date) -> tuple[AidSupply, pd.DataFrame]:
    """The supply and the parameters of a run as they were frozen."""
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}
    return replace(world_supply(as_of), **tables), pd.read_parquet(folder / "parameters.parquet")
