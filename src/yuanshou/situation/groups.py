"""Regions and income groups side by side, by population: the places with counts, added up.

The one thing easily confused: a rate per 100,000 here has as its denominator the people of the places that *have*
counts, not of the whole region.
"""

from __future__ import annotations

import pandas as pd

from yuanshou.places import load_places

GROUPINGS = {"who_region": "WHO region", "income_group": "income group"}
SUMMED = ["population", "cases_cumulative", "deaths_cumulative", "cases_new_7d", "deaths_new_7d"]


def compare_groups(table: pd.DataFrame) -> pd.DataFrame:
    """grouping, group, places, population, cases_cumulative, deaths_cumulative, cases_new_7d, deaths_new_7d,
    cases_per_100k, cases_new_7d_per_100k, deaths_per_100k, most new cases per 100,000 first within a grouping.

    Places without a group (ships, a few territories) stand under "other". NaN counts are left out of the sums.
    """
    facts = load_places().reindex(table.index)
    frames = []
    for column, label in GROUPINGS.items():
        group = facts[column].fillna("").replace("", "other").to_numpy()
        sums = table.groupby(group)[SUMMED].sum(min_count=1)
        sums.insert(0, "places", table.groupby(group).size())
        for count in ("cases_cumulative", "cases_new_7d", "deaths_cumulative"):
            rate = count.replace("_cumulative", "") + "_per_100k"
            sums[rate] = sums[count] / sums["population"] * 100_000
        sums = sums.sort_values("cases_new_7d_per_100k", ascending=False).reset_index(names="group")
        sums.insert(0, "grouping", label)
        frames.append(sums)
    return pd.concat(frames, ignore_index=True)
