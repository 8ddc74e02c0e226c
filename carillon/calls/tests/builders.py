"""Calls as rows, for tests of the log: each says only what it is about."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from carillon.accounts.models import Organization, User
from carillon.calls.models import Call, CallPerson, DecisionTrace
from carillon.numbers.trigrams import text_of

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def make_call(organization: Organization, at: datetime = NOW, *, people: tuple[User, ...] = (), **fields: Any) -> Call:
    """Return a call of two people that took a minute, as call control would have kept it."""
    row: dict[str, Any] = {
        "node": "node1",
        "linkedid": f"node1-{next(_numbers)}.0",
        "direction": "inbound",
        "started_at": at,
        "ended_at": at + timedelta(seconds=60),
        "caller": "+32470123456",
        "called": "+3227811501",
        "result": "answered",
        "decided_by": "callcontrol",
    }
    row |= fields
    names = [leg["name"] for leg in row.get("legs", [])]
    said = [row.get("caller_name", ""), row.get("called_name", ""), row.get("answered_by", "")]
    search = text_of(organization.pk, [row["caller"], row["called"], *said, *names, *map(str, people)])
    call = Call.objects.create(organization=organization, search=search, **row)
    for person in people:
        CallPerson.objects.create(call=call, user=person, place=call.place)
    return call


def leg(name: str, since: datetime, seconds: int, result: str, answered: int | None = None) -> dict[str, Any]:
    """Return a phone that rang; `answered` after so many seconds."""
    return {
        "endpoint": f"p{name.lower()}",
        "name": name,
        "rang_at": since.isoformat(),
        "answered_at": (since + timedelta(seconds=answered)).isoformat() if answered is not None else None,
        "ended_at": (since + timedelta(seconds=seconds)).isoformat(),
        "result": result,
    }


def make_trace(call: Call, *steps: dict[str, Any], **fields: Any) -> DecisionTrace:
    """Return the decision of a call's only run."""
    row: dict[str, Any] = {"run": f"{call.linkedid}-0", "worker": "worker1", "at": call.started_at, "revision": 7}
    row |= {"organization": call.organization, "called": call.called, **fields}
    return DecisionTrace.objects.create(node=call.node, linkedid=call.linkedid, steps=list(steps), **row)


def step(kind: str, subject: int | None = None, **args: str) -> dict[str, Any]:
    """Return a step as the log keeps it."""
    return {"kind": kind, "subject": subject, "args": args}
