"""A person who walks through the rooms: who signs in, how wide the screen is, which language, with or without scripts.

Which workflow is walked where; an empty cell is not walked as a whole, though every page passes axe and 390 px in English
and Arabic (`test_every_page.py`). Buttons are pressed by keyboard everywhere.

| workflow | wide | 390 px | Arabic | without scripts | module |
|---|---|---|---|---|---|
| 1 shift start | yes | yes | layout | | `test_desk_and_plan.py`, `test_shift_start.py` |
| 2 a country asks | yes | yes | yes | yes | `test_rooms.py` |
| 3 a donor's spreadsheet | French | yes | yes | yes | `test_sheet_of_a_donor.py` |
| 4 planning | yes | | layout | | `test_desk_and_plan.py` |
| 5 shipment | yes | receiver | papers | | `test_shipment_and_recall.py` |
| 6 recall | yes | | | | `test_shipment_and_recall.py` |
| 7 expert team | yes | yes | yes | yes | `test_rooms.py` |
| 8 a leaders' call | yes | yes | yes | yes | `test_rooms.py` |
| 9 guidance | yes | yes | yes | yes | `test_rooms.py` |
| 10 public bulletin | yes | yes | yes | yes | `test_rooms.py` |
| 11 evidence | yes | yes | yes | | `test_evidence_of_a_page.py` |
| an outbreak of one's own | yes | yes | yes | yes | `test_own_outbreak.py` |
"""

from __future__ import annotations

import urllib.request
from typing import Any

from desk import fill, press, sign_in, text
from selenium.webdriver.support.ui import Select


class Walk:
    """A person in the browser: who signs in, how wide the screen is, which language, with or without scripts."""

    def __init__(self, browser: Any, server: str, width: int, language: str, scripts: bool) -> None:
        self.browser, self.server, self.width, self.language, self.scripts = browser, server, width, language, scripts

    def as_(self, name: str) -> None:
        self._switch(True)
        if name:
            sign_in(self.browser, self.server, name)
        else:
            self.browser.driver.delete_all_cookies()
            self.browser.open(f"{self.server}/health")
        self.browser.driver.add_cookie({"name": "django_language", "value": self.language})
        self._switch(self.scripts)

    def _switch(self, on: bool) -> None:
        self.browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not on})

    def open(self, path: str) -> None:
        self.browser.open(path if path.startswith("http") else f"{self.server}{path}", width=self.width, height=800)
        assert self.browser.ask("return document.documentElement.lang") == self.language
        assert self.browser.ask("return document.documentElement.scrollWidth <= window.innerWidth"), path

    def send(self, **values: str) -> None:
        """Fill the form of the page and press its main button with the keyboard."""
        fill(self.browser, **values)
        press(self.browser, "main form button.main")

    def choose(self, name: str, value: str) -> None:
        Select(self.browser.driver.find_element("name", name)).select_by_value(value)

    def first(self, name: str) -> None:
        """Choose the first real option of a list."""
        field = Select(self.browser.driver.find_element("name", name))
        field.select_by_value(next(v for o in field.options if (v := o.get_attribute("value"))))

    def press(self, path: str) -> None:
        """Press the button of the form that posts to an address ending so."""
        press(self.browser, f"main form[action$='{path}'] button")

    def tick_all(self) -> None:
        """Tick every box of the page's main form, as somebody does who has read the questions."""
        for box in self.browser.driver.find_elements("css selector", "main form.sheet input[type=checkbox]"):
            box.send_keys(" ")

    def download(self, selector: str) -> bytes:
        """What the link gives, fetched as the person who is signed in."""
        address = self.browser.driver.find_element("css selector", selector).get_attribute("href")
        cookies = "; ".join(f"{c['name']}={c['value']}" for c in self.browser.driver.get_cookies())
        request = urllib.request.Request(address, headers={"Cookie": cookies})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return bytes(answer.read())

    @property
    def path(self) -> str:
        return str(self.browser.driver.current_url).removeprefix(self.server)

    @property
    def text(self) -> str:
        return text(self.browser)

    def shows(self, words: str) -> bool:
        return words in self.text
