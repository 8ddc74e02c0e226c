"""Until when a number stays as it is, as the list and the pages say it: against a walk by minutes."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from carillon.routing.ahead import following
from carillon.routing.schedule import Action, Event, Schedule, Windows
from carillon.routing.tests.oracle import FIRST, LAST, Oracle, schedules
from carillon.routing.tests.test_schedule_properties import DEFAULT

#: After this minute the walk ends.
END = LAST + 720


def _shown(event: Event) -> tuple[str, str | None]:
    return event.action, event.destination


def test_a_forward_to_somebody_else_is_another_state() -> None:
    every_day = frozenset(range(7))
    late = Event(1, "late", Action.FORWARD, Windows(every_day, time(12), time(13)), "9002")
    all_day = Event(2, "all day", Action.FORWARD, Windows(every_day, time(0), time(0)), "9001")
    schedule = Schedule(ZoneInfo("Australia/Lord_Howe"), (late, all_day), DEFAULT)
    now = datetime(2026, 4, 5, 9, tzinfo=schedule.zone)
    assert following(schedule, now) == (datetime(2026, 4, 5, 12, tzinfo=schedule.zone), Action.FORWARD)


@settings(max_examples=150, deadline=None)
@given(schedules(), st.integers(FIRST, LAST))
def test_until_when_agrees_with_a_walk_by_minutes(case: tuple[Schedule, date], begin: int) -> None:
    schedule, middle = case
    oracle = Oracle(schedule, middle)
    here = _shown(oracle.at(begin))
    expected: tuple[datetime, str] | None = None
    for n in range(begin + 1, END):
        event = oracle.at(n)
        if _shown(event) != here:
            expected = oracle.minutes[n], event.action
            break
    found = following(schedule, oracle.minutes[begin])
    if expected is not None:
        assert found == expected
    else:
        assert found is None or found[0] > oracle.minutes[END - 1]
