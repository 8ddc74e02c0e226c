"""Random schedules against an oracle that shares no code: dateutil expands, and every minute is walked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from itertools import accumulate
from zoneinfo import ZoneInfo

import holidays
from dateutil.rrule import DAILY, MONTHLY, YEARLY, rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from carillon.routing.feasts import Feast
from carillon.routing.schedule import (
    Action,
    Always,
    Event,
    Moment,
    Never,
    Repeat,
    Schedule,
    Span,
    Times,
    Until,
    Windows,
    decide,
    next_change,
    why_not,
)

#: Tables with holidays near those days, north and south.
TABLES = [
    ("BE", ""), ("AT", ""), ("US", ""), ("CL", ""), ("AU", "NSW"), ("NZ", ""), ("CU", ""), ("MA", ""), ("WS", ""),
    ("PT", ""), ("IN", "DL"), ("TR", ""), ("NP", ""), ("ID", ""), ("KH", ""), ("IR", ""), ("ES", "AN"), ("LK", ""),
]  # fmt: skip
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DEFAULT = Event(0, "default", Action.CLOSED, Always())
#: Days on which clocks change: by an hour, by half an hour, at and across midnight, by a whole day, and not at all.
CHANGES = [
    ("Europe/Brussels", date(2026, 3, 29)),
    ("Europe/Brussels", date(2026, 10, 25)),
    ("Europe/Brussels", date(2024, 2, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("America/Santiago", date(2026, 9, 6)),
    ("America/Santiago", date(2026, 4, 5)),
    ("America/Havana", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Pacific/Apia", date(2011, 12, 31)),
    ("Asia/Kathmandu", date(2026, 12, 31)),
]


class Walk:
    """Three days, minute by minute, around a change of clocks.

    What began is what the clock has shown up to now. What has not ended: the clock still shows an earlier time, or will
    show the end once more.
    """

    def __init__(self, zone: ZoneInfo, middle: date) -> None:
        begin = datetime.combine(middle - 2 * DAY, time(0), UTC)
        self.minutes = [begin + n * MINUTE for n in range(4 * 1440)]
        walls = [minute.astimezone(zone).replace(tzinfo=None) for minute in self.minutes]
        self.shown = list(accumulate(walls, max))
        self.to_come = list(accumulate(reversed(walls), min))[::-1]

    def decider(self, schedule: Schedule, spans: list[list[tuple[datetime, datetime]]], n: int) -> Event:
        for event, occurrences in zip(schedule.events, spans, strict=True):
            if any(
                start <= self.shown[n] and start < stop and (self.to_come[n] < stop or self.to_come[n + 1] <= stop)
                for start, stop in occurrences
            ):
                return event
        return schedule.default


@lru_cache
def walk_of(zone: ZoneInfo, middle: date) -> Walk:
    return Walk(zone, middle)


def names_on(country: str, region: str, day: date) -> list[str]:
    """The library's own names of a day, without what they say of the day."""
    table = table_of(country, region, day.year)
    names = [name for name in table.get(day, "").split("; ") if name]
    for said in (" (estimated)", " (observed)", " (observed, estimated)", " (substitute day)", " (in lieu)"):
        names = [name.removesuffix(said) for name in names]
    return names


@lru_cache
def table_of(country: str, region: str, year: int) -> dict[date, str]:
    return dict(holidays.country_holidays(country, subdiv=region or None, years=year, language="en_US"))


@lru_cache
def feasts_near(middle: date) -> list[Feast]:
    found = {
        Feast(country, region, name)
        for country, region in TABLES
        for n in range(-4, 5)
        for name in names_on(country, region, middle + n * DAY)
    }
    return [*sorted(found, key=str), Feast("BE", "", "No such day")]


def expand(when: Windows | Span | Always, middle: date) -> list[tuple[datetime, datetime]]:
    """Occurrences that may touch the walk, in wall time, by dateutil."""
    low, high = (datetime.combine(middle + n * DAY, time(0)) for n in (-5, 5))
    if isinstance(when, Windows):
        first = max(low.date(), when.first or date.min)
        last = min(high.date(), when.last or date.max)
        days: Iterable[datetime] = rrule(
            DAILY,
            dtstart=datetime.combine(first, when.since),
            until=datetime.combine(last, when.since),
            byweekday=sorted(when.weekdays),
        )
        if when.feast:
            feast = when.feast
            days = [day for day in days if feast.name in names_on(feast.country, feast.region, day.date())]
        stops = (
            datetime.combine(day.date() + (DAY if when.until <= when.since else 0 * DAY), when.until) for day in days
        )
        return list(zip(days, stops, strict=True)) if when.weekdays else []
    assert isinstance(when, Span)
    if when.repeat is Repeat.NONE:
        return [(when.start, when.stop)]
    expanded = partial(rrule, MONTHLY) if when.repeat is Repeat.MONTH else partial(rrule, YEARLY)
    match when.end:
        case Times(count):
            starts = expanded(dtstart=when.start, count=count)
        case Until(day):
            starts = expanded(dtstart=when.start, until=min(datetime.combine(day, time.max), high))
        case Never():
            starts = expanded(dtstart=when.start, until=high)
    return [(start, start + (when.stop - when.start)) for start in starts if start + (when.stop - when.start) > low]


TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 0, 1, 15, 30, 59]))


@st.composite
def whens(draw: st.DrawFn, middle: date) -> Windows | Span:
    day = st.integers(-4, 4).map(lambda n: middle + n * DAY)
    if draw(st.booleans()):
        bounds = draw(st.sampled_from(["", "first", "last", "both"]))
        first = draw(day) if bounds in ("first", "both") else None
        last = (first or draw(day)) + draw(st.integers(0, 3)) * DAY if bounds in ("last", "both") else None
        feast = draw(st.one_of(st.none(), st.sampled_from(feasts_near(middle))))
        weekdays = st.just(frozenset(range(7))) if feast else st.frozensets(st.integers(0, 6))
        return Windows(draw(weekdays), draw(TIMES), draw(TIMES), first, last, feast)
    repeat = draw(st.sampled_from([Repeat.NONE, Repeat.MONTH, Repeat.YEAR]))
    start = datetime.combine(draw(day), draw(TIMES))
    if repeat is not Repeat.NONE:
        back = draw(st.integers(0, 40))
        month = start.year * 12 + start.month - 1 - back * (1 if repeat is Repeat.MONTH else 12)
        start = datetime.combine(date(month // 12, month % 12 + 1, min(start.day, 28)), start.time())
        start = draw(
            st.sampled_from([start, start.replace(month=1, day=31), start.replace(year=2008, month=2, day=29)])
        )
    length = draw(st.one_of(st.integers(1, 2 * 1440), st.integers(28 * 1440, 400 * 1440)))
    end = draw(st.one_of(st.just(Never()), day.map(Until), st.integers(1, 45).map(Times)))
    return Span(repeat, start, start + length * MINUTE, end)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Schedule, date, int]:
    name, middle = draw(st.sampled_from(CHANGES))
    found = draw(st.lists(whens(middle), min_size=1, max_size=4))
    events = tuple(Event(n, str(n), draw(st.sampled_from(list(Action))), when) for n, when in enumerate(found, 1))
    return Schedule(ZoneInfo(name), events, DEFAULT), middle, draw(st.integers(1440, 3 * 1440))


@settings(max_examples=250, deadline=None)
@given(cases())
def test_decision_and_next_change_agree_with_a_walk_by_minutes(case: tuple[Schedule, date, int]) -> None:
    schedule, middle, begin = case
    walk = walk_of(schedule.zone, middle)
    spans = [expand(event.when, middle) for event in schedule.events if not isinstance(event.when, Moment)]
    now, current = walk.minutes[begin], walk.decider(schedule, spans, begin)
    assert decide(schedule, now).event is current
    expected = next(
        (walk.minutes[n] for n in range(begin, 3 * 1440 + 720) if walk.decider(schedule, spans, n) is not current), None
    )
    found = next_change(schedule, now)
    if expected is not None:
        assert found == expected
    else:
        assert found is None or found >= walk.minutes[3 * 1440 + 720]


@settings(max_examples=250, deadline=None)
@given(cases())
def test_nothing_changes_before_the_next_change(case: tuple[Schedule, date, int]) -> None:
    """Also far from the walk: just before the change the same event decides, and at it another one."""
    schedule, middle, begin = case
    now = datetime.combine(middle - 2 * DAY, time(0), UTC) + begin * MINUTE
    for _change in range(5):
        found = next_change(schedule, now)
        if found is None:
            return
        assert found > now
        assert decide(schedule, found - timedelta(seconds=1)).event is decide(schedule, now).event
        assert decide(schedule, found).event is not decide(schedule, now).event
        now = found


@settings(max_examples=200, deadline=None)
@given(cases())
def test_every_passed_event_has_a_reason(case: tuple[Schedule, date, int]) -> None:
    schedule, middle, begin = case
    now = datetime.combine(middle - 2 * DAY, time(0), UTC) + begin * MINUTE
    for event in decide(schedule, now).passed:
        assert why_not(event, schedule.zone, now)
