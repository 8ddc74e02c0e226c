"""How a recording gets its sound: a worker speaks the words or converts the file, the person hears it and keeps it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tasks import task

from carillon.accounts import audit
from carillon.accounts.models import AuditEntry
from carillon.prompts import files, speech
from carillon.prompts.convert import SECONDS, Report, SoundError, convert
from carillon.prompts.models import How, Prompt, PromptMaking
from carillon.prompts.report import peaks
from carillon.prompts.sounds import Sound, set_recording

log = structlog.get_logger()
SHORTEST_SECONDS = 0.05
State = PromptMaking.State


def begin(making: PromptMaking) -> None:
    """Store what is wanted and let a worker make it."""
    with transaction.atomic():
        making.save()
        transaction.on_commit(partial(make.enqueue, making.pk))


@task()
def make(pk: int) -> None:
    """Make the sound; what goes wrong is told on the page that waits. Done again, it does nothing."""
    rows = PromptMaking.objects.filter(pk=pk, state=State.WAITING)
    making = rows.select_related("organization", "user", "prompt").first()
    if making is None:
        return
    try:
        _made(making)
    except SoundError as error:
        _fail(making, str(error))
    except (subprocess.SubprocessError, OSError) as error:
        log.warning("prompt_not_made", making=pk, error=str(error)[:200])
        _fail(making, "other")


def _made(making: PromptMaking) -> None:
    """Keep the sound and let the person hear it; who recorded it by telephone has heard it and pressed 1."""
    audio, making.report = sound_of(making)
    making.sha256 = speech.keep(Path(settings.PROMPTS), audio)
    making.milliseconds, making.peaks = len(audio) // 8, peaks(audio)
    making.original = files.hash_of(making.incoming) if making.incoming else ""
    making.state, making.percent = State.READY, 100
    making.save(update_fields=["sha256", "milliseconds", "peaks", "report", "original", "state", "percent"])
    if making.how == How.CALL:
        keep(making)


def keep(making: PromptMaking) -> bool:
    """Have callers hear what was made: the prompt is there, or has its recording. False: its name is taken by now."""
    actor = audit.Actor(making.organization, making.user, str(making.user))
    source = making.text if making.how == How.SPEECH else making.file_name
    sound = Sound(making.sha256, making.milliseconds, How(making.how), source, making.original, making.peaks)
    verb = AuditEntry.Verb.CHANGE if making.prompt else AuditEntry.Verb.CREATE
    prompt = making.prompt or Prompt(
        organization=making.organization, name=making.name, description=making.description or making.text
    )
    try:
        with transaction.atomic():
            rows = PromptMaking.objects.filter(pk=making.pk)
            if not rows.filter(state=State.READY).update(state=State.DONE):
                return True  # a second click
            with audit.change(actor, prompt, verb):
                if making.prompt is None:
                    prompt.save()
                set_recording(prompt, making.recording_language, sound, making.user)
            files.keep_original(making.incoming, making.original)
            rows.update(prompt_number=prompt.pk)
    except IntegrityError:
        _fail(making, "name")
        return False
    return True


def sound_of(making: PromptMaking) -> tuple[bytes, Report]:
    """Return the A-law of what was wanted, and what is told of the file that was sent."""
    if making.incoming:
        recorded = making.how == How.MICROPHONE
        return convert(files.incoming(making.incoming), recorded=recorded, progress=_progress(making))
    audio = speech.speak(making.language, making.text)
    if len(audio) < SHORTEST_SECONDS * 8000:
        raise SoundError("silent")
    if len(audio) > SECONDS * 8000:
        raise SoundError("long")
    return audio, {}


def _progress(making: PromptMaking) -> Callable[[float], None]:
    told = time.monotonic()

    def tell(share: float) -> None:
        nonlocal told
        if time.monotonic() - told > 0.5:
            told = time.monotonic()
            PromptMaking.objects.filter(pk=making.pk).update(percent=int(share * 100))

    return tell


def _fail(making: PromptMaking, error: str) -> None:
    files.drop(making.incoming)
    PromptMaking.objects.filter(pk=making.pk).update(state=State.FAILED, error=error)


def forget() -> None:
    """Delete what was made, or could not be made, more than a day ago; the prompts stay."""
    old = PromptMaking.objects.filter(created_at__lt=timezone.now() - timedelta(days=1))
    for token in old.exclude(incoming="").values_list("incoming", flat=True):
        files.drop(token)
    old.delete()
