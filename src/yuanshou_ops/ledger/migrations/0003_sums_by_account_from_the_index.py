"""What an account gave and received is summed from an index alone, which takes the place of the foreign key's own.

The old index is dropped by hand: on SQLite, altering the field would rebuild the table and lose its triggers.
"""

from django.db import migrations, models
from django.db.models.deletion import PROTECT


def drop_single_indexes(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "ledger_move")
    for name, index in found.items():
        if index["index"] and not index["unique"] and index["columns"] in (["credit_account_id"], ["debit_account_id"]):
            schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_moves_are_facts")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "move",
                    f"{side}_account",
                    models.ForeignKey(
                        db_index=False, on_delete=PROTECT, related_name=related, to="ledger.account", verbose_name=words
                    ),
                )
                for side, related, words in (("credit", "moves_out", "from"), ("debit", "moves_in", "to"))
            ],
            database_operations=[migrations.RunPython(drop_single_indexes, migrations.RunPython.noop)],
        ),
        migrations.AddIndex("move", models.Index(fields=["credit_account", "quantity"], name="ledger_move_given")),
        migrations.AddIndex("move", models.Index(fields=["debit_account", "quantity"], name="ledger_move_received")),
    ]
