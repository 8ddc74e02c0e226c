"""Which event of a schedule decides at an instant: from top to bottom, the first match sets the state."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import islice, takewhile
from typing import assert_never
from zoneinfo import ZoneInfo

from carillon.routing.clock import instant
from carillon.routing.feasts import Feast, days_of, falls_on, is_known


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

    With `feast` only on those days that are this public holiday. Times of events are of whole minutes. Half-open.
    `until` at or before `since` is on the next day: the window belongs to the day it begins on.
    """

    weekdays: frozenset[int]
    since: time
    until: time
    first: date | None = None
    last: date | None = None
    feast: Feast | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """Once, from one instant (aware) to another, half-open: a temporary change."""

    start: datetime
    stop: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """None, month or year: [start, stop) in wall time without zone, repeated on the same day (of the year)."""

    repeat: Repeat
    start: datetime
    stop: datetime
    end: End = Never()


When = Always | Windows | Span | Moment


@dataclass(frozen=True, slots=True)
class Event:
    """An event. `prompt_id` names a prompt of the function number's facts; `destination` is for a forward."""

    id: int
    name: str
    action: Action
    when: When
    destination: str | None = None
    prompt_id: int | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Events in order and the default one, in one time zone.

    `temporary` changes (of `Moment`s) come before all events; the first that matches decides.
    """

    zone: ZoneInfo
    events: tuple[Event, ...]
    default: Event
    temporary: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """What a schedule says at an instant: the event that decides and those above it that do not match.

    `temporary`: a temporary change decides, and no event is looked at.
    """

    event: Event
    passed: tuple[Event, ...]
    temporary: bool = False


#: Further than this nobody asks when a state changes.
HORIZON = timedelta(days=731)
DAY = timedelta(days=1)
#: 29 February can be eight years away (1896 to 1904, 2096 to 2104).
RAREST = timedelta(days=9 * 366)
#: Wall times outside are clamped: no event of a telephone number begins before or ends after.
EARLIEST, LATEST = datetime(1900, 1, 1), datetime(9990, 1, 1)  # noqa: DTZ001 - wall times have no zone
WEEKDAYS = frozenset(range(7))


def decide(schedule: Schedule, now: datetime) -> State:
    """Return the event that decides at `now` (aware). The one source of the list's state and of a call's decision."""
    for event in schedule.temporary:
        if is_active(event, schedule.zone, now):
            return State(event, (), temporary=True)
    passed: list[Event] = []
    for event in schedule.events:
        if is_active(event, schedule.zone, now):
            return State(event, tuple(passed))
        passed.append(event)
    return State(schedule.default, tuple(passed))


def next_change(schedule: Schedule, now: datetime, state: State | None = None) -> datetime | None:
    """Return the first instant after `now` (aware, UTC) at which another event decides; None: none within two years.

    Only two things change a state: an event above the deciding one begins, or the deciding one ends. So the cost is
    that of the events down to the deciding one, however often those below it begin and end. `state`: what decide() says
    at `now`, where it is known.
    """
    now = now.astimezone(UTC)
    state = state or decide(schedule, now)
    limit = now + HORIZON
    before = takewhile(lambda event: event is not state.event, schedule.temporary)
    for event in (*before, *state.passed):
        # Each start that is found lowers the limit for those that follow.
        limit = _starts_before(event.when, schedule.zone, now, limit)
    change = limit if limit < now + HORIZON else None
    stop = _run_end(state.event.when, schedule.zone, now, limit)
    return change if stop is None else stop


def _starts_before(when: When, zone: ZoneInfo, now: datetime, limit: datetime) -> datetime:
    """The first instant after `now` at which an occurrence begins; `limit` if that is not before it."""
    assert not isinstance(when, Always), "what always matches is never above the event that decides"
    if isinstance(when, Moment):
        return when.start.astimezone(UTC) if now < when.start < min(when.stop, limit) else limit
    return next_start(when, zone, now, limit) or limit


def is_active(event: Event, zone: ZoneInfo, now: datetime) -> bool:
    """Tell whether `now` (aware) lies in an occurrence of `event`. Half-open: the end itself is outside."""
    if isinstance(event.when, Always):
        return True
    if isinstance(event.when, Moment):
        return event.when.start <= now < event.when.stop
    now = now.astimezone(UTC)
    index = latest(event.when, zone, now)
    # All occurrences of an event are equally long in wall time: what has begun last ends last.
    return index is not None and now < bounds(event.when, index, zone)[1]


class WhyNot(StrEnum):
    """Why an event does not count at an instant."""

    ENDED = "ended"
    NOT_YET = "not_yet"
    OTHER_DAY = "other_day"
    LATER_TODAY = "later_today"
    OVER_TODAY = "over_today"
    OTHER_HOLIDAY = "other_holiday"
    UNKNOWN_HOLIDAY = "unknown_holiday"


def why_not(event: Event, zone: ZoneInfo, now: datetime) -> WhyNot:
    """Return why `event`, which is not active at `now` (aware), is passed over. Days are those of `zone`."""
    when, now = event.when, now.astimezone(UTC)
    if isinstance(when, Always | Moment):
        raise ValueError("the default event and temporary changes are never passed over")
    today = now.astimezone(zone).date()
    coming = next_start(when, zone, now, now + RAREST)
    if coming is not None and coming.astimezone(zone).date() == today:
        return WhyNot.LATER_TODAY
    index = latest(when, zone, now)
    # An occurrence that ended at midnight was of yesterday.
    if index is not None and (bounds(when, index, zone)[1] - timedelta(seconds=1)).astimezone(zone).date() == today:
        return WhyNot.OVER_TODAY
    if today < first_day(when):
        return WhyNot.NOT_YET
    feast = when.feast if isinstance(when, Windows) else None
    if coming is None:
        return WhyNot.UNKNOWN_HOLIDAY if feast and not is_known(feast, today.year) else WhyNot.ENDED
    return WhyNot.OTHER_HOLIDAY if feast else WhyNot.OTHER_DAY


# The possible occurrences of an event are numbered: windows by the ordinal of their day, spans from 0 in steps of their
# period. So those near an instant are found by arithmetic, not by walking from the first.


def latest(when: Windows | Span, zone: ZoneInfo, now: datetime) -> int | None:
    """The occurrence that began last, at or before `now`; None: none, or one too old to last until now."""
    lowest, highest = numbers(when)
    # In the repeated hour the clock may show yesterday again, after today's first occurrence began.
    index = min(highest, number_on(when, now.astimezone(zone).date() + DAY))
    # A window is over after a day, two if the zone has left one out; a span may miss eight years.
    reach = 9 if isinstance(when, Span) else 4
    for candidate in range(index, max(lowest, index - reach) - 1, -1):
        start = wall_start(when, candidate)
        if start is not None and instant(start, zone) <= now:
            return candidate
    return None


def next_start(when: Windows | Span, zone: ZoneInfo, now: datetime, limit: datetime) -> datetime | None:
    """The first instant after `now` and before `limit` at which an occurrence begins that lasts at all."""
    lowest, highest = numbers(when)
    for index in candidates(when, max(lowest, number_on(when, now.astimezone(zone).date())), highest, limit):
        if wall_start(when, index) is None:
            continue
        start, stop = bounds(when, index, zone)
        if start >= limit:
            return None
        # Both ends in the hour that the clock skips: that day has no such time.
        if now < start < stop:
            return start
    return None


def candidates(when: Windows | Span, lowest: int, highest: int, limit: datetime) -> Iterable[int]:
    """The numbers of occurrences that may begin before `limit`; a holiday's by its years and not day by day."""
    if isinstance(when, Span) or when.feast is None or lowest > highest:
        return range(lowest, highest + 1)
    first, last = date.fromordinal(lowest), min(date.fromordinal(highest), limit.date() + DAY)
    found = (day for year in range(first.year, last.year + 1) for day in sorted(days_of(when.feast, year)))
    return (day.toordinal() for day in found if first <= day <= last)


