"""Facts from sentences: kinds beside gifts, dates, numbers, silence where there is nothing, duplicates."""

from __future__ import annotations

import calendar
import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from yuanshou.errors import InputError
from yuanshou.sources.page import Fact, merge_facts, read_page
from yuanshou.sources.pages.dates import find_weekdays
from yuanshou_cli.__main__ import cli

DAY = date(2020, 3, 25)


def facts(text: str) -> list[Fact]:
    return list(read_page(text, report_date=DAY).facts)


@pytest.mark.parametrize(
    ("text", "place", "item", "quantity"),
    [
        ("截至昨天，德国累计确诊病例超过3万例。", "DEU", "cumulative_cases", 30_000),
        ("意大利新增确诊病例5249例，新增死亡743例。", "ITA", "new_cases", 5249),
        ("意大利新增确诊病例5249例，新增死亡743例。", "ITA", "new_deaths", 743),
        ("西班牙约5400名医护人员感染新冠病毒。", "ESP", "health_worker_cases", 5400),
        ("Germany reported 4,118 new cases on Wednesday.", "DEU", "new_cases", 4118),
        ("More than 300,000 confirmed cases have been reported worldwide.", "WORLD", "cumulative_cases", 300_000),
        ("About 5,400 health workers in Spain have been infected.", "ESP", "health_worker_cases", 5400),
        ("The death toll in Iran rose to 2,077.", "IRN", "cumulative_deaths", 2077),
    ],
)
def test_counts_are_read(text: str, place: str, item: str, quantity: int) -> None:
    assert (place, item, quantity) in {(one.place, one.item, one.quantity) for one in facts(text)}


@pytest.mark.parametrize(
    ("text", "kind", "place", "item"),
    [
        ("新西兰进入国家紧急状态。", "measure", "NZL", "state_of_emergency"),
        ("New Zealand declared a national state of emergency.", "measure", "NZL", "state_of_emergency"),
        ("Poland closed its borders.", "measure", "POL", "border_closure"),
        ("习近平主席同法国总统马克龙通电话。", "engagement", "FRA", "call"),
        ("Japan will attend the extraordinary G20 summit on 26 March.", "engagement", "JPN", "summit"),
        ("中国与世界各国分享最新诊疗方案。", "guidance", "WORLD", "treatment_guidance"),
    ],
)
def test_measures_engagements_and_guidance_are_read(text: str, kind: str, place: str, item: str) -> None:
    assert (kind, place, item) in {(one.kind, one.place, one.item) for one in facts(text)}


def test_a_change_of_a_risk_list_keeps_both_sides() -> None:
    found = {
        one.item: (one.place, one.receiver, one.quantity)
        for one in facts("捷克将中韩从疫情高危国家名单中删除 新增美加等6国")
    }
    assert found == {"removed": ("CZE", "CHN|KOR", 2), "added": ("CZE", "USA|CAN", 6)}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("明天，法国向意大利运送100只口罩。", date(2020, 3, 26)),
        ("3月22日，法国向意大利运送100只口罩。", date(2020, 3, 22)),
        ("2020年2月1日，法国向意大利运送100只口罩。", date(2020, 2, 1)),
        ("France sent 100 masks to Italy yesterday.", date(2020, 3, 24)),
        ("On 22 March, France sent 100 masks to Italy.", date(2020, 3, 22)),
        ("France sent 100 masks to Italy.", DAY),
    ],
)
def test_dates_are_resolved_from_the_day_of_the_report(text: str, day: date) -> None:
    assert [one.date for one in facts(text)] == [day]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("法国周一向意大利运送100只口罩。", date(2020, 3, 23)),
        ("法国星期天向意大利运送100只口罩。", date(2020, 3, 22)),
        ("法国上周三向意大利运送100只口罩。", date(2020, 3, 18)),
        ("法国将于周五向意大利运送100只口罩。", date(2020, 3, 27)),
        ("法国下周一将向意大利运送100只口罩。", date(2020, 3, 30)),
        ("3月18日（周三），法国向意大利运送100只口罩。", date(2020, 3, 18)),
        ("On Monday, France sent 100 masks to Italy.", date(2020, 3, 23)),
        ("France sent 100 masks to Italy on Wednesday.", DAY),
        ("France sent 100 masks to Italy last Wednesday.", date(2020, 3, 18)),
        ("France will send 100 masks to Italy on Thursday.", date(2020, 3, 26)),
        ("France will send 100 masks to Italy next Tuesday.", date(2020, 3, 31)),
    ],
)
def test_a_day_of_the_week_is_counted_from_the_day_of_the_report(text: str, day: date) -> None:
    assert [one.date for one in facts(text)] == [day]


