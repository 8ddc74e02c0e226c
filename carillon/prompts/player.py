"""What the small player beside a list of prompts shows: the address of the sound, or that there is none yet."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from carillon.prompts.files import path_of
from carillon.prompts.hearing import recording
from carillon.prompts.models import Prompt


@dataclass(frozen=True, slots=True)
class Player:
    """`address` is empty where the prompt has no recording; `words` is what it says."""

    name: str
    words: str
    address: str


def player_of(prompt: Prompt | None, language: str) -> Player | None:
    """Return the player of what a caller hears in `language`."""
    if prompt is None:
        return None
    sha256 = recording(prompt, language, prompt.organization.language)
    address = ""
    if sha256 and path_of(sha256).is_file():
        address = f"{reverse('prompts:listen', args=[prompt.pk])}?{urlencode({'language': language})}"
    return Player(prompt.name, prompt.description, address)
