"""What happens to a call: facts, the live state and an instant become a tree of verbs, with the reason of each step."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import assert_never

from carillon.routing.explain import times_of
from carillon.routing.facts import (
    CallFacts,
    CodeTarget,
    ForwardTo,
    FunctionNumber,
    JustHangUp,
    Live,
    Nobody,
    Origin,
    Person,
    Prompt,
    SayAndHangUp,
    SystemPrompt,
)
from carillon.routing.hunt import Turn, plan_hunt
from carillon.routing.numbers import Dialled, Kind
from carillon.routing.rules import barred
from carillon.routing.schedule import Action, Event, Schedule, decide, why_not
from carillon.routing.switch import plan_switch
from carillon.routing.verbs import CallOut, Cause, GoTo, Hangup, Plan, Play, Ring, Step, StepKind, Verb

#: More forwards than this are a loop.
MOST_HOPS = 10
PERSON_RING_SECONDS = 30
OUTSIDE_RING_SECONDS = 90


def plan_call(facts: CallFacts, live: Live, now: datetime, seed: int) -> Plan:
    """Return what happens to a call at `now` (aware). `seed` is the randomness of this call.

    Emergency numbers come before everything else: before suspension, budgets and the limit of forwards. Only a carrier
    cannot reach them through us: whoever calls in from outside has an operator of their own for that.
    """
    steps: list[Step] = []
    return Plan(_root(facts, live, now, seed, steps), tuple(steps))


def _root(facts: CallFacts, live: Live, now: datetime, seed: int, steps: list[Step]) -> Verb:
    from_carrier = facts.caller.origin is Origin.TRUNK and not live.visited
    if facts.called.kind is Kind.EMERGENCY and not from_carrier:
        return _emergency(facts, steps)
    if facts.suspended:
        steps.append(Step(StepKind.SUSPENDED))
        return _say(facts, SystemPrompt.GENERAL_GREETING, Cause.FORBIDDEN, steps)
    if len(live.visited) >= MOST_HOPS:
        steps.append(Step(StepKind.TOO_MANY_HOPS, args=(("path", " > ".join(live.visited)),)))
        return _say(facts, SystemPrompt.WRONG_NUMBER, Cause.UNREACHABLE, steps)
    match facts.target:
        case FunctionNumber() as function:
            return _function_number(facts, function, live, now, seed, steps)
        case Person() as person:
            return _person(facts, person, steps)
        case CodeTarget() as target:
            return plan_switch(facts, target, now, steps)
        case Nobody():
            return _nobody(facts, steps)
        case None:
            return _outside(facts, live, from_carrier, steps)
        case _:  # pragma: no cover
            assert_never(facts.target)


def _emergency(facts: CallFacts, steps: list[Step]) -> Verb:
    steps.append(Step(StepKind.EMERGENCY, args=(("number", facts.called.text),)))
    return _call_out(facts, facts.called, None, steps, emergency=True)


def _nobody(facts: CallFacts, steps: list[Step]) -> Verb:
    steps.append(Step(StepKind.NOBODY, args=(("number", facts.called.text),)))
    return _say(facts, SystemPrompt.WRONG_NUMBER, Cause.UNALLOCATED, steps)


def _say(facts: CallFacts, key: SystemPrompt, cause: Cause, steps: list[Step]) -> Verb:
    prompt = facts.prompts.get(key) or Prompt(0, key.value, None)
    return _play(prompt, Hangup(cause), steps)


def _play(prompt: Prompt, then: Verb, steps: list[Step]) -> Verb:
    missing = Step(StepKind.PROMPT_MISSING, prompt.id, (("prompt", prompt.name),))
    if prompt.audio is None and missing not in steps:
        steps.append(missing)
    return Play(prompt, then)


def _function_number(
    facts: CallFacts, function: FunctionNumber, live: Live, now: datetime, seed: int, steps: list[Step]
) -> Verb:
    """First match from top to bottom decides: closed, forward, or open and then the number's own service."""
    event, reasons = _deciding(function.schedule, now.replace(second=0, microsecond=0))
    steps += reasons
    prompt = None
    if event.prompt_id is not None:
        prompt = function.prompts.get(event.prompt_id) or Prompt(event.prompt_id, event.name, None)
    match event.action:
        case Action.CLOSED:
            if prompt is None:
                return _say(facts, SystemPrompt.GENERAL_GREETING, Cause.NORMAL, steps)
            return _play(prompt, Hangup(Cause.NORMAL), steps)
        case Action.FORWARD:
            then: Verb = GoTo(event.destination, None) if event.destination else _nobody(facts, steps)
        case Action.OPEN:
            then = _hunt(facts, function, live, seed, steps)
        case _:  # pragma: no cover
            assert_never(event.action)
    return _play(prompt, then, steps) if prompt else then


