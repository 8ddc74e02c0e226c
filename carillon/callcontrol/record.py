"""What the engine's events of one call say: who called whom, who rang, what was heard, who answered, how long."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from carillon.accounts.models import Organization, User
from carillon.callcontrol.owners import Owner, Owners, owners
from carillon.calls import notice
from carillon.calls.models import Call, CallPerson, DecisionTrace, Trial
from carillon.calls.search import text_of
from carillon.devices.models import SipDevice
from carillon.numbers.models import Trunk
from carillon.prompts.models import PromptAudio
from carillon.routing.numbers import read_number
from carillon.routing.verbs import StepKind

#: Where the dialplan takes the browser's telephone.
TRY_CONTEXT = "try"
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
    trial: Trial | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database says of all that a batch of calls mentions."""

    traces: Mapping[str, Sequence[DecisionTrace]]
    people: Mapping[str, User]
    trunks: frozenset[str]
    organizations: frozenset[int]
    owners: Owners
    #: (organization, sha256) -> name of the prompt.
    prompts: Mapping[tuple[int, str], str]


def keep(node: str, calls: Mapping[str, Sequence[Event]]) -> None:
    """Write the rows of ended calls (linkedid -> events), in a constant number of queries; again changes nothing."""
    drafts = [draft for linkedid, events in calls.items() if (draft := _draft(linkedid, events))]
    drafts = _as_asked(node, drafts)
    if not drafts:
        return
    known = _look_up(node, drafts)
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


def _people(draft: _Draft, known: _Known) -> set[int]:
    """Who called, was called, or had a phone that rang."""
    endpoints = (_endpoint(draft.first.channel), *(leg.endpoint for leg in draft.legs))
    found = {known.people[endpoint].pk for endpoint in endpoints if endpoint in known.people}
    owner = _owner(draft, known)
    return found | ({owner.user_id} if owner and owner.user_id else set())


def _draft(linkedid: str, events: Sequence[Event]) -> _Draft | None:
    # A reader that died after it kept this call begins in the midst of it: what is left must not overwrite the whole.
    first = next((event for event in events if event.kind == "CHAN_START" and event.uniqueid == linkedid), None)
    if first is None or not first.channel.startswith("PJSIP/"):
        return None
    return _Draft(linkedid, first, events, _legs(first, events))


def _as_asked(node: str, drafts: Sequence[_Draft]) -> list[_Draft]:
    """A trial dialled a token: it is kept as the call that was asked for. One query where there is any."""
    tried = [draft.linkedid for draft in drafts if draft.first.context == TRY_CONTEXT]
    found = Trial.objects.filter(node=node, linkedid__in=tried).select_related("prompt") if tried else ()
    trials = {trial.linkedid: trial for trial in found}
    return [
        replace(draft, first=_first_of(draft.first, trials[draft.linkedid]), trial=trials[draft.linkedid])
        if draft.linkedid in trials
        else draft
        for draft in drafts
        if draft.linkedid in trials or draft.first.context != TRY_CONTEXT
    ]


def _first_of(first: Event, trial: Trial) -> Event:
    called = trial.called or (trial.prompt.name if trial.prompt else "")
    return replace(first, extension=called, caller_number=trial.caller, caller_name="", context=f"trunk-{TRY_CONTEXT}")


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
    shas = {sha for draft in drafts for sha, _at in _played(draft)}
    audio = PromptAudio.objects.filter(sha256__in=shas)
    return _Known(
        traces=traces,
        people={device.endpoint: device.user for device in devices if device.user},
        trunks=frozenset(trunks),
        organizations=frozenset(Organization.objects.filter(pk__in=contexts).values_list("pk", flat=True)),
        owners=owners((_public(draft.first) for draft in drafts), (draft.first.extension for draft in drafts)),
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
    owner = _owner(draft, known)
    caller_name = str(caller) if caller else first.caller_name
    names = [_leg_name(leg, people) for leg in legs if leg.endpoint not in known.trunks]
    return {
        "organization_id": organization,
        "is_test": draft.trial is not None,
        "caller_name": _clean(caller_name, 160),
        "called_name": owner.name if owner else "",
        "function_id": owner.function_id if owner else None,
        "search": text_of(organization, _searched(first, caller_name, owner, names)),
        "direction": Call.Direction.INBOUND if inbound else _direction(outside),
        "started_at": _instant(first.time),
        "answered_at": _instant(answered.answered) if answered and answered.answered else None,
        "ended_at": _instant(ended),
        "talk_ms": sum(_talk_ms(leg, ended) for leg in legs),
        "caller": _clean(first.caller_number, 60),
        "caller_user_id": caller.pk if caller else None,
        "called": _clean(first.extension, 60),
        "result": _result_of(draft, answered, traces, bool(heard)),
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
    return _as_public(first.extension)


@lru_cache(maxsize=4096)
def _as_public(text: str) -> str:
    """Reading a number costs a tenth of a millisecond, and few numbers get many calls."""
    return read_number(text, "BE").e164 or text


def _organization(first: Event, traces: Sequence[DecisionTrace], known: _Known) -> int | None:
    """By the context of a phone, by the decision, or by who has the number called; None: nobody has it."""
    if first.context.startswith("org-"):
        pk = _of_context(first.context)
        return pk if pk in known.organizations else None
    decided = (trace.organization_id for trace in traces if trace.organization_id)
    owner = known.owners.public.get(_public(first))
    return next(decided, None) or (owner.organization_id if owner else None)


def _owner(draft: _Draft, known: _Known) -> Owner | None:
    """Whose number was called."""
    organization = _organization(draft.first, known.traces.get(draft.linkedid, ()), known)
    return known.owners.of(organization, _public(draft.first), draft.first.extension)


def _searched(first: Event, caller_name: str, owner: Owner | None, names: Sequence[str]) -> list[str]:
    """The names and numbers by which a call is found; a number inside as the owner has it."""
    return [first.caller_number, _public(first), caller_name, owner.name if owner else "", *names]


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


def _result_of(draft: _Draft, answered: Leg | None, traces: Sequence[DecisionTrace], heard: bool) -> Call.Result:
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
