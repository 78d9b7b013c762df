"""Everything the application knows in one ZIP file, the same for SQLite and PostgreSQL, and back again.

`rows/APP.MODEL.jsonl` holds the rows of a table as JSON lists in the order of the manifest's columns, `files/` the data
folder, `manifest.json` the migrations the rows belong to and, of every table, the number and the hash of its rows. A
restore builds the schema of those migrations, loads, reads every row back, compares the hashes, and only then brings
the schema up to date. It happens as a whole or not at all. The one thing easily confused: the hash of a table does not
depend on the order of its rows, for the two engines sort text differently.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.apps import apps as current_apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from yuanshou.errors import AuditError, InputError
from yuanshou_ops.exchange.ledger_export import one_moment

FORMAT = "yuanshou-backup-1"
SKIPPED = {"sessions.session"}
"""People sign in again after a restore: a stolen backup opens no session."""
REFERENCE = {"people.place", "ledger.item", "ledger.pack", "contenttypes.contenttype", "auth.permission"}
"""What an installation without a user holds too."""
CHUNK = 500
ROWS_MODULUS = 2**256


# --- rows as text --------------------------------------------------------------------------------------------


def models_of(registry: Any) -> list[Any]:
    """The models with a table of their own, link tables of many-to-many fields among them."""
    found = [m for m in registry.get_models(include_auto_created=True) if m._meta.managed and not m._meta.proxy]
    return sorted((m for m in found if m._meta.label_lower not in SKIPPED), key=lambda m: m._meta.label_lower)


def columns_of(model: Any) -> list[str]:
    return [field.attname for field in model._meta.local_concrete_fields]


def texts_of(model: Any) -> Iterator[str]:
    """Every row as one line of JSON, in the order of the primary key."""
    for row in model._base_manager.order_by("pk").values_list(*columns_of(model)).iterator(chunk_size=2000):
        yield json.dumps(row, default=_plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        from base64 import b64encode

        return b64encode(bytes(value)).decode("ascii")
    return str(value)


class TableHash:
    """Number and hash of a table's rows: the sum of the rows' SHA-256 modulo 2^256, whatever their order."""

    def __init__(self) -> None:
        self.rows, self.total = 0, 0

    def add(self, text: str) -> None:
        self.rows += 1
        self.total = (self.total + int.from_bytes(sha256(text.encode()).digest(), "big")) % ROWS_MODULUS

    def summary(self) -> dict[str, Any]:
        return {"rows": self.rows, "hash": f"{self.total:064x}"}


def registry_now() -> Any:
    """The models as the database has them, which after an upgrade is not yet as the program has them."""
    executor = MigrationExecutor(connection)
    applied = set(executor.loader.applied_migrations)
    if unknown := sorted(applied - set(executor.loader.disk_migrations)):
        raise InputError(
            f"a database of a newer version (migration {'.'.join(unknown[0])})", "one this version knows",
            "use the version that made it",
        )  # fmt: skip
    return _registry_of(executor, applied)


def _registry_of(executor: MigrationExecutor, nodes: Iterable[tuple[str, str]]) -> Any:
    return executor.loader.project_state(_leaves(executor, nodes)).apps


def _leaves(executor: MigrationExecutor, nodes: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The last of these migrations: those that no other of them builds on."""
    nodes = set(nodes)
    graph = executor.loader.graph.node_map
    return sorted(node for node in nodes if not {child.key for child in graph[node].children} & nodes)


def table_hashes(registry: Any | None = None) -> dict[str, dict[str, Any]]:
    """Number and hash of the rows of every table, as they are in the database now."""
    found = {}
    for model in models_of(registry or registry_now()):
        digest = TableHash()
        for text in texts_of(model):
            digest.add(text)
        found[model._meta.label_lower] = digest.summary()
    return found


# --- backup --------------------------------------------------------------------------------------------------


