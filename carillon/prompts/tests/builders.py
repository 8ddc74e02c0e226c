"""Prompts with sounds, as tests need them: each sound is a tone of its own."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from carillon.accounts.models import Organization, User
from carillon.demo import phrases
from carillon.demo.sound import own_tone
from carillon.prompts import files
from carillon.prompts.models import How, Prompt
from carillon.prompts.sounds import Sound, set_recording
from carillon.prompts.speech import keep, put


def tone(number: int, seconds: float = 0.6) -> bytes:
    """Return a sound that differs from every other number's."""
    return own_tone(number, seconds)


def record(
    prompt: Prompt, language: str, audio: bytes, how: How = How.FILE, source: str = "", maker: User | None = None
) -> str:
    """Have callers hear `audio`, which came with an original if it is a file; return its hash."""
    original = ""
    if how == How.FILE:
        content = b"RIFF of " + audio
        token = "0" * 32
        files.incoming(token).parent.mkdir(parents=True, exist_ok=True)
        put(files.incoming(token), content)
        original = files.hash_of(token)
        files.keep_original(token, original)
    sha256 = keep(Path(settings.PROMPTS), audio)
    set_recording(prompt, language, Sound(sha256, len(audio) // 8, how, source, original), maker)
    return sha256


def deliver(organization: Organization) -> None:
    """Give the system's prompts the recordings that come with Carillon, in four languages or as tones."""
    for number, prompt in enumerate(organization.prompts.exclude(key="")):
        spoken = prompt.key not in {sound.key for sound in phrases.SOUNDS}
        for place, language in enumerate(phrases.LANGUAGES if spoken else ("",)):
            record(prompt, language, tone(4 * number + place, 0.5 + number / 4), How.SYSTEM)
