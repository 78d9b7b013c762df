"""The certificate of a plan as plain values for its file: network, dispatches, prices, objective and bound.

Arrays are kept bit for bit (zlib, base64), so that anyone can recompute feasibility, objective and bound from the
file alone, and get the same numbers. `yuanshou verify-plan` does so without this package's solver or compiler.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import fields
from typing import Any

import numpy as np

from yuanshou.allocation.explain import parts
from yuanshou.allocation.explicit import need_prices
from yuanshou.allocation.network import Allocation, Prices, SupplyNetwork
from yuanshou.errors import InputError
from yuanshou.tables import FloatArray

FORMAT = "yuanshou-certificate/2"
LABELS = ("sources", "recipients", "items", "lane_mode", "item_modes", "lane_items", "pool_reserve", "bundles")
SCALARS = ("cost_weight", "change_until")


def allocation_record(allocation: Allocation) -> dict[str, Any]:
    """Everything needed to check the allocation, as values JSON can hold."""
    network, prices, plan = parts(allocation)
    return {
        "format": FORMAT,
        "policy": allocation.policy,
        "method": allocation.method,
        "settings": allocation.settings,
        "objective": allocation.objective,
        "bound": None if np.isnan(allocation.bound) else allocation.bound,
        **network_record(network, plan, prices),
    }


def network_record(network: SupplyNetwork, plan: FloatArray, prices: Prices) -> dict[str, Any]:
    """Labels, arrays, dispatches and prices, as values JSON can hold."""
    arc, week = np.nonzero(plan)
    return {
        "labels": {name: list(getattr(network, name)) for name in LABELS},
        "scalars": {name: getattr(network, name) for name in SCALARS},
        "network": {
            f.name: pack(np.asarray(getattr(network, f.name)))
            for f in fields(SupplyNetwork)
            if f.name not in (*LABELS, *SCALARS)
        },
        "dispatch": {
            "arc": pack(arc.astype(np.int32)),
            "week": pack(week.astype(np.int16)),
            "quantity": pack(plan[arc, week]),
        },
        "prices": {name: pack(array) for name, array in price_arrays(network, prices).items()},
    }


def price_arrays(network: SupplyNetwork, prices: Prices) -> dict[str, FloatArray]:
    """Every price of the certificate; the price of need too, so that the bound is a sum anyone can check."""
    kept = prices.change if prices.change is not None else np.zeros(len(network.last_sent))
    shared = {name: getattr(prices, name) for name in ("supply_limit", "route_m3", "route_kg", "handling_kg")}
    return {**shared, "need_balance": need_prices(network, prices), "change": kept}


def pack(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    """An array as type, shape and compressed little-endian bytes; one equal along its last axis is kept once."""
    if array.dtype.kind == "M":
        array = array.astype("datetime64[D]").astype(np.int64)
    shape = list(array.shape)
    constant = array.ndim == 2 and array.shape[1] > 1 and bool((array == array[:, :1]).all())
    kept = np.ascontiguousarray(array[:, :1] if constant else array)
    little = kept.astype(kept.dtype.newbyteorder("<"), copy=False)
    data = base64.b64encode(zlib.compress(little.tobytes(), 6)).decode("ascii")
    return {"dtype": little.dtype.str, "shape": shape, "constant": constant, "data": data}


def unpack(entry: dict[str, Any]) -> np.ndarray[Any, Any]:
    """The array that `pack` wrote.

    >>> unpack(pack(np.array([[1.5, 1.5], [2.0, 2.0]]))).tolist()
    [[1.5, 1.5], [2.0, 2.0]]
    """
    raw = zlib.decompress(base64.b64decode(entry["data"]))
    flat = np.frombuffer(raw, dtype=np.dtype(entry["dtype"]))
    shape = tuple(entry["shape"])
    if entry["constant"]:
        return np.repeat(flat.reshape(shape[0], 1), shape[1], axis=1)
    return flat.reshape(shape)


def read_record(record: dict[str, Any]) -> tuple[SupplyNetwork, FloatArray, Prices]:
    """Network, dispatches (N, T) and prices of a certificate.

    Raises
    ------
    InputError : the certificate lacks a part, or is of another format.
    """
    if record.get("format") != FORMAT:
        raise InputError(f"a certificate of format {record.get('format')!r}", f"format {FORMAT}", "make the plan again")
    try:
        arrays: dict[str, Any] = {name: unpack(entry) for name, entry in record["network"].items()}
        arrays["week_ends"] = arrays["week_ends"].astype("datetime64[D]")
        labels: dict[str, Any] = {name: tuple(record["labels"][name]) for name in LABELS}
        network = SupplyNetwork(**arrays, **labels, **{name: record["scalars"][name] for name in SCALARS})
        plan = np.zeros((len(network.arc_lane), network.weeks))
        sent = {name: unpack(entry) for name, entry in record["dispatch"].items()}
        plan[sent["arc"], sent["week"]] = sent["quantity"]
        prices = Prices(**{name: unpack(entry).astype(float) for name, entry in record["prices"].items()})
    except (KeyError, TypeError, ValueError, IndexError, zlib.error) as problem:
        raise InputError(
            f"a certificate that cannot be read ({problem})", "the certificate a plan was written with", "make it again"
        ) from None
    return network, plan, prices
