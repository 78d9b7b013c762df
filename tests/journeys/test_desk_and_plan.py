"""A shift on the March 2020 example, in a real browser against `yuanshou serve --demo`: the desk, then a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from desk import fill, keys, press, sign_in, text, wait_for


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_an_officer_answers_the_six_questions_on_the_first_page(
    browser: Any, server: str, tmp_path: Path, width: int, height: int
) -> None:
    sign_in(browser, server, "amina")
    browser.open(f"{server}/", width=width, height=height)
    assert browser.console_errors() == []
    for question in range(1, 7):
        links = browser.ask(f"return document.querySelectorAll('section[aria-labelledby=q{question}] a').length")
        assert links >= 1, f"question {question} has no linked fact"
    found = text(browser)
    assert "Mar 25, 2020" in found
    assert "S-2020-000001" in found
    assert "R-2020-000002" in found
    assert "C-2020-000001" in found
    assert browser.ask("return document.documentElement.scrollWidth <= window.innerWidth")
    assert all(address.startswith((server, "data:", "about:")) for address in browser.requests())


def test_the_keys_find_a_number_and_open_the_log(browser: Any, server: str) -> None:
    sign_in(browser, server, "amina")
    browser.open(f"{server}/")
    keys(browser, "/")
    keys(browser, "S-2020-000001\ue007")
    wait_for(browser, lambda: browser.driver.current_url.endswith("/shipments/s/S-2020-000001"))
    keys(browser, "n")
    wait_for(browser, lambda: browser.driver.current_url.endswith("/desk/log/add"))
    fill(browser, text="The store in Rome called", about="S-2020-000001")
    press(browser, "main form button.main")
    assert "The store in Rome called" in text(browser)


def test_a_plan_goes_from_choice_to_waiting_shipments_by_two_people(browser: Any, server: str) -> None:
    sign_in(browser, server, "anders")
    browser.open(f"{server}/plans/add")
    fill(browser, title="Africa this week")
    browser.driver.find_element("css selector", "#id_scope option[value=Africa]").click()
    press(browser, "main form button.main")
    wait_for(browser, lambda: "ready to look at" in text(browser), seconds=90)
    address = browser.driver.current_url
    assert "this plan" in text(browser)
    browser.open(f"{address}/submit")
    browser.driver.find_element("name", "leave_out").click()
    press(browser, "main form button.main")
    assert "waits for approval" in text(browser)
    sign_in(browser, server, "aisha")
    browser.open(f"{address}/decide")
    browser.driver.find_element("css selector", "input[value=approve]").click()
    press(browser, "main form button.main")
    wait_for(browser, lambda: "approved, goods reserved" in text(browser), seconds=90)
    shipment = browser.driver.find_element("css selector", "main ul a[href^='/shipments/s/']")
    browser.open(str(shipment.get_attribute("href")))
    assert "draft" in text(browser)


def test_the_desk_and_a_place_read_from_right_to_left(browser: Any, server: str) -> None:
    sign_in(browser, server, "amina")
    browser.open(f"{server}/")
    browser.driver.find_element("css selector", "#language option[value=ar]").click()
    press(browser, "form.language button")
    for page in ("/", "/situation/p/KEN", "/plans/p/P-2020-000001"):
        browser.open(f"{server}{page}", width=390, height=844)
        assert browser.ask("return document.documentElement.dir") == "rtl"
        assert browser.ask("return document.documentElement.scrollWidth <= window.innerWidth"), page
    number = browser.ask("return getComputedStyle(document.querySelector('h1 bdi')).direction")
    assert number == "ltr"
