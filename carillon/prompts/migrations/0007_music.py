"""Organizations that exist get the system prompt Music on hold, and Midcall hold current its ten seconds of silence."""

from pathlib import Path

from django.conf import settings
from django.db import migrations
from django.db.models import F
from django.utils import timezone

from carillon.asterisk.music import hold_music
from carillon.prompts.speech import keep

SILENCE = b"\xd5" * 80_000
SECONDS = 10


def add_music(apps, schema_editor):
    """The prompt with its sound; an own prompt of the same name keeps that."""
    audio, sha256 = hold_music(), ""
    for organization in apps.get_model("accounts", "Organization").objects.exclude(prompts__key="music_on_hold"):
        taken = organization.prompts.filter(name="Music on hold").exists()
        prompt = organization.prompts.create(
            key="music_on_hold",
            name="Music on hold (system)" if taken else "Music on hold",
            description="[quiet music]",
        )
        sha256 = sha256 or keep(Path(settings.PROMPTS), audio)
        _have(prompt, "", sha256, len(audio) // 8)
        _touch(apps, organization.pk)


def add_silence(apps, schema_editor):
    """Only to the words as they were delivered: what somebody recorded stays what it is."""
    rows = apps.get_model("prompts", "PromptAudio").objects.filter(prompt__key="midcall_hold_current")
    for row in rows.select_related("prompt"):
        path = Path(settings.PROMPTS) / row.sha256[:2] / f"{row.sha256}.alaw"
        version = row.prompt.versions.filter(language=row.language, sha256=row.sha256, how="system").first()
        words = path.read_bytes() if version and path.is_file() else b""
        if not words or words.endswith(SILENCE):
            continue
        row.sha256, row.milliseconds = keep(Path(settings.PROMPTS), words + SILENCE), row.milliseconds + SECONDS * 1000
        row.save(update_fields=["sha256", "milliseconds"])
        version.delete()
        _have(row.prompt, row.language, row.sha256, row.milliseconds)
        _touch(apps, row.prompt.organization_id)


def _have(prompt, language, sha256, milliseconds):
    sound = {"sha256": sha256, "milliseconds": milliseconds}
    prompt.audio.update_or_create(language=language, defaults=sound)
    prompt.versions.get_or_create(
        language=language,
        sha256=sha256,
        defaults={"milliseconds": milliseconds, "how": "system", "made_at": timezone.now()},
    )


def _touch(apps, organization_id):
    rows = apps.get_model("accounts", "Organization").objects.filter(pk=organization_id)
    rows.update(revision=F("revision") + 1)


class Migration(migrations.Migration):
    dependencies = [("prompts", "0004_versions")]

    operations = [
        migrations.RunPython(add_music, migrations.RunPython.noop),
        migrations.RunPython(add_silence, migrations.RunPython.noop),
    ]
