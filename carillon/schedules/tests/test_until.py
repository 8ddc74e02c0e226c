"""Until when a number stays as it is, as the list and the pages say it: against a walk by minutes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from carillon.routing.ahead import following
from carillon.routing.schedule import Event, Schedule
from carillon.routing.tests.oracle import FIRST, LAST, Oracle, schedules

#: After this minute the walk ends.
END = LAST + 720


def _shown(event: Event) -> tuple[str, str | None]:
    return event.action, event.destination


@settings(max_examples=250, deadline=None)
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
        assert found is None or found[0] > oracle.minutes[END - 1] + timedelta(0)
