"""What a journey does with the keyboard: sign in, fill fields, press buttons, wait, read."""

from __future__ import annotations

import time
from typing import Any

import pytest

PASSWORD = "exercise-exercise"


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
