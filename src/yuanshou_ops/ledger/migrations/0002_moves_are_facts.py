"""The database keeps the rules of the ledger too, on SQLite and on PostgreSQL.

Moves, postings and seals are never edited or deleted; a move stays within one lot; nothing is recorded on a sealed day.
"""

from django.db import migrations

from yuanshou_ops.rows import forbid_edits, run_script

SQLITE = """
CREATE TRIGGER ledger_move_one_lot BEFORE INSERT ON ledger_move
WHEN (SELECT lot_id FROM ledger_account WHERE id = NEW.credit_account_id)
  <> (SELECT lot_id FROM ledger_account WHERE id = NEW.debit_account_id)
BEGIN SELECT RAISE(ABORT, 'a move stays within one lot'); END;
CREATE TRIGGER ledger_move_not_on_a_sealed_day BEFORE INSERT ON ledger_move
WHEN EXISTS (SELECT 1 FROM ledger_dayseal WHERE day >= substr(NEW.recorded_at, 1, 10))
BEGIN SELECT RAISE(ABORT, 'that day is sealed: record the move today, with the day it occurred'); END;
"""
POSTGRESQL = """
CREATE OR REPLACE FUNCTION ledger_move_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT lot_id FROM ledger_account WHERE id = NEW.credit_account_id)
     <> (SELECT lot_id FROM ledger_account WHERE id = NEW.debit_account_id) THEN
    RAISE EXCEPTION 'a move stays within one lot';
  END IF;
  IF EXISTS (SELECT 1 FROM ledger_dayseal WHERE day >= (NEW.recorded_at AT TIME ZONE 'UTC')::date) THEN
    RAISE EXCEPTION 'that day is sealed: record the move today, with the day it occurred';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER ledger_move_check BEFORE INSERT ON ledger_move FOR EACH ROW EXECUTE FUNCTION ledger_move_check();
"""


def forwards(apps, schema_editor):
    run_script(schema_editor, SQLITE, POSTGRESQL)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        forbid_edits("ledger_move", "ledger_posting", "ledger_dayseal"),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
