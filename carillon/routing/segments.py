"""What a schedule says over a period: its segments, each with the event that decides it, as `decide` would say it.

Instants are whole seconds since 1970 (UTC) inside this module: a year of forty events is some ten thousand windows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from carillon.routing.schedule import (
    WEEKDAYS,
    Always,
    Event,
    Moment,
    Schedule,
    Span,
    When,
    Windows,
    bounds,
    candidates,
    latest,
    length,
    number_on,
    numbers,
    wall_start,
)

#: A stretch of time, half-open, in seconds since 1970.
Run = tuple[int, int]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY, SECONDS = EPOCH.toordinal(), 86400
#: No zone is set twice within this time; so often is looked.
PROBE = timedelta(hours=3)
#: Nearer to a change of the clock than this, a wall time is not read by the offset of its day alone.
NEAR = 3 * SECONDS


@dataclass(frozen=True, slots=True)
class Segment:
    """From `start` to `stop` (aware, UTC, half-open) this event decides. `temporary`: it is a temporary change."""

    start: datetime
    stop: datetime
    event: Event
    temporary: bool = False


@dataclass(frozen=True, slots=True)
class ClockChange:
    """At `at` (UTC) the clock is set from `before` to `after`, offsets from UTC."""

    at: datetime
    before: timedelta
    after: timedelta


@dataclass(frozen=True, slots=True)
class Share:
    """What an event has of a period: while it matches, and while it decides."""

    event: Event
    matches: tuple[Run, ...]
    decides: tuple[Run, ...]


def segments(schedule: Schedule, start: datetime, stop: datetime) -> list[Segment]:
    """Return who decides from `start` to `stop` (aware, whole seconds), in order and without gap.

    Equal to asking `decide` at every second; neighbours differ in their event.
    """
    temporary = {id(event) for event in schedule.temporary}
    pieces = [(run, share.event) for share in shares(schedule, start, stop, temporary=True) for run in share.decides]
    pieces.sort(key=lambda piece: piece[0])
    return [
        Segment(instant_of(begin), instant_of(end), event, temporary=id(event) in temporary)
        for (begin, end), event in pieces
    ]


def shares(schedule: Schedule, start: datetime, stop: datetime, *, temporary: bool = False) -> list[Share]:
    """Return each event's share of a period, from top to bottom, the default event last."""
    left: list[Run] = [(seconds_of(start), seconds_of(stop))]
    found = []
    for event in (*(schedule.temporary if temporary else ()), *schedule.events, schedule.default):
        matches = runs(event.when, schedule.zone, start, stop)
        decides, left = divide(left, matches)
        found.append(Share(event, tuple(matches), tuple(decides)))
    return found


def runs(when: When, zone: ZoneInfo, start: datetime, stop: datetime) -> list[Run]:
    """Return while an event matches between two instants, in order; occurrences that touch or overlap are one."""
    match when:
        case Always():
            found: Iterable[Run] = [(seconds_of(start), seconds_of(stop))]
        case Moment():
            found = [(seconds_of(when.start), seconds_of(when.stop))]
        case Windows(feast=None):
            found = _windows(when, zone, start, stop)
        case _:
            found = _occurrences(when, zone, start, stop)
    low, high = seconds_of(start), seconds_of(stop)
    joined: list[Run] = []
    for since, until in found:
        begin, end = max(since, low), min(until, high)
        if begin >= end:
            continue
        if joined and joined[-1][1] >= begin:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined


def divide(whole: list[Run], part: Iterable[Run]) -> tuple[list[Run], list[Run]]:
    """Return what of `whole` lies in `part`, and what does not; both are in order and without overlaps."""
    inside: list[Run] = []
    outside: list[Run] = []
    cuts = iter(part)
    cut = next(cuts, None)
    for begin, end in whole:
        here = begin
        while cut and cut[1] <= here:
            cut = next(cuts, None)
        while cut and cut[0] < end:
            if cut[0] > here:
                outside.append((here, cut[0]))
                here = cut[0]
            inside.append((here, min(cut[1], end)))
            here = min(cut[1], end)
            if cut[1] > end:
                break
            cut = next(cuts, None)
        if here < end:
            outside.append((here, end))
    return inside, outside


