"""Ended calls become rows of the log: who called whom, who rang, what was heard, who answered, how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from carillon.accounts.models import User
from carillon.callcontrol.drafts import (
    Draft,
    Event,
    Leg,
    clean,
    direction_of,
    draft_of,
    endpoint_of,
    instant,
    public_number,
    talk_ms,
)
from carillon.callcontrol.known import Known, as_asked, heard_in, leg_name, look_up, organization_of, owner_of
from carillon.callcontrol.owners import Owner
from carillon.calls import notice
from carillon.calls.models import Call, CallPerson, DecisionTrace
from carillon.numbers.trigrams import text_of
from carillon.routing.verbs import StepKind

_REFUSALS = {
    StepKind.BARRED,
    StepKind.BUDGET_USED_UP,
    StepKind.SUSPENDED,
    StepKind.NOBODY,
    StepKind.TOO_MANY_HOPS,
    StepKind.CODE_REFUSED,
}
#: What such a call is for is heard as tones.
_SWITCHES = {StepKind.CODE_CHANGES, StepKind.CODE_ENDS}
_DIAL_RESULTS = {
    "BUSY": Call.Result.BUSY,
    "NOANSWER": Call.Result.NO_ANSWER,
    "CHANUNAVAIL": Call.Result.UNREACHABLE,
    "CONGESTION": Call.Result.UNREACHABLE,
    "CANCEL": Call.Result.ABANDONED,
}


def keep(node: str, calls: Mapping[str, Sequence[Event]]) -> None:
    """Write the rows of ended calls (linkedid -> events), in a constant number of queries; again changes nothing."""
    drafts = as_asked(node, [draft for name, events in calls.items() if (draft := draft_of(name, events))])
    if not drafts:
        return
    known = look_up(node, drafts)
    fields = [_fields(draft, known) for draft in drafts]
    rows = [Call(node=node, linkedid=draft.linkedid, **each) for draft, each in zip(drafts, fields, strict=True)]
    emergencies = notice.new_emergencies(rows)
    key = ["node", "linkedid"]
    Call.objects.bulk_create(rows, update_conflicts=True, unique_fields=key, update_fields=list(fields[0]))
    _keep_people(node, {draft.linkedid: _people(draft, known) for draft in drafts})
    notice.tell_of_emergencies(emergencies)


def _keep_people(node: str, people: Mapping[str, set[int]]) -> None:
    """Write who had part in which call. Asked for by name: a call that was there already keeps its place."""
    rows = Call.objects.filter(node=node, linkedid__in=people).values_list("pk", "linkedid", "place")
    parts = [
        CallPerson(call_id=pk, user_id=user, place=place) for pk, name, place in rows for user in sorted(people[name])
    ]
    CallPerson.objects.bulk_create(parts, ignore_conflicts=True)


def _people(draft: Draft, known: Known) -> set[int]:
    """Who called, was called, or had a phone that rang."""
    endpoints = (endpoint_of(draft.first.channel), *(leg.endpoint for leg in draft.legs))
    found = {known.people[endpoint].pk for endpoint in endpoints if endpoint in known.people}
    owner = owner_of(draft, known)
    return found | ({owner.user_id} if owner and owner.user_id else set())


def _fields(draft: Draft, known: Known) -> dict[str, Any]:
    first, events, legs, people = draft.first, draft.events, draft.legs, known.people
    traces = known.traces.get(draft.linkedid, ())
    caller = people.get(endpoint_of(first.channel))
    organization = organization_of(first, traces, known)
    outside = [leg for leg in legs if leg.endpoint in known.trunks]
    answered = next((leg for leg in legs if leg.answered is not None), None)
    ended = events[-1].time
    heard = heard_in(draft, organization, known)
    answerer = people.get(answered.endpoint) if answered else None
    inbound = first.context.startswith("trunk-")
    owner, payer = owner_of(draft, known), _payer(traces, caller)
    caller_name = str(caller) if caller else first.caller_name
    names = [leg_name(leg, people) for leg in legs if leg.endpoint not in known.trunks]
    return {
        "organization_id": organization,
        "is_test": draft.trial is not None,
        "caller_name": clean(caller_name, 160),
        "called_name": owner.name if owner else "",
        "function_id": owner.function_id if owner else None,
        "search": text_of(organization, _searched(first, caller_name, owner, names)),
        "direction": Call.Direction.INBOUND if inbound else direction_of(outside),
        "started_at": instant(first.time),
        "answered_at": instant(answered.answered) if answered and answered.answered else None,
        "ended_at": instant(ended),
        "talk_ms": sum(talk_ms(leg, ended) for leg in legs),
        "caller": clean(first.caller_number, 60),
        "caller_user_id": caller.pk if caller else None,
        "called": clean(first.extension, 60),
        "result": _result_of(draft, answered, traces, bool(heard)),
        "answered_by": clean(leg_name(answered, people) if answered else "", 160),
        "answered_user_id": answerer.pk if answerer else None,
        "decided_by": _decided_by(events, traces),
        "went_outside": bool(outside),
        "outside_ms": sum(talk_ms(leg, ended) for leg in outside),
        "payer_id": payer.pk if payer else None,
        "cost_center": next((who.cost_center for who in (payer, caller, answerer) if who), ""),
        "legs": [_leg_row(leg, people) for leg in legs],
        "heard": heard,
    }


def _searched(first: Event, caller_name: str, owner: Owner | None, names: Sequence[str]) -> list[str]:
    """The names and numbers by which a call is found; a number inside as the owner has it."""
    return [first.caller_number, public_number(first), caller_name, owner.name if owner else "", *names]


def _result_of(draft: Draft, answered: Leg | None, traces: Sequence[DecisionTrace], heard: bool) -> Call.Result:
    if draft.trial and not draft.trial.rings:
        return Call.Result.TRIED
    return Call.Result.ANSWERED if answered else _result(draft.first, draft.events, traces, heard)


def _result(first: Event, events: Iterable[Event], traces: Sequence[DecisionTrace], heard: bool) -> Call.Result:
    if any(step["kind"] in _REFUSALS for trace in traces for step in trace.steps):
        return Call.Result.REFUSED
    hangup = next((e for e in events if e.kind == "HANGUP" and e.channel == first.channel), None)
    extra = hangup.extra if hangup else {}
    if result := _DIAL_RESULTS.get(extra.get("dialstatus", "")):
        return result
    if any(event.kind == "APP_START" and event.application == "Dial" for event in events):
        # No phone of anybody could be rung, so Asterisk has no status of a leg to tell.
        return Call.Result.UNREACHABLE
    if heard or any(step["kind"] in _SWITCHES for trace in traces for step in trace.steps):
        return Call.Result.PROMPT
    by_caller = extra.get("hangupsource", "") == first.channel
    return Call.Result.ABANDONED if by_caller else Call.Result.FAILED


def _decided_by(events: Iterable[Event], traces: Sequence[DecisionTrace]) -> Call.DecidedBy:
    contexts = {event.context for event in events if event.kind == "APP_START"}
    if "emergency" in contexts:
        return Call.DecidedBy.DIALPLAN
    if not traces or any(context.startswith("fallback-") or context == "unavailable" for context in contexts):
        return Call.DecidedBy.FALLBACK
    return Call.DecidedBy.CALL_CONTROL


def _payer(traces: Sequence[DecisionTrace], caller: User | None) -> User | None:
    return traces[-1].payer if traces else caller


def _leg_row(leg: Leg, people: Mapping[str, User]) -> dict[str, Any]:
    return {
        "endpoint": leg.endpoint,
        "name": leg_name(leg, people),
        "rang_at": instant(leg.rang).isoformat(),
        "answered_at": instant(leg.answered).isoformat() if leg.answered is not None else None,
        "ended_at": instant(leg.ended).isoformat() if leg.ended is not None else None,
        "result": leg.result,
    }
