"""Workflow 1 in a browser: the six answers of a shift are read from pages, reached by links alone, and compared with
figures asked of the database in SQL, past the application."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from desk import sign_in

LOADS_MAX = 10
DUE_DAYS, EXPIRING_DAYS = 14, 60
BOOKS = {"stock": "ledger", "plans": "planning", "teams": "deployments", "desk": "duty"}
"""Door of a book → the first word of its events, where the two differ."""
HELD = (
    "offered",
    "vetted",
    "committed",
    "reserved",
    "packed",
    "in_transit",
    "received",
    "accepted",
    "damaged",
    "returned",
)


class Reader:
    """An officer who starts at home and follows links found on the pages, counting every page loaded."""

    def __init__(self, browser: Any, server: str) -> None:
        self.browser, self.server, self.loads = browser, server, 0
        self._load(f"{server}/")

    def _load(self, address: str) -> None:
        self.browser.open(address)
        self.loads += 1

    def home(self) -> None:
        self.follow("header a[href='/']")

    def follow(self, selector: str) -> None:
        self._load(self.browser.driver.find_element("css selector", selector).get_attribute("href"))

    def lines(self, selector: str) -> list[str]:
        """The words of every element that fits, in the order of the page."""
        script = (
            "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent.trim().replace(/\\s+/g, ' '))"
        )
        return list(self.browser.ask(script, selector))

    def links(self, selector: str) -> list[str]:
        script = "return [...document.querySelectorAll(arguments[0])].map(e => e.getAttribute('href'))"
        return list(self.browser.ask(script, selector))

    def table(self, selector: str) -> list[list[str]]:
        """The first four cells of every row that fits."""
        script = (
            "return [...document.querySelectorAll(arguments[0])].map(r =>"
            " [...r.cells].slice(0, 4).map(e => e.textContent.trim()))"
        )
        return list(self.browser.ask(script, selector))

    def counted(self, selector: str) -> int:
        """The number at the end of a line."""
        (line,) = self.lines(selector)
        return _whole(line.rsplit(":", 1)[1])


def _whole(words: str) -> int:
    return int(re.sub(r"\D", "", words))


@pytest.fixture
def book(server: str, server_folder: Path) -> Iterator[Any]:
    """Ask the server's database, read only."""
    base = sqlite3.connect(f"file:{server_folder / 'yuanshou.sqlite3'}?mode=ro", uri=True, timeout=30)
    yield lambda question, *values: base.execute(question, values).fetchall()
    base.close()


def test_an_officer_reads_the_six_answers_in_at_most_ten_page_loads(browser: Any, server: str, book: Any) -> None:
    sign_in(browser, server, "amina")
    reader = Reader(browser, server)
    ((snapshot, day),) = book(
        "SELECT s.id, s.as_of FROM situation_snapshot s JOIN situation_outbreak o ON o.id = s.outbreak_id"
        " WHERE o.is_lead ORDER BY s.as_of DESC, s.id DESC LIMIT 1"
    )
    today = date.fromisoformat(book("SELECT date(starts_at) FROM duty_exerciseclock")[0][0])
    _fresh(reader, book, snapshot, day)
    _changed(reader, book)
    _waits(reader, book)
    _late(reader, book, today)
    _due(reader, book, today)
    _runs_out(reader, book, snapshot, date.fromisoformat(day))
    assert reader.loads <= LOADS_MAX


def _fresh(reader: Reader, book: Any, snapshot: int, day: str) -> None:
    """1: the day of the counts, and every late source with its days of silence."""
    assert reader.browser.ask("return document.querySelector('[aria-labelledby=q1] time').dateTime") == day
    late = book(
        "SELECT place_id, silent_days FROM situation_placesituation"
        " WHERE snapshot_id = ? AND silent_days >= 3 AND cases_cumulative >= 100", snapshot
    )  # fmt: skip
    places = [link.rsplit("/", 1)[1] for link in reader.links("[aria-labelledby=q1] li a")]
    days = [_whole(line.rsplit(":", 1)[1]) for line in reader.lines("[aria-labelledby=q1] li")]
    assert len(places) == min(len(late), 8)
    assert set(zip(places, days, strict=True)) <= set(late)
    assert days == sorted((silent for _place, silent in late), reverse=True)[:8]


def _changed(reader: Reader, book: Any) -> None:
    """2: events since the last visit, counted by book and by what was done."""
    ((since,),) = book("SELECT previous_visit_at FROM people_user WHERE email = 'amina@example.org'")
    happened = dict(book("SELECT action, count(*) FROM people_auditevent WHERE at > ? GROUP BY action", since or ""))
    doors = reader.links("[aria-labelledby=q2] > ul li a")
    lines = reader.lines("[aria-labelledby=q2] > ul li")
    assert doors, "a first visit sees everything so far"
    for door, line in zip(doors, lines, strict=True):
        book_name = door.split("/")[1]
        for part in line.partition(":")[2].split(","):
            verb, _space, count = part.strip().rpartition(" ")
            assert happened[f"{BOOKS.get(book_name, book_name)}.{verb.replace(' ', '_')}"] == _whole(count), line


