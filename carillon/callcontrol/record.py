"""What the engine's events of one call say: who called whom, who rang, what was heard, who answered, how long."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from carillon.accounts.models import Organization, User
from carillon.calls import notice
from carillon.calls.models import Call, DecisionTrace
from carillon.devices.models import SipDevice
from carillon.numbers.models import Number, Trunk
from carillon.prompts.models import PromptAudio
from carillon.routing.numbers import read_number
from carillon.routing.verbs import StepKind

_ENDPOINT = re.compile(r"PJSIP/(.+)-[0-9a-f]+")
_RECORDING = re.compile(r"/([0-9a-f]{64})$")
_OUTSIDE = re.compile(r"PJSIP/([^@&,/]+)@([^&,]+)")
_REFUSALS = {StepKind.BARRED, StepKind.BUDGET_USED_UP, StepKind.SUSPENDED, StepKind.NOBODY, StepKind.TOO_MANY_HOPS}
_DIAL_RESULTS = {
    "BUSY": Call.Result.BUSY,
    "NOANSWER": Call.Result.NO_ANSWER,
    "CHANUNAVAIL": Call.Result.UNREACHABLE,
    "CONGESTION": Call.Result.UNREACHABLE,
    "CANCEL": Call.Result.ABANDONED,
}
#: Q.850 causes of a leg that nobody took.
_LEG_RESULTS = {17: "busy", 21: "declined", 20: "unreachable", 18: "no_answer", 19: "no_answer", 26: "elsewhere"}


@dataclass(frozen=True, slots=True)
class Event:
    """One channel event; `time` is seconds since 1970 UTC."""

    kind: str
    time: float
    caller_name: str
    caller_number: str
    extension: str
    context: str
    channel: str
    application: str
    data: str
    uniqueid: str
    linkedid: str
    peer: str
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Leg:
    """A channel that was rung."""

    endpoint: str
    rang: float
    answered: float | None = None
    ended: float | None = None
    result: str = "no_answer"
    #: The number dialled over a trunk.
    number: str = ""


@dataclass(frozen=True, slots=True)
class _Draft:
    """One ended call before its names are looked up."""

    linkedid: str
    first: Event
    events: Sequence[Event]
    legs: list[Leg]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database says of all that a batch of calls mentions."""

    traces: Mapping[str, Sequence[DecisionTrace]]
    people: Mapping[str, User]
    trunks: frozenset[str]
    organizations: frozenset[int]
    #: E.164 -> organization.
    numbers: Mapping[str, int]
    #: (organization, sha256) -> name of the prompt.
    prompts: Mapping[tuple[int, str], str]


def keep(node: str, calls: Mapping[str, Sequence[Event]]) -> None:
    """Write the rows of ended calls (linkedid -> events), in a constant number of queries; again changes nothing."""
    drafts = [draft for linkedid, events in calls.items() if (draft := _draft(linkedid, events))]
    if not drafts:
        return
    known = _look_up(node, drafts)
    rows = [Call(node=node, linkedid=draft.linkedid, **_fields(draft, known)) for draft in drafts]
    fields = list(_fields(drafts[0], known))
    emergencies = notice.new_emergencies(rows)
    Call.objects.bulk_create(rows, update_conflicts=True, unique_fields=["node", "linkedid"], update_fields=fields)
    notice.tell_of_emergencies(emergencies)


@dataclass(frozen=True, slots=True)
class Glance:
    """A call that goes on, its names looked up."""

    linkedid: str
    organization_id: int | None
    direction: Call.Direction
    first: Event
    caller_name: str
    #: The application that the caller's channel began last, and the prompt that it plays.
    application: Event | None
    prompt: str
    #: Who rings or talks, in order, with their names.
    legs: Sequence[tuple[Leg, str]]


def glance(node: str, calls: Mapping[str, Sequence[Event]]) -> list[Glance]:
    """Return what is known of calls that go on (linkedid -> events until now), in as many queries as keep() asks."""
    drafts = [draft for linkedid, events in calls.items() if (draft := _draft(linkedid, events))]
    known = _look_up(node, drafts) if drafts else None
    return [_glance(draft, known) for draft in drafts if known]


