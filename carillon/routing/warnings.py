"""What is worth a second look in a schedule: found by what it decides over a period, so that nothing is a guess."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache

from carillon.routing.schedule import (
    DAY,
    HORIZON,
    RAREST,
    Action,
    Always,
    Event,
    Moment,
    Repeat,
    Schedule,
    Span,
    Windows,
    bounds,
    candidates,
    first_day,
    is_active,
    length,
    next_start,
    number_on,
    numbers,
    wall_start,
)
from carillon.routing.segments import (
    ClockChange,
    Run,
    Share,
    clock_changes,
    divide,
    instant_of,
    seconds_of,
    shares,
)

#: Two openings nearer to each other than this were probably meant to touch.
SLIP = timedelta(minutes=15)
YEAR = timedelta(days=366)
MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Hidden:
    """The event matches and never decides: `by` do, the most first. `for_good`: in all its life, else in the period."""

    event: Event
    by: tuple[Event, ...]
    for_good: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """The last occurrence is over since `at`."""

    event: Event
    at: datetime


@dataclass(frozen=True, slots=True)
class NoDay:
    """No day is like this: a last day before the first, or a public holiday that no table knows."""

    event: Event


@dataclass(frozen=True, slots=True)
class Gap:
    """Between two openings the default event decides for less than SLIP, for the first time from `start` to `stop`."""

    before: Event
    after: Event
    start: datetime
    stop: datetime


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two openings of which neither contains the other; for the first time from `start` to `stop`."""

    upper: Event
    lower: Event
    start: datetime
    stop: datetime


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change of the clock does to an event: it matches from `start` to `stop`, `wall` long on other days."""

    event: Event
    start: datetime
    stop: datetime
    wall: timedelta


@dataclass(frozen=True, slots=True)
class ClockDay:
    """A change of the clock that falls into events."""

    change: ClockChange
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A forward whose call comes back to a number of its way, for the first time at `at`."""

    event: Event
    at: datetime
    way: tuple[str, ...]


Finding = Hidden | Ended | NoDay | Gap | Overlap | ClockDay


def warnings(schedule: Schedule, now: datetime) -> list[Finding]:
    """Return what is worth a look from the day of `now` (aware) on; temporary changes end by themselves.

    HORIZON is looked ahead, a year for the clock, and the whole life of an event that happens once.
    """
    over = [found for event in schedule.events if (found := _over(event, schedule, now))]
    begin = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [*over, *_ahead(replace(schedule, temporary=()), begin)]


@lru_cache(maxsize=256)
def _ahead(schedule: Schedule, begin: datetime) -> tuple[Finding, ...]:
    """The same for a whole day, so that a page that is opened again costs nothing."""
    period = shares(schedule, begin, begin + HORIZON)
    covered = list(hidden(schedule, period, begin + HORIZON))
    shown = {found.event for found in covered}
    return (
        *covered,
        *gaps(schedule, period),
        *(found for found in overlaps(period) if found.lower not in shown),
        *clock_days(schedule, period, begin, begin + YEAR),
    )


def _over(event: Event, schedule: Schedule, now: datetime) -> Ended | NoDay | None:
    when, zone, now = event.when, schedule.zone, now.astimezone(UTC)
    if isinstance(when, Always | Moment) or is_active(event, zone, now):
        return None
    since = max(now, datetime.combine(first_day(when), MIDNIGHT, UTC) - DAY)
    if next_start(when, zone, since, since + RAREST):
        return None
    last = _last(when, schedule, now)
    return Ended(event, last) if last else NoDay(event)


def _last(when: Windows | Span, schedule: Schedule, now: datetime) -> datetime | None:
    """The end of the last occurrence before `now`."""
    lowest, highest = numbers(when)
    nearest = min(highest, number_on(when, now.astimezone(schedule.zone).date()))
    for index in range(nearest, max(lowest, nearest - 3 * 366) - 1, -1):
        if wall_start(when, index) is not None:
            start, stop = bounds(when, index, schedule.zone)
            if start < stop <= now:
                return stop
    return None


def hidden(schedule: Schedule, period: Sequence[Share], stop: datetime) -> Iterator[Hidden]:
    """Return the events that match within a period and never decide; those that happen once until their end."""
    for place, event in enumerate(schedule.events):
        above, share, for_good = period[:place], period[place], False
        if share.decides:
            continue
        if isinstance(event.when, Span) and event.when.repeat is Repeat.NONE:
            for_good = True
            end = bounds(event.when, 0, schedule.zone)[1]
            if end > stop:
                begin = max(stop, bounds(event.when, 0, schedule.zone)[0])
                *later, rest = shares(replace(schedule, events=schedule.events[:place], default=event), begin, end)
                if rest.decides:
                    continue
                above = [*above, *later]
                share = Share(event, (*share.matches, *rest.matches), ())
        if share.matches:
            yield Hidden(event, _hiding(above, share), for_good)


def _hiding(above: Sequence[Share], share: Share) -> tuple[Event, ...]:
    """Return who decides while an event matches, the one that does so longest first."""
    lengths: dict[Event, int] = {}
    for other in above:
        for begin, end in divide(list(share.matches), other.decides)[0]:
            lengths[other.event] = lengths.get(other.event, 0) + end - begin
    return tuple(sorted(lengths, key=lambda event: -lengths[event]))


