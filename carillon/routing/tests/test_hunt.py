"""Whom a hunt group rings, in which order, and which of its three ends a caller gets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carillon.routing.facts import Allowance, HuntGroup, Live, Outsider, Person, Strategy
from carillon.routing.plan import plan_call
from carillon.routing.tests.world import (
    ALLOWANCE,
    AWAY,
    BARE,
    BUSY,
    EMMA,
    LUCAS,
    NO_ANSWER,
    NOON,
    STEVEN,
    call,
    hunt_group,
    opened,
)
from carillon.routing.verbs import Cause, GoTo, Hangup, Plan, Play, Ring, RingOutside, StepKind, Verb

ALL = (STEVEN, EMMA, LUCAS)
MOBILE = Outsider("+32475999999")
ENDS = {
    "no_answer": Play(NO_ANSWER, Hangup(Cause.NO_ANSWER)),
    "busy": Play(BUSY, Hangup(Cause.BUSY)),
    "unreachable": Hangup(Cause.UNREACHABLE),
}


def plan_of(group: HuntGroup, first: int = 0, seed: int = 0, allowance: Allowance = ALLOWANCE) -> Plan:
    return plan_call(call("9011", opened(group), allowance=allowance), Live(next_member={21: first}), NOON, seed)


def rung(verb: Verb) -> list[str]:
    """Who rings in turn when nobody answers."""
    names: list[str] = []
    while isinstance(verb, Ring):
        names += [target.outsider.number if isinstance(target, RingOutside) else target.name for target in verb.targets]
        verb = verb.no_answer
    return names


def follow(verb: Verb, *outcomes: str) -> Verb:
    for outcome in outcomes:
        verb = getattr(verb, outcome)
    return verb


def reasons(plan: Plan) -> list[StepKind]:
    return [step.kind for step in plan.steps]


@pytest.mark.parametrize("outcome", ["no_answer", "busy", "unreachable"])
def test_parallel_rings_all_at_once_and_has_three_ends(outcome: str) -> None:
    root = plan_of(hunt_group(*ALL)).root
    assert isinstance(root, Ring)
    assert root.targets == ALL
    assert root.seconds == 20
    assert root.answered == Hangup(Cause.NORMAL)
    assert follow(root, outcome) == ENDS[outcome]


@pytest.mark.parametrize(
    ("outcomes", "end"),
    [
        (("no_answer", "no_answer", "no_answer"), "no_answer"),
        (("no_answer", "busy", "unreachable"), "no_answer"),
        (("unreachable", "busy", "no_answer"), "no_answer"),
        (("busy", "busy", "busy"), "busy"),
        (("unreachable", "busy", "unreachable"), "busy"),
        (("busy", "unreachable", "unreachable"), "busy"),
        (("unreachable", "unreachable", "unreachable"), "unreachable"),
    ],
)
def test_one_by_one_ends_by_the_best_that_was_met(outcomes: tuple[str, ...], end: str) -> None:
    root = plan_of(hunt_group(*ALL, strategy=Strategy.SEQUENTIAL)).root
    assert follow(root, *outcomes) == ENDS[end]


def test_sequential_begins_at_the_top() -> None:
    assert rung(plan_of(hunt_group(*ALL, strategy=Strategy.SEQUENTIAL), first=2).root) == ["Steven", "Emma", "Lucas"]


@pytest.mark.parametrize(
    ("first", "names"),
    [(0, ["Steven", "Emma", "Lucas"]), (1, ["Emma", "Lucas", "Steven"]), (5, ["Lucas", "Steven", "Emma"])],
)
def test_circular_begins_after_the_last_one_called(first: int, names: list[str]) -> None:
    assert rung(plan_of(hunt_group(*ALL, strategy=Strategy.CIRCULAR), first).root) == names


def test_random_depends_on_the_seed_alone_and_reaches_every_order() -> None:
    group = hunt_group(*ALL, strategy=Strategy.RANDOM)
    orders = [tuple(rung(plan_of(group, seed=seed).root)) for seed in range(600)]
    assert orders == [tuple(rung(plan_of(group, seed=seed).root)) for seed in range(600)]
    counts = {order: orders.count(order) for order in orders}
    assert len(counts) == 6
    assert min(counts.values()) > 60


def test_a_members_forward_is_ignored_unless_the_group_follows() -> None:
    ignoring = plan_of(hunt_group(AWAY, STEVEN, strategy=Strategy.SEQUENTIAL))
    assert rung(ignoring.root) == ["Ines", "Steven"]
    assert StepKind.MEMBER_FORWARD_IGNORED in reasons(ignoring)
    following = plan_of(hunt_group(STEVEN, AWAY, LUCAS, strategy=Strategy.SEQUENTIAL, follow=True))
    assert isinstance(following.root, Ring)
    assert follow(following.root, "busy") == GoTo("+32475123456", AWAY.id)
    assert StepKind.MEMBERS_AFTER_FORWARD in reasons(following)


def test_in_parallel_a_followed_forward_comes_after_the_phones() -> None:
    plan = plan_of(hunt_group(AWAY, STEVEN, follow=True))
    assert isinstance(plan.root, Ring)
    assert plan.root.targets == (STEVEN,)
    assert follow(plan.root, "unreachable") == GoTo("+32475123456", AWAY.id)
    assert StepKind.MEMBERS_AFTER_FORWARD not in reasons(plan)
    assert plan_of(hunt_group(AWAY, follow=True)).root == GoTo("+32475123456", AWAY.id)


@pytest.mark.parametrize("strategy", list(Strategy))
@pytest.mark.parametrize("members", [(), (BARE,), (BARE, Outsider("+442079460018"))])
def test_a_group_without_anybody_to_ring_is_unreachable(
    strategy: Strategy, members: tuple[Person | Outsider, ...]
) -> None:
    plan = plan_of(hunt_group(*members, strategy=strategy))
    assert plan.root == ENDS["unreachable"]
    assert reasons(plan)[-1] is StepKind.NO_MEMBERS


def test_a_member_without_phone_is_passed_with_a_reason() -> None:
    plan = plan_of(hunt_group(BARE, STEVEN))
    assert rung(plan.root) == ["Steven"]
    assert StepKind.MEMBER_HAS_NO_PHONE in reasons(plan)


def test_an_external_member_rings_over_the_trunks() -> None:
    root = plan_of(hunt_group(STEVEN, MOBILE)).root
    assert isinstance(root, Ring)
    assert root.targets == (STEVEN, RingOutside(MOBILE, ("t1",), "+3227811501"))


@pytest.mark.parametrize(
    ("member", "allowance", "reason"),
    [
        (Outsider("+442079460018"), ALLOWANCE, StepKind.BARRED),
        (Outsider("+3290012345"), ALLOWANCE, StepKind.BARRED),
        (Outsider("9011"), ALLOWANCE, StepKind.BARRED),
        (Outsider("+3270245245"), ALLOWANCE, StepKind.BARRED),
        (MOBILE, replace(ALLOWANCE, trunks=()), StepKind.NO_TRUNK),
        (MOBILE, replace(ALLOWANCE, calls_left=0), StepKind.BUDGET_USED_UP),
        (MOBILE, replace(ALLOWANCE, seconds_left=0), StepKind.BUDGET_USED_UP),
    ],
)
def test_an_external_member_obeys_the_rules_of_outgoing_calls(
    member: Outsider, allowance: Allowance, reason: StepKind
) -> None:
    plan = plan_of(hunt_group(STEVEN, member), allowance=allowance)
    assert rung(plan.root) == ["Steven"]
    assert reason in reasons(plan)


def test_a_long_group_shares_its_branches() -> None:
    members = [Person(n, f"P{n}", None, (f"ep{n}",), None) for n in range(200)]
    root = plan_of(hunt_group(*members, strategy=Strategy.SEQUENTIAL)).root
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        verb = waiting.pop()
        if isinstance(verb, Ring) and id(verb) not in seen:
            seen.add(id(verb))
            waiting += [verb.no_answer, verb.busy, verb.unreachable]
    assert len(seen) <= 3 * 200