def _windows(when: Windows, zone: ZoneInfo, start: datetime, stop: datetime) -> Iterator[Run]:
    """Windows day by day, by the offset of the day; near a change of the clock as the decision reads them."""
    lowest, highest = numbers(when)
    first, last = start.astimezone(zone).toordinal() - 2, stop.astimezone(zone).toordinal() + 1
    offsets = _offsets(zone, first, last)
    begins = (when.since.hour * 60 + when.since.minute) * 60 + when.since.second
    lasts = int(length(when).total_seconds())
    days = [(day + 1) % 7 in when.weekdays & WEEKDAYS for day in range(5, 12)]
    for day in range(max(first, lowest), min(last, highest) + 1):
        if not days[day % 7]:
            continue
        offset = offsets[day - first]
        if offset is None:
            begin, end = bounds(when, day, zone)
            yield seconds_of(begin), seconds_of(end)
        else:
            at = (day - EPOCH_DAY) * SECONDS + begins - offset
            yield at, at + lasts


def _occurrences(when: Windows | Span, zone: ZoneInfo, start: datetime, stop: datetime) -> Iterator[Run]:
    """Occurrences one by one; those before the one that began last at `start` have ended when it ends."""
    lowest, highest = numbers(when)
    low = latest(when, zone, start)
    if low is None:
        low = max(lowest, number_on(when, start.astimezone(zone).date()) - 1)
    for index in candidates(when, low, highest, stop):
        if wall_start(when, index) is None:
            continue
        begin, end = bounds(when, index, zone)
        if begin >= stop:
            return
        yield seconds_of(begin), seconds_of(end)


@lru_cache(maxsize=64)
def _offsets(zone: ZoneInfo, first: int, last: int) -> list[int | None]:
    """The offset in seconds of each day from one ordinal to another; None near a change of the clock."""
    begin, end = ((day - EPOCH_DAY) * SECONDS for day in (first, last + 1))
    changes = clock_changes(zone, instant_of(begin - 2 * NEAR), instant_of(end + 2 * NEAR))
    offset = _offset(zone, instant_of(begin - 2 * NEAR))
    found: list[int | None] = []
    for day in range(first, last + 1):
        noon = (day - EPOCH_DAY) * SECONDS + SECONDS // 2
        while changes and seconds_of(changes[0].at) + NEAR < noon:
            offset, changes = changes[0].after, changes[1:]
        near = bool(changes) and seconds_of(changes[0].at) - NEAR <= noon
        found.append(None if near else int(offset.total_seconds()))
    return found


def clock_changes(zone: ZoneInfo, start: datetime, stop: datetime) -> list[ClockChange]:
    """Return when the clock of a zone is set after `start` and before `stop` (aware)."""
    years = range(start.astimezone(UTC).year, stop.astimezone(UTC).year + 1)
    return [change for year in years for change in _changes_of(zone, year) if start < change.at < stop]


@lru_cache(maxsize=1024)
def _changes_of(zone: ZoneInfo, year: int) -> tuple[ClockChange, ...]:
    found = []
    here = datetime(year, 1, 1, tzinfo=UTC)
    end = datetime(year + 1, 1, 1, tzinfo=UTC)
    before = _offset(zone, here)
    while here < end:
        there = here + PROBE
        after = _offset(zone, there)
        if after != before:
            found.append(ClockChange(_between(zone, here, there), before, after))
        here, before = there, after
    return tuple(found)


def _between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first second of the offset of `high`."""
    old = _offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        low, high = (middle, high) if _offset(zone, middle) == old else (low, middle)
    return high


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def seconds_of(at: datetime) -> int:
    """Return the whole seconds since 1970 of an instant (aware)."""
    passed = at - EPOCH
    return passed.days * SECONDS + passed.seconds


def instant_of(seconds: int) -> datetime:
    """Return the instant (UTC) of so many seconds since 1970."""
    return EPOCH + timedelta(seconds=seconds)
