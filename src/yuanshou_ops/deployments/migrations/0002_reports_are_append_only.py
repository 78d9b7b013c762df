"""A daily report is never edited, in the database as well; a correction is a second report."""

from django.db import migrations

from yuanshou_ops.rows import forbid_edits


class Migration(migrations.Migration):
    dependencies = [("deployments", "0001_initial")]
    operations = [forbid_edits("deployments_dailyreport")]
