from django.db import migrations
from django.utils import timezone


def note_versions(apps, schema_editor):
    """What each prompt has now is its first version; a system prompt was delivered with Carillon."""
    audio = apps.get_model("prompts", "PromptAudio")
    version = apps.get_model("prompts", "PromptVersion")
    now = timezone.now()
    for row in audio.objects.select_related("prompt").iterator():
        version.objects.get_or_create(
            prompt=row.prompt,
            language=row.language,
            sha256=row.sha256,
            defaults={
                "milliseconds": row.milliseconds,
                "how": "system" if row.prompt.key else "file",
                "made_at": now,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("prompts", "0003_recordings")]

    operations = [migrations.RunPython(note_versions, migrations.RunPython.noop)]
