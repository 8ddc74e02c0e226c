"""Temporary changes: which decides, when the state next changes, and until when one lasts; also against a walk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carillon.routing.ahead import following
from carillon.routing.explain import sentence, times_of
from carillon.routing.facts import Live
from carillon.routing.plan import plan_call
from carillon.routing.schedule import Action, Always, Event, Moment, Schedule, Windows, decide, next_change, why_not
from carillon.routing.temporary import begin_of, beneath, end_of, next_time
from carillon.routing.tests.test_schedule_properties import MINUTE, cases, expand, walk_of
from carillon.routing.tests.world import NOON, STEVEN, call, hunt_group, number
from carillon.routing.verbs import Hangup, Play, StepKind

BRUSSELS = ZoneInfo("Europe/Brussels")
DEFAULT = Event(0, "default", Action.CLOSED, Always())
MORNING = Event(1, "am", Action.OPEN, Windows(frozenset(range(5)), time(8, 30), time(12, 30)))
AFTERNOON = Event(2, "pm", Action.OPEN, Windows(frozenset(range(5)), time(12, 30), time(18)))


def at(text: str) -> datetime:
    """A wall time of Brussels."""
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


def change(start: str, stop: str, action: Action = Action.CLOSED, pk: int = 9, to: str | None = None) -> Event:
    return Event(pk, "Steven", action, Moment(at(start), at(stop)), to)


def schedule(*temporary: Event, events: tuple[Event, ...] = (MORNING, AFTERNOON)) -> Schedule:
    return Schedule(BRUSSELS, events, DEFAULT, temporary)


def test_a_temporary_change_comes_before_all_events_until_its_end_exactly() -> None:
    changed = schedule(change("2026-11-24 10:00", "2026-11-24 11:15"))
    assert decide(changed, at("2026-11-24 09:59:59")).event is MORNING
    state = decide(changed, at("2026-11-24 10:00"))
    assert (state.event.action, state.temporary, state.passed) == (Action.CLOSED, True, ())
    assert decide(changed, at("2026-11-24 11:14:59")).temporary
    assert decide(changed, at("2026-11-24 11:15")).event is MORNING


def test_of_two_that_overlap_the_first_in_order_decides_and_the_other_goes_on_after_it() -> None:
    week = change("2026-11-23 08:00", "2026-11-28 08:00", pk=7)
    today = change("2026-11-24 10:00", "2026-11-24 11:00", Action.OPEN, pk=8)
    changed = schedule(today, week)
    assert decide(changed, at("2026-11-24 10:30")).event is today
    assert decide(changed, at("2026-11-24 11:00")).event is week
    assert next_change(changed, at("2026-11-24 09:00")) == at("2026-11-24 10:00")
    assert next_change(changed, at("2026-11-24 10:30")) == at("2026-11-24 11:00")


def test_one_that_would_not_decide_changes_nothing_when_it_begins() -> None:
    first = change("2026-11-24 10:00", "2026-11-24 12:00", pk=7)
    hidden = change("2026-11-24 11:00", "2026-11-24 11:30", Action.OPEN, pk=8)
    assert next_change(schedule(first, hidden), at("2026-11-24 10:30")) == at("2026-11-24 12:00")


def test_a_change_ahead_is_the_next_change_and_one_that_ended_is_none() -> None:
    ahead, over = change("2026-11-24 10:00", "2026-11-24 11:00"), change("2026-11-20 10:00", "2026-11-20 11:00")
    assert next_change(schedule(ahead, over), at("2026-11-24 09:00")) == at("2026-11-24 10:00")
    assert next_change(schedule(over, events=()), at("2026-11-24 09:00")) is None


def test_the_next_change_beneath_is_what_the_events_alone_would_do() -> None:
    changed = schedule(change("2026-11-24 10:00", "2026-11-24 10:30"))
    assert beneath(changed).temporary == ()
    # From am to pm the number stays open: that is no change that anybody would notice.
    assert end_of(changed, at("2026-11-24 10:05"), None) == at("2026-11-24 18:00")
    assert end_of(changed, at("2026-11-27 19:00"), None) == at("2026-11-30 08:30")
    assert following(beneath(changed), at("2026-11-24 10:05")) == (at("2026-11-24 18:00"), Action.CLOSED)


def test_a_schedule_that_never_changes_has_no_next_change() -> None:
    assert end_of(schedule(change("2026-11-24 10:00", "2026-11-24 11:00"), events=()), NOON, None) is None


def test_events_of_one_state_without_end_are_no_change() -> None:
    days = [Windows(frozenset({day}), time(0), time(0)) for day in range(7)]
    always = tuple(Event(n, str(n), Action.CLOSED, when) for n, when in enumerate(days, 1))
    assert following(schedule(events=always), NOON) is None


@pytest.mark.parametrize(
    ("now", "clock", "end"),
    [
        ("2026-11-24 10:00", time(17, 30), "2026-11-24 17:30"),
        ("2026-11-24 17:30", time(17, 30), "2026-11-25 17:30"),
        ("2026-11-24 18:00", time(0), "2026-11-25 00:00"),
        # The clock skips 02:30: the first instant after the gap.
        ("2026-03-29 01:00", time(2, 30), "2026-03-29 03:00"),
    ],
)
def test_a_time_of_day_is_the_next_one_that_the_clock_shows(now: str, clock: time, end: str) -> None:
    assert end_of(schedule(), at(now), clock) == at(end)


def test_a_time_that_the_clock_shows_twice_ends_with_the_second() -> None:
    end = next_time(schedule(), at("2026-10-25 01:00"), time(2, 30))
    assert end == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_change_counts_from_the_minute_in_which_it_is_made() -> None:
    assert begin_of(at("2026-11-24 10:05:59.5")) == at("2026-11-24 10:05")


def test_the_plan_says_whose_change_decides_and_when_it_lasts() -> None:
    group = number(hunt_group(STEVEN), replace(DEFAULT, action=Action.OPEN))
    lasting = change("2026-11-23 11:00", "2026-11-23 13:00")
    changed = replace(group, schedule=replace(group.schedule, temporary=(lasting,)))
    plan = plan_call(call("9011", changed), Live(), NOON, 0)
    assert isinstance(plan.root, Play)
    assert isinstance(plan.root.then, Hangup)
    step = plan.steps[0]
    assert (step.kind, step.subject) == (StepKind.TEMPORARY_DECIDED, 9)
    assert sentence(step) == "A temporary change by Steven decides: closed."
    assert dict(step.args)["from"] == "2026-11-23T10:00:00+00:00"


def test_a_temporary_change_is_never_passed_over_and_tells_its_instants() -> None:
    lasting = change("2026-11-24 10:00", "2026-11-24 11:00")
    with pytest.raises(ValueError, match="never passed over"):
        why_not(lasting, BRUSSELS, NOON)
    assert times_of(lasting.when) == (("from", "2026-11-24T09:00:00+00:00"), ("to", "2026-11-24T10:00:00+00:00"))


@st.composite
def changed_cases(draw: st.DrawFn) -> tuple[Schedule, date, int]:
    """A random schedule with temporary changes around a change of clocks; as rows, what begins last comes first."""
    found, middle, begin = draw(cases())
    walk = walk_of(found.zone, middle)
    moments = []
    for pk in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, 3 * 1440))
        stop = start + draw(st.integers(1, 2000))
        when = Moment(walk.minutes[start], walk.minutes[0] + stop * MINUTE)
        moments.append(Event(100 + pk, "x", draw(st.sampled_from(list(Action))), when))
    ordered = sorted(moments, key=lambda event: (event.when.start, event.id), reverse=True)  # type: ignore[union-attr]  # all are moments
    return replace(found, temporary=tuple(ordered)), middle, begin


def _walked(changed: Schedule, middle: date, spans: list[list[tuple[datetime, datetime]]], n: int) -> Event:
    walk = walk_of(changed.zone, middle)
    for event in changed.temporary:
        assert isinstance(event.when, Moment)
        if event.when.start <= walk.minutes[n] < event.when.stop:
            return event
    return walk.decider(changed, spans, n)


@settings(max_examples=250, deadline=None)
@given(changed_cases())
def test_with_temporary_changes_decision_and_next_change_agree_with_a_walk(case: tuple[Schedule, date, int]) -> None:
    changed, middle, begin = case
    minutes = walk_of(changed.zone, middle).minutes
    spans = [expand(event.when, middle) for event in changed.events if not isinstance(event.when, Moment)]
    current = _walked(changed, middle, spans, begin)
    assert decide(changed, minutes[begin]).event is current
    last = 3 * 1440 + 720
    walked = (minutes[n] for n in range(begin, last) if _walked(changed, middle, spans, n) is not current)
    expected, found = next(walked, None), next_change(changed, minutes[begin])
    if expected is not None:
        assert found == expected
    else:
        assert found is None or found >= minutes[last]


@settings(max_examples=150, deadline=None)
@given(changed_cases())
def test_until_the_next_change_is_when_the_events_alone_say_something_else(case: tuple[Schedule, date, int]) -> None:
    changed, middle, begin = case
    now = walk_of(changed.zone, middle).minutes[begin]
    end = end_of(changed, now, None)
    if end is None:
        return
    bare = replace(changed, temporary=())
    before, after = decide(bare, end - timedelta(seconds=1)).event, decide(bare, end).event
    assert (before.action, before.destination) == (decide(bare, now).event.action, decide(bare, now).event.destination)
    assert (after.action, after.destination) != (before.action, before.destination)