@lru_cache(maxsize=4096)
def _deciding(schedule: Schedule, minute: datetime) -> tuple[Event, tuple[Step, ...]]:
    """Return the event that decides, and why; kept for the many calls that a number may get in one minute."""
    state, steps = decide(schedule, minute), []
    for event in state.passed:
        reason = why_not(event, schedule.zone, minute)
        about = (("event", event.name), ("reason", reason.value), *times_of(event.when))
        steps.append(Step(StepKind.EVENT_PASSED, event.id, about))
    event = state.event
    decided = StepKind.DEFAULT_DECIDED if event is schedule.default else StepKind.EVENT_DECIDED
    decided = StepKind.TEMPORARY_DECIDED if state.temporary else decided
    about = (("event", event.name), ("action", event.action.value), *times_of(event.when))
    return event, (*steps, Step(decided, event.id, about))


def _hunt(facts: CallFacts, function: FunctionNumber, live: Live, seed: int, steps: list[Step]) -> Verb:
    group = function.service
    ends = [
        _destination(destination, cause, steps)
        for destination, cause in (
            (group.no_answer, Cause.NO_ANSWER),
            (group.busy, Cause.BUSY),
            (group.unreachable, Cause.UNREACHABLE),
        )
    ]
    first = live.next_member.get(function.id, 0)
    calls_left = facts.allowance.calls_left - live.calls_now
    return plan_hunt(group, facts, calls_left, Turn(first, seed), (ends[0], ends[1], ends[2]), steps)


def _destination(destination: SayAndHangUp | JustHangUp | ForwardTo, cause: Cause, steps: list[Step]) -> Verb:
    match destination:
        case JustHangUp():
            return Hangup(cause)
        case SayAndHangUp(prompt):
            return _play(prompt, Hangup(cause), steps)
        case ForwardTo(number):
            return GoTo(number, None)
        case _:  # pragma: no cover
            assert_never(destination)


def _person(facts: CallFacts, person: Person, steps: list[Step]) -> Verb:
    about = (("person", person.name),)
    if person.forward_always:
        steps.append(Step(StepKind.PERSON_FORWARDS, person.id, (*about, ("number", person.forward_always))))
        return GoTo(person.forward_always, person.id)
    if not person.endpoints:
        steps.append(Step(StepKind.PERSON_HAS_NO_PHONE, person.id, about))
        return _say(facts, SystemPrompt.USER_UNAVAILABLE, Cause.UNREACHABLE, steps)
    steps.append(Step(StepKind.PERSON, person.id, about))
    return Ring(
        targets=(person,),
        seconds=PERSON_RING_SECONDS,
        answered=Hangup(Cause.NORMAL),
        no_answer=_say(facts, SystemPrompt.GENERAL_GREETING, Cause.NO_ANSWER, steps),
        busy=_say(facts, SystemPrompt.BUSY_GREETING, Cause.BUSY, steps),
        unreachable=_say(facts, SystemPrompt.USER_UNAVAILABLE, Cause.UNREACHABLE, steps),
    )


def _outside(facts: CallFacts, live: Live, from_carrier: bool, steps: list[Step]) -> Verb:
    """A number that nobody inside has: it goes out if its class is open and today's budget is not used up."""
    called, allowance = facts.called, facts.allowance
    if called.kind in (Kind.INVALID, Kind.EXTENSION, Kind.EMERGENCY) or from_carrier:
        # A carrier may only reach numbers that somebody here has: it never dials out through us.
        return _nobody(facts, steps)
    steps.append(Step(StepKind.NUMBER_CLASS, args=(("number", called.text), ("class", called.kind.value))))
    if barred(called, allowance):
        steps.append(Step(StepKind.BARRED, args=(("number", called.text), ("class", called.kind.value))))
        return _say(facts, SystemPrompt.FORBIDDEN, Cause.FORBIDDEN, steps)
    if allowance.calls_left - live.calls_now <= 0 or allowance.seconds_left <= 0:
        steps.append(Step(StepKind.BUDGET_USED_UP))
        return _say(facts, SystemPrompt.BUDGET, Cause.FORBIDDEN, steps)
    if not allowance.trunks:
        steps.append(Step(StepKind.NO_TRUNK))
        return _say(facts, SystemPrompt.USER_UNAVAILABLE, Cause.UNREACHABLE, steps)
    shown = allowance.caller_id or "-"
    steps.append(Step(StepKind.GOES_OUT, args=(("number", called.text), ("caller_id", shown))))
    return _call_out(facts, called, allowance.seconds_left, steps, emergency=False)


def _call_out(
    facts: CallFacts, called: Dialled, limit_seconds: int | None, steps: list[Step], *, emergency: bool
) -> CallOut:
    return CallOut(
        number=called.text,
        trunks=facts.allowance.trunks,
        caller_id=facts.allowance.caller_id,
        seconds=OUTSIDE_RING_SECONDS,
        limit_seconds=limit_seconds,
        emergency=emergency,
        answered=Hangup(Cause.NORMAL),
        no_answer=Hangup(Cause.NO_ANSWER),
        busy=Hangup(Cause.BUSY),
        unreachable=_say(facts, SystemPrompt.USER_UNAVAILABLE, Cause.UNREACHABLE, steps),
    )
