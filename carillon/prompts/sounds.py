"""How a prompt gets another sound: every change of a recording passes here, and the sounds it had are kept."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from carillon.accounts.models import User
from carillon.prompts.models import How, Prompt, PromptVersion

#: Besides the sound that callers hear; those delivered with Carillon are kept always.
EARLIER_VERSIONS = 5


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound that lies in its file; the fields are those of PromptVersion."""

    sha256: str
    milliseconds: int
    how: How
    source: str = ""
    original: str = ""
    peaks: str = ""


def set_recording(prompt: Prompt, language: str, sound: Sound, maker: User | None) -> None:
    """Have callers hear `sound` in `language` (empty = the default recording); inside the transaction of a change."""
    prompt.audio.update_or_create(
        language=language, defaults={"sha256": sound.sha256, "milliseconds": sound.milliseconds}
    )
    _remember(prompt, language, sound, maker)
    _forget_old(prompt, language, sound.sha256)
    prompt.save(update_fields=["updated_at"])


def _remember(prompt: Prompt, language: str, sound: Sound, maker: User | None) -> None:
    delivered = prompt.versions.filter(language=language, sha256=sound.sha256, how=How.SYSTEM)
    if sound.how != How.SYSTEM and delivered.exists():
        return  # the delivered sound once more: it stays what a reset goes back to
    prompt.versions.update_or_create(
        language=language,
        sha256=sound.sha256,
        defaults={
            "milliseconds": sound.milliseconds,
            "how": sound.how,
            "source": sound.source,
            "original": sound.original,
            "peaks": sound.peaks,
            "made_by": maker,
            "made_by_name": str(maker or "")[:160],
            "made_at": timezone.now(),
        },
    )


def bring_back(version: PromptVersion) -> None:
    """Have callers hear an earlier version again; it stays what it was, and so do the others."""
    prompt = version.prompt
    prompt.audio.update_or_create(
        language=version.language, defaults={"sha256": version.sha256, "milliseconds": version.milliseconds}
    )
    prompt.save(update_fields=["updated_at"])


def _forget_old(prompt: Prompt, language: str, current: str) -> None:
    """Delete the rows beyond the latest; their files go with the next housekeeping, if nothing else has them."""
    rows = prompt.versions.filter(language=language).exclude(how=How.SYSTEM).exclude(sha256=current)
    old = list(rows.values_list("pk", flat=True)[EARLIER_VERSIONS:])
    prompt.versions.filter(pk__in=old).delete()
