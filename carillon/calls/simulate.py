"""What would happen to a call, and why: the decision that a live call gets, without a call."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from carillon.accounts.models import Organization
from carillon.calls.budget import spent
from carillon.devices.models import SipDevice
from carillon.facts.calls import Ask, load, with_caller, with_spent
from carillon.routing.explain import branches, outline, sentence, title, to_json
from carillon.routing.facts import CallFacts, Live, Origin
from carillon.routing.plan import MOST_HOPS, plan_call
from carillon.routing.verbs import GoTo, Plan, Verb

CONTEXT = "trunk-0"


def simulate(
    organization: Organization, number: str, caller: str = "", at: datetime | None = None, *, as_json: bool = False
) -> str:
    """Return the decision for a call to `number` at `at` (aware; None = now), as text or JSON, forwards followed.

    `caller` that is an extension of the organization calls from its phone; any other comes in over a trunk.
    """
    now = at or datetime.now(ZoneInfo(organization.timezone))
    decisions = _decisions(organization, number, caller, now)
    if as_json:
        return json.dumps({"at": now.isoformat(), "decisions": [_json(*row) for row in decisions]}, indent=2)
    blocks = [f"At {now.isoformat(timespec='minutes')}, {caller or 'somebody outside'} calls {number}."]
    for facts, plan in decisions:
        reasons = "\n".join(f"  - {sentence(step)}" for step in plan.steps)
        blocks.append(f"{facts.called.text}:\n{reasons}\n\n{outline(plan)}")
    return "\n\n".join(blocks)


def _decisions(organization: Organization, number: str, caller: str, now: datetime) -> list[tuple[CallFacts, Plan]]:
    """Return the plan of each number that the call comes to, forwards in the order they would be reached."""
    first = _ask(organization, number, caller)
    found: list[tuple[CallFacts, Plan]] = []
    waiting: list[tuple[Ask, tuple[str, ...]]] = [(first, ())]
    seen: set[str] = set()
    while waiting and len(found) <= MOST_HOPS:
        ask, visited = waiting.pop(0)
        facts = with_caller(load(ask), caller, "")
        if facts.organization_id is not None:
            payer = ask.payer_id if visited else facts.caller.user_id
            facts = with_spent(facts, spent(facts.organization_id, payer, now))
        plan = plan_call(facts, Live(visited=visited), now, 0)
        found.append((facts, plan))
        for goto in _forwards(plan.root):
            if goto.number not in seen:
                seen.add(goto.number)
                payer = goto.payer_id or ask.payer_id
                following = replace(ask, called=goto.number, organization_id=facts.organization_id, payer_id=payer)
                waiting.append((following, (*visited, goto.number)))
    return found


def _ask(organization: Organization, number: str, caller: str) -> Ask:
    phones = SipDevice.objects.filter(organization=organization, user__lines__number__value=caller)
    endpoint = phones.order_by("pk").values_list("endpoint", flat=True).first() if caller else None
    if endpoint:
        return Ask(f"org-{organization.pk}", endpoint, number)
    # From outside only numbers that somebody has; an extension is asked for as a colleague would dial it.
    if number.lstrip("+").isdecimal() and len(number) <= 6:
        return Ask(f"org-{organization.pk}", "", number)
    return Ask(CONTEXT, "", number, organization_id=organization.pk)


def _forwards(verb: Verb) -> list[GoTo]:
    """Every forward of a plan, each once."""
    found: dict[int, GoTo] = {}
    waiting: list[Verb] = [verb]
    while waiting:
        verb = waiting.pop()
        if isinstance(verb, GoTo):
            found[id(verb)] = verb
        waiting += [branch for _name, branch in branches(verb)]
    return list(found.values())


def _json(facts: CallFacts, plan: Plan) -> dict[str, object]:
    return {
        "called": facts.called.text,
        "organization": facts.organization_id,
        "revision": facts.revision,
        "from": "phone" if facts.caller.origin is Origin.PHONE else "trunk",
        "steps": [{**to_json(step), "sentence": sentence(step)} for step in plan.steps],
        "plan": _tree(plan.root),
    }


def _tree(verb: Verb) -> dict[str, object]:
    return {"verb": type(verb).__name__, "does": title(verb), **{name: _tree(next_) for name, next_ in branches(verb)}}
