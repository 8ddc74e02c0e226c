"""How `carillon simulate` tells what would happen to a call: as text for a terminal, or as data."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from carillon.accounts.models import Organization
from carillon.calls.result import result_of, write_assumptions
from carillon.calls.what_if import Decision, Inquiry, Question
from carillon.routing.explain import branches, outline, sentence, title, to_json
from carillon.routing.facts import Origin
from carillon.routing.path import Assumptions
from carillon.routing.verbs import Verb


def simulate(
    organization: Organization,
    number: str,
    caller: str = "",
    at: datetime | None = None,
    assumed: Assumptions | None = None,
    *,
    as_json: bool = False,
) -> str:
    """Return what happens to a call to `number` at `at` (aware; None = now), as text or JSON, forwards followed."""
    now = at or datetime.now(ZoneInfo(organization.timezone))
    question = Question(number, caller, now, assumed or Assumptions())
    decisions = Inquiry(organization).decisions(question)
    return _data(question, decisions) if as_json else _text(question, decisions)


def _text(question: Question, decisions: list[Decision]) -> str:
    at = question.at.isoformat(timespec="minutes")
    blocks = [f"At {at}, {question.caller or 'somebody outside'} calls {question.number}."]
    for decision in decisions:
        reasons = "\n".join(f"  - {sentence(step)}" for step in decision.plan.steps)
        way = "\n".join(f"  > {_step(step.verb, step.outcome)}" for step in decision.taken)
        called = decision.facts.called.text
        blocks.append(f"{called}:\n{reasons}\n\n{outline(decision.plan)}\n\nThe way taken:\n{way}")
    return "\n\n".join(blocks)


def _step(verb: Verb, outcome: str) -> str:
    return title(verb) + (f": {outcome.replace('_', ' ')}" if outcome not in ("", "then") else "")


def _data(question: Question, decisions: list[Decision]) -> str:
    data = {
        "at": question.at.isoformat(),
        "assumed": write_assumptions(question.assumed),
        "decisions": [_decision(decision) for decision in decisions],
        "result": result_of(decisions).to_json(),
    }
    return json.dumps(data, indent=2)


def _decision(decision: Decision) -> dict[str, object]:
    facts, plan = decision.facts, decision.plan
    return {
        "called": facts.called.text,
        "organization": facts.organization_id,
        "revision": facts.revision,
        "from": "phone" if facts.caller.origin is Origin.PHONE else "trunk",
        "steps": [{**to_json(step), "sentence": sentence(step)} for step in plan.steps],
        "plan": _tree(plan.root),
        "path": [
            {"path": step.path, "verb": type(step.verb).__name__, "does": title(step.verb), "outcome": step.outcome}
            for step in decision.taken
        ],
    }


def _tree(verb: Verb, seen: set[int] | None = None) -> dict[str, object]:
    """A plan shares branches: each is written in full once, else a long group would be written without end."""
    seen = set() if seen is None else seen
    row: dict[str, object] = {"verb": type(verb).__name__, "does": title(verb)}
    if id(verb) in seen:
        return row
    seen.add(id(verb))
    return row | {name: _tree(next_, seen) for name, next_ in branches(verb)}
