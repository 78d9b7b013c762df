"""What a promise led to is written down once and never edited, in the database as well."""

from django.db import migrations

from yuanshou_ops.rows import forbid_edits


class Migration(migrations.Migration):
    dependencies = [("engagements", "0001_initial")]
    operations = [forbid_edits("engagements_promiselink")]
