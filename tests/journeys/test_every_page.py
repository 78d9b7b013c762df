"""Every page that links lead to: no serious fault of accessibility, nothing wider than a phone, no error, no heavy load.

Pages are found by following links from the first page, one for each kind of address, as a duty officer and as a visitor.
"""

from __future__ import annotations

import gzip
import re
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from desk import sign_in
from django.urls import Resolver404, resolve

axe = pytest.importorskip("axe_core_python", reason="the rules of axe are not installed")
RULES = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
SERIOUS = ("serious", "critical")
PAGES_MAX = 150
FIRST_KB, NEXT_KB = 120, 30
LEFT_OUT = re.compile(
    r"^/(account|static|api|receive|data/)|logout|format=|/download|/paper/|/template/"
    r"|\.(csv|xlsx|pdf|svg|atom|css|json|jsonld|zip)(\?|$)"
)
"""What is no page to look at: files, and what belongs to others."""
RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ['violations']}).then(found => done(found.violations.map(
  v => [v.impact, v.id, v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | ')])));
"""
LENGTHEN = """
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const nodes = [];
while (walker.nextNode()) nodes.push(walker.currentNode);
for (const node of nodes) {
  const words = node.nodeValue.trim();
  if (words.length < 2 || node.parentElement.closest('script,style,svg,bdi,time,textarea,option')) continue;
  node.nodeValue += ' ' + words.slice(0, Math.ceil(words.length * 0.4));
}
return document.documentElement.scrollWidth - window.innerWidth;
"""
"""Every text forty per cent longer, as a translation may be; the answer is by how much the page is too wide."""


def kind_of(path: str) -> str | None:
    """The name of the address in the router; None for what is no page of ours."""
    try:
        found = resolve(urlsplit(path).path)
    except Resolver404:
        return None
    return f"{found.namespace}:{found.url_name}"


def pages(browser: Any, server: str) -> list[str]:
    """One address of each kind, in the order in which links lead to them."""
    waiting, seen, found = ["/"], {"home"}, ["/"]
    while waiting and len(found) < PAGES_MAX:
        browser.open(f"{server}{waiting.pop(0)}")
        links = browser.ask("return [...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")
        for link in links:
            path = urlsplit(link)._replace(fragment="").geturl()
            if not path.startswith("/") or LEFT_OUT.search(path):
                continue
            kind = kind_of(path)
            if kind is not None and kind not in seen:
                seen.add(kind)
                found.append(path)
                waiting.append(path)
    return found


@pytest.fixture(scope="module", params=["amina", "visitor"])
def walked(request: pytest.FixtureRequest, chromium: Any, server: str) -> tuple[str, list[str]]:
    who = request.param
    chromium.driver.delete_all_cookies()
    if who != "visitor":
        sign_in(chromium, server, who)
    found = pages(chromium, server)
    assert len(found) > (50 if who == "amina" else 5), found
    return who, found


def enter(browser: Any, server: str, who: str, language: str = "en") -> None:
    browser.driver.delete_all_cookies()
    if who != "visitor":
        sign_in(browser, server, who)
    browser.open(f"{server}/health")
    browser.driver.add_cookie({"name": "django_language", "value": language})


def test_every_page_passes_axe_and_keeps_its_layout_when_words_are_forty_per_cent_longer(
    chromium: Any, server: str, walked: Any
) -> None:
    who, found = walked
    enter(chromium, server, who)
    faults: dict[str, Any] = {}
    for path in found:
        chromium.open(f"{server}{path}")
        chromium.driver.execute_script(RULES)
        serious = [one for one in chromium.driver.execute_async_script(RUN) if one[0] in SERIOUS]
        excess = chromium.ask(LENGTHEN)
        if serious or excess > 0:
            faults[path] = (serious, excess)
    assert faults == {}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_is_wider_than_a_phone_or_logs_an_error(chromium: Any, server: str, walked: Any, language: str) -> None:
    """At 390 px, as it is and with words that are longer by forty per cent."""
    who, found = walked
    enter(chromium, server, who, language)
    faults = {}
    for path in found:
        chromium.open(f"{server}{path}", width=390, height=844)
        assert chromium.ask("return document.documentElement.lang") == language, path
        wide = chromium.ask("return document.documentElement.scrollWidth - window.innerWidth")
        errors = chromium.console_errors()
        longer = chromium.ask(LENGTHEN)
        if max(wide, longer) > 0 or errors:
            faults[path] = (wide, longer, errors)
    assert faults == {}


def test_the_first_page_and_every_next_one_are_light(chromium: Any, server: str, walked: Any) -> None:
    """Compressed bytes of the page itself, and for the first page of everything it loads."""
    who, found = walked
    enter(chromium, server, who)
    cookies = "; ".join(f"{c['name']}={c['value']}" for c in chromium.driver.get_cookies())
    chromium.open(f"{server}/")
    first = sum(_bytes(address, cookies) for address in chromium.requests() if address.startswith(server))
    assert first <= FIRST_KB * 1000
    heavy = {path: size for path in found if (size := _bytes(f"{server}{path}", cookies)) > NEXT_KB * 1000}
    assert heavy == {}


def _bytes(address: str, cookies: str) -> int:
    request = urllib.request.Request(address, headers={"Cookie": cookies, "Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        body = answer.read()
        compressed = answer.headers.get("Content-Encoding") == "gzip"
    assert not compressed or gzip.decompress(body)
    return len(body)
