"""The way through a plan: who is assumed to answer decides, as Asterisk's Dial puts several legs together."""

from __future__ import annotations

import pytest

from carillon.routing.explain import at
from carillon.routing.facts import ForwardTo, JustHangUp, Live, Outsider, Strategy
from carillon.routing.path import Assumptions, Fate, dial, follow
from carillon.routing.plan import plan_call
from carillon.routing.schedule import Action
from carillon.routing.tests.world import EMMA, LUNCH, NOON, STEVEN, call, event, hunt_group, number, opened
from carillon.routing.verbs import Cause, GoTo, Hangup, Plan, Play

OUTSIDE = "+32475123456"


def planned(*members: object, strategy: Strategy = Strategy.PARALLEL, prompt: bool = False) -> Plan:
    ends = (ForwardTo("9012"), JustHangUp(), JustHangUp())
    group = hunt_group(*members, strategy=strategy, ends=ends)  # type: ignore[arg-type]  # members of every kind
    function = number(group, event(Action.OPEN, LUNCH)) if prompt else opened(group)
    return plan_call(call("9011", function), Live(), NOON, 0)


@pytest.mark.parametrize(
    ("fates", "ends"),
    [
        ((Fate.BUSY, Fate.ANSWERED), Fate.ANSWERED),
        ((Fate.BUSY, Fate.NO_ANSWER), Fate.NO_ANSWER),
        ((Fate.UNREACHABLE, Fate.NO_ANSWER), Fate.NO_ANSWER),
        ((Fate.BUSY, Fate.UNREACHABLE), Fate.BUSY),
        ((Fate.UNREACHABLE, Fate.UNREACHABLE), Fate.UNREACHABLE),
    ],
)
def test_several_legs_end_as_one(fates: tuple[Fate, ...], ends: Fate) -> None:
    assert dial(fates) is ends
    assert dial(reversed(fates)) is ends


def test_who_is_not_named_answers() -> None:
    way = follow(planned(STEVEN, EMMA, prompt=True), Assumptions())
    assert [(step.path, step.outcome) for step in way] == [("", "then"), ("then", "answered"), ("then.answered", "")]
    assert isinstance(way[0].verb, Play)
    assert way[-1].verb == Hangup(Cause.NORMAL)


def test_a_call_hunts_on_past_those_who_do_not_answer_and_then_goes_on() -> None:
    plan = planned(STEVEN, Outsider(OUTSIDE), strategy=Strategy.SEQUENTIAL)
    assumed = Assumptions({STEVEN.id: Fate.BUSY}, {OUTSIDE: Fate.NO_ANSWER})
    way = follow(plan, assumed)
    assert [step.outcome for step in way] == ["busy", "no_answer", ""]
    assert way[-1].verb == GoTo("9012", None)
    assert all(at(plan.root, step.path) is step.verb for step in way)


def test_a_call_outside_takes_the_branch_of_its_number() -> None:
    plan = plan_call(call(OUTSIDE, None), Live(), NOON, 0)
    assert follow(plan, Assumptions())[-1].verb == Hangup(Cause.NORMAL)
    way = follow(plan, Assumptions(numbers={OUTSIDE: Fate.UNREACHABLE}))
    assert [step.path for step in way] == ["", "unreachable", "unreachable.then"]
