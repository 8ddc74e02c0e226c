import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from carillon.calls.models.place import PlaceField, next_place
from carillon.numbers.trigrams import text_of

CHUNK = 200


def fill(apps, schema_editor):
    """Calls from before get their place and can be searched."""
    Call = apps.get_model("calls", "Call")
    FunctionNumber = apps.get_model("numbers", "FunctionNumber")
    functions = {
        (row.organization_id, row.number.value): row for row in FunctionNumber.objects.select_related("number")
    }
    rows = []
    for call in Call.objects.order_by("pk").select_related("caller_user").iterator(CHUNK):
        function = functions.get((call.organization_id, call.called))
        call.place = next_place(call.started_at)
        call.function_id = function.pk if function else None
        call.called_name = function.name if function else ""
        if call.caller_user:
            call.caller_name = f"{call.caller_user.first_name} {call.caller_user.last_name}".strip()
        names = [leg.get("name", "") for leg in call.legs]
        parts = [call.caller, call.called, call.caller_name, call.called_name, call.answered_by, *names]
        call.search = text_of(call.organization_id, parts)
        rows.append(call)
        if len(rows) == CHUNK:
            save(Call, rows)
            rows = []
    save(Call, rows)
    if schema_editor.connection.vendor == "postgresql":
        # The table is altered next: no check of a key may still wait for the end of the transaction.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def save(Call, rows):
    Call.objects.bulk_update(rows, ["place", "function", "called_name", "caller_name", "search"])


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0002_trace_path"),
        ("numbers", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("call", "caller_name", models.CharField(blank=True, max_length=160, default="")),
        migrations.AddField("call", "called_name", models.CharField(blank=True, max_length=160, default="")),
        migrations.AddField("call", "search", models.CharField(blank=True, max_length=600, default="")),
        migrations.AddField(
            "call",
            "function",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="calls",
                to="numbers.functionnumber",
            ),
        ),
        migrations.AddField("call", "place", models.BigIntegerField(null=True, editable=False)),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AlterField("call", "place", PlaceField(unique=True, editable=False)),
        migrations.AlterField("call", "caller_name", models.CharField(blank=True, max_length=160)),
        migrations.AlterField("call", "called_name", models.CharField(blank=True, max_length=160)),
        migrations.AlterField("call", "search", models.CharField(blank=True, max_length=600)),
        migrations.AddIndex("call", models.Index(fields=["organization", "-place"], name="calls_log")),
        migrations.AddIndex("call", models.Index(fields=["organization", "result", "-place"], name="calls_log_result")),
        migrations.AddIndex(
            "call", models.Index(fields=["organization", "direction", "-place"], name="calls_log_direction")
        ),
        migrations.AddIndex("call", models.Index(fields=["function", "-place"], name="calls_log_function")),
        migrations.CreateModel(
            name="CallPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.BigIntegerField()),
                (
                    "call",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="people",
                        to="calls.call",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["user", "-place"], name="calls_log_person")],
                "constraints": [models.UniqueConstraint(fields=("call", "user"), name="one_part_per_person")],
            },
        ),
    ]
