"""Who hears what while being held: the number's own music, else that of who holds, else the organization's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from carillon.accounts.models import Organization, User
from carillon.numbers.models import FunctionNumber
from carillon.prompts.models import HoldMusic, Prompt

#: The system prompts of this matter: the music that everybody begins with, words in its place, and the ring tone.
MUSIC, ANNOUNCEMENT, RINGING = "music_on_hold", "midcall_hold_current", "ringin"


class Level(StrEnum):
    """Who has the music that is heard."""

    FUNCTION = "function"
    USER = "user"
    ORGANIZATION = "organization"
    SYSTEM = "system"
    #: A function number without music of its own: whoever holds the caller decides.
    HOLDER = "holder"


@dataclass(frozen=True, slots=True)
class Heard:
    """What is heard and whose it is; no prompt = the melody of the telephone system itself."""

    prompt: Prompt | None
    level: Level


@dataclass(frozen=True)
class Place:
    """What music is set for: an organization, or one of its function numbers or users."""

    organization: Organization
    function: FunctionNumber | None = None
    user: User | None = None

    @cached_property
    def own(self) -> HoldMusic | None:
        """The music that this place itself has."""
        if owner := self.function or self.user:
            return getattr(owner, "hold_music", None)
        return of_organization(self.organization)

    def row(self) -> HoldMusic:
        """Return a new row for this place, not stored."""
        return HoldMusic(organization=self.organization, function_number=self.function, user=self.user)


def of_organization(organization: Organization) -> HoldMusic | None:
    """Return the organization's own choice."""
    rows = organization.hold_music.filter(function_number__isnull=True, user__isnull=True)
    return rows.select_related("prompt__organization").prefetch_related("prompt__audio").first()


def in_house(organization: Organization) -> Heard:
    """Return what is heard where neither number nor user has music: at most three queries."""
    if own := of_organization(organization):
        return Heard(own.prompt, Level.ORGANIZATION)
    return delivered(organization)


def delivered(organization: Organization) -> Heard:
    """Return what is heard where nobody chose anything."""
    rows = organization.prompts.select_related("organization").prefetch_related("audio")
    return Heard(rows.filter(key=MUSIC).first(), Level.SYSTEM)


def heard(place: Place, house: Heard) -> Heard:
    """Return what is heard at a place; `house` is what it inherits."""
    own = place.own
    if own is None:
        return Heard(house.prompt, Level.HOLDER) if place.function else house
    level = Level.FUNCTION if place.function else Level.USER if place.user else Level.ORGANIZATION
    return Heard(own.prompt, level)