def _waits(reader: Reader, book: Any) -> None:
    """4: what waits, by its number on home and line by line behind the links."""
    for selector, question, numbers in (
        ("a[href$='/requests/?status=submitted'], a[href$='requests?status=submitted']",
         "SELECT number FROM requests_aidrequest WHERE status = 'submitted'", "/requests/r/"),
        ("a[href*='offers'][href$='?status=announced']",
         "SELECT number FROM requests_aidoffer WHERE status = 'announced'", "/requests/o"),
    ):  # fmt: skip
        within = ", ".join(f"[aria-labelledby=q4] {part.strip()}" for part in selector.split(","))
        waiting = {number for (number,) in book(question)}
        assert reader.counted(within) == len(waiting) > 0
        reader.follow(within)
        seen = {link.rsplit("/", 1)[1] for link in reader.links("main table tbody a") if link.startswith(numbers)}
        assert seen
        assert seen <= waiting
        assert len(seen) == len(waiting) or reader.links("main a[href*='page=']")
        reader.home()
    ((plans,),) = book("SELECT count(*) FROM planning_planrun WHERE status = 'submitted'")
    assert reader.counted("[aria-labelledby=q4] a[href$='?status=submitted'][href^='/plans']") == plans
    ((open_,),) = book(
        "SELECT count(*) FROM shipments_discrepancy WHERE status IN ('open', 'claimed', 'write_off_proposed')"
    )
    assert reader.counted("[aria-labelledby=q4] a[href*='discrepancies']") == open_


def _late(reader: Reader, book: Any, today: date) -> None:
    """5: shipments on the way, those with a milestone past its day, lots that expire soon."""
    moving = "('dispatched', 'arrived', 'receiving')"
    ((count,),) = book(f"SELECT count(*) FROM shipments_shipment WHERE status IN {moving}")
    assert reader.counted("[aria-labelledby=q5] p a[href^='/shipments/']") == count > 0
    late = book(
        "SELECT DISTINCT s.number FROM shipments_shipment s JOIN shipments_milestone m ON m.shipment_id = s.id"
        f" WHERE s.status IN {moving} AND m.actual_on IS NULL AND m.promised_on < ?", today.isoformat()
    )  # fmt: skip
    shown = {link.rsplit("/", 1)[1] for link in reader.links("[aria-labelledby=q5] li a[href^='/shipments/']")}
    assert {number for (number,) in late} <= shown
    soon = book(
        "SELECT l.id, a.balance FROM ledger_account a JOIN ledger_lot l ON l.id = a.lot_id"
        f" WHERE a.state IN {HELD} AND a.balance > 0 AND l.expires_on <= ?",
        (today + timedelta(days=EXPIRING_DAYS)).isoformat(),
    )
    assert len(
        reader.links("[aria-labelledby=q5] li a[href^='/stock/'], [aria-labelledby=q5] li a[href*='/lots/']")
    ) == min(len(soon), 8)


def _due(reader: Reader, book: Any, today: date) -> None:
    """6: every promise that ends in the next two weeks."""
    until = (today + timedelta(days=DUE_DAYS)).isoformat()
    due = book(
        "SELECT number, quantity FROM requests_commitment WHERE status = 'pending' AND date(expires_at) <= ?"
        " ORDER BY expires_at", until
    )  # fmt: skip
    assert due, "the example has a promise near its end"
    shown = [link.rsplit("/", 1)[1] for link in reader.links("[aria-labelledby=q6] li a") if "/C-" in link]
    assert shown == [number for number, _quantity in due][:8]
    lines = reader.lines("[aria-labelledby=q6] li")
    assert all(f"{quantity:,}" in line for (_number, quantity), line in zip(due[:8], lines, strict=False))
    said = book(
        "SELECT number FROM engagements_promise WHERE status IN ('said', 'confirmed', 'partly') AND due_on <= ?", until
    )
    named = {link.rsplit("/", 1)[1] for link in reader.links("[aria-labelledby=q6] li a") if "/V-" in link}
    assert len(named) == min(len(said), 8)
    assert named <= {number for (number,) in said}


def _runs_out(reader: Reader, book: Any, snapshot: int, as_of: date) -> None:
    """3: the place and item that last shortest in the worst of ten; the place's own page says the same."""
    held = book("SELECT place_id, item_id, sum(balance) FROM ledger_account WHERE state = 'accepted' GROUP BY 1, 2")
    needs = {
        p: json.loads(n)
        for p, n in book("SELECT place_id, need FROM situation_placesituation WHERE snapshot_id = ?", snapshot)
    }
    lasting = [
        (_days(units, needs[place][item]["p90"]), place, units, _days(units, needs[place][item]["median"]))
        for place, item, units in held
        if item in needs.get(place, {})
    ]
    worst, place, units, median = min(lasting)
    assert np.isfinite(worst), "the example has a place that runs out"
    row = "[aria-labelledby=q3] tbody tr:first-child"
    cells = reader.lines(f"{row} td")
    expected = [f"{units:,}", _shown(median), _shown(worst)]
    assert cells[2:5] == expected
    if np.isfinite(median):
        out = (as_of + timedelta(days=int(median))).isoformat()
        assert reader.browser.ask(f"return document.querySelector('{row} time').dateTime") == out
    assert reader.links(f"{row} a") == [f"/situation/p/{place}"]
    reader.follow(f"{row} a")
    assert [cells[1], *expected] in reader.table("main tbody tr"), (
        "the page of the place does not repeat what home says"
    )


def _days(units: float, weekly: list[float]) -> float:
    """Days until cumulative need passes the stock, by interpolation; infinite beyond the forecast."""
    used = np.concatenate([[0.0], np.cumsum(weekly)])
    return float(np.interp(units, used, 7.0 * np.arange(len(used)))) if units < used[-1] else float("inf")


def _shown(days: float) -> str:
    return f"{days:.0f}" if np.isfinite(days) else "over 84"
