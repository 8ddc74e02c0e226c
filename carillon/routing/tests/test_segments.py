"""Segments of a schedule: equal to a walk by minutes in every zone, and to the decision over years."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from carillon.routing.feasts import Feast
from carillon.routing.schedule import (
    Action,
    Event,
    Moment,
    Never,
    Repeat,
    Schedule,
    Span,
    Windows,
    decide,
    next_change,
)
from carillon.routing.segments import clock_changes, divide, segments
from carillon.routing.tests.oracle import FIRST, LAST, Oracle, schedules
from carillon.routing.tests.test_schedule_properties import DEFAULT, MINUTE

EVERY_DAY, WORKDAYS = frozenset(range(7)), frozenset(range(5))


@settings(max_examples=120, deadline=None)
@given(schedules())
def test_segments_agree_with_a_walk_by_minutes(case: tuple[Schedule, date]) -> None:
    schedule, middle = case
    oracle = Oracle(schedule, middle)
    found = segments(schedule, oracle.minutes[FIRST], oracle.minutes[LAST])
    assert found[0].start == oracle.minutes[FIRST]
    assert found[-1].stop == oracle.minutes[LAST]
    walked = [oracle.at(n) for n in range(FIRST, LAST)]
    drawn = [segment.event for segment in found for _ in range((segment.stop - segment.start) // MINUTE)]
    assert [event.id for event in drawn] == [event.id for event in walked]
    assert all(segment.temporary == (segment.event.id < 0) for segment in found)


@settings(max_examples=80, deadline=None)
@given(schedules())
def test_segments_have_no_gap_and_agree_with_the_decision_over_months(case: tuple[Schedule, date]) -> None:
    schedule, middle = case
    start = datetime.combine(middle, time(11, 17), UTC)
    found = segments(schedule, start, start + timedelta(days=100))
    for before, after in pairwise(found):
        assert before.stop == after.start
        assert before.event is not after.event
        assert next_change(schedule, before.start) == before.stop
    for segment in found:
        for at in (segment.start, segment.stop - timedelta(seconds=1)):
            assert decide(schedule, at).event is segment.event


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _year(events: list[Event]) -> Schedule:
    return Schedule(ZoneInfo("Europe/Brussels"), tuple(events), DEFAULT)


# Wall times have no zone.
YEAR_LINES = [
    Windows(WORKDAYS, time(8, 30), time(12, 30)),
    Windows(EVERY_DAY, time(22), time(6), date(2026, 2, 1), date(2026, 11, 30)),
    Windows(EVERY_DAY, time(0), time(0), None, None, Feast("BE", "", "Easter Monday")),
    Windows(frozenset(), time(8), time(9)),
    Span(Repeat.MONTH, wall("2020-01-31T09:00"), wall("2020-02-01T09:00"), Never()),
    # Longer than its period, on a day that June has not.
    Span(Repeat.MONTH, wall("2020-01-31T09:00"), wall("2020-04-15T09:00")),
    Span(Repeat.YEAR, wall("2016-02-29T00:00"), wall("2016-03-01T00:00"), Never()),
    Span(Repeat.NONE, wall("2026-07-01T00:00"), wall("2026-07-20T00:00")),
    Span(Repeat.NONE, wall("2030-07-01T00:00"), wall("2030-07-20T00:00")),
]


@pytest.mark.parametrize("when", YEAR_LINES, ids=str)
def test_each_kind_of_event_is_drawn_as_it_decides_for_two_years(when: Windows | Span) -> None:
    schedule = _year([Event(1, "one", Action.OPEN, when)])
    start, stop = datetime(2026, 6, 30, 23, tzinfo=UTC), datetime(2028, 6, 30, tzinfo=UTC)
    expected, here = [], start
    while here < stop:
        following = next_change(schedule, here) or stop
        expected.append((here, min(following, stop), decide(schedule, here).event.id))
        here = following
    assert [(each.start, each.stop, each.event.id) for each in segments(schedule, start, stop)] == expected


def test_a_temporary_change_is_told_from_an_event() -> None:
    start = datetime(2026, 3, 2, 12, tzinfo=UTC)
    change = Event(1, "fire drill", Action.CLOSED, Moment(start, start + timedelta(hours=1)))
    opening = Event(1, "am", Action.OPEN, Windows(EVERY_DAY, time(0), time(0)))
    schedule = replace(_year([opening]), temporary=(change,))
    found = segments(schedule, start - timedelta(hours=1), start + timedelta(hours=2))
    assert [(each.event.name, each.temporary) for each in found] == [
        ("am", False),
        ("fire drill", True),
        ("am", False),
    ]


def test_changes_of_the_clock_are_found_to_the_second() -> None:
    year = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    found = {
        name: [(f"{change.at:%m-%d %H:%M}", change.after - change.before) for change in clock_changes(zone, *year)]
        for name in ("Europe/Brussels", "Australia/Lord_Howe", "Asia/Kathmandu")
        for zone in [ZoneInfo(name)]
    }
    hour, half = timedelta(hours=1), timedelta(minutes=30)
    assert found == {
        "Europe/Brussels": [("03-29 01:00", hour), ("10-25 01:00", -hour)],
        "Australia/Lord_Howe": [("04-04 15:00", -half), ("10-03 15:30", half)],
        "Asia/Kathmandu": [],
    }


def test_a_whole_is_divided_by_its_parts() -> None:
    assert divide([(0, 10), (20, 30)], [(5, 7), (9, 22), (40, 50)]) == (
        [(5, 7), (9, 10), (20, 22)],
        [(0, 5), (7, 9), (22, 30)],
    )
    assert divide([], [(1, 2)]) == ([], [])
    assert divide([(5, 6)], [(1, 2), (5, 6)]) == ([(5, 6)], [])
