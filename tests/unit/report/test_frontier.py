"""The fairness frontier and what uncertainty costs, as the page, the workbook and the comparison show them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from allocation_cases import small_case
from lxml import html
from plan_factory import synthetic_plan

from yuanshou.allocation.frontier import frontier_points
from yuanshou.allocation.policy import RULES, AllocationPolicy
from yuanshou.allocation.program import allocate
from yuanshou.allocation.scenarios import Uncertainty
from yuanshou.allocation.serving import plan_value
from yuanshou.allocation.worth import Worth, worth_of_knowing
from yuanshou.report import Digest, plan_page, words
from yuanshou.report.frontier import frontier_chart

POLICY = AllocationPolicy()
WORTH = Worth(
    paths=16, known=3, expected=200.0, lowest=150.0, highest=260.0, full=900.0, loss=700.0, worst_loss=800.0,
    information=(10.0, 30.0), waiting=(0.0, 8.0),
)  # fmt: skip


def points() -> pd.DataFrame:
    names = ["need", "alpha 0", "alpha 1", "alpha 4", "max_min", "per_head"]
    world = [0.52, 0.55, 0.54, 0.50, 0.40, 0.45]
    least = [0.30, 0.02, 0.20, 0.31, 0.38, 0.05]
    return pd.DataFrame(
        {"policy": names, "coverage_weighted": world, "coverage_worst": least, "coverage_worst_tenth": least,
         "coverage_gini": 0.2, "gap": [0.001, 0.0, 0.0, 0.0, 0.0, np.nan]}
    )  # fmt: skip


def test_every_way_to_share_is_a_dot_with_its_name_and_a_row_of_figures() -> None:
    chart = frontier_chart(Digest.of(replace(synthetic_plan(), comparisons=points())))
    assert chart is not None
    drawn, table = html.fromstring(chart.svg), html.fromstring(chart.table)
    assert len(drawn.xpath("//circle")) == 2 * 6
    written = " ".join(drawn.xpath("//text/text()"))
    for name in ("this plan", "most need met (alpha 0)", "worst served first (max-min)", "per head"):
        assert name in written
    rows = [[cell.text_content() for cell in row] for row in table.xpath("//tbody/tr")]
    assert rows[4] == ["worst served first (max-min)", "40.0%", "38.0%", "38.0%", "0.20"]


def test_the_further_up_the_more_need_is_met_and_the_line_leaves_out_hand_rules() -> None:
    chart = frontier_chart(Digest.of(replace(synthetic_plan(), comparisons=points())))
    assert chart is not None
    drawn = html.fromstring(chart.svg)
    height = {float(c.get("cx")): float(c.get("cy")) for c in drawn.xpath("//circle")[:6]}
    assert height[min(height)] == min(height.values())
    line = drawn.xpath("//path[contains(@class, 'ys-line')]/@d")[0]
    assert line.count("L") == 4


def test_dots_that_lie_together_share_one_label() -> None:
    table = points().assign(coverage_weighted=[0.5] * 5 + [0.2], coverage_worst_tenth=[0.3] * 5 + [0.1])
    chart = frontier_chart(Digest.of(replace(synthetic_plan(), comparisons=table)))
    assert chart is not None
    written = [text.strip() for text in html.fromstring(chart.svg).xpath("//text/text()")]
    assert "1, 2, 3, 4, 5" in written
    assert "6" in written


def test_a_plan_far_from_proven_is_not_drawn() -> None:
    table = points().assign(gap=[0.0, 0.8, 0.0, 0.0, 0.0, np.nan])
    chart = frontier_chart(Digest.of(replace(synthetic_plan(), comparisons=table)))
    assert chart is not None
    assert "alpha 0" not in chart.svg
    assert "per head" in chart.svg


def test_fewer_than_three_plans_make_no_frontier() -> None:
    assert frontier_chart(Digest.of(replace(synthetic_plan(), comparisons=points().head(2)))) is None
    assert frontier_chart(Digest.of(synthetic_plan())) is None


def test_what_uncertainty_costs_stands_on_the_page_with_its_unit() -> None:
    page = html.fromstring(plan_page(replace(synthetic_plan(), uncertainty=WORTH)))
    said = page.xpath("string(//section[@id='uncertainty'])")
    assert "16 equally likely paths" in said
    assert "between 5.0% and 15.0%" in said
    assert "lose at most 4.0%" in said
    assert "units of the objective" in said


def test_a_plan_without_the_figures_says_nothing_of_them() -> None:
    assert words.uncertainty(Digest.of(synthetic_plan())) == []
    assert not html.fromstring(plan_page(synthetic_plan())).xpath("//section[@id='uncertainty']")


def test_alpha_runs_from_most_need_met_to_most_even_and_every_rule_is_on_the_frontier() -> None:
    needs, supply, catalogue = small_case()
    found = {point.label: point for point in frontier_points(needs, supply, POLICY, catalogue=catalogue)}
    assert set(found) == {"alpha 0", "alpha 1", "alpha 4", "max_min", *RULES}
    worth = found["alpha 0"].compiled.network
    values = {label: plan_value(worth, found[label].plan) for label in ("alpha 0", "alpha 4", "per_head")}
    assert values["alpha 0"] >= max(values.values()) - 1e-3 * values["alpha 0"]
    assert all(point.gap < 1e-6 for label, point in found.items() if label not in RULES)


@pytest.mark.parametrize("mode", ["fast", "two_stage"])
def test_knowing_the_path_and_going_at_once_are_never_worth_less_than_nothing(mode: str) -> None:
    needs, supply, catalogue = small_case()
    allocation = allocate(needs, supply, catalogue=catalogue, uncertainty=Uncertainty(mode=mode))
    worth = worth_of_knowing(needs, allocation, POLICY)
    assert worth is not None
    assert worth.information[1] >= worth.information[0] >= 0
    assert worth.waiting[1] >= worth.waiting[0] >= 0
    assert worth.lowest <= worth.expected <= worth.highest <= worth.full * 2
    assert worth.loss == pytest.approx(worth.full - worth.expected)
    assert worth.worst_loss >= worth.loss
    assert worth.known == worth.paths == 16


def test_planning_for_all_paths_is_worth_at_least_as_much_on_them() -> None:
    needs, supply, catalogue = small_case()
    fast, staged = (
        worth_of_knowing(
            needs, allocate(needs, supply, catalogue=catalogue, uncertainty=Uncertainty(mode=mode)), POLICY
        )
        for mode in ("fast", "two_stage")
    )
    assert fast is not None
    assert staged is not None
    # Whole pieces cost a little on either side.
    assert staged.expected >= fast.expected * (1 - 1e-3)
    assert staged.information[0] <= fast.information[0] + 1e-3 * fast.expected
