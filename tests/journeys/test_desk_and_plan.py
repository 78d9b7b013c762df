"""A shift on the March 2020 example, in a real browser against `yuanshou serve --demo`: the desk, then a plan."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PASSWORD = "exercise-exercise"
START_SECONDS_MAX = 180


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application as a person starts it, on a free port with a folder of its own; the worker runs beside it."""
    pytest.importorskip("django", reason="the operations extra is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("serve")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("YUANSHOU_", "DJANGO_"))},
        "YUANSHOU_DATA_DIR": str(folder), "YUANSHOU_SECOND_FACTOR": "0",
    }  # fmt: skip
    command = [
        sys.executable,
        "-m",
        "yuanshou_cli",
        "serve",
        "--demo",
        "--port",
        str(port),
        "--admin-password",
        PASSWORD,
    ]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _turn in range(START_SECONDS_MAX):
            assert process.poll() is None, "the server stopped while starting"
            try:
                urllib.request.urlopen(f"{address}/health", timeout=2)
                break
            except OSError:
                time.sleep(1)
        else:
            pytest.fail("the server did not answer")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def sign_in(browser: Any, server: str, name: str) -> None:
    browser.driver.get(f"{server}/")
    browser.driver.delete_all_cookies()
    browser.open(f"{server}/account/login/")
    fill(browser, login=f"{name}@example.org", password=PASSWORD)
    press(browser, "main form button")


def fill(browser: Any, **values: str) -> None:
    for name, value in values.items():
        field = browser.driver.find_element("name", name)
        field.clear()
        field.send_keys(value)


def press(browser: Any, selector: str) -> None:
    """Press a button with the keyboard and wait until the page it leads to is there."""
    button = browser.driver.find_element("css selector", selector)
    browser.driver.execute_script("arguments[0].focus(); window.left = true", button)
    button.send_keys("\ue007")
    wait_for(browser, lambda: browser.ask("return window.left !== true && document.readyState === 'complete'"))


def wait_for(browser: Any, done: Any, *, seconds: float = 20) -> None:
    from selenium.common.exceptions import WebDriverException

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if done():
                return
        except WebDriverException:  # the page is between two documents
            pass
        time.sleep(0.1)
    pytest.fail(f"waited {seconds} s on {browser.driver.current_url}")


def text(browser: Any) -> str:
    return str(browser.ask("return document.querySelector('main').innerText"))


def keys(browser: Any, *pressed: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    for key in pressed:
        ActionChains(browser.driver).send_keys(key).perform()


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
