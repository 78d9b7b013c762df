"""What was taken in and what was confirmed is never edited or deleted, in the database as well."""

from django.db import migrations

from yuanshou_ops.rows import forbid_edits


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial")]
    operations = [
        forbid_edits("evidence_source", "evidence_confirmedfact", "evidence_factsource", "evidence_factoffer"),
    ]