def _run_end(when: When, zone: ZoneInfo, now: datetime, limit: datetime) -> datetime | None:
    """The instant before `limit` at which an event that is active at `now` ends; occurrences that touch are one."""
    if isinstance(when, Moment):
        stop = when.stop.astimezone(UTC)
        return stop if stop < limit else None
    index = None if isinstance(when, Always) else latest(when, zone, now)
    if isinstance(when, Always) or index is None:
        return None
    highest = numbers(when)[1]
    if isinstance(when, Windows) and when.since == when.until and when.weekdays >= WEEKDAYS and not when.feast:
        index = highest  # around the clock, every day: one run
    stop = bounds(when, index, zone)[1]
    while stop < limit:
        following = next((n for n in range(index + 1, min(highest, index + 9) + 1) if wall_start(when, n)), None)
        if following is None or bounds(when, following, zone)[0] > stop:
            return stop
        index, stop = following, bounds(when, following, zone)[1]
    return None


def bounds(when: Windows | Span, index: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end (UTC) of an occurrence that exists."""
    start = wall_start(when, index)
    assert start is not None
    return instant(start, zone), instant(start + min(length(when), LATEST - start), zone, end=True)


def length(when: Windows | Span) -> timedelta:
    if isinstance(when, Span):
        return when.stop - _first(when)
    since, until = (timedelta(hours=t.hour, minutes=t.minute, seconds=t.second) for t in (when.since, when.until))
    return until - since if until > since else until - since + DAY


@lru_cache(maxsize=8192)
def numbers(when: Windows | Span) -> tuple[int, int]:
    """The lowest and the highest number of an event's occurrences; the highest is lower where there are none."""
    if isinstance(when, Windows):
        if not when.weekdays & WEEKDAYS:
            return 0, -1
        last = min(when.last or LATEST.date(), LATEST.date())
        return max(when.first or EARLIEST.date(), EARLIEST.date()).toordinal(), last.toordinal()
    if length(when) <= timedelta(0):
        return 0, -1
    if when.repeat is Repeat.NONE:
        return 0, 0
    highest = number_on(when, LATEST.date())
    match when.end:
        case Until(day):
            highest = min(highest, number_on(when, day))
            start = wall_start(when, highest) if highest >= 0 else None
            return 0, highest - 1 if start and start.date() > day else highest
        case Times(count):
            exist = (index for index in range(highest + 1) if wall_start(when, index))
            return 0, next(islice(exist, min(count - 1, highest), None), highest) if count > 0 else -1
        case _:
            return 0, highest


def number_on(when: Windows | Span, day: date) -> int:
    """The number of the occurrence that begins on `day`, or of one near it."""
    if isinstance(when, Windows):
        return day.toordinal()
    match when.repeat:
        case Repeat.NONE:
            return 0
        case Repeat.DAY:
            return (day - first_day(when)).days
        case Repeat.WEEK:
            return (day - first_day(when)).days // 7
        case Repeat.MONTH:
            return (day.year - first_day(when).year) * 12 + day.month - first_day(when).month
        case Repeat.YEAR:
            return day.year - first_day(when).year
        case _:  # pragma: no cover
            assert_never(when.repeat)


def first_day(when: Windows | Span) -> date:
    return _first(when).date() if isinstance(when, Span) else when.first or EARLIEST.date()


def _first(when: Span) -> datetime:
    return min(max(when.start, EARLIEST), LATEST)


def wall_start(when: Windows | Span, index: int) -> datetime | None:
    """The wall time at which an occurrence begins; None: not on this day of the week, or no such day in that month."""
    if isinstance(when, Windows):
        day = date.fromordinal(index)
        is_one = day.weekday() in when.weekdays and (when.feast is None or falls_on(when.feast, day))
        return datetime.combine(day, when.since) if is_one else None
    first = _first(when)
    match when.repeat:
        case Repeat.NONE:
            return first
        case Repeat.DAY | Repeat.WEEK as repeat:
            return first + index * (DAY if repeat is Repeat.DAY else 7 * DAY)
        case Repeat.MONTH:
            year, month = divmod(first.year * 12 + first.month - 1 + index, 12)
        case Repeat.YEAR:
            year, month = first.year + index, first.month - 1
        case _:  # pragma: no cover
            assert_never(when.repeat)
    if first.day > calendar.monthrange(year, month + 1)[1]:
        return None
    return first.replace(year=year, month=month + 1)
