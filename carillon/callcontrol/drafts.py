"""What the engine's events of one call say before any name is looked up: who called whom, who rang, how long."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from carillon.calls.models import Call, Trial
from carillon.routing.numbers import read_number

#: Where the dialplan takes the browser's telephone.
TRY_CONTEXT = "try"
#: The half of a call-back that rings: it carries the row's token.
_CALL_BACK = re.compile(r"Local/([0-9a-f]{32})@call-back-[0-9a-f]+;2")
_ENDPOINT = re.compile(r"PJSIP/(.+)-[0-9a-f]+")
_RECORDING = re.compile(r"/([0-9a-f]{64})$")
_OUTSIDE = re.compile(r"PJSIP/([^@&,/]+)@([^&,]+)")
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
class Draft:
    """One ended call before its names are looked up."""

    linkedid: str
    first: Event
    events: Sequence[Event]
    legs: list[Leg]
    trial: Trial | None = None


def draft_of(linkedid: str, events: Sequence[Event]) -> Draft | None:
    # A reader that died after it kept this call begins in the midst of it: what is left must not overwrite the whole.
    first = next((event for event in events if event.kind == "CHAN_START" and event.uniqueid == linkedid), None)
    if first is not None and first.channel.startswith("Local/"):
        # A call-back begins with two halves of wiring; the one that rings stands for it.
        first = next((event for event in events if event.kind == "CHAN_START" and call_back_of(event)), None)
    if first is None or not first.channel.startswith(("PJSIP/", "Local/")):
        return None
    return Draft(linkedid, first, events, legs_of(first, events))


def call_back_of(event: Event) -> str:
    """Return the token of the call-back whose ringing half this channel is; empty: it is none."""
    found = _CALL_BACK.fullmatch(event.channel)
    return found[1] if found else ""


def legs_of(first: Event, events: Iterable[Event]) -> list[Leg]:
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
            endpoint = endpoint_of(event.channel)
            legs[event.channel] = Leg(endpoint, event.time, number=numbers.get(endpoint, ""))
        elif leg and event.kind == "ANSWER":
            leg.answered, leg.result = event.time, "answered"
        elif leg and event.kind == "HANGUP":
            leg.ended = event.time
            if leg.answered is None:
                leg.result = _LEG_RESULTS.get(int(event.extra.get("hangupcause", 0)), "no_answer")
    return list(legs.values())


def endpoint_of(channel: str) -> str:
    found = _ENDPOINT.fullmatch(channel)
    return found[1] if found else channel


def of_context(context: str) -> int | None:
    text = context.removeprefix("org-")
    return int(text) if context.startswith("org-") and text.isdecimal() else None


def public_number(first: Event) -> str:
    return as_public(first.extension)


@lru_cache(maxsize=4096)
def as_public(text: str) -> str:
    """Reading a number costs a tenth of a millisecond, and few numbers get many calls."""
    return read_number(text, "BE").e164 or text


def played_in(draft: Draft) -> list[tuple[str, float]]:
    return [
        (found[1], event.time)
        for event in draft.events
        if event.kind == "APP_START" and event.application == "Playback" and event.channel == draft.first.channel
        if (found := _RECORDING.search(event.data))
    ]


def talk_ms(leg: Leg, ended: float) -> int:
    return round(((leg.ended or ended) - leg.answered) * 1000) if leg.answered is not None else 0


def instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def clean(text: str, most: int) -> str:
    return text.replace("\0", "")[:most]  # PostgreSQL refuses NUL


def direction_of(outside: Sequence[Leg]) -> Call.Direction:
    return Call.Direction.OUTBOUND if outside else Call.Direction.INTERNAL
