"""What a feature code of a phone does to a schedule, planned: a change until an instant, its end, or a refusal."""

from __future__ import annotations

from datetime import datetime

from carillon.routing.facts import CallFacts, CodeTarget
from carillon.routing.temporary import end_of
from carillon.routing.verbs import Cause, ChangeSchedule, Hangup, Signal, Sound, Step, StepKind, Verb


def plan_switch(facts: CallFacts, target: CodeTarget, now: datetime, steps: list[Step]) -> Verb:
    """Return what the code of a phone does at `now` (aware); who calls is known by the phone and by nothing else."""
    code, function, user = target.code, target.function, facts.caller.user_id
    refused = Signal(Sound.REFUSED, Hangup(Cause.NORMAL))
    if not code.number:
        return _refuse("no_code", refused, steps)
    if function is None:
        return _refuse("no_function", refused, steps)
    if not target.allowed or user is None:
        return _refuse("no_right", refused, steps)
    until = end_of(function.schedule, now, code.until) if code.asks else None
    if code.asks and until is None:
        return _refuse("no_end", refused, steps)
    about = {"person": facts.caller.name, "function": function.name}
    if code.asks and until:
        about["action"] = code.asks.value
        about["until"] = f"{until.astimezone(function.schedule.zone):%Y-%m-%d %H:%M}"
    steps.append(Step(StepKind.CODE_CHANGES if code.asks else StepKind.CODE_ENDS, function.id, tuple(about.items())))
    done = Signal(Sound.DONE, Hangup(Cause.NORMAL))
    return ChangeSchedule(function.id, function.name, user, code.asks, until, done, refused)


def _refuse(reason: str, refused: Signal, steps: list[Step]) -> Verb:
    steps.append(Step(StepKind.CODE_REFUSED, args=(("reason", reason),)))
    return refused
