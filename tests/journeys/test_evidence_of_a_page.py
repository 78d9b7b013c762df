"""An officer takes a page in, decides on its facts beside its words, and a confirmed fact becomes a row with its quote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import fill, press
from walking import Walk

NEWS = Path(__file__).parents[3] / "shared" / "data" / "pages" / "2020-03-25-helping-hand.txt"
WAYS = {"wide, English": (1366, "en", "KEN", "Kenya"), "phone, Arabic": (390, "ar", "UGA", "Uganda")}


@pytest.fixture(params=list(WAYS))
def walk(request: pytest.FixtureRequest, browser: Any, server: str) -> Iterator[Walk]:
    width, language, _code, _name = WAYS[request.param]
    walk = Walk(browser, server, width, language, True)
    walk.place, walk.name = WAYS[request.param][2:]  # type: ignore[attr-defined]
    yield walk
    walk._switch(True)


def paste(walk: Walk, words: str) -> None:
    walk.as_("amina")
    walk.open("/evidence/add")
    field = walk.browser.driver.find_element("name", "text")
    walk.browser.ask("arguments[0].value = arguments[1]", field, words)
    press(walk.browser, "main form button.main")
    assert walk.path.startswith("/evidence/s/"), walk.text


def decide(walk: Walk, words: str) -> None:
    """Open the proposal whose quoted words hold these."""
    path = f"//ol[contains(@class, 'proposals')]/li[contains(., {words!r})]//a[contains(@href, '/evidence/p/')]"
    walk.open(walk.browser.driver.find_element("xpath", path).get_attribute("href"))


def test_facts_are_confirmed_corrected_and_rejected_and_one_is_recorded_with_its_quote(walk: Walk) -> None:
    name = walk.name  # type: ignore[attr-defined]
    said = f"On 24 March 2020, {name} declared a state of emergency."
    words = (
        f"Aid notes {walk.width}\n{said}\nOn 23 March 2020, Egypt donated 1 million masks to Italy, "
        f"notes {walk.width}.\nOn 22 March 2020, Czechia donated 10,{walk.width} masks to Spain.\n"
    )
    paste(walk, words)
    source = walk.path
    beside = walk.browser.driver.find_elements("css selector", ".beside section")
    assert len(beside) == 2
    assert "Egypt donated" in beside[0].text
    assert len(walk.browser.driver.find_elements("css selector", "ol.proposals > li")) >= 3, walk.text

    decide(walk, "Egypt donated")
    fill(walk.browser, quantity="1500000", note="the ministry says 1.5 million")
    press(walk.browser, "main form.sheet button.main")
    walk.open(source)
    decide(walk, "Czechia donated")
    press(walk.browser, "main a.danger")
    fill(walk.browser, reason="the page was withdrawn")
    press(walk.browser, "main form button.main")
    walk.open(source)
    decide(walk, "state of emergency")
    proposal = walk.path
    assert said in walk.browser.driver.find_element("css selector", "blockquote").text
    press(walk.browser, "main form.sheet button.main")

    walk.open(proposal)
    press(walk.browser, "main dl.facts a[href^='/evidence/f/']")
    fact = walk.path
    assert "state of emergency" in walk.browser.driver.find_element("css selector", "blockquote").text
    press(walk.browser, "main p.actions a.main")
    assert walk.path.startswith("/situation/"), walk.text
    assert walk.browser.driver.find_element("name", "place").get_attribute("value") == walk.place  # type: ignore[attr-defined]
    press(walk.browser, "main form button.main")
    walk.open(f"/situation/p/{walk.place}")  # type: ignore[attr-defined]
    assert walk.browser.driver.find_elements("css selector", f"main a[href='{fact}']")
    walk.open(source)
    left = walk.browser.driver.find_elements("css selector", "ol.proposals a.button.main")
    assert left == []


@pytest.mark.skipif(not NEWS.exists(), reason="the news page of 25 March 2020 is not beside the repository")
def test_the_damaged_news_page_is_repaired_and_its_facts_stand_beside_its_words(walk: Walk) -> None:
    paste(walk, NEWS.read_text(encoding="utf-8"))
    left, right = walk.browser.driver.find_elements("css selector", ".beside section")
    assert "环球同此凉热" in walk.text
    assert "&#" not in left.text
    assert "�" not in walk.browser.driver.find_element("css selector", "h1").text
    assert len(right.find_elements("css selector", "ol.proposals > li")) >= 10
    assert walk.browser.ask("return document.documentElement.scrollWidth <= window.innerWidth")
    press(walk.browser, "main a[href$='/repairs']")
    assert "環" in walk.browser.driver.find_element("css selector", "pre").text