def _glance(draft: _Draft, known: _Known) -> Glance:
    first, people = draft.first, known.people
    organization = _organization(first, known.traces.get(draft.linkedid, ()), known)
    outside = [leg for leg in draft.legs if leg.endpoint in known.trunks]
    caller = people.get(_endpoint(first.channel))
    starts = [e for e in draft.events if e.kind == "APP_START" and e.channel == first.channel]
    heard = _heard(draft, organization, known)
    return Glance(
        linkedid=draft.linkedid,
        organization_id=organization,
        direction=Call.Direction.INBOUND if first.context.startswith("trunk-") else _direction(outside),
        first=first,
        caller_name=str(caller) if caller else "",
        application=starts[-1] if starts else None,
        prompt=heard[-1]["prompt"] if heard else "",
        legs=[(leg, _leg_name(leg, people)) for leg in draft.legs],
    )


def called_number(first: Event) -> str:
    """Return the number called as rows have it: E.164 where it is one."""
    return _public(first)


def _draft(linkedid: str, events: Sequence[Event]) -> _Draft | None:
    # A reader that died after it kept this call begins in the midst of it: what is left must not overwrite the whole.
    first = next((event for event in events if event.kind == "CHAN_START" and event.uniqueid == linkedid), None)
    if first is None or not first.channel.startswith("PJSIP/"):
        return None
    return _Draft(linkedid, first, events, _legs(first, events))


def _look_up(node: str, drafts: Sequence[_Draft]) -> _Known:
    traces: dict[str, list[DecisionTrace]] = defaultdict(list)
    ids = [draft.linkedid for draft in drafts]
    for trace in DecisionTrace.objects.filter(node=node, linkedid__in=ids).order_by("at", "pk"):
        traces[trace.linkedid].append(trace)
    endpoints = {_endpoint(draft.first.channel) for draft in drafts}
    endpoints |= {leg.endpoint for draft in drafts for leg in draft.legs}
    devices = SipDevice.objects.filter(endpoint__in=endpoints, user__isnull=False).select_related("user")
    trunks = Trunk.objects.filter(endpoint__in=endpoints).values_list("endpoint", flat=True)
    contexts = {pk for draft in drafts if (pk := _of_context(draft.first.context)) is not None}
    numbers = Number.objects.filter(kind=Number.Kind.E164, value__in={_public(draft.first) for draft in drafts})
    shas = {sha for draft in drafts for sha, _at in _played(draft)}
    audio = PromptAudio.objects.filter(sha256__in=shas)
    return _Known(
        traces=traces,
        people={device.endpoint: device.user for device in devices if device.user},
        trunks=frozenset(trunks),
        organizations=frozenset(Organization.objects.filter(pk__in=contexts).values_list("pk", flat=True)),
        numbers=dict(numbers.values_list("value", "organization_id")),
        prompts={
            (organization, sha): name
            for organization, sha, name in audio.values_list("prompt__organization_id", "sha256", "prompt__name")
        },
    )


def _fields(draft: _Draft, known: _Known) -> dict[str, Any]:
    first, events, legs, people = draft.first, draft.events, draft.legs, known.people
    traces = known.traces.get(draft.linkedid, ())
    caller = people.get(_endpoint(first.channel))
    organization = _organization(first, traces, known)
    outside = [leg for leg in legs if leg.endpoint in known.trunks]
    answered = next((leg for leg in legs if leg.answered is not None), None)
    ended = events[-1].time
    heard = _heard(draft, organization, known)
    answerer = people.get(answered.endpoint) if answered else None
    inbound = first.context.startswith("trunk-")
    return {
        "organization_id": organization,
        "direction": Call.Direction.INBOUND if inbound else _direction(outside),
        "started_at": _instant(first.time),
        "answered_at": _instant(answered.answered) if answered and answered.answered else None,
        "ended_at": _instant(ended),
        "talk_ms": sum(_talk_ms(leg, ended) for leg in legs),
        "caller": _clean(first.caller_number, 60),
        "caller_user_id": caller.pk if caller else None,
        "called": _clean(first.extension, 60),
        "result": Call.Result.ANSWERED if answered else _result(first, events, traces, bool(heard)),
        "answered_by": _clean(_leg_name(answered, people) if answered else "", 160),
        "answered_user_id": answerer.pk if answerer else None,
        "decided_by": _decided_by(events, traces),
        "went_outside": bool(outside),
        "outside_ms": sum(_talk_ms(leg, ended) for leg in outside),
        "payer_id": _payer(traces, caller),
        "legs": [_leg_row(leg, people) for leg in legs],
        "heard": heard,
    }


