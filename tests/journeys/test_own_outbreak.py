"""An analyst follows an outbreak of cholera from pasted counts, as docs/guides/outbreaks.md tells it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from desk import fill, press, wait_for
from walking import Walk

WAYS = {"wide, English": (1366, "en", True), "phone, Arabic, no scripts": (390, "ar", False)}
FIRST, DAYS = date(2020, 1, 20), 60
KNOWN_ON = FIRST + timedelta(days=DAYS)


@pytest.fixture(params=list(WAYS))
def walk(request: pytest.FixtureRequest, browser: Any, server: str) -> Any:
    width, language, scripts = WAYS[request.param]
    made = Walk(browser, server, width, language, scripts)
    yield made
    made._switch(True)


def pasted(*, last: str) -> str:
    """Counts of Kenya that grow by 9 % a day, and a last row of Haiti."""
    rows = [f"KEN,{FIRST + timedelta(days=n)},{round(20 * 1.09**n)},{round(1.09**n)}" for n in range(DAYS)]
    return "\n".join(["place,date,cases_cumulative,deaths_cumulative", *rows, f"HTI,{KNOWN_ON},{last}"])


def paste(walk: Walk, text: str) -> None:
    """Put many lines into the field at once, as pasting does."""
    walk._switch(True)
    walk.browser.ask(
        "const [field, day] = ['pasted', 'known_on'].map(n => document.getElementsByName(n)[0]);"
        "field.value = arguments[0]; day.value = arguments[1]", text, KNOWN_ON.isoformat(),
    )  # fmt: skip
    walk._switch(walk.scripts)


def test_an_analyst_follows_cholera_from_pasted_counts_to_the_page_of_a_place(walk: Walk, tmp_path: Any) -> None:
    code = f"CHOLERA-{walk.width}"
    walk.as_("anders")
    walk.open("/situation/outbreaks/add")
    walk.choose("disease", "cholera")
    walk.choose("counts", "reported")
    walk.send(code=code, name=f"Cholera {walk.width}")
    outbreak = walk.path
    assert outbreak == f"/situation/outbreaks/o/{code}", walk.text
    walk.open("/situation/outbreaks")
    assert walk.shows(code)

    walk.open(f"{outbreak}/counts")
    paste(walk, pasted(last="many,0"))
    walk.send(source="Ministry bulletin 7")
    assert walk.shows("many"), walk.text
    assert not walk.browser.driver.find_elements("css selector", "form[action$='/confirm']")
    paste(walk, pasted(last="40,"))
    fill(walk.browser, source="Ministry bulletin 7")
    press(walk.browser, "main form button.main")
    assert walk.browser.driver.find_elements("css selector", "form[action$='/confirm']"), walk.text
    assert walk.browser.ask("return document.documentElement.scrollWidth <= window.innerWidth")
    press(walk.browser, "main form button.main")
    assert walk.path == outbreak, walk.text
    assert walk.shows("Ministry bulletin 7")

    press(walk.browser, "main form[action$='/snapshot'] button")

    def made() -> bool:
        walk.open(outbreak)
        return bool(walk.browser.driver.find_elements("css selector", "dl.facts a[href*='outbreak=']"))

    wait_for(walk.browser, made, seconds=90)
    walk.open(walk.browser.driver.find_element("css selector", "dl.facts a[href*='outbreak=']").get_attribute("href"))
    assert f"outbreak={code}" in walk.path
    places = walk.browser.driver.find_elements("css selector", "main tbody a[href*='/situation/p/']")
    links = {str(link.get_attribute("href")).partition("/p/")[2][:3]: link.get_attribute("href") for link in places}
    assert set(links) == {"KEN", "HTI"}, walk.text
    walk.open(links["KEN"])
    assert f"outbreak={code}" in walk.path
    assert walk.shows(f"{round(20 * 1.09 ** (DAYS - 1)):,}"), walk.text
