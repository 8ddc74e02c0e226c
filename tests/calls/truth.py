"""Random calls, and where the log says something else of them than the phones that took part."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from carillon.calls.models import Call as CallRow
from tests.calls.call import Call
from tests.calls.journal import Entry
from tests.calls.phone import Behaviour, answers, busy, declines, never
from tests.calls.tones import Segment
from tests.calls.world import OUTSIDE, PROMPT_SECONDS, World

RANG = ("An", "Bram", "Greet", "Elise", "Karin")
DIALLERS = ("Steven", "Ingrid", "Chloe")
#: What happens within so many seconds of an event may be seen before or after it.
BLINK_SECONDS = 0.5
EXACT = timedelta(seconds=1)
#: What the engine plays to who waits.
WAITING = {"ringin", "midcall_hold_current"}


@dataclass
class Story:
    """One call as it was begun; `key` finds its row: the caller's number, or the unique number dialled."""

    call: Call
    key: str
    dialled: str
    expect_fallback: bool = False


def behaviour(rng: random.Random) -> Behaviour:
    """What a phone may do."""
    talks = rng.choice([None, rng.uniform(0.1, 2.5)])
    return rng.choices(
        [answers(rng.uniform(0.0, 1.5), talks), busy, declines, never],
        weights=[5, 1, 1, 3],
    )[0]


async def inbound(world: World, rng: random.Random, number: str) -> Story:
    """A call from outside whose caller gives up at some moment, if it is not over before."""
    plans: dict[str, Any] = {name: behaviour(rng) for name in RANG}
    call = world.inbound(number, **plans)
    story = Story(call, call.entry.other, number)
    await live(call, rng)
    return story


async def outbound(world: World, rng: random.Random, unique: int) -> Story:
    """A call from a phone to a number outside that is dialled once only."""
    number = f"+3247199{unique:04}"
    world.plan(number, outside=behaviour(rng))
    call = world.phones[rng.choice(DIALLERS)].call(number)
    story = Story(call, number, number)
    await live(call, rng)
    return story


async def live(call: Call, rng: random.Random) -> None:
    """Let the call be until it ends or its caller has had enough."""
    patience = rng.choice([rng.uniform(0.02, 1.0), rng.uniform(0.5, 3.0), 6.0])
    try:
        await asyncio.wait_for(call.ending.wait(), patience)
    except TimeoutError:
        await call.hang_up(15)


def differences(world: World, story: Story, row: CallRow, names: dict[str, str]) -> list[str]:
    """Sentences about what row and phones do not agree on; `names` are the prompts' names by their tone."""
    legs = legs_of(world, story)
    found = [*_times(story.call.entry, row), *_rang(world, legs, row), *_answer(legs, row)]
    return [*found, *_heard(story.call.entry, row, names)]


def legs_of(world: World, story: Story) -> list[Entry]:
    entries = [entry for phone in (*world.phones.values(), world.carrier) for entry in phone.journal]
    return [e for e in entries if not e.outgoing and story.key in (e.other, e.number if e.phone == OUTSIDE else "")]


def _times(entry: Entry, row: CallRow) -> list[str]:
    found = []
    if abs(row.started_at - entry.began) > EXACT:
        found.append(f"began {entry.began}, the log says {row.started_at}")
    if entry.ended and abs(row.ended_at - entry.ended) > EXACT:
        found.append(f"ended {entry.ended}, the log says {row.ended_at}")
    return found


def _rang(world: World, legs: Sequence[Entry], row: CallRow) -> list[str]:
    users = {phone.user: phone.name for phone in world.phones.values()}
    logged = [(users.get(leg["endpoint"], OUTSIDE), leg) for leg in row.legs]
    rang, said = sorted(entry.phone for entry in legs), sorted(name for name, _ in logged)
    # A caller who is gone in the moment in which the legs are made: a leg without INVITE is no ringing.
    blinks = sorted(name for name, leg in logged if _seconds(leg) < BLINK_SECONDS)
    if rang != said and any(said.count(name) - rang.count(name) not in (0, blinks.count(name)) for name in set(said)):
        return [f"rang {rang}, the log says {said}"]
    return [f"rang {rang}, the log says {said}"] if set(rang) - set(said) else []


def _seconds(leg: dict[str, str]) -> float:
    if not leg["ended_at"]:
        return 0.0
    return (datetime.fromisoformat(leg["ended_at"]) - datetime.fromisoformat(leg["rang_at"])).total_seconds()


def _answer(legs: Sequence[Entry], row: CallRow) -> list[str]:
    answered = [entry for entry in legs if entry.answered]
    talked = [entry for entry in answered if entry.talked_seconds > BLINK_SECONDS]
    if len(talked) > 1:
        return [f"{[entry.phone for entry in talked]} answered, all of them"]
    if talked:
        entry = talked[0]
        right = row.answered_by.startswith(entry.phone) or (entry.phone == OUTSIDE and entry.number == row.answered_by)
        if row.result != CallRow.Result.ANSWERED or not right:
            return [f"{entry.phone} answered, the log says {row.result} {row.answered_by!r}"]
        if abs(row.talk_ms / 1000 - entry.talked_seconds) > 1:
            return [f"{entry.talked_seconds:.2f} s were talked, the log says {row.talk_ms / 1000:.2f}"]
    elif not answered and row.result == CallRow.Result.ANSWERED:
        return [f"nobody answered, the log says {row.answered_by!r}"]
    return []


def _plays(segments: Iterable[Segment]) -> list[Segment]:
    """Join what a hiccup of a busy machine cut in two; two whole plays of a prompt stay two."""
    plays: list[Segment] = []
    for segment in segments:
        last = plays[-1] if plays else None
        sounding = segment.t1 - segment.t0 + (last.t1 - last.t0 if last else 0)
        if last and last.name == segment.name and sounding < PROMPT_SECONDS * 1.3:
            plays[-1] = Segment(last.t0, last.t0 + sounding, last.name)
        else:
            plays.append(segment)
    return plays


def is_said(key: str) -> bool:
    """Tell whether a prompt is heard because a plan says it: what plays to who waits is no part of the way."""
    return key not in WAITING and not key.startswith("music")


def heard_names(entry: Entry) -> list[str]:
    """The tones that a phone heard, each play once, in order."""
    return [segment.name for segment in _plays(entry.heard)]


def _heard(entry: Entry, row: CallRow, names: dict[str, str]) -> list[str]:
    heard = [names[name] for name in heard_names(entry) if name in names]
    said = [each["prompt"] for each in row.heard]
    if said and len(said) == len(heard) + 1:
        begun = datetime.fromisoformat(row.heard[-1]["at"])
        if entry.ended and (entry.ended - begun).total_seconds() < BLINK_SECONDS:
            said = said[:-1]
    return [] if heard == said else [f"heard {heard}, the log says {said}"]