def gaps(schedule: Schedule, period: Sequence[Share]) -> Iterator[Gap]:
    """Return, once for each two openings, the first short time between them in which the default event decides."""
    if schedule.default.action is Action.OPEN:
        return
    opens = {begin: share.event for share in period if share.event.action is Action.OPEN for begin, _ in share.decides}
    ends = {end: share.event for share in period if share.event.action is Action.OPEN for _, end in share.decides}
    seen = set()
    for begin, end in period[-1].decides:
        before, after = ends.get(begin), opens.get(end)
        if before is None or after is None or (before, after) in seen or end - begin >= SLIP.total_seconds():
            continue
        start, stop = instant_of(begin), instant_of(end)
        # An hour that the clock skips is nobody's slip.
        walls = (stop.astimezone(schedule.zone).replace(tzinfo=None), start.astimezone(schedule.zone))
        if walls[0] - walls[1].replace(tzinfo=None) == stop - start:
            seen.add((before, after))
            yield Gap(before, after, start, stop)


def overlaps(period: Sequence[Share]) -> list[Overlap]:
    """Return, once for each two openings, the first time at which both match, one begins and the other ends.

    An opening within another is meant: that is how an exception is made.
    """
    opening = [share for share in period[:-1] if share.event.action is Action.OPEN]
    every = sorted((run, place) for place, share in enumerate(opening) for run in share.matches)
    found: dict[tuple[int, int], Overlap] = {}
    running: list[tuple[Run, int]] = []
    for run, place in every:
        running = [other for other in running if other[0][1] > run[0]]
        for (begin, end), other in running:
            pair = min(place, other), max(place, other)
            # They are in order: this one begins later, and so each has to end later than it.
            if pair in found or not (begin < run[0] and end < run[1]):
                continue
            upper, lower = opening[pair[0]], opening[pair[1]]
            if _decides_in(upper, (run[0], end)):
                found[pair] = Overlap(upper.event, lower.event, instant_of(run[0]), instant_of(end))
        running.append((run, place))
    return list(found.values())


def _decides_in(share: Share, run: Run) -> bool:
    place = bisect_right(share.decides, run) - 1
    near = share.decides[max(0, place) : place + 2]
    return any(begin < run[1] and end > run[0] for begin, end in near)


def clock_days(schedule: Schedule, period: Sequence[Share], start: datetime, stop: datetime) -> Iterator[ClockDay]:
    """Return the changes of the clock between two instants that make an event longer or shorter, or let it fall out.

    Events longer than a day and whole days are left out: nobody looks at the clock for them.
    """
    for change in clock_changes(schedule.zone, start, stop):
        effects = [
            effect
            for share in period
            for effect in _effects(share.event, schedule, change)
            if effect.start == effect.stop or _decides_in(share, (seconds_of(effect.start), seconds_of(effect.stop)))
        ]
        if effects:
            yield ClockDay(change, tuple(effects))


def _effects(event: Event, schedule: Schedule, change: ClockChange) -> Iterator[Effect]:
    when = event.when
    if isinstance(when, Always | Moment) or length(when) > DAY or _is_whole_day(when):
        return
    lowest, highest = numbers(when)
    low = max(lowest, number_on(when, (change.at - 2 * DAY).astimezone(schedule.zone).date()))
    for index in candidates(when, low, highest, change.at + 2 * DAY):
        if wall_start(when, index) is None:
            continue
        start, stop = bounds(when, index, schedule.zone)
        if start > change.at + 2 * DAY:
            return
        if stop - start != length(when) and start <= change.at <= stop:
            yield Effect(event, start, stop, length(when))


def _is_whole_day(when: Windows | Span) -> bool:
    return length(when) == DAY and (when.since if isinstance(when, Windows) else when.start.time()) == MIDNIGHT


def round_trips(
    number: str, schedule: Schedule, leads: Mapping[str, Schedule | str], now: datetime
) -> Iterator[RoundTrip]:
    """Return the forwards of a number's schedule that come back, within a year from the day of `now` (aware).

    `leads`: what other numbers do, by their schedule or by a person's own forward. A forward comes back only if all on
    its way forward at the same time.
    """
    start = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    period = start, start + YEAR
    if not any(event.action is Action.FORWARD for event in (*schedule.events, schedule.default)):
        return
    for share in shares(replace(schedule, temporary=()), *period):
        if share.event.action is Action.FORWARD and share.event.destination:
            found = _comes_back((number, share.event.destination), list(share.decides), leads, period)
            if found:
                yield RoundTrip(share.event, *found)


def _comes_back(
    way: tuple[str, ...], when: list[Run], leads: Mapping[str, Schedule | str], period: tuple[datetime, datetime]
) -> tuple[datetime, tuple[str, ...]] | None:
    if not when:
        return None
    *before, here = way
    if here in before:
        return instant_of(when[0][0]), way
    match leads.get(here):
        case str() as further:
            return _comes_back((*way, further), when, leads, period)
        case Schedule() as schedule if any(e.action is Action.FORWARD for e in (*schedule.events, schedule.default)):
            for share in shares(replace(schedule, temporary=()), *period):
                if share.event.action is Action.FORWARD and share.event.destination:
                    both = divide(when, share.decides)[0]
                    found = _comes_back((*way, share.event.destination), both, leads, period)
                    if found:
                        return found
    return None
