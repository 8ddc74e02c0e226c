"""Music on hold as Asterisk has it: a class for each who has music, named by whose it is, and one of each ring tone.

A held caller keeps the class as it was when the hold began, whatever the file says by then; the next hold, of the same
call too, gets the class as it is. So a class is named by its owner and not by its sound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.db.models import QuerySet

from carillon.accounts.models import Organization, User
from carillon.asterisk import text
from carillon.prompts.files import path_of
from carillon.prompts.hearing import recording
from carillon.prompts.hold import MUSIC, RINGING
from carillon.prompts.models import HoldMusic, Prompt

FILE = "musiconhold.conf"
_ENTRY = re.compile(r"^entry=(.+)$", re.MULTILINE)
_LOST = re.compile(r"^; lost: (.+)$", re.MULTILINE)
_USER = re.compile(r"^\[user-([0-9]+)\]$", re.MULTILINE)


def of_organization(pk: int) -> str:
    """Return the class of what an organization's callers hear."""
    return f"org-{pk}"


def of_function(pk: int) -> str:
    """Return the class of a function number's own music."""
    return f"function-{pk}"


def of_user(pk: int | None) -> str:
    """Return the class of a user's own music."""
    return f"user-{pk}"


def ring_of(pk: int) -> str:
    """Return the class of an organization's ring tone."""
    return f"ring-{pk}"


def musical_users(node: str) -> set[int]:
    """Return the ids of users who have music of their own."""
    rows = HoldMusic.objects.filter(organization__home_node=node, user__isnull=False)
    return {pk for pk in rows.values_list("user_id", flat=True) if pk}


def written(folder: Path) -> str:
    """Return the file of music as it is; empty where there is none yet."""
    path = folder / FILE
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def lasts(folder: Path) -> bool:
    """Tell whether the sounds of the file are still there, and those still lost that were."""
    known = written(folder)
    there = (Path(f"{sound}.alaw").is_file() for sound in _ENTRY.findall(known))
    return all(there) and not any(Path(f"{sound}.alaw").is_file() for sound in _LOST.findall(known))


def render(node: str, before: str) -> str:
    """Return the classes of a node; a user who had music keeps the class, for calls that name it already."""
    music = _Music(node, {int(pk) for pk in _USER.findall(before)})
    classes = "".join(music.classes())
    return "".join(f"; lost: {sound}\n" for sound in sorted(music.lost)) + classes


class _Music:
    """Reads the rows once and writes the classes."""

    def __init__(self, node: str, users_before: set[int]) -> None:
        self._organizations = Organization.objects.filter(home_node=node).order_by("pk")
        self._own = _with_sounds(HoldMusic.objects.filter(organization__home_node=node).order_by("pk"))
        system = Prompt.objects.filter(organization__home_node=node, key__in=(MUSIC, RINGING))
        self._system = {(row.organization_id, row.key): row for row in system.prefetch_related("audio")}
        self._users_before = users_before
        self.lost: set[str] = set()

    def classes(self) -> Iterator[str]:
        house: dict[int, list[str]] = {}
        own = {row.organization_id: row for row in self._own if not row.function_number_id and not row.user_id}
        for organization in self._organizations:
            pk, language = organization.pk, organization.language
            choice = own[pk].prompt if pk in own else None
            house[pk] = [*_sounds(choice, language), *_sounds(self._system.get((pk, MUSIC)), language)]
            yield self._class(of_organization(pk), house[pk])
            yield self._class(ring_of(pk), _sounds(self._system.get((pk, RINGING)), language))
        for row in self._own:
            language = row.organization.language
            if number := row.function_number:
                yield self._class(of_function(number.pk), _sounds(row.prompt, number.language, language))
            elif user := row.user:
                sounds = _sounds(row.prompt, user.language, language)
                yield self._class(of_user(user.pk), [*sounds, *house[row.organization_id]])
        for pk, organization_id in self._without_by_now():
            yield self._class(of_user(pk), house[organization_id])

    def _without_by_now(self) -> Iterable[tuple[int, int]]:
        rows = User.objects.filter(pk__in=self._users_before, hold_music__isnull=True)
        rows = rows.filter(organization__in=self._organizations).order_by("pk")
        return rows.values_list("pk", "organization_id") if self._users_before else ()

    def _class(self, title: str, sounds: Iterable[str]) -> str:
        """Write a class of the first sound that is there; without any Asterisk goes on to the next music there is."""
        for sound in sounds:
            if Path(f"{sound}.alaw").is_file():
                return text.music(title, sound)
            self.lost.add(sound)
        return ""


def _with_sounds(rows: QuerySet[HoldMusic]) -> QuerySet[HoldMusic]:
    return rows.select_related("organization", "function_number", "user", "prompt").prefetch_related("prompt__audio")


def _sounds(prompt: Prompt | None, *languages: str) -> list[str]:
    """Return the recording in the first of these languages, as Asterisk names a file; empty where there is none."""
    sha256 = recording(prompt, *languages) if prompt else None
    return [str(path_of(sha256).with_suffix(""))] if sha256 else []
