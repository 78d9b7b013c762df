"""The sentences a plan is introduced with: the same words on the page, in the workbook and on the terminal."""

from __future__ import annotations

import numpy as np

from yuanshou import formats
from yuanshou.comparison import gini
from yuanshou.formats import MISSING, compact, day, number, share, usd
from yuanshou.report.digest import Digest

POLICY_WORDS = {
    "need": "need: each unit goes where it prevents the most severe shortage, and the worth of one more unit to a "
            "place falls as its coverage grows",
    "max_min": "the least covered first: nobody's second step is served before everybody's first",
    "proportional": "in proportion to need",
    "per_head": "in proportion to population, whatever the need",
    "first_come": "in the order in which places reported, until nothing is left",
    "two_phase": "an equal share of population for all first, then by risk",
    "reserve": "need, with a part of every stock held for places at high risk",
    "priority": "strictly by priority, one place after another",
}  # fmt: skip
"""What each rule does, in words; the names are those of `AllocationPolicy.name`."""

WHAT_THIS_IS_NOT = (
    "It is a proposal for people to decide on. It is not a decision, a promise by any donor, or proof that anything "
    "was sent or received.",
    "Forecasts are not what will happen. Read the bands, not the line in the middle, and make the plan again when new "
    "counts come in.",
    "Announced aid is counted here as supply that may be planned with; only an accepted receipt counts as aid that "
    "arrived.",
    "Need is computed from counts, and counts depend on testing. A place that tests little appears to need little.",
    "It is not medical advice, holds no data on patients, and replaces neither a country's own request nor its own "
    "stock count.",
    "The designations used imply no opinion on the legal status of any country, territory, city or area, or on its "
    "frontiers.",
)
"""What must not be read into a plan; printed on every form of it."""


COMPARISON_HEADINGS = {
    "policy": "Rule",
    "coverage_weighted": "World",
    "coverage_worst": "Least covered place",
    "coverage_worst_tenth": "Least covered tenth",
    "coverage_gini": "Gini",
    "consignments": "Consignments",
    "freight_usd": "Freight, US$",
    "freight_kg": "Weight, kg",
    "gap": "Best of its kind: more by at most",
}
"""Headings of the comparison of rules; coverage there is by value, over the items somebody offers."""

MEASURES = ("litre", "kg", "ml", "g")

WHO_REGIONS = {
    "AFRO": "African Region",
    "AMRO": "Region of the Americas",
    "EMRO": "Eastern Mediterranean Region",
    "EURO": "European Region",
    "SEARO": "South-East Asia Region",
    "WPRO": "Western Pacific Region",
}


RULE_NAMES = {
    "need": "need, falling worth",
    "alpha 0": "most need met (alpha 0)",
    "max_min": "worst served first (max-min)",
    "proportional": "proportional to need",
    "per_head": "per head",
    "first_come": "first come",
    "two_phase": "two phases",
    "priority": "by priority",
}
"""Short names of plans and rules where they stand side by side."""


def rule_name(name: str, *, own: bool = False) -> str:
    """A short name for a row of the comparison; the plan's own says so."""
    said = RULE_NAMES.get(name, name.replace("_", " "))
    return f"{said}: this plan" if own else said


def title(digest: Digest) -> str:
    return f"What to send where, as known on {day(digest.plan.as_of)}"


def horizon(digest: Digest) -> str:
    ends = digest.plan.allocation.week_ends
    return f"{len(ends)} weeks, to {day(ends[-1])}"


def policy_words(digest: Digest) -> str:
    name = digest.plan.allocation.policy
    return POLICY_WORDS.get(name, name)


def verdict(digest: Digest) -> tuple[bool, str]:
    """Whether the plan is sound, and one line saying so: the audit's findings and the sum checks."""
    faults, checks = len(digest.plan.findings), digest.checks
    failed = int((~checks["ok"]).sum())
    audit = "audit found no fault" if not faults else f"audit found {number(faults)} faults"
    sums = (
        f"{number(len(checks))} sum checks passed"
        if not failed
        else f"{number(failed)} of {number(len(checks))} sum checks failed"
    )
    return not faults and not failed, f"{audit}; {sums}"


def optimality(digest: Digest) -> str:
    """How far the plan can be from the best one, in words."""
    allocation = digest.plan.allocation
    if not np.isfinite(allocation.gap):
        return "no bound was computed"
    if allocation.gap <= 5e-6:
        return "proven best under this rule"
    return f"proven within {number(100 * allocation.gap, decimals=2)} % of the best under this rule"


