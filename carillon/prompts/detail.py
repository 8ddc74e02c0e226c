"""What the page of a prompt shows of its recordings: who hears each, where it comes from, and what was there before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carillon.prompts import files
from carillon.prompts.models import Prompt, PromptAudio, PromptVersion

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: What a downloaded file may be called at its end: sounds only, whatever its maker called it.
SOUNDS = {"wav", "aif", "aiff", "aifc", "mp3", "m4a", "ogg", "oga", "opus", "flac", "webm"}
#: What no name of a file may have on the systems that people use.
_UNSAFE = re.compile(r"[^\w .,()+\-]|^[ .]+")


@dataclass(frozen=True, slots=True)
class Recording:
    """One row of the table: what callers of a language hear, or that it is missing, and the versions it had."""

    language: str
    title: StrOrPromise
    audio: PromptAudio | None
    version: PromptVersion | None
    earlier: Sequence[PromptVersion]
    #: Where it is missing: what is heard instead, in words.
    instead: str


def language_name(code: str) -> StrOrPromise:
    """Return what a recording's language is called."""
    return dict(settings.LANGUAGES).get(code, code) if code else gettext_lazy("Default")


def recordings(prompt: Prompt) -> list[Recording]:
    """Return a row for the default recording and for each language of the portal; two queries."""
    heard = {audio.language: audio for audio in prompt.audio.all()}
    versions: dict[str, list[PromptVersion]] = {}
    for version in prompt.versions.all():
        version.prompt = prompt
        versions.setdefault(version.language, []).append(version)
    return [_recording(prompt, code, heard, versions.get(code, [])) for code in _codes(prompt, heard)]


def _codes(prompt: Prompt, heard: Mapping[str, PromptAudio]) -> list[str]:
    """Default first, then the organization's own language, then the others."""
    own = prompt.organization.language
    codes = sorted((code for code, _name in settings.LANGUAGES), key=lambda code: code != own)
    return ["", *codes, *(code for code in heard if code and code not in codes)]


def _recording(
    prompt: Prompt, code: str, heard: Mapping[str, PromptAudio], versions: Sequence[PromptVersion]
) -> Recording:
    audio = heard.get(code)
    current = next((each for each in versions if audio and each.sha256 == audio.sha256), None)
    earlier = [each for each in versions if each is not current]
    return Recording(code, language_name(code), audio, current, earlier, "" if audio else _instead(prompt, heard))


def _instead(prompt: Prompt, heard: Mapping[str, PromptAudio]) -> str:
    """Say what is heard in place of a recording that is missing; the order is that of hearing.recording()."""
    if not heard:
        return ""
    order = (prompt.organization.language, "")
    found = next((each for each in order if each in heard), next(iter(heard)))
    if not found:
        return _("Callers hear the default recording.")
    return _("Callers hear the recording in %(language)s.") % {"language": str(language_name(found))}


def safe_name(version: PromptVersion) -> str:
    """Return what a downloaded original is called: the name it came with, as far as that does no harm."""
    base = re.split(r"[/\\]", files.told_name(version.source))[-1]
    stem, dot, ending = base.rpartition(".")
    if not dot:
        stem, ending = base, ""
    ending = ending.lower() if ending.lower() in SOUNDS else ""
    stem = _UNSAFE.sub("_", stem).strip(" ._")[:100] or "recording"
    return f"{stem}.{ending}" if ending else stem
