"""The duty log and the answers to alerts cannot be edited or deleted."""

from django.db import migrations

from yuanshou_ops.rows import forbid_edits


class Migration(migrations.Migration):
    dependencies = [("duty", "0001_initial")]
    operations = [forbid_edits("duty_logentry", "duty_alertanswer")]
