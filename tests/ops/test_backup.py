"""Backup, destroy, restore: every row is there again, on both engines and from one to the other, or nothing changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from yuanshou.errors import InputError
from yuanshou_ops import backup
from yuanshou_ops.ledger import actions, checks
from yuanshou_ops.ledger.models import Move
from yuanshou_ops.ledger.posting import Entry, Key, post
from yuanshou_ops.ledger.statuses import State


@pytest.fixture
def saved(world: Any, stock: Any, at: Any, tmp_path: Path, settings: Any) -> Path:
    """A backup of goods that moved, were held and reversed, on a day that is sealed, with a file beside the database."""
    settings.DATA_DIR = tmp_path / "here"
    (settings.DATA_DIR / "plans").mkdir(parents=True)
    (settings.DATA_DIR / "plans" / "frozen.csv").write_text("kept\n")
    key = Key.of(stock(100, number='名 "L" 1'))
    move = post([Entry("reserve", key, key.moved(state=State.RESERVED), 40)], key="r", by=world.amina, at=at).moves[0]
    actions.reverse(key="v", by=world.amina, at=at, move=move, reason="wrong\nplan")
    commit = Entry("commit", key, key.moved(state=State.COMMITTED), 30)
    actions.hold([commit], key="h", by=world.amina, at=at, expires_at=at + timedelta(days=1))
    checks.seal_days(by=world.auditor, at=at + timedelta(days=1))
    backup.write_backup(tmp_path / "saved.zip", at=at)
    return tmp_path / "saved.zip"


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: Any, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of an empty installation; PostgreSQL only where the tests run on it."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("YUANSHOU_", "DJANGO_"))}
    environment["YUANSHOU_DATA_DIR"] = str(tmp_path / "there")
    if request.param == "sqlite":
        yield environment
        return
    if connection.vendor != "postgresql":
        pytest.skip("this run is on SQLite; test_on_postgresql.py runs it on PostgreSQL")
    import psycopg

    url = os.environ["YUANSHOU_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("CREATE DATABASE elsewhere")
        yield environment | {"YUANSHOU_DATABASE_URL": url.replace("/postgres?", "/elsewhere?")}
        server.execute("DROP DATABASE elsewhere WITH (FORCE)")


def run(environment: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "yuanshou_cli", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def tables_of(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        tables: dict[str, Any] = json.loads(archive.read("manifest.json"))["tables"]
        return tables


@pytest.mark.timeout(1800)
def test_everything_comes_back_or_nothing_changes(saved: Path, elsewhere: dict[str, str]) -> None:
    spoiled, again = saved.with_name("spoiled.zip"), saved.with_name("again.zip")
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(spoiled, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b"wrong", b"right") if name == "rows/ledger.move.jsonl" else content)
    tampered = run(elsewhere, "restore", spoiled)
    assert tampered.returncode == 5, tampered.stderr
    assert "ledger.move: found 4 rows with another hash" in tampered.stderr
    done = run(elsewhere, "restore", saved)  # without --replace, for the database is as empty as before
    assert done.returncode == 0, done.stderr
    assert "every hash agrees" in done.stdout
    assert (saved.parent / "there" / "plans" / "frozen.csv").read_text() == "kept\n"
    assert run(elsewhere, "backup", again).returncode == 0
    assert tables_of(again) == tables_of(saved)
    refused = run(elsewhere, "restore", saved)
    assert refused.returncode == 2
    assert "4 moves" in refused.stderr
    assert "--replace" in refused.stderr
    replaced = run(elsewhere, "restore", saved, "--replace")
    assert replaced.returncode == 0, replaced.stderr


def test_the_hash_of_a_table_does_not_depend_on_the_order_of_its_rows_but_on_every_row() -> None:
    def digest(*texts: str) -> dict[str, Any]:
        made = backup.TableHash()
        for text in texts:
            made.add(text)
        return made.summary()

    assert digest("a", "b") == digest("b", "a")
    assert digest("a", "b") != digest("a", "c")
    assert digest("a", "a") != digest("a")


def test_a_backup_is_private_holds_no_session_and_never_replaces_a_file(saved: Path, at: Any) -> None:
    assert saved.stat().st_mode & 0o077 == 0
    assert "sessions.session" not in tables_of(saved)
    assert tables_of(saved)["ledger.move"]["rows"] == Move.objects.count() == 4
    with pytest.raises(InputError, match="exists"):
        backup.write_backup(saved, at=at)
    assert not list(saved.parent.glob("*.part"))


@pytest.mark.parametrize("content", [b"", b"no zip", None])
def test_something_else_is_not_taken_for_a_backup(db: None, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.zip"
    if content is None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("manifest.json", '{"format": "another"}')
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match="no backup"):
        backup.restore_backup(path)


def test_a_backup_of_a_newer_version_is_refused_by_name(db: None) -> None:
    with pytest.raises(InputError, match=r"migration ledger\.9999_from_the_future"):
        backup._migrate_to([("ledger", "9999_from_the_future")])
