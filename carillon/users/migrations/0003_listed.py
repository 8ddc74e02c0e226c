import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def order_by_bytes(apps, schema_editor):
    """Keys compare sign by sign: PostgreSQL's order of a language would skip what stands between their parts."""
    if schema_editor.connection.vendor != "postgresql":
        return
    model = apps.get_model("users", "ListedPerson")
    for field in model._meta.concrete_fields:
        if field.name.startswith("by_"):
            schema_editor.execute(
                f'ALTER TABLE users_listedperson ALTER COLUMN {field.column} TYPE varchar({field.max_length}) COLLATE "C"'
            )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_session_round"),
        ("users", "0002_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ListedPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("search", models.CharField(max_length=600)),
                ("primary", models.CharField(blank=True, max_length=16, verbose_name="Primary line")),
                ("extension", models.CharField(blank=True, max_length=16, verbose_name="Extension")),
                ("phones", models.PositiveIntegerField(verbose_name="Phones")),
                ("department", models.CharField(blank=True, max_length=80)),
                ("is_active", models.BooleanField()),
                ("by_username", models.CharField(max_length=100)),
                ("by_first_name", models.CharField(max_length=100)),
                ("by_last_name", models.CharField(max_length=100)),
                ("by_primary", models.CharField(max_length=100)),
                ("by_email", models.CharField(max_length=100)),
                ("by_department", models.CharField(max_length=100)),
                ("by_extension", models.CharField(max_length=100)),
                ("by_mobile", models.CharField(max_length=100)),
                ("by_cost_center", models.CharField(max_length=100)),
                ("by_phones", models.CharField(max_length=100)),
                ("by_forward", models.CharField(max_length=100)),
                ("by_language", models.CharField(max_length=100)),
                ("by_state", models.CharField(max_length=100)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="listed_people",
                        to="accounts.organization",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organization", "by_username"], name="listed_username"),
                    models.Index(fields=["organization", "by_first_name"], name="listed_first_name"),
                    models.Index(fields=["organization", "by_last_name"], name="listed_last_name"),
                    models.Index(fields=["organization", "by_primary"], name="listed_primary"),
                    models.Index(fields=["organization", "by_email"], name="listed_email"),
                    models.Index(fields=["organization", "by_department"], name="listed_by_department"),
                    models.Index(fields=["organization", "by_extension"], name="listed_extension"),
                    models.Index(fields=["organization", "by_mobile"], name="listed_mobile"),
                    models.Index(fields=["organization", "by_cost_center"], name="listed_cost_center"),
                    models.Index(fields=["organization", "by_phones"], name="listed_phones"),
                    models.Index(fields=["organization", "by_forward"], name="listed_forward"),
                    models.Index(fields=["organization", "by_language"], name="listed_language"),
                    models.Index(fields=["organization", "by_state"], name="listed_state"),
                    models.Index(fields=["organization", "department"], name="listed_department"),
                    models.Index(fields=["organization", "is_active"], name="listed_active"),
                    models.Index(fields=["organization", "phones"], name="listed_has_phone"),
                ],
            },
        ),
        migrations.RunPython(order_by_bytes, migrations.RunPython.noop, elidable=False),
    ]
