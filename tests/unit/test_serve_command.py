"""`yuanshou serve` tells the application where it is seen, so that papers carry an address that can be visited."""

from __future__ import annotations

import os

import pytest
from click.testing import CliRunner

from yuanshou_cli import serve


class Opened(Exception):
    """The application was about to be opened."""


def address_of(monkeypatch: pytest.MonkeyPatch, *options: str) -> str:
    def stop(_folder: object) -> None:
        raise Opened

    monkeypatch.setattr(serve, "open_application", stop)
    result = CliRunner().invoke(serve.command, options)
    assert isinstance(result.exception, Opened)
    return os.environ["YUANSHOU_PUBLIC_URL"]


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUANSHOU_PUBLIC_URL", "")  # so that what the command sets is taken back afterwards
    monkeypatch.delenv("YUANSHOU_PUBLIC_URL")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::"])
def test_the_address_that_is_served_is_the_public_one(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    assert address_of(monkeypatch, "--host", host, "--port", "8123") == "http://127.0.0.1:8123"


def test_an_address_that_was_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUANSHOU_PUBLIC_URL", "https://aid.example.org")
    assert address_of(monkeypatch, "--port", "8123") == "https://aid.example.org"
