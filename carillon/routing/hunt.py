"""Whom a hunt group rings, in which order, and where the call goes when nobody takes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from carillon.routing.facts import CallFacts, HuntGroup, Outsider, Person, Strategy
from carillon.routing.numbers import Kind, read_number
from carillon.routing.rules import barred
from carillon.routing.verbs import Cause, GoTo, Hangup, Ring, RingOutside, Step, StepKind, Verb

Target = Person | RingOutside | GoTo
#: What comes after no answer, all busy, all unreachable.
Ends = tuple[Verb, Verb, Verb]


@dataclass(frozen=True, slots=True)
class Turn:
    """Whom circular rings first (a count that is taken modulo those who can ring), and the call's randomness."""

    first: int
    seed: int


def plan_hunt(group: HuntGroup, facts: CallFacts, calls_left: int, turn: Turn, ends: Ends, steps: list[Step]) -> Verb:
    """Return the verbs of an open hunt group.

    A member's own forward counts only where the group follows forwards; then the call goes on at that number when the
    member's turn comes, and does not come back: whoever would have had their turn later is not reached.
    """
    targets = []
    for member in group.members:
        if target := _target(member, group, facts, calls_left, steps):
            targets.append(target)
            calls_left -= isinstance(target, RingOutside)
    order = _until_forward(_order(group.strategy, targets, turn), steps)
    steps.append(Step(StepKind.STRATEGY, args=(("strategy", group.strategy.value), ("count", str(len(order))))))
    if not order:
        steps.append(Step(StepKind.NO_MEMBERS))
        return ends[2]
    if group.strategy is Strategy.PARALLEL:
        return _all_at_once(order, group.ring_seconds, ends)
    return _one_by_one(order, group.ring_seconds, ends)


def _until_forward(order: Sequence[Target], steps: list[Step]) -> list[Target]:
    """Only one forward can be followed: the first. What comes after it is not reached."""
    found = next((place for place, target in enumerate(order) if isinstance(target, GoTo)), len(order))
    if found + 1 < len(order):
        steps.append(Step(StepKind.MEMBERS_AFTER_FORWARD, args=(("count", str(len(order) - found - 1)),)))
    return list(order[: found + 1])


def _target(
    member: Person | Outsider, group: HuntGroup, facts: CallFacts, calls_left: int, steps: list[Step]
) -> Target | None:
    if isinstance(member, Outsider):
        return _outsider(member, facts, calls_left, steps)
    about = (("person", member.name),)
    if member.forward_always and group.follow_forwards:
        args = (*about, ("number", member.forward_always))
        steps.append(Step(StepKind.MEMBER_FORWARD_FOLLOWED, member.id, args))
        return GoTo(member.forward_always, member.id)
    if member.forward_always:
        steps.append(Step(StepKind.MEMBER_FORWARD_IGNORED, member.id, about))
    if not member.endpoints:
        steps.append(Step(StepKind.MEMBER_HAS_NO_PHONE, member.id, about))
        return None
    return member


def _outsider(member: Outsider, facts: CallFacts, calls_left: int, steps: list[Step]) -> RingOutside | None:
    """An external member is an outgoing call that the organization pays: the same rules and budget hold."""
    allowance, called = facts.allowance, read_number(member.number, facts.country)
    if called.e164 is None or called.kind is Kind.EMERGENCY or barred(called, allowance):
        steps.append(Step(StepKind.BARRED, args=(("number", member.number), ("class", called.kind.value))))
        return None
    if not allowance.trunks or calls_left <= 0 or allowance.seconds_left <= 0:
        steps.append(Step(StepKind.BUDGET_USED_UP if allowance.trunks else StepKind.NO_TRUNK))
        return None
    return RingOutside(member, allowance.trunks, allowance.caller_id)


def _order(strategy: Strategy, targets: Sequence[Target], turn: Turn) -> list[Target]:
    match strategy:
        case Strategy.PARALLEL:
            # Phones ring first; a member who forwards comes when nobody at a phone took the call.
            return sorted(targets, key=lambda target: isinstance(target, GoTo))
        case Strategy.SEQUENTIAL:
            return list(targets)
        case Strategy.CIRCULAR:
            first = turn.first % len(targets) if targets else 0
            return [*targets[first:], *targets[:first]]
        case Strategy.RANDOM:
            return _shuffled(targets, turn.seed)
        case _:  # pragma: no cover
            assert_never(strategy)


def _shuffled(targets: Sequence[Target], seed: int) -> list[Target]:
    """Fisher and Yates with the call's seed: the same seed gives the same order, every order is possible."""
    order = list(targets)
    for place in range(len(order) - 1, 0, -1):
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64  # Knuth's linear congruential generator
        other = (seed >> 33) % (place + 1)
        order[place], order[other] = order[other], order[place]
    return order


def _all_at_once(targets: Sequence[Target], seconds: int, ends: Ends) -> Verb:
    ringing = tuple(target for target in targets if not isinstance(target, GoTo))
    last = targets[-1]
    if not isinstance(last, GoTo):
        return Ring(ringing, seconds, Hangup(Cause.NORMAL), *ends)
    return Ring(ringing, seconds, Hangup(Cause.NORMAL), last, last, last) if ringing else last


def _one_by_one(targets: Sequence[Target], seconds: int, ends: Ends) -> Verb:
    """Each in turn. Somebody who rang makes it "no answer" at the end; else somebody busy makes it "busy"."""
    no_answer, busy, unreachable = ends
    for target in reversed(targets):
        if isinstance(target, GoTo):
            no_answer = busy = unreachable = target
            continue
        ring = [
            Ring((target,), seconds, Hangup(Cause.NORMAL), so_far, *others)
            for so_far, others in (
                (no_answer, (no_answer, no_answer)),
                (no_answer, (busy, busy)),
                (no_answer, (busy, unreachable)),
            )
        ]
        no_answer, busy, unreachable = ring[0], ring[1], ring[2]
    return unreachable
