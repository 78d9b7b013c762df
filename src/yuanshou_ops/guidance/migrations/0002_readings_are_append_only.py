"""Who has read what is written down once and never edited, in the database as well."""

from django.db import migrations

from yuanshou_ops.rows import forbid_edits


class Migration(migrations.Migration):
    dependencies = [("guidance", "0001_initial")]
    operations = [forbid_edits("guidance_acknowledgement")]
