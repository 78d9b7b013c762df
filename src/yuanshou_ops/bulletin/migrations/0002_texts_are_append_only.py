"""A published text is never edited, in the database as well; a correction is a new text."""

from django.db import migrations

from yuanshou_ops.rows import forbid_edits


class Migration(migrations.Migration):
    dependencies = [("bulletin", "0001_initial")]
    operations = [forbid_edits("bulletin_publishedtext")]
