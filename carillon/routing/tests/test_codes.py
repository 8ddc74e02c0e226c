"""Feature codes of schedules: how they are read, and what a phone's call to one is planned to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carillon.routing.codes import Code, read_code, spell
from carillon.routing.explain import at, branches, outline, sentence
from carillon.routing.facts import CodeTarget, FunctionNumber, Live
from carillon.routing.numbers import EMERGENCY, Kind, read_number
from carillon.routing.path import Assumptions, follow
from carillon.routing.plan import plan_call
from carillon.routing.schedule import Action, Event, Windows
from carillon.routing.tests.world import NOON, PHONE, STEVEN, call, event, hunt_group, number
from carillon.routing.verbs import Cause, ChangeSchedule, Hangup, Plan, Play, Signal, Sound

HOURS = Event(1, "am", Action.OPEN, Windows(frozenset(range(7)), time(8, 30), time(12, 30)))
DAY = number(hunt_group(STEVEN), event(Action.CLOSED), HOURS)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("*61*9011", Code(Action.OPEN, "9011")),
        ("*62*9011", Code(Action.CLOSED, "9011")),
        ("*60*9011", Code(None, "9011")),
        ("*62*9011#", Code(Action.CLOSED, "9011")),
        ("*62*+3227811501*1730", Code(Action.CLOSED, "+3227811501", time(17, 30))),
        ("*62*9011*2400", Code(Action.CLOSED, "9011", time(0))),
        ("*62*9011*2560", Code(Action.CLOSED, "")),
        ("*62*9011*1760", Code(Action.CLOSED, "")),
        ("*62*9011*17", Code(Action.CLOSED, "")),
        ("*60*9011*1730", Code(None, "")),
        ("*61*", Code(Action.OPEN, "")),
        ("*61", Code(Action.OPEN, "")),
        ("*61*9*", Code(Action.OPEN, "")),
        ("*610", None),
        ("*63*9011", None),
        ("61*9011", None),
        ("9011", None),
        ("", None),
    ],
)
def test_a_code_is_read_with_its_number_and_time(text: str, code: Code | None) -> None:
    assert read_code(text) == code


@given(st.text(alphabet="*#+0123456789x", max_size=24))
def test_whatever_is_dialled_is_read_without_error_and_is_a_code_or_a_number(text: str) -> None:
    if read_code(text) is not None:
        assert read_number(text, "BE").kind is Kind.INVALID


def test_no_emergency_number_is_a_code() -> None:
    assert not [number for numbers in EMERGENCY.values() for number in numbers if read_code(number)]


def test_what_is_spelled_is_read() -> None:
    assert spell(Action.CLOSED, "9011") == "*62*9011"
    assert read_code(spell(None, "+3227811501")) == Code(None, "3227811501")


def planned(text: str, function: FunctionNumber | None = DAY, *, allowed: bool = True) -> Plan:
    code = read_code(text)
    assert code
    return plan_call(call(text, CodeTarget(code, function, allowed)), Live(), NOON, 0)


def test_closing_until_the_next_change_is_planned_with_its_instant() -> None:
    plan = planned("*62*9011")
    assert plan.root == ChangeSchedule(
        21,
        "Main number",
        11,
        Action.CLOSED,
        datetime(2026, 11, 23, 11, 30, tzinfo=UTC),
        Signal(Sound.DONE, Hangup(Cause.NORMAL)),
        Signal(Sound.REFUSED, Hangup(Cause.NORMAL)),
    )
    assert [sentence(step) for step in plan.steps] == [
        "A feature code of Steven changes Main number: closed until 2026-11-23 12:30."
    ]
    assert outline(plan).splitlines()[0] == "set Main number: closed until 2026-11-23 11:30 UTC"


def test_a_time_at_the_end_counts_instead() -> None:
    root = planned("*61*9011*1730").root
    assert isinstance(root, ChangeSchedule)
    assert root.until == datetime(2026, 11, 23, 16, 30, tzinfo=UTC)


def test_back_to_the_schedule_needs_no_instant() -> None:
    plan = planned("*60*9011")
    assert isinstance(plan.root, ChangeSchedule)
    assert (plan.root.action, plan.root.until) == (None, None)
    assert sentence(plan.steps[0]) == "A feature code of Steven sets Main number back to its schedule."
    assert "back to the schedule" in outline(plan)


@pytest.mark.parametrize(
    ("text", "function", "allowed", "reason"),
    [
        ("*62*9011*99", DAY, True, "it is not complete or names no time of day"),
        ("*62*9012", None, True, "no function number has this number"),
        ("*62*9011", DAY, False, "the caller may not change this schedule"),
        (
            "*62*9011",
            number(hunt_group(STEVEN), event(Action.CLOSED)),
            True,
            "the schedule does not change by itself, so it needs a time",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_heard(
    text: str, function: FunctionNumber | None, reason: str, *, allowed: bool
) -> None:
    plan = planned(text, function, allowed=allowed)
    assert plan.root == Signal(Sound.REFUSED, Hangup(Cause.NORMAL))
    assert sentence(plan.steps[0]) == f"The feature code is refused: {reason}."
    assert "play the tones for “refused”" in outline(plan)


def test_a_phone_of_nobody_changes_nothing() -> None:
    code = read_code("*62*9011")
    assert code
    facts = call("*62*9011", CodeTarget(code, DAY, allowed=True), replace(PHONE, user_id=None))
    assert isinstance(plan_call(facts, Live(), NOON, 0).root, Signal)


def test_a_suspended_organization_changes_nothing() -> None:
    code = read_code("*62*9011")
    assert code
    facts = call("*62*9011", CodeTarget(code, DAY, allowed=True), suspended=True)
    assert isinstance(plan_call(facts, Live(), NOON, 0).root, Play)


def test_the_way_of_a_code_is_done_then_the_tones_then_the_end() -> None:
    plan = planned("*62*9011")
    taken = follow(plan, Assumptions())
    assert [(step.path, step.outcome) for step in taken] == [("", "done"), ("done", "then"), ("done.then", "")]
    assert [name for name, _verb in branches(plan.root)] == ["done", "refused"]
    assert at(plan.root, "refused.then") == Hangup(Cause.NORMAL)
