"""After hundreds of random calls each row of the log equals what the phones recorded, and no call lacks one."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable

import pytest

from carillon.calls.models import Call as CallRow
from tests.calls import path
from tests.calls.system import WORKERS, ask
from tests.calls.truth import Story, differences, inbound, is_said, legs_of, outbound
from tests.calls.world import World

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="package")]
SEED = 20261123
WITH_CALL_CONTROL, WITH_FALLBACK, AT_ONCE = 250, 50, 10


async def numbers_of_every_kind(world: World) -> list[str]:
    """Groups that ring all, one after the other, after a prompt; closed and forwarded ones; and people."""
    parallel = await world.group(["An", "Bram", "Greet"], ring_seconds=2)
    sequential = await world.group(["Elise", "An", "Karin"], ring_seconds=1, strategy="sequential")
    welcoming = await world.group(["Karin", "Bram"], ring_seconds=2)
    await world.default(welcoming, action="open", prompt=await world.prompt("welcome"))
    closed = await world.group(["An"], opened=False)
    forwarded = await world.group(["An"])
    await world.default(forwarded, action="forward", destination=parallel.number.value)
    twice = await world.group(["Bram"])
    await world.default(
        twice, action="forward", destination=forwarded.number.value, prompt=await world.prompt("lunch_greeting")
    )
    groups = [parallel, sequential, welcoming, closed, forwarded, twice]
    return [group.number.value for group in groups] + ["+3227811601", "+3227811605"]


async def all_at_once(stories: list[Awaitable[Story]]) -> list[Story]:
    """Live them all, some at a time."""
    places = asyncio.Semaphore(AT_ONCE)

    async def live(story: Awaitable[Story]) -> Story:
        async with places:
            return await story

    return await asyncio.gather(*(live(story) for story in stories))


async def kill_now_and_then(world: World, rng: random.Random) -> int:
    """kill -9 a worker every few seconds until cancelled; how often."""
    count = 0
    try:
        while True:
            await asyncio.sleep(rng.uniform(2, 6))
            name = rng.choice(WORKERS)
            if world.system.runs(name):
                world.system.kill(name)
                count += 1
    except asyncio.CancelledError:
        return count


def make(world: World, rng: random.Random, numbers: list[str], count: int, first: int) -> list[Awaitable[Story]]:
    """Random calls, each with its own randomness: what one does changes no other."""
    own = [random.Random(rng.random()) for _ in range(count)]
    return [
        outbound(world, each, first + index) if index % 6 == 5 else inbound(world, each, each.choice(numbers))
        for index, each in enumerate(own)
    ]


async def test_each_row_of_the_log_equals_what_the_phones_recorded(world: World) -> None:
    rng = random.Random(SEED)
    numbers = await numbers_of_every_kind(world)
    for number in numbers:
        await world.fallback_knows(number)
    begun = time.monotonic()
    killer = asyncio.create_task(kill_now_and_then(world, rng))
    stories = await all_at_once(make(world, rng, numbers, WITH_CALL_CONTROL, 0))
    killer.cancel()
    kills = await killer
    for name in WORKERS:
        await world.system.take_down(name)
    stories += await all_at_once(make(world, rng, numbers, WITH_FALLBACK, 5000))
    for name in WORKERS:
        world.system.bring_up(name)
    for name in WORKERS:
        await world.system.takes_calls(name)
    print(f"{len(stories)} calls in {time.monotonic() - begun:.0f} s, {kills} kills")
    rows = await rows_of(world, stories)
    assert kills > 3
    said = world.rows.organization.prompts.exclude(key="").values_list("key", "name")
    names = await ask(lambda: {key: name for key, name in said if is_said(key)})
    wrong = [
        f"{story.call.entry}: {found}"
        for story in stories
        if (found := differences(world, story, rows[story.key], names))
    ]
    wrong += await wrong_ways(world, stories, rows, names)
    counts = Counter(f"{row.decided_by} {row.result}" for row in rows.values())
    print(dict(counts))
    assert not wrong, f"{len(wrong)} of {len(stories)}:\n" + "\n".join(wrong)
    assert all(rows[story.key].decided_by == "fallback" for story in stories[WITH_CALL_CONTROL:])
    assert counts["callcontrol answered"] > 30
    assert counts["fallback answered"] > 5


async def wrong_ways(world: World, stories: list[Story], rows: dict[str, CallRow], names: dict[str, str]) -> list[str]:
    """Where the way that was kept of a call is not the one that its phones and its caller know."""
    found, compared = [], 0
    # Once for all: the runs of killed workers never tell their end.
    await asyncio.sleep(path.WITHIN_SECONDS)
    for story in stories:
        row = rows[story.key]
        if row.decided_by != CallRow.DecidedBy.CALL_CONTROL:
            continue
        traces = await path.traces_of(row, 0)
        compared += all(trace.hungup is not None for trace in traces)
        if wrong := path.differences(story.call.entry, row, legs_of(world, story), traces, names):
            found.append(f"{story.call.entry}: {wrong}")
    print(f"{compared} ways compared from beginning to end")
    assert compared > WITH_CALL_CONTROL / 4
    return found


async def rows_of(world: World, stories: list[Story]) -> dict[str, CallRow]:
    """Wait until each call has its row; two rows of one call are a failure as well."""
    keys = {story.key for story in stories}
    until = time.monotonic() + 60
    while True:
        found = await ask(lambda: list(CallRow.objects.order_by("pk")))
        mine = [(row.called if row.called in keys else row.caller, row) for row in found]
        mine = [(key, row) for key, row in mine if key in keys]
        rows = dict(mine)
        if len(rows) == len(keys):
            assert len(mine) == len(keys), f"more than one row: {Counter(key for key, _ in mine).most_common(3)}"
            return rows
        missing = [str(story.call.entry) for story in stories if story.key not in rows]
        assert time.monotonic() < until, f"{len(missing)} calls have no row: {missing[:5]}"
        await asyncio.sleep(0.5)
