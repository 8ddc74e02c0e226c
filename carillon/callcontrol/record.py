"""What the engine's events of one call say: who called whom, who rang, what was heard, who answered, how long."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from carillon.accounts.models import Organization, User
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


def keep(node: str, linkedid: str, events: Sequence[Event]) -> None:
    """Write the row of one ended call; writing it again changes nothing."""
    first = next((event for event in events if event.kind == "CHAN_START"), None)
    if first is None or not first.channel.startswith("PJSIP/"):
        return
    traces = list(DecisionTrace.objects.filter(node=node, linkedid=linkedid).order_by("at", "pk"))
    fields = _fields(first, events, traces)
    Call.objects.update_or_create(node=node, linkedid=linkedid, defaults=fields)


def _fields(first: Event, events: Sequence[Event], traces: Sequence[DecisionTrace]) -> dict[str, Any]:
    legs = _legs(first, events)
    people = _people([first.channel, *(leg.endpoint for leg in legs)])
    trunks = set(Trunk.objects.filter(endpoint__in=[leg.endpoint for leg in legs]).values_list("endpoint", flat=True))
    caller = people.get(_endpoint(first.channel))
    organization = _organization(first, traces)
    outside = [leg for leg in legs if leg.endpoint in trunks]
    answered = next((leg for leg in legs if leg.answered is not None), None)
    ended = events[-1].time
    heard = _heard(first, events, organization)
    result = Call.Result.ANSWERED if answered else _result(first, events, traces, bool(heard))
    answerer = people.get(answered.endpoint) if answered else None
    inbound = first.context.startswith("trunk-")
    return {
        "organization_id": organization,
        "direction": Call.Direction.INBOUND if inbound else _direction(outside),
        "started_at": _instant(first.time),
        "answered_at": _instant(answered.answered) if answered and answered.answered else None,
        "ended_at": _instant(ended),
        "talk_ms": sum(_talk_ms(leg, ended) for leg in legs),
        "caller": first.caller_number[:60],
        "caller_user_id": caller.pk if caller else None,
        "called": first.extension[:60],
        "result": result,
        "answered_by": (_leg_name(answered, people) if answered else "")[:160],
        "answered_user_id": answerer.pk if answerer else None,
        "decided_by": _decided_by(events, traces),
        "went_outside": bool(outside),
        "outside_ms": sum(_talk_ms(leg, ended) for leg in outside),
        "payer_id": _payer(traces, caller),
        "legs": [_leg_row(leg, people) for leg in legs],
        "heard": heard,
    }


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


def _people(channels: Iterable[str]) -> dict[str, User]:
    endpoints = {_endpoint(channel) for channel in channels}
    devices = SipDevice.objects.filter(endpoint__in=endpoints, user__isnull=False).select_related("user")
    return {device.endpoint: device.user for device in devices if device.user}


def _organization(first: Event, traces: Sequence[DecisionTrace]) -> int | None:
    """By the context of a phone, by the decision, or by who has the number called; None: nobody has it."""
    if first.context.startswith("org-"):
        pk = int(first.context.removeprefix("org-"))
        return pk if Organization.objects.filter(pk=pk).exists() else None
    for trace in traces:
        if trace.organization_id:
            return trace.organization_id
    value = read_number(first.extension, "BE").e164 or first.extension
    numbers = Number.objects.filter(kind=Number.Kind.E164, value=value)
    return numbers.values_list("organization_id", flat=True).first()


def _direction(outside: Sequence[Leg]) -> Call.Direction:
    return Call.Direction.OUTBOUND if outside else Call.Direction.INTERNAL


def _talk_ms(leg: Leg, ended: float) -> int:
    return round(((leg.ended or ended) - leg.answered) * 1000) if leg.answered is not None else 0


def _heard(first: Event, events: Iterable[Event], organization: int | None) -> list[dict[str, str]]:
    played = [
        (found[1], event.time)
        for event in events
        if event.kind == "APP_START" and event.application == "Playback" and event.channel == first.channel
        if (found := _RECORDING.search(event.data))
    ]
    audio = PromptAudio.objects.filter(
        sha256__in=[sha for sha, _at in played], prompt__organization_id=organization or 0
    )
    names = dict(audio.values_list("sha256", "prompt__name"))
    return [{"prompt": names.get(sha, ""), "sha256": sha, "at": _instant(at).isoformat()} for sha, at in played]


def _result(first: Event, events: Iterable[Event], traces: Sequence[DecisionTrace], heard: bool) -> Call.Result:
    if any(step["kind"] in _REFUSALS for trace in traces for step in trace.steps):
        return Call.Result.REFUSED
    hangup = next((e for e in events if e.kind == "HANGUP" and e.channel == first.channel), None)
    extra = hangup.extra if hangup else {}
    if result := _DIAL_RESULTS.get(extra.get("dialstatus", "")):
        return result
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


def _leg_name(leg: Leg, people: dict[str, User]) -> str:
    user = people.get(leg.endpoint)
    return str(user) if user else leg.number or leg.endpoint


def _leg_row(leg: Leg, people: dict[str, User]) -> dict[str, Any]:
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
