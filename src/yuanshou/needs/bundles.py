"""Complete treatments: a ventilator without oxygen, staff, tubes and power is no treatment.

The one thing easily confused: parts in stock are not sets; the number of sets is that of the scarcest part.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import floor

import numpy as np
import pandas as pd

from yuanshou.errors import InputError
from yuanshou.needs.pack import Bundle
from yuanshou.needs.quantify import Needs
from yuanshou.tables import FloatArray

ROUNDING = 1e-9
"""A quotient this close below a whole number is that number: 3 · 0.1 parts must make the set they make."""


@dataclass(frozen=True)
class CompleteSets:
    """How many complete sets the parts make, which part is the scarcest, and what is left of each.

    `one_more` says how many sets one more unit of the scarcest part would complete.
    """

    bundle: str
    sets: int
    scarcest: str
    left_over: Mapping[str, float]
    one_more: int


def complete_sets(bundle: Bundle, available: Mapping[str, float]) -> CompleteSets:
    """Sets = min over parts of floor(available / amount a set); parts not in `available` count as none.

    `available` may hold what goes beside the items too (oxygen_litres_per_minute, staff_shifts_per_day, kilowatts);
    those not given limit nothing.

    >>> kit = Bundle("ventilation", "patients", {"ventilator": 1, "et_tube": 1.3}, {"kilowatts": 1.0})
    >>> complete_sets(kit, {"ventilator": 10, "et_tube": 8}).sets, complete_sets(kit, {"ventilator": 10}).scarcest
    (6, 'et_tube')
    """
    amounts = dict(bundle.parts) | {name: a for name, a in bundle.beside.items() if name in available and a > 0}
    for name in amounts:
        if not np.isfinite(available.get(name, 0.0)) or available.get(name, 0.0) < 0:
            raise InputError(f"{available[name]} of {name}", "a number that is not negative", "correct the quantity")
    possible = {name: _sets(available.get(name, 0.0), amount) for name, amount in amounts.items()}
    scarcest = min(possible, key=lambda name: (possible[name], name))
    sets = possible[scarcest]
    raised = {**possible, scarcest: _sets(available.get(scarcest, 0.0) + 1, amounts[scarcest])}
    left = {name: available.get(name, 0.0) - sets * amount for name, amount in amounts.items()}
    return CompleteSets(bundle.name, sets, scarcest, left, min(raised.values()) - sets)


def _sets(available: float, amount: float) -> int:
    return floor(available / amount + ROUNDING)


def bundle_need(needs: Needs, bundle: Bundle, reusable: Collection[str] = ()) -> FloatArray:
    """Need of a bundle over the horizon in sets by draw, (P, N): that of the part needed most, so no part is short.

    Where a bundle has `reusable` parts, they alone count: sets are then patients at once, and consumables start them.
    Parts that this need does not have (not known on the day) raise InputError.
    """
    index = {item: i for i, item in enumerate(needs.items)}
    absent = [part for part in bundle.parts if part not in index]
    if absent:
        raise InputError(f"no need of {', '.join(absent)}", "need of every part", "quantify with this disease's pack")
    counted = [part for part in bundle.parts if part in reusable] or list(bundle.parts)
    total = needs.total()
    result: FloatArray = np.max([total[:, index[part]] / bundle.parts[part] for part in counted], axis=0)
    return result


def bundle_frame(
    needs: Needs, bundles: tuple[Bundle, ...], catalogue: pd.DataFrame, stock: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Bundle by place: sets needed (median, q05, q95), and with stock the complete sets and the scarcest part."""
    rows = []
    held: dict[tuple[str, str], float] = {}
    for lot in [] if stock is None else stock.to_dict("records"):
        key = (str(lot["place"]), str(lot["item"]))
        held[key] = held.get(key, 0.0) + float(lot["quantity"])
    reusable = set(catalogue.index[catalogue["reusable"].astype(bool)])
    for bundle in bundles:
        if any(part not in needs.items for part in bundle.parts):
            continue
        levels = np.quantile(bundle_need(needs, bundle, reusable), [0.5, 0.05, 0.95], axis=-1)
        for p, place in enumerate(needs.places):
            row: list[object] = [place, bundle.name, bundle.unit, *(float(level[p]) for level in levels)]
            if stock is not None:
                have = complete_sets(bundle, {part: held.get((place, part), 0.0) for part in bundle.parts})
                row += [have.sets, have.scarcest, have.one_more]
            rows.append(row)
    columns = ["place", "bundle", "unit", "median", "q05", "q95"]
    columns += [] if stock is None else ["complete_sets", "scarcest", "sets_for_one_more"]
    return pd.DataFrame(rows, columns=columns)
