"""How a new prompt gets its sound: a worker speaks the words or converts the file, then the prompt is there."""

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
from carillon.prompts import speech
from carillon.prompts.models import PromptMaking
from carillon.prompts.sound import alaw, to_8000
from carillon.prompts.wave import SoundError, mono, parse

log = structlog.get_logger()
#: A file may be this large and a prompt this long.
MEGABYTES, SECONDS = 20, 180
SHORTEST_SECONDS = 0.05
State = PromptMaking.State


def begin(making: PromptMaking) -> None:
    """Store what is wanted and let a worker make it."""
    with transaction.atomic():
        making.save()
        transaction.on_commit(partial(make.enqueue, making.pk))


@task()
def make(pk: int) -> None:
    """Make the sound, then the prompt; what goes wrong is told on the page that waits. Done again, it does nothing."""
    making = PromptMaking.objects.filter(pk=pk, state=State.WAITING).select_related("organization", "user").first()
    if making is None:
        return
    try:
        _finish(making, sound_of(making))
    except SoundError as error:
        _fail(making, str(error))
    except IntegrityError:
        _fail(making, "name")
    except (subprocess.SubprocessError, OSError) as error:
        log.warning("prompt_not_made", making=pk, error=str(error)[:200])
        _fail(making, "other")


def sound_of(making: PromptMaking) -> bytes:
    """Return the A-law of what was wanted."""
    if making.file is None:
        audio = speech.say(speech.program(), speech.VOICES[making.language], making.text)
        if len(audio) < SHORTEST_SECONDS * 8000:
            raise SoundError("silent")
        return audio
    return converted(bytes(making.file), _progress(making))


def converted(content: bytes, progress: Callable[[float], None] = lambda _share: None) -> bytes:
    """Return a WAV file as A-law, 8 kHz, mono; one that is so already stays as it is, sample for sample."""
    wave = parse(content)
    if wave.seconds > SECONDS:
        raise SoundError("length")
    if wave.seconds < SHORTEST_SECONDS:
        raise SoundError("empty")
    return bytes(wave.data) if wave.is_ours else alaw(to_8000(wave.rate, mono(wave), progress))


def _progress(making: PromptMaking) -> Callable[[float], None]:
    told = time.monotonic()

    def tell(share: float) -> None:
        nonlocal told
        if time.monotonic() - told > 0.5:
            told = time.monotonic()
            PromptMaking.objects.filter(pk=making.pk).update(percent=int(share * 100))

    return tell


def _finish(making: PromptMaking, audio: bytes) -> None:
    sha256 = speech.keep(Path(settings.PROMPTS), audio)
    actor = audit.Actor(making.organization, making.user, str(making.user))
    prompt = making.organization.prompts.model(
        organization=making.organization, name=making.name, description=making.description or making.text
    )
    with transaction.atomic():
        with audit.change(actor, prompt, AuditEntry.Verb.CREATE):
            prompt.save()
            prompt.audio.create(language="", sha256=sha256, milliseconds=len(audio) // 8)
        PromptMaking.objects.filter(pk=making.pk).update(
            state=State.DONE, percent=100, prompt_number=prompt.pk, file=None
        )


def _fail(making: PromptMaking, error: str) -> None:
    PromptMaking.objects.filter(pk=making.pk).update(state=State.FAILED, error=error, file=None)


def forget() -> None:
    """Delete what was made, or could not be made, more than a day ago; the prompts stay."""
    PromptMaking.objects.filter(created_at__lt=timezone.now() - timedelta(days=1)).delete()
