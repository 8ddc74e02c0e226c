"""The way that a call took through its plan: each verb that was begun, with how it ended, as the log keeps it."""

from __future__ import annotations

from typing import Any, assert_never

from carillon.routing.facts import Person
from carillon.routing.verbs import CallOut, ChangeSchedule, GoTo, Hangup, Play, Ring, RingOutside, Signal, Verb


class Way:
    """Written down while one run of a script goes on; `path` names the outcomes from the plan's root."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.passed: list[dict[str, Any]] = []

    def begins(self, verb: Verb) -> None:
        """Note a verb before it is carried out: a caller who goes meanwhile leaves it without outcome."""
        self.passed.append(described(verb) | {"outcome": ""})

    def ends(self, outcome: str) -> None:
        """Note how the last verb ended; the path goes on there."""
        if self.passed and outcome and not self.passed[-1]["outcome"]:
            self.passed[-1]["outcome"] = outcome
            self.path = f"{self.path}.{outcome}".lstrip(".")


def described(verb: Verb) -> dict[str, Any]:
    """Return what a verb does in names that stay readable when rows have changed."""
    match verb:
        case Play(prompt):
            return {"verb": "play", "prompt": prompt.name, "sha256": prompt.audio or "", "id": prompt.id}
        case Ring(targets, seconds):
            return {"verb": "ring", "who": [_who(target) for target in targets], "seconds": seconds}
        case CallOut(number):
            return {"verb": "call_out", "number": number, "seconds": verb.seconds, "shown": verb.caller_id or ""}
        case GoTo(number):
            return {"verb": "go_to", "number": number}
        case Hangup(cause):
            return {"verb": "hangup", "cause": cause.value}
        case Signal(sound):
            return {"verb": "signal", "sound": sound.value}
        case ChangeSchedule(function=function, action=action):
            return {"verb": "change_schedule", "function": function, "action": action.value if action else ""}
        case _:  # pragma: no cover
            assert_never(verb)


def _who(target: Person | RingOutside) -> str:
    return target.outsider.number if isinstance(target, RingOutside) else target.name
