"""What a caller gets, as data to keep and compare: what is heard, who rings, where the call goes on, how it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, assert_never

from carillon.routing.facts import FunctionNumber, Person
from carillon.routing.path import Assumptions, Fate, Taken
from carillon.routing.schedule import Action
from carillon.routing.verbs import (
    CallOut,
    Cause,
    ChangeSchedule,
    GoTo,
    Hangup,
    Play,
    Ring,
    RingOutside,
    Signal,
    StepKind,
)

if TYPE_CHECKING:
    from carillon.calls.what_if import Decision

#: How a call ends that somebody takes; the other ends are the causes of a hang-up.
ANSWERED = "answered"


class What(StrEnum):
    HEARS = "hears"
    RINGS = "rings"
    CALLS_OUT = "calls_out"
    GOES_ON = "goes_on"
    CHANGES = "changes"
    SIGNALS = "signals"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that a caller goes through. `keys` say of whom or what and are compared; `names` are for people."""

    what: What
    keys: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What happens in order, and the end: "answered", or why the call is hung up."""

    happenings: tuple[Happening, ...]
    end: str

    @property
    def key(self) -> tuple[object, ...]:
        """What is compared: a new name of a person or prompt is no other result, nor is the order of who rings."""
        return (*((happening.what.value, *sorted(happening.keys)) for happening in self.happenings), self.end)

    def to_json(self) -> dict[str, Any]:
        rows = [
            {"what": each.what.value, "keys": list(each.keys), "names": list(each.names)} for each in self.happenings
        ]
        return {"happenings": rows, "end": self.end}


def from_json(data: Mapping[str, Any]) -> Result:
    """Return the result that to_json() wrote."""
    return Result(
        tuple(Happening(What(row["what"]), tuple(row["keys"]), tuple(row["names"])) for row in data["happenings"]),
        data["end"],
    )


def result_of(decisions: Sequence[Decision]) -> Result:
    """Return what a caller gets by these decisions."""
    happenings = [happening for place, _decision in enumerate(decisions) for happening in _of(decisions, place)]
    taken = decisions[-1].taken
    last = taken[-1].verb
    answered = len(taken) > 1 and taken[-2].outcome == Fate.ANSWERED
    end = last.cause.value if isinstance(last, Hangup) else Cause.UNREACHABLE.value
    return Result(tuple(happenings), ANSWERED if answered else end)


def _of(decisions: Sequence[Decision], place: int) -> Iterator[Happening]:
    for step in decisions[place].taken:
        match step.verb:
            case Play(prompt):
                yield Happening(What.HEARS, (str(prompt.id or prompt.name),), (prompt.name,))
            case Ring(targets):
                yield Happening(What.RINGS, *_names(targets))
            case CallOut(number):
                yield Happening(What.CALLS_OUT, (number,), (number,))
            case GoTo(number):
                yield Happening(What.GOES_ON, (number,), (_place(decisions[place + 1], number),))
            case ChangeSchedule(function_id, function, _user, action):
                yield Happening(What.CHANGES, (str(function_id), action.value if action else ""), (function,))
            case Signal(sound):
                yield Happening(What.SIGNALS, (sound.value,), (sound.value,))
            case Hangup():
                pass
            case _:
                assert_never(step.verb)


def _names(targets: Sequence[Person | RingOutside]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    pairs = [(leg_key(target), leg_name(target)) for target in targets]
    return tuple(key for key, _name in pairs), tuple(name for _key, name in pairs)


def _place(following: Decision, number: str) -> str:
    target = following.facts.target
    return f"{target.name} ({number})" if isinstance(target, FunctionNumber | Person) else number


def leg_key(target: Person | RingOutside) -> str:
    """Return how a target is named in assumptions and results: "u12", or the number outside."""
    return f"u{target.id}" if isinstance(target, Person) else target.outsider.number


def leg_name(target: Person | RingOutside) -> str:
    return target.name if isinstance(target, Person) else target.outsider.number


def tone_of(decisions: Sequence[Decision], result: Result) -> Action:
    """Return the colour of a result: what the first schedule says, or whether somebody is reached."""
    for step in decisions[0].plan.steps:
        if step.kind in (StepKind.EVENT_DECIDED, StepKind.DEFAULT_DECIDED, StepKind.TEMPORARY_DECIDED):
            return Action(dict(step.args)["action"])
    if result.end == ANSWERED:
        return Action.FORWARD if len(decisions) > 1 else Action.OPEN
    return Action.CLOSED


def is_temporary(decisions: Sequence[Decision]) -> bool:
    """Tell whether a temporary change decided for the number that is called."""
    return any(step.kind is StepKind.TEMPORARY_DECIDED for step in decisions[0].plan.steps)


def legs(decisions: Sequence[Decision]) -> dict[str, str]:
    """Return everybody who may ring by these plans, whichever way the call takes: key -> name, in order."""
    found: dict[str, str] = {}
    for decision in decisions:
        for step in decision.taken:
            found |= _legs_of(step)
        for verb in _all_rings(decision):
            found |= {leg_key(target): leg_name(target) for target in verb.targets if leg_key(target) not in found}
    return found


def _legs_of(step: Taken) -> dict[str, str]:
    match step.verb:
        case Ring(targets):
            return {leg_key(target): leg_name(target) for target in targets}
        case CallOut(number):
            return {number: number}
        case _:
            return {}


def _all_rings(decision: Decision) -> list[Ring]:
    """Every ring of a plan, each once, in the order of the plan."""
    seen: dict[int, Ring] = {}
    waiting = [decision.plan.root]
    while waiting:
        verb = waiting.pop(0)
        match verb:
            case Play(_prompt, then):
                waiting.append(then)
            case Ring() if id(verb) not in seen:
                seen[id(verb)] = verb
                waiting += [verb.no_answer, verb.busy, verb.unreachable]
            case _:
                pass
    return list(seen.values())


def read_assumptions(words: Mapping[str, str]) -> Assumptions:
    """Return the assumptions that `words` name: "u12" or a number -> a fate; what is neither is left out."""
    people: dict[int, Fate] = {}
    numbers: dict[str, Fate] = {}
    for key, value in words.items():
        if value not in set(Fate):
            continue
        if key.startswith("u") and key[1:].isascii() and key[1:].isdigit() and len(key) < 12:
            people[int(key[1:])] = Fate(value)
        elif key.isascii() and key.lstrip("+").isdigit() and len(key) < 20:
            numbers[key] = Fate(value)
    return Assumptions(people, numbers)


def write_assumptions(assumed: Assumptions) -> dict[str, str]:
    """Return assumptions as read_assumptions() reads them; that somebody answers goes without saying."""
    words = {f"u{pk}": fate for pk, fate in assumed.people.items()} | dict(assumed.numbers)
    return {key: fate.value for key, fate in sorted(words.items()) if fate is not Fate.ANSWERED}
