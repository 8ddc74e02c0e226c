"""Where the way that the log keeps of a call differs from what its phones rang and its caller heard."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from carillon.calls.models import Call as CallRow
from carillon.calls.models import DecisionTrace
from tests.calls.journal import Entry
from tests.calls.system import ask
from tests.calls.truth import BLINK_SECONDS, heard_names, is_said
from tests.calls.world import OUTSIDE, World, extension_of

#: A worker writes the end of a run when the call is over, and the leader reads it soon after.
WITHIN_SECONDS = 10


async def traces_of(row: CallRow, within_seconds: float = WITHIN_SECONDS) -> list[DecisionTrace]:
    """The runs of a call, when each has told its end, or after a while: a killed worker tells none."""
    until = time.monotonic() + within_seconds
    while True:
        found = await ask(lambda: list(DecisionTrace.objects.filter(linkedid=row.linkedid).order_by("at", "pk")))
        if all(trace.hungup is not None for trace in found) or time.monotonic() > until:
            return found
        await asyncio.sleep(0.2)


def differences(
    entry: Entry, row: CallRow, legs: Sequence[Entry], traces: Sequence[DecisionTrace], names: Mapping[str, str]
) -> list[str]:
    """Sentences about what the kept way and the phones do not agree on; `names` are the prompts' by their tone."""
    passed = [step for trace in traces for step in trace.passed]
    whole = bool(traces) and all(trace.hungup is not None for trace in traces)
    found = [*_outcomes(traces), *_rang(legs, passed, whole=whole), *_answered(legs, passed, whole=whole)]
    gone = any(trace.hungup for trace in traces) or _hardly_began(entry, row)
    return [*found, *_heard(entry, passed, names, whole=whole, gone=gone)]


def _hardly_began(entry: Entry, row: CallRow) -> bool:
    """Whether the last prompt began in the moment in which the caller went: nothing of it may be heard."""
    if not row.heard or entry.ended is None:
        return False
    return (entry.ended - datetime.fromisoformat(row.heard[-1]["at"])).total_seconds() < BLINK_SECONDS


def _outcomes(traces: Iterable[DecisionTrace]) -> list[str]:
    """The path is that of the verbs passed; a run that took over begins where the first worker stood."""
    found = []
    for trace in traces:
        own = ".".join(step["outcome"] for step in trace.passed if step["outcome"])
        if not trace.path.endswith(own):
            found.append(f"the path is {trace.path!r}, the verbs ended {own!r}")
    return found


def _phones(passed: Iterable[Mapping[str, Any]]) -> list[str]:
    """Who rang, as the way says it: phones are called by first names, all else is outside."""
    who = []
    for step in passed:
        if step["verb"] == "ring":
            who += [OUTSIDE if name.startswith("+") else name.partition(" ")[0] for name in step["who"]]
        elif step["verb"] == "call_out":
            who.append(OUTSIDE)
    return sorted(who)


def _rang(legs: Sequence[Entry], passed: Sequence[Mapping[str, Any]], *, whole: bool) -> list[str]:
    rang, said = sorted(entry.phone for entry in legs), _phones(passed)
    if rang == said or (not whole and set(said) <= set(rang)):
        return []
    # Who cannot be rung has no phone that could tell; a caller who goes in the moment of the Dial rings nobody.
    silent = {name for step in passed if step["outcome"] in ("unreachable", "") for name in _phones([step])}
    missing = list(said)
    for name in rang:
        if name not in missing:
            return [f"rang {rang}, the way says {said}"]
        missing.remove(name)
    return [] if set(missing) <= silent else [f"rang {rang}, the way says {said}"]


def _answered(legs: Sequence[Entry], passed: Sequence[Mapping[str, Any]], *, whole: bool) -> list[str]:
    talked = [entry.phone for entry in legs if entry.talked_seconds > BLINK_SECONDS]
    picked_up = [entry.phone for entry in legs if entry.answered]
    said = any(step["outcome"] == "answered" for step in passed)
    if talked and not said and whole:
        return [f"{talked} answered, the way says {[step['outcome'] for step in passed]}"]
    return [] if picked_up or not said else ["nobody answered, the way says that somebody did"]


def _heard(
    entry: Entry, passed: Sequence[Mapping[str, Any]], names: Mapping[str, str], *, whole: bool, gone: bool
) -> list[str]:
    heard = [names[name] for name in heard_names(entry) if name in names]
    # A prompt without recording is two tones of no name.
    plays = [step for step in passed if step["verb"] == "play" and step["sha256"]]
    said = [step["prompt"] for step in plays]
    if heard == said or (not whole and set(said) <= set(heard)):
        return []
    # Of a caller who goes in the first moment of a prompt the engine may say that it was played.
    cut = bool(plays) and (not plays[-1]["outcome"] or gone)
    return [] if cut and heard == said[:-1] else [f"heard {heard}, the way says {said}"]


async def check(world: World, entry: Entry) -> list[str]:
    """What the kept way of a call, from outside or from a colleague's phone, and the phones do not agree on."""
    caller = entry.other if entry.phone == OUTSIDE else extension_of(entry.phone)
    row = await _row_of(world, caller, entry)
    if row.decided_by != CallRow.DecidedBy.CALL_CONTROL:
        return []
    prompts = world.rows.organization.prompts
    # The organization's own prompts have no key: their tone has their name.
    names = await ask(
        lambda: {key or name: name for key, name in prompts.values_list("key", "name") if is_said(key or name)}
    )
    traces = await traces_of(row)
    outside = _outside(traces)
    entries = [each for phone in (*world.phones.values(), world.carrier) for each in phone.journal]
    legs = [each for each in entries if _is_of(each, entry, caller) or _is_leg(each, entry, outside)]
    return differences(entry, row, legs, traces, names)


async def _row_of(world: World, caller: str, entry: Entry, within_seconds: float = 20) -> CallRow:
    """The log's row of the call that a phone began then."""
    # Both clocks are the one of this machine, and nothing can have begun before the phone did.
    rows = CallRow.objects.filter(caller=caller, started_at__gte=entry.began)
    until = time.monotonic() + within_seconds
    while (row := await ask(lambda: rows.order_by("started_at").first())) is None:
        assert time.monotonic() < until, f"no row of {entry}: {world.system.last_words()}"
        await asyncio.sleep(0.2)
    return row


def _is_of(each: Entry, entry: Entry, caller: str) -> bool:
    """A colleague calls more than once with the same number: the time tells the calls apart."""
    if each.outgoing or each.other != caller:
        return False
    return entry.phone == OUTSIDE or _meanwhile(each, entry)


def _meanwhile(each: Entry, entry: Entry) -> bool:
    return entry.began <= each.began and (entry.ended is None or each.began <= entry.ended)


def _outside(traces: Iterable[DecisionTrace]) -> set[str]:
    """The numbers outside that a call went to."""
    passed = [step for trace in traces for step in trace.passed]
    return {step["number"] for step in passed if step["verb"] == "call_out"} | {
        name for step in passed if step["verb"] == "ring" for name in step["who"] if name.startswith("+")
    }


def _is_leg(each: Entry, entry: Entry, outside: set[str]) -> bool:
    """Outside an own number is shown: such a leg is known by the number dialled, and by its time."""
    return each.phone == OUTSIDE and each.number in outside and _meanwhile(each, entry)
