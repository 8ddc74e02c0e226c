"""Schedule rows as routing reads them, and the list of states: the list and a call come from the same decision."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from carillon.facts.schedules import event_facts, schedule_facts, states
from carillon.functions.tests.builders import add_week, chapter_five, make_hunt_group, make_organization
from carillon.routing.facts import Live
from carillon.routing.plan import plan_call
from carillon.routing.schedule import Action, Always, End, Never, Repeat, Span, Times, Until, Windows, decide
from carillon.routing.tests.world import STEVEN, call, hunt_group, number
from carillon.routing.verbs import StepKind
from carillon.schedules.models import Schedule, ScheduleEvent

ZONES = ["Europe/Brussels", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
DECIDED = {StepKind.EVENT_DECIDED, StepKind.DEFAULT_DECIDED}


def random_event(chance: random.Random, pk: int) -> ScheduleEvent:
    repeat = chance.choice(ScheduleEvent.Repeat.values)
    day = date(2026, 1, 1) + timedelta(days=chance.randrange(365))
    row = ScheduleEvent(
        pk=pk, name=f"event {pk}", action=chance.choice(ScheduleEvent.Action.values), repeat=repeat, position=pk
    )
    row.destination = "9012" if row.action == "forward" else ""
    if repeat in ("day", "week"):
        row.weekdays = chance.randrange(1, 128)
        row.time_from, row.time_to = (time(chance.randrange(24), chance.choice([0, 30])) for _ in range(2))
        row.start_date = chance.choice([None, day])
        row.end_date = chance.choice([None, day + timedelta(days=60)])
    else:
        start = datetime.combine(day, time(chance.randrange(24)))
        row.starts_at = start.isoformat(timespec="minutes")
        row.ends_at = (start + timedelta(hours=chance.randrange(1, 600))).isoformat(timespec="minutes")
        row.end = chance.choice(ScheduleEvent.End.values)
        row.end_until, row.end_count = day + timedelta(days=100), chance.randrange(1, 4)
    return row


def test_for_10000_random_schedules_the_list_says_what_a_call_gets() -> None:
    deciders = set()
    for seed in range(10_000):
        chance = random.Random(seed)
        rows = [random_event(chance, pk) for pk in range(1, chance.randrange(1, 7))]
        rows.append(ScheduleEvent(pk=99, name="Default", action="closed", is_default=True, position=9))
        facts = schedule_facts(Schedule(timezone=chance.choice(ZONES)), rows)
        now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(365 * 24 * 60))
        shown = decide(facts, now).event  # what states() shows
        function = replace(number(hunt_group(STEVEN), facts.default), schedule=facts)
        plan = plan_call(call("9011", function), Live(), now, 0)
        decided = next(step for step in plan.steps if step.kind in DECIDED)
        assert decided.subject == shown.id, seed
        assert dict(decided.args)["action"] == shown.action.value, seed
        deciders.add(shown.id)
    assert len(deciders) > 5


def test_each_kind_of_event_becomes_what_routing_reads() -> None:
    week = ScheduleEvent(
        pk=1, name="pm", action="open", repeat="week", weekdays=0b11, time_from=time(13), time_to=time(18)
    )
    assert event_facts(week).when == Windows(frozenset({0, 1}), time(13), time(18))
    day = ScheduleEvent(pk=2, action="open", repeat="day", start_date=date(2026, 5, 1), end_date=date(2026, 5, 9))
    assert event_facts(day).when == Windows(frozenset(range(7)), time(0), time(0), date(2026, 5, 1), date(2026, 5, 9))
    start, stop = datetime(2021, 1, 1), datetime(2021, 1, 2)  # noqa: DTZ001 - wall time
    walls = {"starts_at": "2021-01-01T00:00", "ends_at": "2021-01-02T00:00"}
    ends: list[tuple[str, End]] = [("never", Never()), ("until", Until(date(2030, 1, 1))), ("count", Times(3))]
    for end, expected in ends:
        year = ScheduleEvent(pk=3, action="closed", repeat="year", end=end, **walls)
        year.end_until, year.end_count = date(2030, 1, 1), 3
        assert event_facts(year).when == Span(Repeat.YEAR, start, stop, expected)
    once = ScheduleEvent(pk=4, action="forward", destination="9012", repeat="none", end="count", end_count=3, **walls)
    assert event_facts(once).when == Span(Repeat.NONE, start, stop, Never())
    assert event_facts(once).destination == "9012"
    assert event_facts(ScheduleEvent(pk=5, action="open", is_default=True)).when == Always()


def test_a_schedule_that_lost_its_default_event_is_closed() -> None:
    facts = schedule_facts(Schedule(timezone="UTC"), [])
    assert decide(facts, datetime.now(UTC)).event.action is Action.CLOSED


@pytest.mark.django_db
def test_the_list_shows_each_number_with_its_state() -> None:
    organization = make_organization()
    chapter_five(organization)
    always = make_hunt_group(organization, "Always", "9012")
    always.schedule.events.update(action="open")
    other = make_organization("ardenne")
    make_hunt_group(other, "Boutique", "9011")
    functions = organization.function_numbers.all()
    at_ten = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 10:00 in Brussels, a Monday
    shown = {row.function.name: (row.state.event.name, row.state.event.action) for row in states(functions, at_ten)}
    assert shown == {"Always": ("Default", Action.OPEN), "Main number": ("am", Action.OPEN)}
    lunch = at_ten + timedelta(hours=3)
    assert {row.function.name: row.state.event.action for row in states(functions, lunch)}["Main number"] == "closed"


@pytest.mark.django_db
def test_the_list_takes_three_queries_however_long_it_is(django_assert_num_queries: Any) -> None:
    organization = make_organization()
    for count in (1, 40):
        for place in range(count):
            add_week(
                make_hunt_group(organization, f"Group {count} {place}", f"9{count}{place:02}"), "am", "08:30", "12:30"
            )
        with django_assert_num_queries(3):
            assert len(states(organization.function_numbers.all(), datetime.now(UTC))) >= count