def in_short(digest: Digest) -> list[str]:
    """Four sentences that a person with one minute needs."""
    low, middle, high = digest.cases_ahead
    places, dispatches = digest.by_place, digest.plan.allocation.dispatches
    cases = digest.plan.situation.table["cases_cumulative"].sum()
    lines = [
        f"{compact(cases)} cases are known. Over the next {horizon(digest)}, the forecast is {compact(middle)} more "
        f"(90 % of its paths: {compact(low)} to {compact(high)}).",
        f"{share(digest.used_share)} of the value on offer is sent: {tonnes(dispatches['kg'].sum())} and "
        f"{compact(dispatches['m3'].sum())} m³ in {number(len(dispatches))} dispatches to "
        f"{number(dispatches['recipient'].nunique())} places, for {usd(dispatches['usd'].sum())} of freight.",
    ]
    ranked = digest.ranked
    if len(ranked):
        quarter, half, three = places["coverage"].dropna().quantile([0.25, 0.5, 0.75])
        lines.append(
            f"Of the items somebody offers, the median place gets {share(half)} of its need met (middle half of "
            f"places: {share(quarter)} to {share(three)}); the least covered is {ranked['name'].iloc[0]} with "
            f"{share(ranked['coverage'].iloc[0])}."
        )
    lines.append(f"Not met: {unmet_words(digest)}.")
    return lines


def unmet_words(digest: Digest) -> str:
    """Value of unmet need, and what nobody offers."""
    need, unmet = digest.by_item["need_usd"].sum(), digest.by_item["unmet_usd"].sum()
    text = f"{usd(unmet)} of {usd(need)} of need at catalogue prices"
    nobody = digest.by_item[(digest.by_item["need"] > 0) & (digest.by_item["offered"] <= 0)]
    if len(nobody):
        text += f", of which {usd(nobody['unmet_usd'].sum())} in {items(len(nobody))} nobody offers"
    return text


def unmet_short(digest: Digest) -> str:
    """The same in half a line."""
    need, unmet = digest.by_item["need_usd"].sum(), digest.by_item["unmet_usd"].sum()
    nobody = digest.by_item[(digest.by_item["need"] > 0) & (digest.by_item["offered"] <= 0)]
    text = f"{usd(unmet)} of {usd(need)}"
    if len(nobody):
        text += f"; {usd(nobody['unmet_usd'].sum())} in {items(len(nobody))} nobody offers"
    return text


def fairness(digest: Digest) -> list[str]:
    """What the rule does to the least covered, and between groups of places, in sentences."""
    coverage = digest.by_place["coverage"].to_numpy(float)
    lines = [f"The rule is {policy_words(digest)}."]
    if np.isfinite(coverage).any():
        lines.append(
            f"Gini coefficient of coverage between places: {number(gini(coverage[np.isfinite(coverage)]), decimals=2)} "
            f"(0 would be the same share for all). Least covered place: {share(float(np.nanmin(coverage)))}."
        )
    empty = digest.by_place[digest.by_place["coverage"] <= 0]
    if len(empty):
        lines.append(f"{number(len(empty))} places with need get nothing of what is on offer; why is said below.")
    return lines


def uncertainty(digest: Digest) -> list[str]:
    """What the plan is worth over the paths of need, and what knowing more or waiting would change, in sentences."""
    worth = digest.plan.uncertainty
    if worth is None or worth.full <= 0:
        return []
    unit = str(digest.plan.allocation.settings.get("objective_unit", "units of the objective"))
    size = max(abs(worth.expected), 1e-300)

    def part(value: float) -> str:
        return share(value / size, decimals=1)

    low, high = worth.information
    known = (
        f"would add {part(high)}" if high - low <= 0.002 * size else f"would add between {part(low)} and {part(high)}"
    )
    early, late = worth.waiting
    waiting = f"would lose {part(late)}" if late - early <= 0.002 * size else f"would lose at most {part(late)}"
    return [
        f"Judged on {worth.paths} equally likely paths of need, the plan is worth {compact(worth.expected)} on average "
        f"({compact(worth.lowest)} on the path where it is worth least, {compact(worth.highest)} where most), in "
        f"{unit}. Everybody served in full would be {compact(worth.full)}.",
        f"Risk: the value of need not met is {compact(worth.loss)} on average and {compact(worth.worst_loss)} on the "
        "worst fifth of the paths.",
        f"Better information: knowing the path of need for certain {known} to the value of the plan. No test or survey "
        "is worth more than that to this decision.",
        f"Waiting: if nothing left this week, the plan {waiting} of its value.",
    ]


def items(count: int) -> str:
    return "1 item" if count == 1 else f"{number(count)} items"


def left_words(digest: Digest, *, most: int = 2) -> str:
    """Why supply stays where it is, the largest share of value first; "" where nothing stays."""
    reasons = [f"{share(value)} {reason}" for reason, value in digest.left_by_reason.head(most).items()]
    return "; ".join(reasons)


def tonnes(kg: float) -> str:
    """A mass in tonnes, in full up to a million: 275,000 t says more than 275K t."""
    return f"{formats.number(formats.significant(kg / 1000, 3))} t" if kg >= 100_000 else f"{compact(kg / 1000)} t"


def quantity(value: float, unit: str | float) -> str:
    """A quantity; the unit is said where it is a measure and goes without saying where things are counted."""
    text = compact(value)
    return f"{text} {unit}" if unit in MEASURES and text != MISSING else text
