"""`yuanshou verify`: the public check of a ledger export, in plain Python, sharing no code with the application.

It recomputes from `moves.csv` alone every balance, the conservation of every lot, the public totals, what became of
every shipment line, and the chain of hashes; and it names the first row that is wrong. The one thing easily confused:
a *debit* is what an account receives and a *credit* what it gives.
"""

from __future__ import annotations

import csv
import json
import tempfile
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import click

from yuanshou.errors import AuditError, InputError

FORMAT = "yuanshou-ledger-1"
FILES = ("manifest.json", "moves.csv", "accounts.csv", "days.csv", "totals.csv", "lines.csv")
MOVE_HEAD = b"chain,id,credit_account,debit_account,quantity,kind,document,recorded_at,"
GENESIS = b"0" * 64
OUTCOMES = ("accepted", "damaged", "short", "lost", "returned", "destroyed")
ENDED = ("received", "closed")


@dataclass
class Books:
    """What the export claims, and what the moves say."""

    lot: dict[bytes, str] = field(default_factory=dict)
    state: dict[bytes, str] = field(default_factory=dict)
    meta: dict[bytes, tuple[str, str]] = field(default_factory=dict)
    claimed: dict[bytes, int] = field(default_factory=dict)
    moved: dict[bytes, int] = field(default_factory=lambda: defaultdict(int))
    days: list[dict[str, str]] = field(default_factory=list)
    lines: dict[bytes, dict[str, int]] = field(default_factory=dict)
    moves: int = 0
    digest: str = GENESIS.decode()
    days_seen: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)


