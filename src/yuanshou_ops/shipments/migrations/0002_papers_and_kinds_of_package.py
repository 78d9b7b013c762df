"""Papers, whose versions are facts nobody edits or deletes; and what kind of package a package is."""

import django.db.models.deletion
from django.db import migrations, models

from yuanshou_ops.rows import forbid_edits


class Migration(migrations.Migration):
    dependencies = [("shipments", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="package",
            name="kind",
            field=models.CharField(choices=[("carton", "carton"), ("pallet", "pallet"), ("crate", "crate"), ("drum", "drum"), ("bag", "bag")], default="carton", max_length=8, verbose_name="kind"),
        ),
        migrations.CreateModel(
            name="Paper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("packing-list", "Packing list"), ("waybill", "Waybill"), ("proforma", "Proforma invoice"), ("gift-certificate", "Gift certificate"), ("goods-received", "Goods received note"), ("loss-report", "Loss report")], max_length=16, verbose_name="kind")),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("facts", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("issued_at", models.DateTimeField(verbose_name="issued")),
                ("issued_by_id", models.BigIntegerField()),
                ("shipment", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="shipments.shipment")),
            ],
            options={
                "ordering": ("kind", "version"),
                "constraints": [models.UniqueConstraint(fields=("shipment", "kind", "version"), name="one_paper_a_version")],
            },
        ),
        forbid_edits("shipments_paper"),
    ]
