"""The page as text: nothing is loaded, nothing from outside becomes markup, everything asked for is there."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pandas as pd
import pytest
from lxml import html
from plan_factory import synthetic_plan

from yuanshou.report import Digest, plan_markdown, plan_page, write_report

PLAN = synthetic_plan()
PAGE = plan_page(PLAN)
TREE = html.fromstring(PAGE)
SECTIONS = ["short", "map", "coverage", "worst", "supply", "need", "forecast", "fairness", "donors", "checks",
            "assumptions", "notes", "limits"]  # fmt: skip


def test_every_section_is_there_and_every_link_of_the_page_leads_to_one() -> None:
    assert [s.get("id") for s in TREE.iter("section")] == SECTIONS
    targets = {link.get("href") for link in TREE.iter("a")}
    assert targets == {f"#{name}" for name in SECTIONS if name != "short"}


def test_nothing_is_loaded_from_anywhere() -> None:
    for element in TREE.iter():
        for name, value in element.attrib.items():
            if name in {"src", "href", "srcset", "action", "poster", "data", "xlink:href"}:
                assert value.startswith(("#", "data:")), f"<{element.tag} {name}={value}>"
    assert not re.search(r"@import|url\(", PAGE)
    assert set(re.findall(r"https?://[^\s\"'<]+", PAGE)) <= {"http://www.w3.org/2000/svg"}


def test_the_policy_forbids_all_loads_and_names_the_script_by_its_hash() -> None:
    policy = TREE.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'")
    script = re.search(r"<script>(.*?)</script>", PAGE, re.S).group(1)  # type: ignore[union-attr]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy
    assert PAGE.count("<script") == 1


def test_names_from_outside_stay_text() -> None:
    assert "<b>Donor & Sons</b>" in TREE.xpath("string(//section[@id='donors'])")
    assert not TREE.xpath("//section[@id='donors']//b")


def test_identifiers_are_kept_from_turning_round_in_right_to_left_text() -> None:
    for code in TREE.iter("code"):
        if re.fullmatch(r"[0-9a-f]{16,}", code.text or ""):
            assert code.getparent().tag == "bdi"
            assert code.getparent().get("dir") == "ltr"


def test_ids_on_the_page_are_unique() -> None:
    ids = TREE.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_the_page_is_the_same_every_time() -> None:
    assert plan_page(PLAN) == PAGE


def test_the_heat_table_holds_every_place_with_need_and_every_item_on_offer() -> None:
    digest = Digest.of(PLAN)
    table = TREE.get_element_by_id("heat")
    assert len(table.xpath("./tbody/tr")) == len(digest.by_place)
    assert [t.get("title") for t in table.xpath("./thead//th[@class='i']")] == [
        digest.item_name(item) for item in digest.offered_items
    ]


def test_a_failed_sum_shows_as_failed_and_not_as_sound() -> None:
    coverage = PLAN.allocation.coverage.assign(unmet=PLAN.allocation.coverage["unmet"] + 1)
    page = plan_page(replace(PLAN, allocation=replace(PLAN.allocation, coverage=coverage)))
    assert "faults found" in page
    assert page.count('<td class="failed">failed</td>') == 1


def test_findings_of_the_audit_are_printed() -> None:
    page = plan_page(replace(PLAN, findings=("lane over capacity: 12 m3 more than 10 m3",)))
    assert "lane over capacity: 12 m3 more than 10 m3" in page
    assert "1 findings" in page or "1 finding" in page


def test_rules_side_by_side_show_when_they_were_compared() -> None:
    assert "No other rule was compared" in PAGE
    table = pd.DataFrame(
        {"policy": ["need", "max_min"], "coverage_weighted": [0.64, 0.48], "coverage_worst": [0.41, 0.47]}
    )
    tree = html.fromstring(plan_page(replace(PLAN, comparisons=table)))
    cells = [c.text_content() for c in tree.xpath("//section[@id='fairness']//table[caption]//tbody//tr[2]/*")]
    assert cells == ["worst served first (max-min)", "48.0%", "47.0%"]


def test_a_plan_that_sends_nothing_still_makes_a_page() -> None:
    plan = synthetic_plan()
    allocation = plan.allocation
    coverage = allocation.coverage.assign(received=0.0, served=0.0, unmet=allocation.coverage["need"], stock_end=0.0)
    left = allocation.supply_left.assign(sent=0, left=allocation.supply_left["quantity"])
    nothing = replace(allocation, dispatches=allocation.dispatches.iloc[:0], coverage=coverage, supply_left=left)
    page = plan_page(replace(plan, allocation=nothing, explanations=plan.explanations.iloc[:0], notes=()))
    assert "Nothing is sent." in page
    assert "get nothing of what is on offer" in page


def test_the_size_of_a_world_plan_stays_under_a_megabyte_and_a_half(tmp_path: object) -> None:
    page = plan_page(synthetic_plan(places=195, items=24, weeks=12))
    assert len(page.encode()) <= 1_500_000


def test_the_text_escapes_marks_and_holds_the_checks() -> None:
    text = plan_markdown(Digest.of(PLAN))
    assert text.startswith("# What to send where, as known on 25 March 2020")
    assert "| sent + left = supply | 5 of 5 passed |" in text
    assert "## What this is not" in text


def test_all_files_are_written_and_their_paths_returned(tmp_path: pytest.TempPathFactory) -> None:
    paths = write_report(PLAN, tmp_path / "new")  # type: ignore[operator]
    assert [p.name for p in paths] == ["plan.html", "plan.xlsx", "plan.md"]
    assert all(p.stat().st_size > 1000 for p in paths)
