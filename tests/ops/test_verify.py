"""The public check of an export: what it accepts, and that it names the first row that is wrong."""

from __future__ import annotations

import csv
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from yuanshou.errors import AuditError, InputError
from yuanshou_cli.verify import command, verify
from yuanshou_ops.exchange.ledger_export import write_ledger
from yuanshou_ops.ledger import actions, checks
from yuanshou_ops.ledger.posting import Entry, Key, post
from yuanshou_ops.ledger.statuses import State


@pytest.fixture
def export(world: Any, stock: Any, at: Any, tmp_path: Path) -> Path:
    """Forty lots over two days, moved about, reversed, sealed."""
    for index in range(40):
        account = stock(100 + index, number=f"L{index}")
        when = at + timedelta(days=index // 20)
        entry = Entry("reserve", Key.of(account), Key.of(account).moved(state=State.RESERVED), 10 + index)
        move = post(
            [entry], key=f"r{index}", by=world.amina, at=when, reason='a "reason", with a comma\nand a line'
        ).moves[0]
        if index % 7 == 0:
            actions.reverse(key=f"v{index}", by=world.amina, at=when, move=move, reason="wrong")
    checks.seal_days(by=world.auditor, at=at + timedelta(days=1))
    write_ledger(tmp_path, at=at)
    return tmp_path


def lines(folder: Path, name: str = "moves.csv") -> list[str]:
    return (folder / name).read_text(encoding="utf-8").splitlines(keepends=True)


def write(folder: Path, rows: list[str], name: str = "moves.csv") -> None:
    (folder / name).write_text("".join(rows), encoding="utf-8", newline="")


def test_an_honest_export_adds_up(export: Path) -> None:
    books = verify(export)
    assert books.moves == len(lines(export)) - 1 == 86
    result = CliRunner().invoke(command, [str(export)])
    assert result.exit_code == 0, result.output
    assert "everything adds up" in result.output


def test_a_zip_is_read_as_well(export: Path, tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("zip") / "ledger.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in export.iterdir():
            archive.write(file, file.name)
    assert CliRunner().invoke(command, [str(path)]).exit_code == 0


@pytest.mark.parametrize("row", [1, 30, 86])
def test_a_changed_row_is_named(export: Path, row: int) -> None:
    rows = lines(export)
    cells = rows[row].split(",")
    cells[4] = str(int(cells[4]) + 1)
    rows[row] = ",".join(cells)
    write(export, rows)
    with pytest.raises(AuditError, match=rf"moves\.csv row {row + 1}:"):
        verify(export)


@pytest.mark.parametrize("row", [1, 30, 86])
def test_a_deleted_row_is_found_where_it_was(export: Path, row: int) -> None:
    rows = lines(export)
    del rows[row]
    write(export, rows)
    with pytest.raises(AuditError, match=rf"moves\.csv row {row + 1 if row < 86 else 86}:"):
        verify(export)


def test_a_reordered_row_is_named(export: Path) -> None:
    rows = lines(export)
    rows[20], rows[21] = rows[21], rows[20]
    write(export, rows)
    with pytest.raises(AuditError, match=r"moves\.csv row 21:"):
        verify(export)


def test_an_added_row_is_named(export: Path) -> None:
    rows = lines(export)
    rows.insert(50, rows[50])
    write(export, rows)
    with pytest.raises(AuditError, match=r"moves\.csv row 52:"):
        verify(export)


def rechain(folder: Path) -> None:
    """What a careful forger does: compute every hash anew."""
    import json

    rows, digest, days = lines(folder), checks.GENESIS, {}
    for index, row in enumerate(rows[1:], start=1):
        text = row.rstrip("\n").split(",", 1)[1]
        digest = checks.link(digest, text)
        rows[index] = f"{digest[:16]},{text}\n"
        days[text.split(",")[6][:10]] = digest
    write(folder, rows)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"digest": digest}))
    with (folder / "days.csv").open() as file:
        old = list(csv.DictReader(file))
    fresh = [f"{r['day']},{r['moves']},{days[r['day']]},{r['sealed_digest']}\n" for r in old]
    write(folder, ["day,moves,digest,sealed_digest\n", *fresh], "days.csv")


def test_a_forger_who_computes_all_hashes_anew_meets_the_seal_and_the_balances(export: Path) -> None:
    with (export / "days.csv").open() as file:
        published = [f"{row['day']},{row['digest']}\n" for row in csv.DictReader(file)]
    rows = lines(export)
    cells = rows[-1].split(",")
    cells[4] = str(int(cells[4]) + 1)
    rows[-1] = ",".join(cells)
    write(export, rows)
    rechain(export)
    with pytest.raises(AuditError, match=r"accounts\.csv"):
        verify(export)
    write(export, ["day,digest\n", *published], "published.csv")
    with pytest.raises(AuditError, match=r"published\.csv row 3"):
        verify(export, published=export / "published.csv")


@pytest.mark.parametrize(
    ("name", "column", "words"),
    [("accounts.csv", 6, "balance"), ("totals.csv", 3, "units"), ("days.csv", 1, "moves on")],
)
def test_a_figure_that_does_not_follow_from_the_moves_is_named(
    export: Path, name: str, column: int, words: str
) -> None:
    rows = lines(export, name)
    cells = rows[1].rstrip("\n").split(",")
    cells[column] = str(int(cells[column]) + 1)
    rows[1] = ",".join(cells) + "\n"
    write(export, rows, name)
    with pytest.raises(AuditError, match=words):
        verify(export)


def test_a_missing_total_and_a_missing_account_are_found(export: Path) -> None:
    for name in ("totals.csv", "days.csv"):
        rows = lines(export, name)
        write(export, rows[:-1], name)
        with pytest.raises(AuditError):
            verify(export)
        write(export, rows, name)
    rows = lines(export, "accounts.csv")
    write(export, rows[:-1], "accounts.csv")
    with pytest.raises(AuditError, match="within one lot"):
        verify(export)


def test_something_else_is_not_taken_for_an_export(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"manifest\.json"):
        verify(tmp_path)
    (tmp_path / "x.txt").write_text("x")
    result = CliRunner().invoke(command, [str(tmp_path / "x.txt")])
    assert isinstance(result.exception, InputError)


def test_the_verifier_shares_no_code_with_the_application_and_is_short() -> None:
    source = Path(verify.__code__.co_filename).read_text(encoding="utf-8")
    assert "django" not in source.lower().replace("without django", "")
    assert "yuanshou_ops" not in source
    assert len(source.splitlines()) < 300
