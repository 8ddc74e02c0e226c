"""How a plan travels as JSON: a list of verbs that name their branches by index, because a plan shares branches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from carillon.routing import explain
from carillon.routing.facts import Outsider, Person, Prompt
from carillon.routing.verbs import CallOut, Cause, GoTo, Hangup, Plan, Play, Ring, RingOutside, Verb

Json = dict[str, Any]


def to_json(plan: Plan) -> Json:
    """Return a plan as JSON values: verbs (the last is the root; branches point backwards) and steps."""
    rows: list[Json] = []
    places: dict[int, int] = {}
    waiting = [plan.root]
    while waiting:
        verb = waiting[-1]
        branches = explain.branches(verb)
        missing = next((branch for _name, branch in branches if id(branch) not in places), None)
        if missing:
            waiting.append(missing)
            continue
        waiting.pop()
        places[id(verb)] = len(rows)
        rows.append(_row(verb) | {name: places[id(branch)] for name, branch in branches})
    return {"verbs": rows, "steps": [explain.to_json(step) for step in plan.steps]}


def from_json(data: Mapping[str, Any]) -> Plan:
    """Return the plan that to_json() wrote. KeyError, IndexError, TypeError or ValueError for anything else."""
    verbs: list[Verb] = []
    for row in data["verbs"]:
        verbs.append(_verb(row, verbs))
    return Plan(verbs[-1], tuple(explain.from_json(step) for step in data["steps"]))


def _row(verb: Verb) -> Json:
    match verb:
        case Hangup(cause):
            return {"verb": "hangup", "cause": cause.value}
        case Play(prompt):
            return {"verb": "play", "prompt": {"id": prompt.id, "name": prompt.name, "audio": prompt.audio}}
        case Ring(targets, seconds):
            return {"verb": "ring", "seconds": seconds, "targets": [_target(target) for target in targets]}
        case CallOut():
            names = ("number", "caller_id", "seconds", "limit_seconds", "emergency")
            own = {name: getattr(verb, name) for name in names}
            return {"verb": "call_out", "trunks": list(verb.trunks), **own}
        case GoTo(number, payer_id):
            return {"verb": "go_to", "number": number, "payer_id": payer_id}
        case _:  # pragma: no cover
            assert_never(verb)


def _target(target: Person | RingOutside) -> Json:
    if isinstance(target, RingOutside):
        return {"outside": target.outsider.number, "trunks": list(target.trunks), "caller_id": target.caller_id}
    return {
        "id": target.id,
        "name": target.name,
        "extension": target.extension,
        "endpoints": list(target.endpoints),
        "forward_always": target.forward_always,
    }


def _verb(row: Mapping[str, Any], verbs: list[Verb]) -> Verb:
    match row["verb"]:
        case "hangup":
            return Hangup(Cause(row["cause"]))
        case "play":
            return Play(Prompt(**row["prompt"]), verbs[row["then"]])
        case "ring":
            targets = tuple(_read_target(target) for target in row["targets"])
            return Ring(targets, row["seconds"], **_outcomes(row, verbs))
        case "call_out":
            own: Json = {name: row[name] for name in ("number", "caller_id", "seconds", "limit_seconds", "emergency")}
            return CallOut(**own | {"trunks": tuple(row["trunks"])} | _outcomes(row, verbs))
        case "go_to":
            return GoTo(row["number"], row["payer_id"])
        case other:
            raise ValueError(f"no verb: {other!r}")


def _read_target(row: Mapping[str, Any]) -> Person | RingOutside:
    if "outside" in row:
        return RingOutside(Outsider(row["outside"]), tuple(row["trunks"]), row["caller_id"])
    return Person(**{**row, "endpoints": tuple(row["endpoints"])})


def _outcomes(row: Mapping[str, Any], verbs: list[Verb]) -> Json:
    return {name: verbs[row[name]] for name in ("answered", "no_answer", "busy", "unreachable")}
