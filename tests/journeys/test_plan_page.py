"""The plan's page as people meet it: in a browser, on a laptop and on a phone, without a network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from plan_factory import synthetic_plan

from yuanshou.report import write_report

pytestmark = pytest.mark.browser

SIZES = [(1366, 768), (390, 844)]

OVERLAPPING = """
const parts = [...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility && e.checkVisibility());
const boxes = parts.map(e => [e, e.getBoundingClientRect()]).filter(p => p[1].width > 1 && p[1].height > 1);
const bad = [];
for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
  const [a, r] = boxes[i], [b, s] = boxes[j];
  if (a.contains(b) || b.contains(a)) continue;
  const w = Math.min(r.right, s.right) - Math.max(r.left, s.left);
  const h = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top);
  if (w > 1.5 && h > 1.5) bad.push(a.textContent.trim().slice(0, 40) + " / " + b.textContent.trim().slice(0, 40));
}
return bad;
"""

CUT_OFF = """
return [...document.querySelectorAll("h1,h2,h3,p,li,dd,summary,.figures b,.chip")].filter(e =>
  e.checkVisibility && e.checkVisibility() && !e.closest("nav") && !e.closest(".box")
  && (e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
).map(e => e.textContent.trim().slice(0, 60));
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plan")
    write_report(synthetic_plan(places=60, items=24, weeks=12), folder)
    return folder / "plan.html"


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_page_never_scrolls_sideways(browser: Any, page: Path, width: int, height: int) -> None:
    browser.open(page.as_uri(), width=width, height=height)
    assert browser.ask("return [document.documentElement.scrollWidth, innerWidth]") == [width, width]
    assert browser.ask(CUT_OFF) == []


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(
    "parts",
    [
        ".masthead .eyebrow, h1, .lead, .meta > div, .figures li, .short li, h2, section > p, .legend, figure, details",
        ".figures b, .figures span, .figures small",
        "#worst h3, #worst .chip, #worst .facts, #worst .why li",
        "#map .hubname",
        "#forecast figcaption, #forecast svg, #forecast summary",
        "#forecast figure:first-of-type text",
        "#supply th, #supply td",
        "#need thead th, #need tbody tr:nth-child(-n+4) > *",
        "#heat thead th, #heat tbody tr:nth-child(-n+2) > td.c",
        ".legend li",
    ],
)
def test_no_text_covers_another(browser: Any, page: Path, width: int, height: int, parts: str) -> None:
    browser.open(page.as_uri(), width=width, height=height)
    assert browser.ask("return document.querySelectorAll(arguments[0]).length", parts) > 1
    assert browser.ask(OVERLAPPING, parts) == []


def test_the_page_asks_no_host_for_anything_and_reports_no_error(browser: Any, page: Path) -> None:
    browser.open(page.as_uri())
    browser.ask("window.dispatchEvent(new Event('beforeprint'))")
    assert [u for u in browser.requests() if not u.startswith(("file:", "data:"))] == []
    assert browser.ask("return performance.getEntriesByType('resource').map(e => e.name)") == []
    assert browser.console_errors() == []


def test_the_policy_of_the_page_stops_a_script_from_elsewhere(browser: Any, page: Path, tmp_path: Path) -> None:
    tampered = tmp_path / "tampered.html"
    hostile = "<script>document.title = 'taken'</script><img src='https://example.org/x.png'></body>"
    tampered.write_text(page.read_text(encoding="utf-8").replace("</body>", hostile), encoding="utf-8")
    browser.open(tampered.as_uri())
    assert browser.ask("return document.title").startswith("What to send where")
    assert any("Content Security Policy" in message for message in browser.console_errors())


def test_a_place_is_found_by_typing_its_name(browser: Any, page: Path) -> None:
    browser.open(page.as_uri())
    shown = "return [...document.querySelectorAll('#heat tbody tr')].filter(r => !r.hidden).length"
    everything = browser.ask(shown)
    name = browser.ask("return document.querySelector('#heat tbody tr:nth-child(5) th').firstChild.textContent.trim()")
    field = browser.driver.find_element("id", "find-heat")
    field.send_keys(name)
    assert 1 <= browser.ask(shown) < everything
    assert name in browser.ask(
        "return [...document.querySelectorAll('#heat tbody tr')].find(r => !r.hidden).textContent"
    )


def test_a_click_on_a_heading_sorts_and_a_second_click_turns_the_order(browser: Any, page: Path) -> None:
    browser.open(page.as_uri())
    column = "return [...document.querySelectorAll('#heat tbody tr')].map(r => r.cells[3].textContent.trim())"
    click = "document.querySelectorAll('#heat thead th')[3].querySelector('button').click()"

    def values() -> list[float]:
        return [-1.0 if t == "–" else float(t.strip("<>")) for t in browser.ask(column)]

    browser.ask(click)
    up = values()
    browser.ask(click)
    assert up == sorted(up)
    assert values() == sorted(up, reverse=True)
    assert (
        browser.ask("return document.querySelectorAll('#heat thead th')[3].getAttribute('aria-sort')") == "descending"
    )


def test_without_script_every_table_stands_and_no_dead_control_shows(page: Path, browser: Any, tmp_path: Path) -> None:
    still = tmp_path / "still.html"
    still.write_text(
        re.sub(r"<script>.*?</script>", "", page.read_text(encoding="utf-8"), flags=re.S), encoding="utf-8"
    )
    browser.open(still.as_uri())
    assert browser.ask("return [...document.querySelectorAll('.tools')].every(e => !e.checkVisibility())")
    assert browser.ask("return document.querySelectorAll('#heat tbody tr').length") == 59
    assert browser.console_errors() == []


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground(browser: Any, page: Path, dark: bool) -> None:
    browser.open(page.as_uri(), dark=dark)
    weak = browser.ask(CONTRAST)
    assert weak == []


CONTRAST = """
const rgb = s => (s.match(/[\\d.]+/g) || []).map(Number);
const light = c => { const f = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]); };
const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
  if (c.length === 3 || c[3] > 0.9) return c; } return [255, 255, 255]; };
const seen = new Set(), weak = [];
for (const e of document.querySelectorAll("h1,h2,h3,p,li,dt,dd,th,td,small,span,b,summary,a,figcaption,.badge")) {
  if (!e.checkVisibility() || !e.textContent.trim()) continue;
  const style = getComputedStyle(e), key = style.color + ground(e) + e.className;
  if (seen.has(key)) continue; seen.add(key);
  const [a, b] = [light(rgb(style.color)), light(ground(e))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) weak.push(e.className + " " + e.textContent.trim().slice(0, 30) + " " + ratio.toFixed(2));
}
return weak;
"""
