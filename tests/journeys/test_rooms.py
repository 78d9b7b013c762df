"""The other rooms in a browser: a request, a team, a call and its promise, guidance, the bulletin.

Each is walked twice: on a wide screen in English, and on a phone in Arabic with scripts switched off.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from desk import press
from walking import Walk

WAYS = {"wide, English": (1366, "en", True), "phone, Arabic, no scripts": (390, "ar", False)}


@pytest.fixture(params=list(WAYS))
def walk(request: pytest.FixtureRequest, browser: Any, server: str) -> Any:
    width, language, scripts = WAYS[request.param]
    made = Walk(browser, server, width, language, scripts)
    yield made
    made._switch(True)


@pytest.fixture
def mark(walk: Walk) -> Callable[[str], str]:
    """Words that are different on each way, so that the two walks do not meet."""
    return lambda words: f"{words} {walk.width}"


def test_a_country_asks_and_the_officer_answers(walk: Walk, mark: Any) -> None:
    walk.as_("bilal")
    walk.open("/requests/add?place=KEN")
    walk.first("organisation")
    walk.first("consignee")
    walk.send(note=mark("Stock is nearly out."))
    number = walk.path
    assert number.startswith("/requests/r/"), walk.text
    walk.open(f"{number}/submit")
    for box in walk.browser.driver.find_elements("css selector", "main form input[type=checkbox]"):
        box.send_keys(" ")
    walk.send(duplicate_reason="For another hospital")
    walk.as_("amina")
    walk.open(f"{number}/answer")
    walk.browser.driver.find_element("css selector", "input[name=step][value=accept]").send_keys(" ")
    press(walk.browser, "main form button.main")
    assert walk.path == number, walk.text
    walk.as_("bilal")
    walk.open(number)
    assert walk.shows(mark("Stock is nearly out."))


def test_a_team_is_asked_for_and_goes(walk: Walk, mark: Any) -> None:
    walk.as_("tomas")
    walk.open("/teams/teams/add")
    walk.first("organisation")
    walk.choose("kind", "experts")
    walk.browser.driver.find_element("css selector", "input[name=languages][value=en]").send_keys(" ")
    walk.send(name=mark("Team"), roles="epidemiologist; 2\ninfection_control; 3")
    team = walk.path
    walk.open("/teams/requests/add")
    walk.first("organisation")
    walk.choose("place", "KEN")
    walk.choose("kind", "experts")
    walk.send(roles="epidemiologist; 2", starts_on="03252020",
              ends_on="04202020", reason=mark("Surveillance"))  # fmt: skip
    request = walk.path
    assert walk.shows(mark("Team")), walk.text
    fits = f"//tr[.//a[contains(@href, '{team}')]]//a[contains(@href, 'propose')]"
    walk.open(walk.browser.driver.find_element("xpath", fits).get_attribute("href"))
    press(walk.browser, "main form button.main")
    if walk.path.endswith("/propose") or "propose" in walk.path:
        walk.browser.driver.find_element("name", "acknowledged").send_keys(" ")
        press(walk.browser, "main form button.main")
    deployment = walk.path
    assert deployment.startswith("/teams/D-"), walk.text
    walk.as_("amina")
    walk.open(f"{deployment}/accept")
    press(walk.browser, "main form button.main")
    walk.as_("tomas")
    walk.open(f"{deployment}/task")
    walk.send(text="Nairobi, national laboratory")
    walk.open(f"{deployment}/arrive")
    press(walk.browser, "main form button.main")
    walk.open(f"{deployment}/report")
    walk.send(text=mark("Sentinel sites visited"), consultations="0", people_trained="12")
    walk.open(deployment)
    assert walk.shows(mark("Sentinel sites visited"))
    walk.open(request)


def test_a_call_is_logged_and_its_promise_followed_to_the_tracker(walk: Walk, mark: Any) -> None:
    walk.as_("anders")
    walk.open("/engagements/add")
    walk.choose("kind", "call")
    walk.first("organisation")
    walk.choose("status", "held")
    walk.choose("classification", "public")
    walk.send(title=mark("Call"), day="03242020",
              hosts="Director; Director; ITA", others="President; President; KEN")  # fmt: skip
    call = walk.path
    assert call.startswith("/engagements/L-"), walk.text
    walk.open(f"{call}/promise")
    walk.send(what=mark("20 ventilators"))
    promise = walk.path
    walk.as_("amina")
    walk.open(call)
    walk.press("/publish")
    walk.open(f"{promise}/confirm")
    walk.send(source="letter of 24 March")
    walk.as_("")
    walk.open("/engagements/tracker?q=20+ventilators")
    assert walk.shows(mark("20 ventilators"))


def test_guidance_is_written_reviewed_and_read_by_anybody(walk: Walk, mark: Any) -> None:
    walk.as_("elena")
    walk.open("/guidance/add")
    walk.first("organisation")
    walk.choose("topic", "testing")
    walk.send(title=mark("Swabs"))
    walk.send(title=mark("Swabs"), body=mark("Keep them cold."), implied="swab_vtm/test; 1.2; 1; 1.5")
    version = walk.path
    assert version.endswith("/1"), walk.text
    walk.press("/submit")
    walk.as_("aisha")
    walk.open(version)
    walk.press("/publish")
    walk.as_("")
    walk.open(f"/guidance/?q={mark('cold').replace(' ', '+')}")
    assert walk.shows(mark("Swabs"))


def test_a_report_is_published_by_two_people_and_commented_by_a_reader(walk: Walk, mark: Any) -> None:
    walk.as_("anders")
    walk.open("/bulletin/desk/write")
    walk.send(title=mark("News"), body=mark("Figures of the day."), topics="news")
    report = walk.path
    assert report.startswith("/bulletin/desk/B-"), walk.text
    walk.open(report)
    walk.press("/submit")
    walk.as_("amina")
    walk.open(report)
    walk.press("/publish")
    walk.as_("")
    public = report.replace("/desk/", "/read/")
    walk.open(public)
    assert walk.shows(mark("Figures of the day."))
    walk.send(name="Reader", text=mark("Thank you for the figures"))
    walk.open(public)
    assert not walk.shows(mark("Thank you for the figures"))
    walk.as_("amina")
    walk.open("/bulletin/desk/comments")
    press(walk.browser, "main form[action$='/show'] button")
    walk.as_("")
    walk.open(public)
    assert walk.shows(mark("Thank you for the figures"))
