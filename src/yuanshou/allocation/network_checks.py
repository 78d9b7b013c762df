"""What no plan can be made of: arrays with NaN, negative or infinite values, and terms that contradict each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from yuanshou.errors import AllocationError

NOTHING: Any = ()
"""A term that is left out."""


def check_arrays(values: dict[str, object]) -> None:
    """Raise AllocationError for arrays no plan can be made of: NaN, negative, or infinite where a number is due."""
    for name in ("need", "stock", "weight", "pool_arriving", "kg", "m3", "lane_cost", "tier_share", "tier_value"):
        array = np.asarray(values[name], dtype=float)
        if not np.isfinite(array).all():
            raise _malformed(name, "not a finite number", int(np.count_nonzero(~np.isfinite(array))))
        if (array < 0).any():
            raise _malformed(name, "negative", int(np.count_nonzero(array < 0)))
    check_terms(values)
    for name in ("lane_m3", "lane_kg", "handling_kg"):
        array = np.asarray(values[name], dtype=float)
        if np.isnan(array).any():
            raise _malformed(name, "not a number", int(np.count_nonzero(np.isnan(array))))
        if (array < 0).any():
            raise _malformed(name, "negative", int(np.count_nonzero(array < 0)))
    tiers = np.asarray(values["tier_value"], dtype=float)
    if (np.diff(tiers, axis=-1) > 1e-12 * max(1.0, float(tiers.max(initial=0)))).any():
        raise AllocationError(
            "steps of need whose value rises from one step to the next",
            "values that never rise (the first units matter most)",
            "correct the steps of the policy",
        )


def check_terms(values: dict[str, Any]) -> None:
    """Raise AllocationError for terms that contradict each other or are no numbers to plan with."""
    for name in ("substitute_rate", "pool_pack", "pool_kept", "lane_min_kg", "lane_stay", "last_sent", "change_cost"):
        array = np.asarray(values.get(name, NOTHING), dtype=float)
        bad = ~np.isfinite(array) | (array < 0)
        if bad.any():
            raise _malformed(name, "negative or not a finite number", int(bad.sum()))
    last = np.asarray(values.get("last_sent", NOTHING), dtype=float).reshape(-1, 4)
    if len(last) and (len(np.unique(last[:, :3], axis=0)) < len(last) or last[:, 2].max() >= values["change_until"]):
        raise AllocationError(
            "dispatches of the last plan given twice, or in weeks it did not reach",
            "one row a lane, item and week before `change_until`",
            "add rows up, and leave later weeks out",
        )
    level = np.asarray(values.get("item_level", NOTHING), dtype=bool)
    bundle = np.asarray(values.get("item_bundle", NOTHING))
    if level.size and bundle.size and (level & (bundle >= 0)).any():
        item = values["items"][int(np.flatnonzero(level & (bundle >= 0))[0])]
        raise AllocationError(
            f"{item} both lent by the week and part of a complete set",
            "an item that is the one or the other",
            "take it out of the bundle, or do not let it be lent",
        )
    stay = np.asarray(values.get("lane_stay", NOTHING))
    if stay.size and stay.any() and not (level.size and level.any()):
        raise AllocationError(
            "goods lent for some weeks, of an item that is used up",
            "items that stay in use, counted by the week",
            "lend reusable items only, or give for good",
        )


def _malformed(name: str, what: str, count: int) -> AllocationError:
    return AllocationError(
        f"{count} values of {name} that are {what}",
        "numbers that are not negative (capacities may be infinite)",
        "correct these values, or leave the row out",
    )