@click.command(epilog="Example: yuanshou verify ledger-export/")
@click.argument("export", type=click.Path(exists=True, path_type=Path))
@click.option("--published", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Day hashes published earlier (CSV: day, digest); the export must give the same.")  # fmt: skip
def command(export: Path, published: Path | None) -> None:
    """Check a ledger export: every row, balance, lot, total and shipment line, recomputed from the moves.

    EXPORT is the folder or ZIP file that `yuanshou export ledger` wrote. Ends with exit code 5 and the first wrong row
    when something does not add up.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = _folder(export, Path(scratch))
        books = verify(folder, published=published)
    delivered = sum(units for key, units in books.moved.items() if books.state[key] in ("accepted", "consumed"))
    click.echo(
        f"{books.moves:,} moves, {len(books.claimed):,} accounts, {len(set(books.lot.values())):,} lots, "
        f"{len(books.lines):,} shipment lines, {len(books.days):,} days: everything adds up."
    )
    click.echo(f"delivered and accepted: {delivered:,} units")
    click.echo(f"hash of the last day: {books.digest}")


def verify(folder: Path, *, published: Path | None = None) -> Books:
    """Recompute everything; raises `AuditError` naming the first wrong row, `InputError` for a file that is not one."""
    manifest = _read_manifest(folder)
    books = Books()
    _read_accounts(folder / "accounts.csv", books)
    books.days = _rows(folder / "days.csv", ("day", "moves", "digest", "sealed_digest"))
    for row in _rows(folder / "lines.csv", ("document", "status", "dispatched", *OUTCOMES)):
        books.lines[row["document"].encode()] = dict.fromkeys(("dispatched", *OUTCOMES), 0)
    _walk_moves(folder / "moves.csv", books)
    if (books.moves, books.digest) != (manifest.get("moves"), manifest.get("digest")):
        raise _wrong(
            "moves.csv", books.moves + 1, f"the file ends after {books.moves} moves with hash {books.digest[:16]}…",
            f"{manifest.get('moves')} moves and hash {str(manifest.get('digest'))[:16]}…, as manifest.json says",
        )  # fmt: skip
    _check_days(books, published)
    _check_balances(books)
    _check_totals(folder / "totals.csv", books)
    _check_lines(folder / "lines.csv", books)
    return books


def _wrong(file: str, row: int, found: str, expected: str) -> AuditError:
    return AuditError(found, expected, "compare with another copy of the export", where=f"{file} row {row}")


# --- reading -------------------------------------------------------------------------------------------------


def _folder(export: Path, scratch: Path) -> Path:
    if export.is_dir():
        return export
    if not zipfile.is_zipfile(export):
        raise InputError(f"{export}, neither a folder nor a ZIP file", "a ledger export", "run: yuanshou export ledger")
    with zipfile.ZipFile(export) as archive:
        for name in archive.namelist():
            if Path(name).name in FILES and not name.endswith("/"):
                (scratch / Path(name).name).write_bytes(archive.read(name))
    return scratch


def _read_manifest(folder: Path) -> dict[str, object]:
    for name in FILES:
        if not (folder / name).is_file():
            raise InputError(f"no {name} in {folder}", "the files of a ledger export", "run: yuanshou export ledger")
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"a manifest that is not JSON ({error})", "a ledger export", "export it again") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InputError("another format in manifest.json", FORMAT, "use the version of yuanshou that wrote it")
    return manifest


def _rows(path: Path, heads: tuple[str, ...]) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != heads:
            raise InputError(f"the columns {reader.fieldnames} in {path.name}", f"{heads}", "export it again")
        rows = []
        for number, row in enumerate(reader, start=2):
            if None in row or None in row.values():
                raise _wrong(path.name, number, "another number of cells", f"{len(heads)}")
            rows.append(row)
        return rows


def _int(text: str | bytes, file: str, row: int, name: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise _wrong(file, row, f"{text!r} in column {name}", "a whole number") from None


def _read_accounts(path: Path, books: Books) -> None:
    for number, row in enumerate(
        _rows(path, ("account", "lot", "item", "holder", "place", "state", "balance")), start=2
    ):
        key = row["account"].encode()
        if key in books.claimed:
            raise _wrong(path.name, number, f"account {row['account']} twice", "each account once")
        books.lot[key], books.state[key], books.meta[key] = row["lot"], row["state"], (row["item"], row["place"])
        books.claimed[key] = _int(row["balance"], path.name, number, "balance")


# --- the moves -----------------------------------------------------------------------------------------------


def _walk_moves(path: Path, books: Books) -> None:
    """One pass over the moves: chain, order, lot, balances, days, shipment lines."""
    lot, state, moved, lines = books.lot, books.state, books.moved, books.lines
    digest, last_id, day, number = GENESIS, 0, b"", 1
    first_of_day = 1
    with path.open("rb") as file:
        if not file.readline().startswith(MOVE_HEAD):
            raise InputError("other columns in moves.csv", MOVE_HEAD.decode(), "export it again")
        for line in file:
            number += 1
            chain, _comma, text = line.rstrip(b"\n").partition(b",")
            cells = text.split(b",", 7)
            if len(cells) < 8:
                raise _wrong(path.name, number, "too few cells", "a whole row")
            move, credit, debit, units, kind, document, recorded = cells[:7]
            digest = sha256(digest + b"\n" + text).hexdigest().encode()
            if digest[:16] != chain:
                raise _wrong(path.name, number, _broken(move, last_id), "the hash that follows from the rows before")
            if recorded[:10] != day:
                if recorded[:10] < day:
                    raise _wrong(path.name, number, f"a day before {day.decode()}", "days in order")
                day, last_id, first_of_day = recorded[:10], 0, number
            identity, quantity = _int(move, path.name, number, "id"), _int(units, path.name, number, "quantity")
            if identity <= last_id:
                raise _wrong(path.name, number, f"move {identity} after move {last_id}", "moves in order within a day")
            if quantity <= 0 or credit == debit or lot.get(credit, "") != lot.get(debit, "-"):
                raise _wrong(
                    path.name, number, f"move {identity} of {quantity} units", "units above zero within one lot"
                )
            last_id = identity
            moved[credit] -= quantity
            moved[debit] += quantity
            books.days_seen[day] = (number - first_of_day + 1, digest)
            if document in lines:
                _count_line(lines[document], kind, state[credit], state[debit], quantity)
    books.moves, books.digest = number - 1, digest.decode()


def _broken(move: bytes, last_id: int) -> str:
    if move.isdigit() and int(move) <= last_id:
        return f"move {move.decode()} out of order, after move {last_id}"
    return f"move {move.decode(errors='replace')} with a broken chain: this row was changed, or a row before it removed"


def _count_line(line: dict[str, int], kind: bytes, credit: str, debit: str, quantity: int) -> None:
    if kind == b"dispatch":
        line["dispatched"] += quantity
    elif kind == b"reverse" and credit == "in_transit" and debit == "packed":
        line["dispatched"] -= quantity
    if credit in OUTCOMES:
        line[credit] -= quantity
    if debit in OUTCOMES:
        line[debit] += quantity


# --- what must follow ----------------------------------------------------------------------------------------


def _check_days(books: Books, published: Path | None) -> None:
    claimed = {row["day"]: row for row in books.days}
    for number, row in enumerate(books.days, start=2):
        count, digest = books.days_seen.get(row["day"].encode(), (0, b""))
        if str(count) != row["moves"] or digest != row["digest"].encode():
            raise _wrong("days.csv", number, f"{row['moves']} moves on {row['day']}", f"{count}, with their hash")
        if row["sealed_digest"] not in ("", row["digest"]):
            raise _wrong("days.csv", number, f"another hash of {row['day']} than was sealed", row["sealed_digest"])
    if missing := sorted(day.decode() for day in books.days_seen if day.decode() not in claimed):
        raise _wrong("days.csv", len(books.days) + 2, f"no row for {missing[0]}", "every day with moves")
    if published is not None:
        for number, row in enumerate(_published(published), start=2):
            there = claimed.get(row["day"], {}).get("digest", "no such day")
            if there != row["digest"]:
                raise _wrong(published.name, number, f"{there} on {row['day']} in the export", row["digest"])


def _published(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if not {"day", "digest"} <= set(reader.fieldnames or ()):
            raise InputError(f"the columns {reader.fieldnames}", "day and digest", "use the published file")
        return list(reader)


def _check_balances(books: Books) -> None:
    sums: dict[str, int] = defaultdict(int)
    for number, (key, claimed) in enumerate(books.claimed.items(), start=2):
        computed = books.moved[key]
        if computed != claimed:
            raise _wrong(
                "accounts.csv", number, f"balance {claimed} of account {key.decode()}", f"{computed}, by its moves"
            )
        if (computed > 0) if books.state[key] == "source" else (computed < 0):
            raise _wrong("accounts.csv", number, f"balance {computed} in state {books.state[key]}", "never below zero")
        sums[books.lot[key]] += computed
    for name, units in sums.items():
        if units:
            raise _wrong("accounts.csv", 0, f"{units} units of lot {name} from nowhere", "every lot adds up to zero")


def _check_totals(path: Path, books: Books) -> None:
    computed: dict[tuple[str, str, str], int] = defaultdict(int)
    for key, units in books.moved.items():
        if books.state[key] != "source":
            computed[(*books.meta[key], books.state[key])] += units
    rows = _rows(path, ("item", "place", "state", "units"))
    for number, row in enumerate(rows, start=2):
        units = computed.pop((row["item"], row["place"], row["state"]), 0)
        if str(units) != row["units"]:
            raise _wrong(path.name, number, f"{row['units']} units", f"{units}, by the moves")
    if left := [key for key, units in computed.items() if units]:
        raise _wrong(path.name, len(rows) + 2, f"no row for {' '.join(left[0])}", "every total that is not zero")


def _check_lines(path: Path, books: Books) -> None:
    for number, row in enumerate(_rows(path, ("document", "status", "dispatched", *OUTCOMES)), start=2):
        computed = books.lines[row["document"].encode()]
        for name, units in computed.items():
            if str(units) != row[name]:
                raise _wrong(path.name, number, f"{row[name]} {name} of {row['document']}", f"{units}, by the moves")
        ended = sum(computed[name] for name in OUTCOMES)
        if row["status"] in ENDED and ended != computed["dispatched"]:
            raise _wrong(path.name, number, f"{ended} of {computed['dispatched']} units with an end", "every unit")
