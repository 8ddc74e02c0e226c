"""The local days of a period and what a schedule says on each, by the clock on the wall: what the picture draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from carillon.routing.clock import instant
from carillon.routing.feasts import calendar, days_of, feast_of
from carillon.routing.schedule import Schedule, Windows
from carillon.routing.segments import ClockChange, Segment, clock_changes, segments
from carillon.schedules.holiday_words import called

DAY = timedelta(days=1)
MIDNIGHT = time(0)
MINUTES = 1440


class Lane(IntEnum):
    """Where a block stands in its day: an hour that the clock shows twice has one half for each time."""

    WHOLE = 0
    FIRST = 1
    SECOND = 2


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a day in minutes of the clock, `until` at most 1440. `segment` None: the clock skips it."""

    day: date
    since: float
    until: float
    segment: Segment | None
    lane: Lane = Lane.WHOLE


#: Country and region, as public holidays are kept by.
Place = tuple[str, str]
NOWHERE: Place = ("", "")


@dataclass(frozen=True, slots=True)
class Period:
    """Days in order, with their blocks, the changes of the clock and the public holidays."""

    days: list[date]
    blocks: list[Block]
    pieces: list[Segment]
    changes: list[ClockChange]
    feasts: dict[date, str]


def period_of(schedule: Schedule, first: date, count: int, place: Place = NOWHERE) -> Period:
    """Return what a schedule says on `count` days of its zone from `first` on, with the holidays of `place`."""
    zone, days = schedule.zone, [first + n * DAY for n in range(count)]
    # Where a change at midnight brings a piece of a day back, all of it belongs to the day that the clock shows.
    start = instant(datetime.combine(first, MIDNIGHT), zone)
    stop = instant(datetime.combine(days[-1] + DAY, MIDNIGHT), zone, end=True)
    changes = clock_changes(zone, start - DAY, stop + DAY)
    pieces = [part for segment in segments(schedule, start, stop) for part in _cut(segment, changes)]
    blocks = [*_skipped(changes), *(block for piece in pieces for block in _blocks(piece, zone, changes))]
    return Period(
        days=days,
        blocks=[block for block in blocks if first <= block.day <= days[-1]],
        pieces=[piece for piece in pieces if piece.stop.astimezone(zone).date() >= first],
        changes=[change for change in changes if start <= change.at < stop],
        feasts=_feasts(schedule, first, days[-1], place),
    )


def _cut(segment: Segment, changes: Iterable[ClockChange]) -> Iterator[Segment]:
    """Return a segment in parts of one offset each."""
    start = segment.start
    for change in changes:
        if start < change.at < segment.stop:
            yield Segment(start, change.at, segment.event, segment.temporary)
            start = change.at
    yield Segment(start, segment.stop, segment.event, segment.temporary)


def _blocks(piece: Segment, zone: ZoneInfo, changes: Iterable[ClockChange]) -> Iterator[Block]:
    local = piece.start.astimezone(zone).replace(tzinfo=None)
    end = local + (piece.stop - piece.start)
    marks: list[tuple[datetime, datetime, Lane]] = [(local, end, Lane.WHOLE)]
    for change in changes:
        twice = (change.at + change.after).replace(tzinfo=None), (change.at + change.before).replace(tzinfo=None)
        if twice[0] < twice[1] and local < twice[1] and twice[0] < end:
            lane = Lane.FIRST if piece.start < change.at else Lane.SECOND
            marks = [part for mark in marks for part in _split(mark, twice, lane)]
    for since, until, lane in marks:
        yield from _by_day(since, until, piece, lane)


def _split(
    mark: tuple[datetime, datetime, Lane], twice: tuple[datetime, datetime], lane: Lane
) -> Iterator[tuple[datetime, datetime, Lane]]:
    since, until, before = mark
    low, high = max(since, twice[0]), min(until, twice[1])
    if low >= high:
        yield mark
        return
    if since < low:
        yield since, low, before
    yield low, high, lane
    if high < until:
        yield high, until, before


def _by_day(since: datetime, until: datetime, segment: Segment | None, lane: Lane) -> Iterator[Block]:
    while since < until:
        day = since.date()
        midnight = datetime.combine(day + DAY, MIDNIGHT)
        stop = MINUTES if until >= midnight else _minute(until)
        yield Block(day, _minute(since), stop, segment, lane)
        since = midnight


def _minute(wall: datetime) -> float:
    return wall.hour * 60 + wall.minute + wall.second / 60


def _skipped(changes: Iterable[ClockChange]) -> Iterator[Block]:
    """The times that no clock shows."""
    for change in changes:
        since, until = ((change.at + offset).replace(tzinfo=None) for offset in (change.before, change.after))
        yield from _by_day(since, until, None, Lane.WHOLE)


def _feasts(schedule: Schedule, first: date, last: date, place: Place) -> dict[date, str]:
    """The holidays of events by the names of these, and the others of the place where the company is."""
    found: dict[date, str] = {}
    for event in schedule.events:
        when = event.when
        if not isinstance(when, Windows) or when.feast is None:
            continue
        low, high = max(first, when.first or first), min(last, when.last or last)
        for year in range(low.year, high.year + 1):
            for day in days_of(when.feast, year):
                if low <= day <= high:
                    found[day] = f"{found[day]}, {event.name}" if day in found else event.name
    for year in range(first.year, last.year + 1):
        for holiday in calendar(*place, year):
            if first <= holiday.day <= last and holiday.day not in found:
                found[holiday.day] = called(feast_of(*place, holiday.name, year))
    return found
