"""Two kinds of row that several slices share: those two people may edit, and those nobody may.

The one thing easily confused: `Versioned` rows change, and a save that started from an older version is refused;
`AppendOnly` rows never change, in Python or in the database.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, models
from django.db.models import F

from yuanshou_ops.errors import EditConflict


class Versioned(models.Model):
    """A row with a version; `save_changes` writes only if nobody else did since it was read."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    def save_changes(self, *fields: str, expected_version: int | None = None) -> None:
        """Write the named fields if the row still has the version it was read with (or the one a form carried).

        Raises `EditConflict` when somebody else was faster.
        """
        expected = self.version if expected_version is None else expected_version
        values = {name: getattr(self, name) for name in fields}
        changed = (
            type(self)._base_manager.filter(pk=self.pk, version=expected).update(**values, version=F("version") + 1)
        )
        if changed != 1:
            raise EditConflict(type(self)._base_manager.get(pk=self.pk))
        self.version = expected + 1


class AppendOnly(models.Model):
    """A row that is added and never edited; the migrations add triggers that forbid UPDATE and DELETE as well."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(f"a {self._meta.verbose_name} is a fact: add a new one instead of editing it")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"a {self._meta.verbose_name} is a fact: it cannot be deleted")


def insert_if_new(row: models.Model) -> bool:
    """Insert the row unless a unique constraint already holds one like it; True if this call inserted it.

    On PostgreSQL a concurrent insert of the same key waits here until the other transaction has ended.
    """
    fields = [field for field in row._meta.concrete_fields if not isinstance(field, models.AutoField)]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    table = connection.ops.quote_name(row._meta.db_table)
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING", values)
        return cursor.rowcount == 1


FORBID_SQLITE = """
CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only: add a new row instead'); END;
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only: rows are never deleted'); END;
"""
FORBID_POSTGRESQL = """
CREATE OR REPLACE FUNCTION yuanshou_forbid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only: add a new row instead', TG_TABLE_NAME; END $$;
CREATE TRIGGER {table}_no_update_or_delete BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION yuanshou_forbid();
"""


def run_script(schema_editor: Any, sqlite: str, postgresql: str) -> None:
    """Run the script that fits the engine, statement by statement on SQLite (a trigger body holds semicolons)."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(postgresql.strip(), params=None)
        return
    for statement in sqlite.strip().split("END;"):
        if statement.strip():
            schema_editor.execute(f"{statement.strip()} END;", params=None)


def forbid_edits(*tables: str) -> Any:
    """The migration operation that puts the triggers on these tables, on either engine."""
    from django.db.migrations import RunPython

    def forwards(apps: Any, schema_editor: Any) -> None:
        for table in tables:
            run_script(schema_editor, FORBID_SQLITE.format(table=table), FORBID_POSTGRESQL.format(table=table))

    return RunPython(forwards, RunPython.noop, elidable=False)
