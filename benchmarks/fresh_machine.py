"""From an empty folder to a shipment's waybill: `python benchmarks/fresh_machine.py` (add --keep to look at the folder).

What a person does on a new machine, with nothing kept from before (a home, a cache of packages and a cache of compiled
code of their own): clone the repository, install it as the README says, start the March 2020 world, and in a real browser
sign in as analyst and make a plan, sign in as approver, add the second factor and approve, sign in as logistician, pack
the first drafted shipment, issue its waybill, dispatch it, and read number and words from the waybill's PDF. Prints one
JSON line with the seconds of each step. Needs Chromium with chromedriver, git and a registry of packages.
"""

from __future__ import annotations

import argparse
import base64
import hmac
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pypdfium2

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "journeys"))
from conftest import QUIET, Browser  # noqa: E402
from desk import PASSWORD, fill, press, sign_in, text, wait_for  # noqa: E402

START_SECONDS_MAX = 600
PLAN_SECONDS_MAX = 300


@contextmanager
def timed(steps: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    steps[name] = round(time.perf_counter() - start, 1)
    print(f"{name}: {steps[name]} s", file=sys.stderr, flush=True)


def one_time_code(secret: str, at: float) -> str:
    """Six digits of RFC 6238 for a base32 secret: HMAC-SHA-1 of the 30 s step, truncated as RFC 4226 says."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(at) // 30), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def open_browser(profile: Path) -> Browser:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    for argument in (*QUIET, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return Browser(webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver"))))


def start(clone: Path, environment: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    """`yuanshou serve --demo` of the clone, once it answers."""
    command = (clone / ".venv" / "bin" / "yuanshou", "serve", "--demo", "--port", str(port),
               "--admin-password", PASSWORD)  # fmt: skip
    server = subprocess.Popen(command, cwd=clone, env=environment, stdout=sys.stderr)
    for _turn in range(START_SECONDS_MAX):
        if server.poll() is not None:
            sys.exit("found a server that stopped; expected it to answer; way out: read its words above")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2)
            return server
        except OSError:
            time.sleep(1)
    sys.exit(f"found no answer in {START_SECONDS_MAX} s; expected a page; way out: start it by hand and look")


def make_plan(browser: Browser, server: str) -> str:
    """The address of a submitted plan for Africa."""
    sign_in(browser, server, "anders")
    browser.open(f"{server}/plans/add")
    fill(browser, title="The first plan of a new machine")
    browser.driver.find_element("css selector", "#id_scope option[value=Africa]").click()
    press(browser, "main form button.main")
    wait_for(browser, lambda: "ready to look at" in text(browser), seconds=PLAN_SECONDS_MAX)
    address = str(browser.driver.current_url)
    browser.open(f"{address}/submit")
    browser.driver.find_element("name", "leave_out").click()
    press(browser, "main form button.main")
    return address


def add_second_factor(browser: Browser, server: str) -> None:
    """What the application asks of an approver first: a code of an authenticator."""
    sign_in(browser, server, "aisha")
    browser.open(f"{server}/account/2fa/totp/activate/")
    if "reauthenticate" in browser.driver.current_url:
        fill(browser, password=PASSWORD)
        press(browser, "main form button")
    secret = browser.driver.find_element("id", "authenticator_secret").get_attribute("value")
    fill(browser, code=one_time_code(str(secret), time.time()))
    press(browser, "main form button")


def approve(browser: Browser, address: str) -> str:
    """The address of the first shipment that the approval drafted."""
    browser.open(f"{address}/decide")
    browser.driver.find_element("css selector", "input[value=approve]").click()
    press(browser, "main form button.main")
    wait_for(browser, lambda: "approved, goods reserved" in text(browser), seconds=PLAN_SECONDS_MAX)
    shipment = browser.driver.find_element("css selector", "main ul a[href^='/shipments/s/']")
    return str(shipment.get_attribute("href"))


def send(browser: Browser, server: str, shipment: str) -> str:
    """Pack, issue the waybill, dispatch; the text of the downloaded PDF."""
    sign_in(browser, server, "lina")
    browser.open(shipment)
    assert "draft" in text(browser)
    browser.open(f"{shipment}/pack")
    press(browser, "main form button.main")
    browser.open(f"{shipment}/papers/waybill")
    press(browser, "main form[action$='/issue'] button")
    printed = pdf_text(browser, "main a[hreflang=en]")
    browser.open(f"{shipment}/dispatch")
    press(browser, "main form button.main")
    assert "on its way" in text(browser)
    return printed


def pdf_text(browser: Browser, selector: str) -> str:
    address = browser.driver.find_element("css selector", selector).get_attribute("href")
    cookies = "; ".join(f"{c['name']}={c['value']}" for c in browser.driver.get_cookies())
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Cookie": cookies}), timeout=60) as answer:
        document = pypdfium2.PdfDocument(answer.read())
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def run(folder: Path, source: str) -> dict[str, Any]:
    steps: dict[str, float] = {}
    clone, home = folder / "yuanshou", folder / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("YUANSHOU_", "DJANGO_", "PYTHON", "NUMBA", "VIRTUAL_ENV"))}  # fmt: skip
    environment = kept | {"XDG_CACHE_HOME": str(home), "PIP_NO_CACHE_DIR": "1", "NUMBA_CACHE_DIR": str(home / "numba"),
                          "YUANSHOU_DATA_DIR": str(folder / "data")}  # fmt: skip
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with timed(steps, "clone"):
        subprocess.run(("git", "clone", "--quiet", source, str(clone)), check=True)
    with timed(steps, "install"):
        subprocess.run((str(Path(sys.base_prefix) / "bin" / "python3"), "dev.py", "setup"), cwd=clone, env=environment, check=True,
                       stdout=sys.stderr)  # fmt: skip
    with timed(steps, "start with the March 2020 world"):
        server = start(clone, environment, port)
    browser = open_browser(folder / "browser")
    try:
        with timed(steps, "plan made and submitted"):
            plan = make_plan(browser, address)
        with timed(steps, "second factor"):
            add_second_factor(browser, address)
        with timed(steps, "approval and drafted shipments"):
            shipment = approve(browser, plan)
        with timed(steps, "packed, waybill, dispatched"):
            printed = send(browser, address, shipment)
    finally:
        browser.driver.quit()
        server.terminate()
        server.wait(timeout=30)
    number = f"{shipment.rsplit('/', 1)[1]}-WB"
    assert number in printed, printed
    assert "waybill" in printed.lower(), printed
    return {
        "benchmark": "fresh_machine",
        "minutes": round(sum(steps.values()) / 60, 1),
        "waybill": number,
        "seconds": steps,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", default=str(ROOT), help="repository to clone: a folder or an address")
    parser.add_argument("--keep", action="store_true", help="leave the folder there and print its name")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="yuanshou-fresh-"))
    try:
        print(json.dumps(run(folder, arguments.source)), flush=True)
    finally:
        if arguments.keep:
            print(folder, file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