def write_backup(path: Path, *, at: datetime) -> dict[str, Any]:
    """Write the backup, readable by its owner only, while people go on working; returns its manifest."""
    if path.exists():
        raise InputError(f"{path}, which exists", "a new file", "choose another name, or remove it")
    part = path.with_name(path.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
                manifest = _write_archive(archive, at)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _write_archive(archive: zipfile.ZipFile, at: datetime) -> dict[str, Any]:
    with one_moment():
        applied = sorted(MigrationRecorder(connection).applied_migrations())
        tables = {model._meta.label_lower: _write_table(archive, model) for model in models_of(registry_now())}
    for file in data_files():
        archive.write(file, f"files/{file.relative_to(settings.DATA_DIR).as_posix()}")
    manifest = {
        "format": FORMAT, "at": at.isoformat(), "engine": connection.vendor, "migrations": applied, "tables": tables,
    }  # fmt: skip
    archive.writestr("manifest.json", json.dumps(manifest, indent=1))
    return manifest


def _write_table(archive: zipfile.ZipFile, model: Any) -> dict[str, Any]:
    digest = TableHash()
    with archive.open(f"rows/{model._meta.label_lower}.jsonl", "w", force_zip64=True) as file:
        for text in texts_of(model):
            digest.add(text)
            file.write(text.encode() + b"\n")
    return {"columns": columns_of(model), **digest.summary()}


def data_files() -> list[Path]:
    """The files of the data folder besides the database: frozen inputs of plans, the secret key."""
    files = (path for path in Path(settings.DATA_DIR).rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path for path in files if ".sqlite3" not in path.name)


# --- restore -------------------------------------------------------------------------------------------------


def restore_backup(path: Path, *, replace: bool = False) -> dict[str, Any]:
    """Put the backup in place of what is there; returns its manifest.

    Raises `InputError` for a file that is no backup, or of a newer version, or when there is something to lose and
    `replace` does not say so; `AuditError` when rows do not come back as they were. Then nothing has changed.
    """
    with _open_backup(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        there = contents()
        if there and not replace:
            raise InputError(
                f"a database that is not empty ({there})", "an empty one",
                "make a backup of it first; then add --replace, and everything in it is replaced",
            )  # fmt: skip
        load = _load_sqlite if connection.vendor == "sqlite" else _load_postgresql
        load(archive, manifest)
        _restore_files(archive)
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    return manifest


def _open_backup(path: Path) -> zipfile.ZipFile:
    is_ours = zipfile.is_zipfile(path)
    if is_ours:
        archive = zipfile.ZipFile(path)
        if "manifest.json" in archive.namelist():
            manifest = json.loads(archive.read("manifest.json"))
            if isinstance(manifest, dict) and manifest.get("format") == FORMAT:
                return archive
        archive.close()
    raise InputError(f"{path}, which is no backup of this application", FORMAT, "give a file of `yuanshou backup`")


def contents() -> str:
    """What would be lost, in words; empty when nothing would."""
    tables = set(connection.introspection.table_names())
    counts = {}
    for model in models_of(current_apps):
        if model._meta.label_lower not in REFERENCE and model._meta.db_table in tables:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(model._meta.db_table)}")
                counts[model._meta.label_lower] = cursor.fetchone()[0]
    total = sum(counts.values())
    named = {"people.user": "people", "ledger.move": "moves", "requests.aidrequest": "requests"}
    words = ", ".join(f"{counts.get(label, 0):,} {word}" for label, word in named.items())
    return f"{words}; {total:,} rows in all" if total else ""


def own_tables() -> set[str]:
    """The tables this application made here, by the migrations that were carried out."""
    models = registry_now().get_models(include_auto_created=True)
    return {m._meta.db_table for m in models} | {"django_migrations", settings.CACHES["default"]["LOCATION"]}


def _load_postgresql(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """Everything in one transaction: the old tables go, the new ones come, or nothing happens."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '30s'")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        tables = connection.introspection.table_names(cursor)
        if foreign := sorted(set(tables) - own_tables()):
            raise InputError(
                f"the table {foreign[0]}, which is not of this application", "a database of its own",
                "create an empty database for it",
            )  # fmt: skip
        if tables:
            cursor.execute(f"DROP TABLE {', '.join(map(connection.ops.quote_name, tables))} CASCADE")
        _load(archive, manifest)


def _load_sqlite(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """A new file beside the database, copied over it page by page in one transaction of SQLite's own."""
    target = str(connection.settings_dict["NAME"])
    fresh = Path(target + ".restore")
    connection.close()
    try:
        connection.settings_dict["NAME"] = str(fresh)
        _remove(fresh)
        _load(archive, manifest)
        connection.close()
        with closing(sqlite3.connect(fresh)) as source, closing(sqlite3.connect(target, timeout=30)) as database:
            source.backup(database)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = target
        _remove(fresh)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _load(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    registry = _migrate_to([tuple(node) for node in manifest["migrations"]])
    by_label = {model._meta.label_lower: model for model in models_of(registry)}
    if set(by_label) != set(manifest["tables"]):
        odd = sorted(set(by_label) ^ set(manifest["tables"]))[0]
        raise InputError(f"the table {odd} on one side only", "the tables of its migrations", "make the backup again")
    switch_on = _without_triggers()
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for label, model in by_label.items():
            _load_table(archive, model, manifest["tables"][label]["columns"])
        _reset_sequences(list(by_label.values()))
        connection.check_constraints()
    found = table_hashes(registry)
    for label, expected in manifest["tables"].items():
        if found[label] != {"rows": expected["rows"], "hash": expected["hash"]}:
            raise AuditError(
                f"{found[label]['rows']} rows with another hash", f"{expected['rows']} rows as they were saved",
                "nothing was changed; use another copy of the backup", where=label,
            )  # fmt: skip
    switch_on()


def _migrate_to(nodes: list[tuple[str, str]]) -> Any:
    """Build the schema the rows were saved from, whatever came later, and return its models."""
    executor = MigrationExecutor(connection)
    known = executor.loader.disk_migrations
    if unknown := sorted(".".join(node) for node in nodes if node not in known):
        raise InputError(
            f"a backup of another version (migration {unknown[0]})", "migrations this version knows",
            "install the version that made it, or a newer one",
        )  # fmt: skip
    executor.migrate(_leaves(executor, nodes))
    return _registry_of(executor, nodes)


def _without_triggers() -> Callable[[], None]:
    """Take the application's own triggers away, for facts that were checked when they were written; undone by the result."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            after = [sql for _name, sql in triggers]
            _run(f"DROP TRIGGER {connection.ops.quote_name(name)}" for name, _sql in triggers)
        else:
            names = [connection.ops.quote_name(name) for name in connection.introspection.table_names(cursor)]
            after = ["SET CONSTRAINTS ALL IMMEDIATE", *(f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in names)]
            _run(f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in names)
    return lambda: _run(after)


def _run(statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _load_table(archive: zipfile.ZipFile, model: Any, columns: list[str]) -> None:
    by_name = {field.attname: field for field in model._meta.local_concrete_fields}
    fields = [by_name[name] for name in columns]
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor, archive.open(f"rows/{model._meta.label_lower}.jsonl") as file:
        cursor.execute(f"DELETE FROM {quote(model._meta.db_table)}")
        insert = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({marks})"
        rows: list[list[Any]] = []
        for number, line in enumerate(file, start=1):
            values = zip(fields, json.loads(line), strict=True)
            rows.append([field.get_db_prep_save(field.to_python(value), connection) for field, value in values])
            if len(rows) == CHUNK:
                _insert(cursor, insert, rows, model, number)
                rows = []
        _insert(cursor, insert, rows, model, 0)


def _insert(cursor: Any, insert: str, rows: list[list[Any]], model: Any, number: int) -> None:
    try:
        if rows:
            cursor.executemany(insert, rows)
    except DatabaseError as error:
        raise InputError(
            f"a row the database refuses ({error})", "rows as they were saved", "use another copy of the backup",
            where=f"{model._meta.label_lower}, rows up to {number or 'the last'}",
        ) from error  # fmt: skip


def _reset_sequences(models: list[Any]) -> None:
    _run(connection.ops.sequence_reset_sql(no_style(), models))


def _restore_files(archive: zipfile.ZipFile) -> None:
    folder = Path(settings.DATA_DIR).resolve()
    for name in archive.namelist():
        target = (folder / name.removeprefix("files/")).resolve()
        if name.startswith("files/") and not name.endswith("/") and target.is_relative_to(folder):
            target.parent.mkdir(parents=True, exist_ok=True)
            mode = 0o600 if target.name == "secret-key" else 0o644
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
                file.write(archive.read(name))
