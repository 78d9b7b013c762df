"""A confirmed fact becomes one row of any slice; the offers written down before keep their link."""

import django.db.models.deletion
from django.db import migrations, models

from yuanshou_ops.rows import forbid_edits


def keep_offers(apps, schema_editor):
    FactRow = apps.get_model("evidence", "FactRow")
    for old in apps.get_model("evidence", "FactOffer").objects.select_related("offer").order_by("pk"):
        FactRow.objects.create(
            fact_id=old.fact_id, kind="offer", number=old.offer.number, written_by_id=old.written_by_id,
            written_at=old.written_at,
        )


class Migration(migrations.Migration):
    dependencies = [("evidence", "0002_sources_and_facts_are_append_only")]
    operations = [
        migrations.CreateModel(
            name="FactRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("offer", "offer"), ("request", "request for goods"), ("engagement", "engagement"), ("promise", "promise"), ("team", "team"), ("team_request", "request for a team"), ("measure", "measure"), ("guidance", "version of guidance"), ("report", "report of the bulletin"), ("log_entry", "entry in the duty log")], max_length=12, verbose_name="kind")),
                ("number", models.CharField(max_length=32, verbose_name="number")),
                ("written_by_id", models.BigIntegerField()),
                ("written_at", models.DateTimeField(verbose_name="written down")),
                ("fact", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="row", to="evidence.confirmedfact")),
            ],
        ),
        migrations.AddIndex(model_name="factrow", index=models.Index(fields=["kind", "number"], name="evidence_fa_kind_e247fd_idx")),
        forbid_edits("evidence_factrow"),
        migrations.RunPython(keep_offers, migrations.RunPython.noop),
        migrations.DeleteModel(name="FactOffer"),
    ]
