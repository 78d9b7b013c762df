"""The audit trail cannot be edited or deleted, whoever holds the connection."""

from django.db import migrations

from yuanshou_ops.rows import forbid_edits


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [forbid_edits("people_auditevent")]
