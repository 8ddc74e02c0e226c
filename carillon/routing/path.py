"""Which way a call takes through its plan, given who would answer: verb by verb, as the executor and Asterisk go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

from carillon.routing.explain import branches
from carillon.routing.facts import Person
from carillon.routing.verbs import (
    CallOut,
    ChangeSchedule,
    GoTo,
    Hangup,
    Plan,
    Play,
    Ring,
    RingOutside,
    Signal,
    Verb,
)


class Fate(StrEnum):
    """What becomes of a leg; each is the name of the branch that a verb with this leg alone takes."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What people (by user id, all their phones) and numbers outside (as dialled) do. Who is not named answers."""

    people: Mapping[int, Fate] = field(default_factory=dict)
    numbers: Mapping[str, Fate] = field(default_factory=dict)

    def of(self, target: Person | RingOutside) -> Fate:
        if isinstance(target, Person):
            return self.people.get(target.id, Fate.ANSWERED)
        return self.of_number(target.outsider.number)

    def of_number(self, number: str) -> Fate:
        return self.numbers.get(number, Fate.ANSWERED)


@dataclass(frozen=True, slots=True)
class Taken:
    """A verb on the way: its place in the plan as PBXSTAGE has it, and the branch taken ("" at the end)."""

    path: str
    verb: Verb
    outcome: str


def dial(fates: Iterable[Fate]) -> Fate:
    """Return how one Dial with these legs ends, as app_dial.c tells it in DIALSTATUS.

    Somebody answers: ANSWER. A leg that rings until the time is up: NOANSWER, whatever the others do. Only where every
    leg has failed, one that is busy makes it BUSY; else nobody can be reached (CHANUNAVAIL, CONGESTION).
    """
    met = set(fates)
    return next((fate for fate in (Fate.ANSWERED, Fate.NO_ANSWER, Fate.BUSY) if fate in met), Fate.UNREACHABLE)


def follow(plan: Plan, assumed: Assumptions) -> tuple[Taken, ...]:
    """Return the verbs that a call goes through, in order; the last is a Hangup or a GoTo."""
    verb, path = plan.root, ""
    taken: list[Taken] = []
    while True:
        outcome = _outcome(verb, assumed)
        taken.append(Taken(path, verb, outcome))
        if not outcome:
            return tuple(taken)
        verb = dict(branches(verb))[outcome]
        path = f"{path}.{outcome}".lstrip(".")


def _outcome(verb: Verb, assumed: Assumptions) -> str:
    match verb:
        case Hangup() | GoTo():
            return ""
        case Play() | Signal():
            return "then"
        case ChangeSchedule():
            return "done"
        case Ring(targets):
            return dial(assumed.of(target) for target in targets).value
        case CallOut(number):
            # The next trunk is only tried where the number could not be reached, and the number stays what it is.
            return assumed.of_number(number).value
        case _:  # pragma: no cover
            assert_never(verb)
