"""Which event of a schedule decides at an instant: from top to bottom, the first match sets the state."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
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
    """An event. `prompt_id` names a prompt of the function number's facts; `destination` is for a forward."""

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


#: Further than this nobody asks when a state changes.
HORIZON = timedelta(days=731)
DAY = timedelta(days=1)


def decide(schedule: Schedule, now: datetime) -> State:
    """Return the event that decides at `now` (aware). The one source of the list's state and of a call's decision."""
    passed: list[Event] = []
    for event in schedule.events:
        if is_active(event, schedule.zone, now):
            return State(event, tuple(passed))
        passed.append(event)
    return State(schedule.default, tuple(passed))


def next_change(schedule: Schedule, now: datetime) -> datetime | None:
    """Return the first instant after `now` (aware, UTC) at which another event decides; None: none within two years."""
    now = now.astimezone(UTC)
    current = decide(schedule, now).event
    moment = now
    while (following := _next_edge(schedule, moment)) is not None and following <= now + HORIZON:
        if decide(schedule, following).event is not current:
            return following
        moment = following
    return None


def is_active(event: Event, zone: ZoneInfo, now: datetime) -> bool:
    """Tell whether `now` (aware) lies in an occurrence of `event`. Half-open: the end itself is outside."""
    if isinstance(event.when, Always):
        return True
    now = now.astimezone(UTC)
    today = now.astimezone(zone).date()
    return any(start <= now < stop for start, stop in _around(event.when, zone, today))


class WhyNot(StrEnum):
    """Why an event does not count at an instant."""

    ENDED = "ended"
    NOT_YET = "not_yet"
    OTHER_DAY = "other_day"
    OTHER_TIME = "other_time"


def why_not(event: Event, zone: ZoneInfo, now: datetime) -> WhyNot:
    """Return why `event`, which is not active at `now` (aware), is passed over."""
    today = now.astimezone(zone).date()
    if isinstance(event.when, Windows):
        if event.when.first is not None and today < event.when.first:
            return WhyNot.NOT_YET
        if event.when.last is not None and today > event.when.last:
            return WhyNot.ENDED
        return WhyNot.OTHER_TIME if today.weekday() in event.when.weekdays else WhyNot.OTHER_DAY
    if isinstance(event.when, Span):
        if today < event.when.start.date():
            return WhyNot.NOT_YET
        if any(
            start.date() == today or start <= datetime.combine(today, time.max) < stop
            for start, stop in _near(event.when, today)
        ):
            return WhyNot.OTHER_TIME
        ahead = next((start for start, _stop in _occurrences(event.when, today)), None)
        return WhyNot.ENDED if ahead is None else WhyNot.OTHER_DAY
    return WhyNot.OTHER_TIME  # pragma: no cover - the default event is always active


def _near(span: Span, today: date) -> Iterator[tuple[datetime, datetime]]:
    for start, stop in _occurrences(span, today - (span.stop - span.start) - DAY):
        if start.date() > today:
            return
        yield start, stop


def instant(wall: datetime, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """Return the UTC instant of a wall time.

    A time that the clock skips (spring) becomes the first instant after the gap. A time that it shows twice (autumn)
    is the first of both for a start and the second for an end.
    """
    aware = wall.replace(tzinfo=zone, fold=1 if end else 0)
    found = aware.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    # In a gap the offset before it names an instant after it and the offset after it one before: the change is between.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        before, after = (middle, after) if middle.astimezone(zone).utcoffset() == offset else (before, middle)
    return after.replace(microsecond=0)


def _around(when: Windows | Span, zone: ZoneInfo, today: date) -> Iterator[tuple[datetime, datetime]]:
    """Occurrences that may touch the local day `today`, as UTC instants."""
    if isinstance(when, Windows):
        for day in (today - DAY, today, today + DAY):
            if _has_window(when, day):
                yield _window(when, zone, day)
        return
    for start, stop in _occurrences(when, today - (when.stop - when.start) - 2 * DAY):
        if start.date() > today + DAY:
            return
        yield instant(start, zone), instant(stop, zone, end=True)


def _has_window(when: Windows, day: date) -> bool:
    return (
        day.weekday() in when.weekdays
        and (when.first is None or day >= when.first)
        and (when.last is None or day <= when.last)
    )


def _window(when: Windows, zone: ZoneInfo, day: date) -> tuple[datetime, datetime]:
    last = day + DAY if when.until <= when.since else day
    return (
        instant(datetime.combine(day, when.since), zone),
        instant(datetime.combine(last, when.until), zone, end=True),
    )


def _occurrences(span: Span, since: date) -> Iterator[tuple[datetime, datetime]]:
    """Occurrences of a span in wall time, in order, those that begin before `since` left out."""
    length = span.stop - span.start
    for counted, start in enumerate(_starts(span), start=1):
        if isinstance(span.end, Times) and counted > span.end.count:
            return
        if isinstance(span.end, Until) and start.date() > span.end.day:
            return
        if start.date() >= since:
            yield start, start + length


def _starts(span: Span) -> Iterator[datetime]:
    """Wall times at which the span begins: months and years without that day are skipped."""
    if span.repeat not in (Repeat.MONTH, Repeat.YEAR):
        yield span.start
        return
    months = 1 if span.repeat is Repeat.MONTH else 12
    index = span.start.year * 12 + span.start.month - 1
    while index < 9990 * 12:
        year, month = divmod(index, 12)
        if span.start.day <= calendar.monthrange(year, month + 1)[1]:
            yield span.start.replace(year=year, month=month + 1)
        index += months


def _next_edge(schedule: Schedule, now: datetime) -> datetime | None:
    """The first instant after `now` at which any event begins or ends."""
    edges = (_event_edge(event.when, schedule.zone, now) for event in schedule.events)
    return min((edge for edge in edges if edge is not None), default=None)


def _event_edge(when: Always | Windows | Span, zone: ZoneInfo, now: datetime) -> datetime | None:
    if isinstance(when, Always):
        return None
    today = now.astimezone(zone).date()
    found: datetime | None = None
    for start, stop in _ahead(when, zone, today):
        if found is not None and start >= found:
            return found
        for edge in (start, stop):
            if edge > now and (found is None or edge < found):
                found = edge
    return found


def _ahead(when: Windows | Span, zone: ZoneInfo, today: date) -> Iterator[tuple[datetime, datetime]]:
    """Occurrences from the one that may touch yesterday on, as UTC instants, ordered by their start."""
    if isinstance(when, Windows):
        first = max(today - DAY, when.first) if when.first else today - DAY
        last = min(when.last, first + HORIZON) if when.last else first + HORIZON
        for number in range((last - first).days + 1):
            if _has_window(when, first + number * DAY):
                yield _window(when, zone, first + number * DAY)
        return
    for start, stop in _occurrences(when, today - (when.stop - when.start) - 2 * DAY):
        if start.date() > today + HORIZON:
            return
        yield instant(start, zone), instant(stop, zone, end=True)
