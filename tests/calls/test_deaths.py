"""Calls outlive their controllers: what a caller hears when call control is killed, frozen or gone altogether."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from carillon.demo import people
from tests.calls.journal import Ended
from tests.calls.phone import answers, never
from tests.calls.system import WORKERS
from tests.calls.world import World

pytestmark = [
    pytest.mark.calls,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.usefixtures("ways_agree"),
]
ONE, TWO = WORKERS


@pytest_asyncio.fixture(autouse=True, loop_scope="package")
async def both_workers_afterwards(world: World) -> AsyncIterator[None]:
    yield
    for name in WORKERS:
        await world.system.back(name)


async def test_a_talking_call_outlives_a_killed_worker(world: World) -> None:
    group = await world.group(["An"])
    call = world.inbound(group.number.value, An=answers())
    leg = await world.leg("An", call.entry.other)
    await call.talks_with(leg)
    world.system.kill(ONE)
    await call.talks_with(leg)
    await world.system.back(ONE)
    await call.talks_with(leg)
    await call.hang_up()
    assert (await leg.ended()).how == Ended.HEARD_HANG_UP
    log = await world.log(call.entry.other)
    assert (log.row.result, log.workers, log.row.decided_by) == ("answered", ("worker1",), "callcontrol")
    assert abs(log.row.talk_ms / 1000 - call.entry.talked_seconds) < 1


async def test_the_callee_may_end_a_call_whose_worker_is_dead(world: World) -> None:
    group = await world.group(["An", "Bram"])
    call = world.inbound(group.number.value, An=answers())
    leg = await world.leg("An", call.entry.other)
    await call.talks_with(leg)
    world.system.kill(ONE)
    await leg.hang_up()
    assert (await call.ended()).how == Ended.HEARD_HANG_UP
    # The second worker does not take a call that took place for one that nobody answered.
    assert sorted(world.rung(call.entry.other)) == ["An", "Bram"]


async def test_phones_go_on_ringing_when_the_worker_is_killed(world: World) -> None:
    group = await world.group(["An", "Bram"], ring_seconds=10)
    call = world.inbound(group.number.value, An=answers(1.5))
    await world.leg("An", call.entry.other)
    world.system.kill(ONE)
    await call.talks_with(await world.leg("An", call.entry.other))
    assert sorted(world.rung(call.entry.other)) == ["An", "Bram"]
    await call.hang_up()
    assert (await world.log(call.entry.other)).row.answered_by == "An Peeters"


async def test_the_second_worker_goes_on_where_the_first_one_died_ringing(world: World) -> None:
    group = await world.group(["An"], ring_seconds=2)
    call = world.inbound(group.number.value, An=never)
    await world.leg("An", call.entry.other)
    world.system.kill(ONE)
    entry = await call.ended()
    assert entry.heard_names == ["user_no_answer"]
    assert world.rung(entry.other) == ["An"]
    assert (await world.log(entry.other)).workers == ("worker1", "worker2")


async def test_a_prompt_is_not_said_twice_when_the_worker_dies_while_it_plays(world: World) -> None:
    group = await world.group(["An"])
    await world.default(group, action="open", prompt=await world.prompt("welcome"))
    call = world.inbound(group.number.value, An=answers())
    await call.hears("welcome")
    world.system.kill(ONE)
    await call.talks_with(await world.leg("An", call.entry.other))
    assert [segment.name for segment in call.heard()].count("welcome") == 1
    await call.hang_up()
    assert (await world.log(call.entry.other)).workers == ("worker1", "worker2")


async def test_a_frozen_worker_is_killed_and_the_waiting_call_goes_on_with_the_other(world: World) -> None:
    group = await world.group(["An"])
    world.system.freeze(ONE)
    begun = time.monotonic()
    call = world.inbound(group.number.value, An=answers())
    world.plan("112", outside=answers())
    emergency = world.phones["Daan"].call("112")
    await emergency.answered(1)
    assert time.monotonic() - begun < 1.5, "an emergency call waited for call control"
    await emergency.hang_up()
    await call.talks_with(await world.leg("An", call.entry.other, 8))
    await call.hang_up()
    assert "frozen" in world.system.why(ONE)
    assert (await world.log(call.entry.other)).workers == ("worker2",)


async def test_without_call_control_members_and_people_ring_and_help_is_reached(world: World) -> None:
    group = await world.group(["An", "Bram"])
    await world.fallback_knows(group.number.value)
    for name in WORKERS:
        await world.system.take_down(name)
    try:
        call = world.inbound(group.number.value, Bram=answers(0.2))
        await call.talks_with(await world.leg("Bram", call.entry.other))
        world.plan("9101", Greet=answers())
        inside = world.phones["An"].call("9107")
        await inside.talks_with(await world.leg("Greet", "9101"))
        world.plan("101", outside=answers())
        emergency = world.phones["Daan"].call("101")
        await emergency.answered()
        (leg,) = [c for c in world.carrier.calls if c.number == "101"]
        assert leg.entry.other == people.BKM.first_number
        for each in (call, inside, emergency):
            await each.hang_up()
    finally:
        for name in WORKERS:
            world.system.bring_up(name)
    assert sorted(world.rung(call.entry.other)) == ["An", "Bram"]
    log = await world.log(call.entry.other, 30)
    assert (log.row.decided_by, log.workers, log.row.answered_by) == ("fallback", (), "Bram Janssens")
    assert abs(log.row.started_at - call.entry.began) < timedelta(seconds=1)