def _clean(text: str, most: int) -> str:
    return text.replace("\0", "")[:most]  # PostgreSQL refuses NUL


def _legs(first: Event, events: Iterable[Event]) -> list[Leg]:
    """Every phone or trunk that was rung. Local channels are only wiring."""
    legs: dict[str, Leg] = {}
    numbers: dict[str, str] = {}
    for event in events:
        if event.kind == "APP_START" and event.application == "Dial":
            numbers |= {trunk: number for number, trunk in _OUTSIDE.findall(event.data)}
        if event.channel == first.channel or not event.channel.startswith("PJSIP/"):
            continue
        leg = legs.get(event.channel)
        if event.kind == "CHAN_START":
            endpoint = _endpoint(event.channel)
            legs[event.channel] = Leg(endpoint, event.time, number=numbers.get(endpoint, ""))
        elif leg and event.kind == "ANSWER":
            leg.answered, leg.result = event.time, "answered"
        elif leg and event.kind == "HANGUP":
            leg.ended = event.time
            if leg.answered is None:
                leg.result = _LEG_RESULTS.get(int(event.extra.get("hangupcause", 0)), "no_answer")
    return list(legs.values())


def _endpoint(channel: str) -> str:
    found = _ENDPOINT.fullmatch(channel)
    return found[1] if found else channel


def _of_context(context: str) -> int | None:
    text = context.removeprefix("org-")
    return int(text) if context.startswith("org-") and text.isdecimal() else None


def _public(first: Event) -> str:
    return read_number(first.extension, "BE").e164 or first.extension


def _organization(first: Event, traces: Sequence[DecisionTrace], known: _Known) -> int | None:
    """By the context of a phone, by the decision, or by who has the number called; None: nobody has it."""
    if first.context.startswith("org-"):
        pk = _of_context(first.context)
        return pk if pk in known.organizations else None
    decided = (trace.organization_id for trace in traces if trace.organization_id)
    return next(decided, None) or known.numbers.get(_public(first))


def _direction(outside: Sequence[Leg]) -> Call.Direction:
    return Call.Direction.OUTBOUND if outside else Call.Direction.INTERNAL


def _talk_ms(leg: Leg, ended: float) -> int:
    return round(((leg.ended or ended) - leg.answered) * 1000) if leg.answered is not None else 0


def _played(draft: _Draft) -> list[tuple[str, float]]:
    return [
        (found[1], event.time)
        for event in draft.events
        if event.kind == "APP_START" and event.application == "Playback" and event.channel == draft.first.channel
        if (found := _RECORDING.search(event.data))
    ]


def _heard(draft: _Draft, organization: int | None, known: _Known) -> list[dict[str, str]]:
    return [
        {"prompt": known.prompts.get((organization or 0, sha), ""), "sha256": sha, "at": _instant(at).isoformat()}
        for sha, at in _played(draft)
    ]


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
    if heard:
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


def _payer(traces: Sequence[DecisionTrace], caller: User | None) -> int | None:
    if traces:
        return traces[-1].payer_id
    return caller.pk if caller else None


def _leg_name(leg: Leg, people: Mapping[str, User]) -> str:
    user = people.get(leg.endpoint)
    return str(user) if user else leg.number or leg.endpoint


def _leg_row(leg: Leg, people: Mapping[str, User]) -> dict[str, Any]:
    return {
        "endpoint": leg.endpoint,
        "name": _leg_name(leg, people),
        "rang_at": _instant(leg.rang).isoformat(),
        "answered_at": _instant(leg.answered).isoformat() if leg.answered is not None else None,
        "ended_at": _instant(leg.ended).isoformat() if leg.ended is not None else None,
        "result": leg.result,
    }


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
