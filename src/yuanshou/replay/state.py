"""What is where at one moment of a replay, and what a week of dispatches and care does to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from yuanshou.replay.shocks import Shocks, curbed_share
from yuanshou.replay.world import ReplayWorld
from yuanshou.tables import FloatArray

SENT_COLUMNS = ["offer", "source", "recipient", "item", "mode", "quantity"]


@dataclass(eq=False)
class State:
    """Goods in the world, base units.

    Attributes
    ----------
    stock : (P, K) held by recipients. pipeline : (P, K, W + 16) on the way, by the week of arrival.
    remaining : (offers,) not yet sent and free to go. kept_home : (offers,) held back by export curbs.
    lost : units that arrived unusable.
    """

    stock: FloatArray
    pipeline: FloatArray
    remaining: FloatArray
    kept_home: FloatArray
    lost: float = 0.0


def opening_state(world: ReplayWorld, shocks: Shocks) -> State:
    """Nothing held, nothing on the way, every offer whole but for what export curbs keep at home."""
    cells = (len(world.places), len(world.items))
    quantity = world.supply.offers["quantity"].to_numpy(float)
    kept_home = np.ceil(quantity * curbed_share(world.supply, shocks))
    return State(
        stock=np.zeros(cells),
        pipeline=np.zeros((*cells, len(world.mondays) + 16)),
        remaining=quantity - kept_home,
        kept_home=kept_home,
    )


def send(state: State, world: ReplayWorld, sent: pd.DataFrame, *, week: int) -> None:
    """Take dispatches from the offers and put them on the way for as many weeks as they take."""
    offer = pd.Index(world.supply.offers["offer"]).get_indexer(pd.Index(sent["offer"]))
    quantity = sent["quantity"].to_numpy(float)
    np.subtract.at(state.remaining, offer, quantity)
    place = pd.Index(world.places).get_indexer(pd.Index(sent["recipient"]))
    item = pd.Index(world.items).get_indexer(pd.Index(sent["item"]))
    arrival = week + sent["lead_weeks"].to_numpy(int)
    inside = arrival < state.pipeline.shape[2]
    np.add.at(state.pipeline, (place[inside], item[inside], arrival[inside]), quantity[inside])


def receive_and_serve(
    state: State, need: FloatArray, *, week: int, usable: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Arrivals of the week join the stock (their usable share), then need (P, K) is served: (received, served)."""
    arrived = state.pipeline[:, :, week]
    received = arrived * usable
    state.lost += float((arrived - received).sum())
    state.stock += received
    served = np.minimum(state.stock, need)
    state.stock -= served
    return received, served


def net_of_stock(draws: FloatArray, stock: FloatArray, pipeline: FloatArray) -> FloatArray:
    """Need left after stock held (P, K) and goods on the way (P, K, H): draws (P, K, H, N) → the same shape.

    Goods serve the week they are there for and later ones, never an earlier one: u_t = min(s_t, need_t),
    s_{t+1} = s_t − u_t + arriving_{t+1}, net_t = need_t − u_t.
    """
    net = np.empty_like(draws)
    left = np.repeat(stock[..., None].astype(np.float32), draws.shape[3], axis=2)
    for t in range(draws.shape[2]):
        left = left + pipeline[:, :, t, None].astype(np.float32)
        used = np.minimum(left, draws[:, :, t])
        left -= used
        net[:, :, t] = draws[:, :, t] - used
    return net
