"""Which event of a schedule decides at an instant: from top to bottom, the first match sets the state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo


class Action(StrEnum):
    OPEN = "open"
    FORWARD = "forward"
    CLOSED = "closed"


class Repeat(StrEnum):
    NONE = "none"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Never:
    """The event repeats for ever."""


@dataclass(frozen=True, slots=True)
class Until:
    """The last occurrence begins on this day at the latest."""

    day: date


@dataclass(frozen=True, slots=True)
class Times:
    """So many occurrences, the first included."""

    count: int


End = Never | Until | Times


@dataclass(frozen=True, slots=True)
class Always:
    """The default event."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Day or week: a window of wall time on each of `weekdays` (0 = Monday) from `first` to `last`, both included.

    Half-open. `until` at or before `since` is on the next day: the window belongs to the day it begins on.
    """

    weekdays: frozenset[int]
    since: time
    until: time
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """None, month or year: [start, stop) in wall time without zone, repeated on the same day (of the year)."""

    repeat: Repeat
    start: datetime
    stop: datetime
    end: End = Never()


@dataclass(frozen=True, slots=True)
class Event:
    """An event. `prompt` is an index into nothing here: routing/plan.py resolves it; `destination` is for a forward."""

    id: int
    name: str
    action: Action
    when: Always | Windows | Span
    destination: str | None = None
    prompt_id: int | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Events in order and the default one, in one time zone."""

    zone: ZoneInfo
    events: tuple[Event, ...]
    default: Event


@dataclass(frozen=True, slots=True)
class State:
    """What a schedule says at an instant: the event that decides and those above it that do not match."""

    event: Event
    passed: tuple[Event, ...]


def decide(schedule: Schedule, now: datetime) -> State:
    """Return the event that decides at `now` (aware). The one source of the list's state and of a call's decision."""
    raise NotImplementedError


def next_change(schedule: Schedule, now: datetime) -> datetime | None:
    """Return the first instant after `now` (aware, UTC) at which another event decides; None: none within two years."""
    raise NotImplementedError
