"""The days that the picture draws: each minute of a walk stands once, at the place that the clock showed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from carillon.routing.feasts import Feast
from carillon.routing.schedule import Action, Event, Moment, Schedule, Windows
from carillon.routing.tests.oracle import FIRST, LAST, Oracle, schedules
from carillon.routing.tests.test_schedule_properties import DEFAULT
from carillon.schedules.calendar import Block, Lane, period_of

EVERY_DAY = frozenset(range(7))


@settings(max_examples=80, deadline=None)
@given(schedules())
def test_every_minute_of_a_walk_is_drawn_where_the_clock_showed_it(case: tuple[Schedule, date]) -> None:
    schedule, middle = case
    oracle = Oracle(schedule, middle)
    drawn = period_of(schedule, middle, 1)
    walls = [minute.astimezone(schedule.zone).replace(tzinfo=None) for minute in oracle.minutes]
    wanted: dict[int, list[int]] = {}
    for n in range(FIRST - 720, LAST + 720):
        if walls[n].date() == middle:
            wanted.setdefault(walls[n].hour * 60 + walls[n].minute, []).append(oracle.at(n).id)
    for minute in range(1440):
        here = [block for block in drawn.blocks if block.since <= minute < block.until]
        shown = sorted((block for block in here if block.segment), key=lambda block: block.lane)
        assert [block.segment.event.id for block in shown if block.segment] == wanted.get(minute, [])
        lanes = {0: [], 1: [Lane.WHOLE], 2: [Lane.FIRST, Lane.SECOND]}
        assert [block.lane for block in shown] == lanes[len(shown)]
        assert (not shown) == any(block.segment is None for block in here)


def blocks_of(zone: str, day: date) -> list[tuple[float, float, str, Lane]]:
    opening = Event(1, "always", Action.OPEN, Windows(EVERY_DAY, time(0), time(0)))
    found = period_of(Schedule(ZoneInfo(zone), (opening,), DEFAULT), day, 1).blocks

    def line(block: Block) -> tuple[float, float, str, Lane]:
        return block.since / 60, block.until / 60, "open" if block.segment else "skipped", block.lane

    return sorted(line(block) for block in found)


DAYS = {
    ("Europe/Brussels", date(2026, 3, 29)): [(0, 2, "open", 0), (2, 3, "skipped", 0), (3, 24, "open", 0)],
    ("Europe/Brussels", date(2026, 10, 25)): [
        (0, 2, "open", 0), (2, 3, "open", 1), (2, 3, "open", 2), (3, 24, "open", 0),
    ],
    ("Australia/Lord_Howe", date(2026, 4, 5)): [
        (0, 1.5, "open", 0), (1.5, 2, "open", 1), (1.5, 2, "open", 2), (2, 24, "open", 0),
    ],
    ("Australia/Lord_Howe", date(2026, 10, 4)): [(0, 2, "open", 0), (2, 2.5, "skipped", 0), (2.5, 24, "open", 0)],
    ("America/Santiago", date(2026, 9, 6)): [(0, 1, "skipped", 0), (1, 24, "open", 0)],
    ("Pacific/Apia", date(2011, 12, 30)): [(0, 24, "skipped", 0)],
    ("America/St_Johns", date(2010, 11, 6)): [
        (0, 23 + 1 / 60, "open", 0), (23 + 1 / 60, 24, "open", 1), (23 + 1 / 60, 24, "open", 2),
    ],
    ("America/St_Johns", date(2010, 11, 7)): [
        (0, 1 / 60, "open", 1), (0, 1 / 60, "open", 2), (1 / 60, 24, "open", 0),
    ],
    ("Asia/Kathmandu", date(2026, 3, 29)): [(0, 24, "open", 0)],
}  # fmt: skip


@pytest.mark.parametrize(("zone", "day"), DAYS, ids=str)
def test_a_day_of_23_and_of_25_hours_is_drawn_by_the_clock(zone: str, day: date) -> None:
    assert blocks_of(zone, day) == DAYS[zone, day]


def test_what_is_only_in_the_first_of_both_hours_stands_at_the_left() -> None:
    first = datetime(2026, 10, 25, 0, tzinfo=UTC)
    change = Event(1, "first", Action.CLOSED, Moment(first, first + timedelta(hours=1)))
    opening = Event(2, "always", Action.OPEN, Windows(EVERY_DAY, time(0), time(0)))
    found = period_of(Schedule(ZoneInfo("Europe/Brussels"), (opening,), DEFAULT, (change,)), date(2026, 10, 25), 1)
    names = {(block.since, block.lane): block.segment.event.name for block in found.blocks if block.segment}
    assert names == {
        (0, Lane.WHOLE): "always",
        (120, Lane.FIRST): "first",
        (120, Lane.SECOND): "always",
        (180, Lane.WHOLE): "always",
    }


def test_public_holidays_of_the_events_are_known_by_the_names_of_the_events() -> None:
    whole = time(0), time(0)
    events = (
        Event(1, "Easter", Action.CLOSED, Windows(EVERY_DAY, *whole, None, None, Feast("BE", "", "Easter Monday"))),
        Event(2, "also", Action.CLOSED, Windows(EVERY_DAY, *whole, None, None, Feast("BE", "", "Easter Monday"))),
        Event(
            3, "past", Action.CLOSED, Windows(EVERY_DAY, *whole, None, date(2026, 1, 1), Feast("BE", "", "Labor Day"))
        ),
        Event(4, "am", Action.OPEN, Windows(EVERY_DAY, *whole)),
    )
    found = period_of(Schedule(ZoneInfo("Europe/Brussels"), events, DEFAULT), date(2026, 1, 1), 365)
    assert found.feasts == {date(2026, 4, 6): "Easter, also"}
    assert datetime.combine(found.days[-1], time(0)) - datetime.combine(found.days[0], time(0)) == timedelta(days=364)
