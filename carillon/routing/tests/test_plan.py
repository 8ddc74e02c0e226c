"""What happens to a call: each kind of target, each refusal, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from carillon.routing.facts import ForwardTo, JustHangUp, Live, Nobody, Outsider, SayAndHangUp
from carillon.routing.plan import MOST_HOPS, plan_call
from carillon.routing.schedule import Action, Event, Repeat, Span, Windows
from carillon.routing.tests.world import (
    ALLOWANCE,
    AWAY,
    BARE,
    BUDGET,
    BUSY,
    CARRIER,
    FORBIDDEN,
    GREETING,
    LUNCH,
    NO_ANSWER,
    NOON,
    SILENT,
    STEVEN,
    UNAVAILABLE,
    WRONG,
    call,
    event,
    hunt_group,
    number,
    opened,
)
from carillon.routing.verbs import CallOut, Cause, GoTo, Hangup, Plan, Play, Ring, RingOutside, StepKind

NOW = Live()
LOST = Live(visited=("9011",) * MOST_HOPS)


def kinds(plan: Plan) -> list[StepKind]:
    return [step.kind for step in plan.steps]


def said(plan: Plan, kind: StepKind) -> list[dict[str, str]]:
    return [dict(step.args) for step in plan.steps if step.kind is kind]


@pytest.mark.parametrize("dialled", ["112", "0112", "100", "101", "+32112", "070 245 245", "1813"])
@pytest.mark.parametrize("live", [NOW, LOST, Live(calls_now=99)])
@pytest.mark.parametrize("target", [None, Nobody(), STEVEN, opened(hunt_group(STEVEN))])
def test_emergency_goes_out_before_everything(dialled: str, live: Live, target: object) -> None:
    broke = replace(ALLOWANCE, calls_left=0, seconds_left=0)
    plan = plan_call(call(dialled, target, allowance=broke, suspended=True), live, NOON, 0)  # type: ignore[arg-type]  # any target
    assert isinstance(plan.root, CallOut)
    assert plan.root.emergency
    assert plan.root.limit_seconds is None
    assert plan.root.number.endswith(dialled.replace(" ", "").lstrip("0").removeprefix("+32"))
    assert kinds(plan) == [StepKind.EMERGENCY]


def test_a_carrier_reaches_no_emergency_service_through_us() -> None:
    plan = plan_call(call("112", None, CARRIER), NOW, NOON, 0)
    assert plan.root == Play(WRONG, Hangup(Cause.UNALLOCATED))


def test_a_suspended_organization_is_not_available() -> None:
    plan = plan_call(call("201", STEVEN, suspended=True), NOW, NOON, 0)
    assert plan.root == Play(GREETING, Hangup(Cause.FORBIDDEN))
    assert kinds(plan) == [StepKind.SUSPENDED]


def test_a_loop_of_forwards_ends_in_a_prompt() -> None:
    assert isinstance(plan_call(call("201", STEVEN), Live(visited=("9",) * (MOST_HOPS - 1)), NOON, 0).root, Ring)
    plan = plan_call(call("201", STEVEN), LOST, NOON, 0)
    assert plan.root == Play(WRONG, Hangup(Cause.UNREACHABLE))
    assert said(plan, StepKind.TOO_MANY_HOPS)[0]["path"].startswith("9011 > 9011")


def test_a_number_that_nobody_has_is_a_wrong_number() -> None:
    plan = plan_call(call("299", Nobody()), NOW, NOON, 0)
    assert plan.root == Play(WRONG, Hangup(Cause.UNALLOCATED))
    assert said(plan, StepKind.NOBODY) == [{"number": "299"}]


@pytest.mark.parametrize(
    ("default", "root"),
    [
        (event(Action.CLOSED), Play(GREETING, Hangup(Cause.NORMAL))),
        (event(Action.CLOSED, LUNCH), Play(LUNCH, Hangup(Cause.NORMAL))),
        (event(Action.CLOSED, SILENT), Play(SILENT, Hangup(Cause.NORMAL))),
        (event(Action.FORWARD, destination="9011"), GoTo("9011", None)),
        (event(Action.FORWARD, LUNCH, "+32475123456"), Play(LUNCH, GoTo("+32475123456", None))),
        (event(Action.FORWARD), Play(WRONG, Hangup(Cause.UNALLOCATED))),
    ],
)
def test_the_schedule_decides_what_a_caller_hears(default: Event, root: Play | GoTo) -> None:
    plan = plan_call(call("9011", number(hunt_group(STEVEN), default), CARRIER), NOW, NOON, 0)
    assert plan.root == root
    assert (StepKind.PROMPT_MISSING in kinds(plan)) == (isinstance(root, Play) and root.prompt is SILENT)


def test_an_open_number_rings_after_its_prompt() -> None:
    plan = plan_call(call("9011", number(hunt_group(STEVEN), event(Action.OPEN, LUNCH))), NOW, NOON, 0)
    assert isinstance(plan.root, Play)
    assert plan.root.prompt is LUNCH
    assert isinstance(plan.root.then, Ring)
    assert plan.root.then.targets == (STEVEN,)


def test_a_prompt_that_the_facts_lack_stays_audible() -> None:
    lost = replace(event(Action.CLOSED), prompt_id=77)
    plan = plan_call(call("9011", number(hunt_group(STEVEN), lost)), NOW, NOON, 0)
    assert isinstance(plan.root, Play)
    assert plan.root.prompt.audio is None
    assert StepKind.PROMPT_MISSING in kinds(plan)


def test_without_system_prompts_every_end_is_still_audible() -> None:
    plan = plan_call(call("299", Nobody(), prompts={}), NOW, NOON, 0)
    assert isinstance(plan.root, Play)
    assert said(plan, StepKind.PROMPT_MISSING) == [{"prompt": "wrong_nr"}]


def test_the_events_passed_over_are_named_with_their_reason() -> None:
    day = timedelta(days=1)
    midnight = datetime.combine(NOON.date(), time(0))
    passed = (
        Event(1, "1 jan", Action.CLOSED, Span(Repeat.YEAR, midnight - 300 * day, midnight - 299 * day)),
        Event(2, "pm", Action.OPEN, Windows(frozenset(range(5)), time(13), time(18))),
    )
    decides = Event(3, "am", Action.OPEN, Windows(frozenset(range(5)), time(8), time(12, 30)))
    plan = plan_call(call("9011", number(hunt_group(STEVEN), event(Action.CLOSED), *passed, decides)), NOW, NOON, 0)
    assert said(plan, StepKind.EVENT_PASSED) == [
        {
            "event": "1 jan",
            "reason": "other_day",
            "repeat": "year",
            "start": f"{(midnight - 300 * day).date()} 00:00",
            "stop": f"{(midnight - 299 * day).date()} 00:00",
        },
        {"event": "pm", "reason": "later_today", "days": "12345", "since": "13:00", "until": "18:00"},
    ]
    assert said(plan, StepKind.EVENT_DECIDED) == [
        {"event": "am", "action": "open", "days": "12345", "since": "08:00", "until": "12:30"}
    ]
    assert StepKind.DEFAULT_DECIDED not in kinds(plan)


def test_the_default_event_is_named_as_such() -> None:
    plan = plan_call(call("9011", number(hunt_group(STEVEN), event(Action.CLOSED))), NOW, NOON, 0)
    assert said(plan, StepKind.DEFAULT_DECIDED) == [{"event": "default", "action": "closed"}]


def test_a_person_rings_on_all_phones_and_every_outcome_speaks() -> None:
    plan = plan_call(call("201", STEVEN), NOW, NOON, 0)
    assert isinstance(plan.root, Ring)
    assert plan.root.targets == (STEVEN,)
    assert plan.root.no_answer == Play(GREETING, Hangup(Cause.NO_ANSWER))
    assert plan.root.busy == Play(BUSY, Hangup(Cause.BUSY))
    assert plan.root.unreachable == Play(UNAVAILABLE, Hangup(Cause.UNREACHABLE))


def test_a_person_who_forwards_pays_for_it() -> None:
    plan = plan_call(call("205", AWAY), NOW, NOON, 0)
    assert plan.root == GoTo("+32475123456", AWAY.id)


def test_a_person_without_phone_is_unavailable() -> None:
    plan = plan_call(call("204", BARE), NOW, NOON, 0)
    assert plan.root == Play(UNAVAILABLE, Hangup(Cause.UNREACHABLE))
    assert kinds(plan) == [StepKind.PERSON_HAS_NO_PHONE]


@pytest.mark.parametrize(
    ("dialled", "changes", "prompt", "reason"),
    [
        ("0044 20 7946 0018", {}, FORBIDDEN, StepKind.BARRED),
        ("0900 12 345", {}, FORBIDDEN, StepKind.BARRED),
        ("070 22 20 00", {}, FORBIDDEN, StepKind.BARRED),
        ("1207", {}, FORBIDDEN, StepKind.BARRED),
        ("+44 9012345678", {"premium": True}, FORBIDDEN, StepKind.BARRED),
        ("+44 9012345678", {"international": True}, FORBIDDEN, StepKind.BARRED),
        ("+881612345678", {"international": True}, FORBIDDEN, StepKind.BARRED),
        ("02 711 88 92", {"calls_left": 0}, BUDGET, StepKind.BUDGET_USED_UP),
        ("02 711 88 92", {"seconds_left": 0}, BUDGET, StepKind.BUDGET_USED_UP),
        ("02 711 88 92", {"trunks": ()}, UNAVAILABLE, StepKind.NO_TRUNK),
        ("+3248008008", {}, WRONG, StepKind.NOBODY),
        ("299", {}, WRONG, StepKind.NOBODY),
        ("*43#", {}, WRONG, StepKind.NOBODY),
    ],
)
def test_a_refused_call_says_why(dialled: str, changes: dict[str, object], prompt: object, reason: StepKind) -> None:
    allowance = replace(ALLOWANCE, **changes)  # type: ignore[arg-type]  # each case changes fields of its own
    plan = plan_call(call(dialled, None, allowance=allowance), NOW, NOON, 0)
    assert isinstance(plan.root, Play)
    assert plan.root.prompt is prompt
    assert isinstance(plan.root.then, Hangup)
    assert plan.steps[-1].kind is reason


def test_calls_that_are_up_count_against_the_budget() -> None:
    assert isinstance(plan_call(call("027118892", None), Live(calls_now=4), NOON, 0).root, CallOut)
    plan = plan_call(call("027118892", None), Live(calls_now=5), NOON, 0)
    assert kinds(plan)[-1] is StepKind.BUDGET_USED_UP


@pytest.mark.parametrize("dialled", ["02 711 88 92", "+3227118892", "0032 2 711 88 92"])
def test_an_outgoing_call_shows_an_own_number_and_ends_with_the_budget(dialled: str) -> None:
    root = plan_call(call(dialled, None), NOW, NOON, 0).root
    assert isinstance(root, CallOut)
    assert (root.number, root.caller_id, root.trunks) == ("+3227118892", "+3227811501", ("t1",))
    assert root.limit_seconds == 600
    assert not root.emergency
    assert root.busy == Hangup(Cause.BUSY)
    assert root.unreachable == Play(UNAVAILABLE, Hangup(Cause.UNREACHABLE))


@pytest.mark.parametrize(
    ("dialled", "number_out"),
    [("0044 20 7946 0018", "+442079460018"), ("0900 12 345", "+3290012345"), ("1207", "1207")],
)
def test_an_opened_class_goes_out(dialled: str, number_out: str) -> None:
    allowance = replace(ALLOWANCE, international=True, premium=True, caller_id=None)
    plan = plan_call(call(dialled, None, allowance=allowance), NOW, NOON, 0)
    assert isinstance(plan.root, CallOut)
    assert plan.root.number == number_out
    assert said(plan, StepKind.GOES_OUT)[0]["caller_id"] == "-"


def test_a_carrier_never_dials_out_through_us_but_a_forward_does() -> None:
    facts = call("+3227118892", None, CARRIER)
    assert plan_call(facts, NOW, NOON, 0).root == Play(WRONG, Hangup(Cause.UNALLOCATED))
    assert isinstance(plan_call(facts, Live(visited=("+3227118892",)), NOON, 0).root, CallOut)


def test_the_ends_of_a_hunt_group_may_forward_or_be_silent() -> None:
    group = hunt_group(STEVEN, ends=(ForwardTo("9011"), JustHangUp(), SayAndHangUp(NO_ANSWER)))
    root = plan_call(call("9011", opened(group)), NOW, NOON, 0).root
    assert isinstance(root, Ring)
    assert root.no_answer == GoTo("9011", None)
    assert root.busy == Hangup(Cause.BUSY)
    assert root.unreachable == Play(NO_ANSWER, Hangup(Cause.UNREACHABLE))


def test_calls_that_are_up_count_for_external_members_too() -> None:
    group = opened(hunt_group(Outsider("+32475123456"), Outsider("+32475123457"), STEVEN))
    root = plan_call(call("9011", group), Live(calls_now=4), NOON, 0).root
    assert isinstance(root, Ring)
    assert root.targets == (RingOutside(Outsider("+32475123456"), ("t1",), "+3227811501"), STEVEN)
