"""Calls that go on, with the names of who takes part: for pages that somebody looks at now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carillon.callcontrol.drafts import (
    Draft,
    Event,
    Leg,
    direction_of,
    draft_of,
    endpoint_of,
)
from carillon.callcontrol.known import Known, as_asked, heard_in, leg_name, look_up, organization_of, owner_of
from carillon.calls.models import Call


@dataclass(frozen=True, slots=True)
class Glance:
    """A call that goes on, its names looked up."""

    linkedid: str
    organization_id: int | None
    direction: Call.Direction
    first: Event
    caller_name: str
    #: Who of the organization has the number that was called.
    called_name: str
    #: The application that the caller's channel began last, and the prompt that it plays.
    application: Event | None
    prompt: str
    #: Who rings or talks, in order, with their names.
    legs: Sequence[tuple[Leg, str]]


def glance(node: str, calls: Mapping[str, Sequence[Event]]) -> list[Glance]:
    """Return what is known of calls that go on (linkedid -> events until now), in as many queries as keep() asks."""
    drafts = as_asked(node, [draft for name, events in calls.items() if (draft := draft_of(name, events))])
    known = look_up(node, drafts) if drafts else None
    return [_glance(draft, known) for draft in drafts if known]


def _glance(draft: Draft, known: Known) -> Glance:
    first, people = draft.first, known.people
    organization = organization_of(first, known.traces.get(draft.linkedid, ()), known)
    outside = [leg for leg in draft.legs if leg.endpoint in known.trunks]
    caller = people.get(endpoint_of(first.channel))
    starts = [e for e in draft.events if e.kind == "APP_START" and e.channel == first.channel]
    heard = heard_in(draft, organization, known)
    owner = owner_of(draft, known)
    return Glance(
        linkedid=draft.linkedid,
        organization_id=organization,
        direction=Call.Direction.INBOUND if first.context.startswith("trunk-") else direction_of(outside),
        first=first,
        caller_name=str(caller) if caller else "",
        called_name=owner.name if owner else "",
        application=starts[-1] if starts else None,
        prompt=heard[-1]["prompt"] if heard else "",
        legs=[(leg, leg_name(leg, people)) for leg in draft.legs],
    )
