"""A shipment from stock to the closed books, and a recall, by keyboard in a real browser."""

from __future__ import annotations

import urllib.request
from typing import Any

import pypdfium2
from desk import fill, keys, press, sign_in, text, wait_for

ANGOLA = "Central medical store, Angola (exercise)"


def follow(browser: Any, words: str) -> None:
    """Follow the first link or button of the page with these words, by keyboard."""
    path = f"//main//*[self::a or self::button][normalize-space()={words!r}]"
    target = browser.driver.find_element("xpath", path)
    browser.driver.execute_script("arguments[0].id = 'journey-target'", target)
    press(browser, "#journey-target")


def confirm(browser: Any, **values: str) -> None:
    """Fill the form of the page and press its main button."""
    fill(browser, **values)
    press(browser, "main form button.main")


def choose(browser: Any, name: str, words: str) -> None:
    """Choose the option that begins with the words, by typing them."""
    browser.driver.find_element("name", name).send_keys(words)


def paper(browser: Any, language: str) -> str:
    """The text of the paper that the link of the language gives, fetched as the signed-in person."""
    address = browser.driver.find_element("css selector", f"main a[hreflang={language}]").get_attribute("href")
    cookies = "; ".join(f"{c['name']}={c['value']}" for c in browser.driver.get_cookies())
    request = urllib.request.Request(address, headers={"Cookie": cookies})
    with urllib.request.urlopen(request, timeout=60) as answer:
        pages = pypdfium2.PdfDocument(answer.read())
    return "\n".join(page.get_textpage().get_text_range() for page in pages)


def test_a_shipment_goes_from_stock_to_the_closed_books(browser: Any, server: str) -> None:
    sign_in(browser, server, "lina")
    browser.open(f"{server}/ledger/?state=vetted&sort=-balance")
    press(browser, "main tbody tr td a")
    follow(browser, "Make a shipment")
    choose(browser, "consignee", ANGOLA)
    confirm(browser, arrives_on="01012030", carrier="Ethiopian Cargo", **{"pick-0-quantity": "600"})
    shipment = browser.driver.current_url
    number = shipment.rsplit("/", 1)[1]

    follow(browser, "Write down the packages")
    assert browser.ask("return document.querySelector('[name=load-0-quantity]').value") == "600"
    confirm(browser, **{"load-0-gross_kg": "21.5", "load-0-size_cm": "60x40x40"})
    follow(browser, "Pack")
    confirm(browser)
    follow(browser, "Packing list")
    follow(browser, "Issue")
    assert f"{number}-PL" in paper(browser, "fr")
    assert "21,50" in paper(browser, "fr")
    browser.open(f"{shipment}/papers/waybill")
    follow(browser, "Issue")
    printed = paper(browser, "ar")
    browser.open(shipment)
    follow(browser, "Dispatch")
    confirm(browser)
    assert "on its way" in text(browser)
    follow(browser, "Receiver's code")
    code = browser.driver.find_element("css selector", "p.big").text.strip()
    assert code in printed

    browser.driver.delete_all_cookies()
    browser.open(f"{server}/receive", width=390, height=844)
    fill(browser, number=number, code=code)
    press(browser, "main form button")
    counts = {"good-1": "590", "damaged-1": "4", "short-1": "6", "name": "Dina", "role": "storekeeper"}
    fill(browser, **counts)
    press(browser, "main form button")
    assert "590" in text(browser)
    assert browser.ask("return document.documentElement.scrollWidth <= window.innerWidth")
    assert browser.console_errors() == []

    for kind, step, by in (("damaged", "Return", "lina"), ("short", "Propose a write-off", "lina"),
                           ("short", "Write off", "aisha")):  # fmt: skip
        sign_in(browser, server, by)
        browser.open(shipment)
        press(browser, f"main li a[href*='/discrepancies/'][data-kind={kind}]")
        follow(browser, step)
        confirm(browser, reason="as agreed with the store")
    sign_in(browser, server, "lina")
    browser.open(shipment)
    follow(browser, "Close: every unit has an end")
    assert "closed" in browser.driver.find_element("css selector", "h1 .status").text


def test_a_list_is_sorted_in_place_and_the_address_says_how(browser: Any, server: str) -> None:
    sign_in(browser, server, "lina")
    browser.open(f"{server}/shipments/")
    browser.ask("window.same = true; document.querySelector('thead a').focus()")
    keys(browser, "\ue007")
    wait_for(browser, lambda: browser.ask("return document.querySelectorAll('th[aria-sort]').length === 1"))
    assert browser.ask("return window.same")
    assert browser.driver.current_url.endswith("?sort=number")
    assert browser.console_errors() == []


def test_a_lot_is_recalled_everywhere_answered_and_destroyed_on_its_way(browser: Any, server: str) -> None:
    sign_in(browser, server, "lina")
    browser.open(f"{server}/shipments/?status=dispatched&sort=-number")
    press(browser, "main tbody tr td a")
    shipment = browser.driver.current_url
    press(browser, "main td a[href^='/ledger/lots/']")
    follow(browser, "Recall")
    confirm(browser, reason="particle filtration below the standard")
    recall = browser.driver.current_url
    found = text(browser)
    assert "active" in found
    assert "holders without an answer" in found
    while browser.driver.find_elements("xpath", "//main//td/a[normalize-space()='Answer']"):
        follow(browser, "Answer")
        confirm(browser, found="0", used="0", destroyed="1", note="set aside")
    assert browser.driver.current_url == recall
    assert "holders without an answer" not in text(browser)
    assert "set aside" in text(browser)

    sign_in(browser, server, "aisha")
    browser.open(recall)
    follow(browser, "Shipments of this lot")
    assert shipment.rsplit("/", 1)[1] in text(browser)
    browser.open(shipment)
    follow(browser, "Destroyed")
    confirm(browser, reason="burnt at the airport, minutes attached")
    sign_in(browser, server, "lina")
    browser.open(shipment)
    follow(browser, "Close: every unit has an end")
    assert "closed" in browser.driver.find_element("css selector", "h1 .status").text
