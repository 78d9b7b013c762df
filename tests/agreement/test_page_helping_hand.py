"""The news page of 25 March 2020 as a mirror served it: everything that stands in it must come out."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import opencc
import pytest

from yuanshou.sources.page import Page, read_page_file
from yuanshou.sources.pages.script import simplify


@pytest.fixture(scope="module")
def page(shared_dir: Path) -> Page:
    return read_page_file(shared_dir / "data" / "pages" / "2020-03-25-helping-hand.txt")


def test_title_times_and_people_are_found(page: Page) -> None:
    assert page.title == page.original_title == "环球同此凉热——中国援手"
    assert page.updated_at == datetime(2020, 3, 25, 19, 45, 19)  # noqa: DTZ001 (the page names no zone)
    assert page.editor == "陈洁"
    assert [one.role for one in page.credits] == ["总监制", "监制", "制片人", "导演", "视觉", "统筹", "素材支持"]
    assert page.credits[-1].names == ("吴晓振", "张凯", "杨山")


def test_the_article_is_whole_and_has_no_unknown_character(page: Page) -> None:
    article = "\n".join(span.text for span in page.body)
    assert len(page.body) == 6
    assert "\ufffd" not in article
    assert "?" not in article
    assert not any(one in article for one in "(),:;!")
    assert page.body[0].text.startswith("目前，全球新冠肺炎确诊病例已经超过30万例，病例的增长速度在不断加快。")
    assert page.body[5].text == "明天（3月26日），国家主席习近平还将在北京出席二十国集团领导人应对新冠肺炎特别峰会。"


def test_the_lists_are_kept_apart(page: Page) -> None:
    assert len(page.headlines) == 20
    assert all(one.published_at and one.published_at.date() == date(2020, 3, 25) for one in page.headlines)
    assert page.headlines[16].span.text == "累计确诊712例，“钻石公主”号停靠日本横滨51天后离港"
    assert page.headlines[16].topic == "新冠肺炎抗疫战"
    assert [one.comments for one in page.related] == [43, 18, 197, 269, 220]
    assert len(page.hot) == 16


def test_bytes_that_are_lost_stay_unknown(page: Page) -> None:
    assert [span.text for span in page.hot if "\ufffd" in span.text] == [
        "菲总统姐姐质问：菲律宾什么时候成了海牙的一个\ufffd\ufffd"
    ]


EXPECTED = [
    ("case_report", "WORLD", None, None, "cumulative_cases", 300_000, None, date(2020, 3, 25)),
    *[("engagement", code, "CHN", code, "call", 1, None, date(2020, 3, 23)) for code in ("FRA", "GBR", "EGY")],
    *[("engagement", code, "CHN", code, "call", 1, None, date(2020, 3, 24)) for code in ("BRA", "KAZ", "POL")],
    ("engagement", "CHN", None, None, "call", 25, None, date(2020, 3, 24)),
    ("engagement", "CHN", None, None, "summit", 1, None, date(2020, 3, 26)),
    *[
        ("gift", None, "CHN", "80 countries|WHO|AU", item, None, "announced", date(2020, 3, 25))
        for item in ("test_unspecified", "mask_unspecified", "coverall")
    ],
    *[
        ("deployment", code, "CHN", code, "medical_team", None, "sent", date(2020, 3, 25))
        for code in ("IRN", "IRQ", "ITA")
    ],
    ("guidance", "WORLD", "CHN", "WORLD", "treatment_guidance", None, None, date(2020, 3, 25)),
    ("request", "USA", "KOR", "USA", "test_unspecified", None, "requested", date(2020, 3, 25)),
    ("purchase", "US-CA", "马斯克", "US-CA", "ventilator", 1255, "bought", date(2020, 3, 25)),
    ("risk_list", "CZE", None, "CHN|KOR", "removed", 2, "removed", date(2020, 3, 25)),
    ("risk_list", "CZE", None, "USA|CAN", "added", 6, "added", date(2020, 3, 25)),
    ("measure", "NZL", None, None, "state_of_emergency", None, None, date(2020, 3, 25)),
    ("case_report", "DEU", None, None, "new_cases", 4118, None, date(2020, 3, 25)),
    ("case_report", "DEU", None, None, "cumulative_cases", 30_000, None, date(2020, 3, 25)),
    ("imported_cases", "CHN", None, None, "imported_cases", 23, None, date(2020, 3, 25)),
    ("case_report", "ESP", None, None, "health_worker_cases", 5400, None, date(2020, 3, 25)),
    ("case_report", "SHIP-DIAMOND-PRINCESS", None, None, "cumulative_cases", 712, None, date(2020, 3, 25)),
]


def test_the_page_proposes_exactly_these_facts(page: Page) -> None:
    found = [
        (one.kind, one.place, one.giver, one.receiver, one.item, one.quantity, one.status, one.date)
        for one in page.facts
    ]
    assert sorted(map(str, found)) == sorted(map(str, EXPECTED))


def test_periods_origins_and_qualifiers_are_kept(page: Page) -> None:
    details = {one.rule: dict(one.details) for one in page.facts}
    assert details["zh.calls_in_period"] == {
        "period_start": "2020-01-22",
        "period_end": "2020-03-24",
        "counterparts": 22,
    }
    assert details["zh.imported_cases_provinces"] == {"provinces": 23, "origins": 34, "main_origin": "GBR"}
    assert details["zh.aid.buyer_for"] == {"origin": "CHN"}
    assert details["zh.cumulative_total"] == {"qualifier": "more_than"}


def test_every_repair_can_be_taken_back(page: Page, shared_dir: Path) -> None:
    path = shared_dir / "data" / "pages" / "2020-03-25-helping-hand.txt"
    assert page.original() == path.read_text(encoding="utf-8")


def test_the_script_table_agrees_with_opencc(page: Page) -> None:
    original = page.original()
    assert simplify(original) == opencc.OpenCC("t2s").convert(original)