@pytest.mark.parametrize(
    "text",
    [
        "每周一",
        "一周三次",
        "两周一次",
        "周一至周五",
        "周一、周三、周五",
        "四周一片",
        "every Monday",
        "on Mondays",
        "Monday to Friday",
    ],
)
def test_habits_counts_and_spans_of_weekdays_are_no_dates(text: str) -> None:
    assert list(find_weekdays(text, report_date=DAY)) == []


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 6))
def test_a_weekday_lands_on_that_weekday_within_a_week_of_the_report(report: date, number: int) -> None:
    name, sign = list(calendar.day_name)[number], "一二三四五六日"[number]
    for words in (name, f"last {name}", f"will {name}", f"周{sign}", f"将于周{sign}"):
        (found,) = find_weekdays(words, report_date=report)
        assert found.date.weekday() == number
        assert abs((found.date - report).days) <= 7
        assert found.date >= report if "will" in words or "将" in words else found.date <= report


def test_every_item_of_a_sentence_is_a_fact_of_its_own() -> None:
    found = facts("Pakistan donated 300,000 masks, 800 protective suits and 6,800 pairs of gloves to China.")
    assert [(one.item, one.quantity, one.unit) for one in found] == [
        ("mask_unspecified", 300_000, "each"), ("coverall", 800, "each"), ("gloves", 6800, "pair"),
    ]  # fmt: skip


def test_a_quote_is_the_text_at_its_place() -> None:
    page = read_page(
        "标题一行\n更新时间：2020-03-25 08:00\n環(huán)境变化,法國向意大利捐贈(zèng)100萬只口罩。", report_date=DAY
    )
    assert page.facts
    assert all(page.text[one.start : one.end] == one.quote for one in page.facts)


def test_one_fact_on_two_pages_has_two_sources() -> None:
    first, second = (
        facts(text) for text in ("埃及向意大利捐赠100万只口罩。", "Egypt donated 1 million masks to Italy.")
    )
    merged = merge_facts({"a": first, "b": second})
    assert [[source.name for source in one.sources] for one in merged] == [["a", "b"]]


def test_contradicting_figures_stay_side_by_side() -> None:
    pages = {"a": facts("埃及向意大利捐赠100万只口罩。"), "b": facts("Egypt donated 1.5 million masks to Italy.")}
    merged = merge_facts(pages)
    assert [(one.fact.quantity, one.contradicts) for one in merged] == [(1_000_000, (1,)), (1_500_000, (0,))]


def test_a_user_extends_names_items_and_rules_with_files(tmp_path: Path) -> None:
    (tmp_path / "actors.yaml").write_text("TZUCHI: [慈济基金会, Tzu Chi Foundation]\n", encoding="utf-8")
    (tmp_path / "items.yaml").write_text(
        "oxygen_plant: {unit: each, names: [制氧站, oxygen plants]}\n", encoding="utf-8"
    )
    found = read_page("Tzu Chi Foundation sent 3 oxygen plants to Peru.", report_date=DAY, lexicons=tmp_path).facts
    assert [(one.giver, one.receiver, one.item, one.quantity) for one in found] == [
        ("TZUCHI", "PER", "oxygen_plant", 3)
    ]


def test_a_broken_lexicon_is_refused_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "items.yaml").write_text("- not a mapping\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"items\.yaml"):
        read_page("text", lexicons=tmp_path)


def test_the_command_prints_json_with_the_named_fields(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes("法国向意大利捐赠100万只口罩。".encode("gb18030"))
    result = CliRunner().invoke(cli, ["intake", str(path), "--json"])
    assert result.exit_code == 0
    page = json.loads(result.stdout)
    assert set(page) >= {
        "title",
        "original_title",
        "updated_at",
        "editor",
        "credits",
        "body",
        "headlines",
        "related",
        "hot",
        "repairs",
        "facts",
    }
    fields = (
        "kind",
        "place",
        "giver",
        "receiver",
        "item",
        "quantity",
        "unit",
        "status",
        "date",
        "quote",
        "start",
        "end",
        "confidence",
        "rule",
    )
    assert set(page["facts"][0]) >= set(fields)


def test_the_command_reads_standard_input_and_lists_repairs() -> None:
    result = CliRunner().invoke(cli, ["intake", "-", "--show-repairs"], input="號(hào)碼,口罩100隻")
    assert result.exit_code == 0
    assert "pinyin" in result.stdout
    assert "No facts proposed" in result.stdout
