"""A hunt group's calls: who rings in which order for how long, and what a caller gets whom nobody could take."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.calls.journal import Ended
from tests.calls.phone import answers, busy, declines, never, refuses
from tests.calls.world import World

pytestmark = [
    pytest.mark.calls,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.usefixtures("decided_by_worker_one"),
]
MEMBERS = ["An", "Bram", "Greet"]


async def test_parallel_rings_all_at_once(world: World) -> None:
    group = await world.group(MEMBERS)
    call = world.inbound(group.number.value, Bram=answers(0.5))
    await call.talks_with(await world.leg("Bram", call.entry.other))
    legs = [entry for name in MEMBERS for entry in world.entries(name, call.entry.other)]
    assert sorted(entry.phone for entry in legs) == MEMBERS
    assert max(entry.began for entry in legs) - min(entry.began for entry in legs) < timedelta(seconds=0.5)
    assert [entry.how for entry in legs if entry.phone != "Bram"] == [Ended.ELSEWHERE] * 2


async def test_sequential_begins_at_the_top_each_time_and_rings_each_for_the_ring_time(world: World) -> None:
    group = await world.group(MEMBERS, strategy="sequential", ring_seconds=1)
    for _ in range(2):
        call = world.inbound(group.number.value, Bram=busy, Greet=answers())
        await call.talks_with(await world.leg("Greet", call.entry.other))
        await call.hang_up()
        assert world.rung(call.entry.other) == MEMBERS
        first = world.entries("An", call.entry.other)[0]
        assert first.ended
        assert 0.8 < (first.ended - first.began).total_seconds() < 1.6
        assert first.how == Ended.CANCELLED
        log = await world.log(call.entry.other)
        assert [leg["result"] for leg in log.row.legs] == ["no_answer", "busy", "answered"]


async def test_circular_begins_after_the_one_that_was_called_last(world: World) -> None:
    group = await world.group(MEMBERS, strategy="circular", ring_seconds=1)
    first = []
    for _ in range(4):
        call = world.inbound(group.number.value, An=answers(), Bram=answers(), Greet=answers())
        await call.answered()
        await call.hang_up()
        assert len(world.rung(call.entry.other)) == 1
        first += world.rung(call.entry.other)
    assert first == ["An", "Bram", "Greet", "An"]


async def test_random_rings_everybody_once_in_some_order(world: World) -> None:
    group = await world.group(MEMBERS, strategy="random", ring_seconds=1)
    orders = set()
    for _ in range(8):
        call = world.inbound(group.number.value, An=busy, Bram=busy, Greet=busy)
        entry = await call.ended()
        assert entry.heard_names == ["busy_greeting"]
        assert sorted(world.rung(entry.other)) == MEMBERS
        orders.add(tuple(world.rung(entry.other)))
    assert len(orders) > 1


async def test_a_busy_member_is_passed_over(world: World) -> None:
    group = await world.group(["An", "Bram"])
    call = world.inbound(group.number.value, An=busy, Bram=answers(0.5))
    await call.talks_with(await world.leg("Bram", call.entry.other))
    assert world.entries("An", call.entry.other)[0].how == Ended.REFUSED


async def test_nobody_answers_everybody_is_busy_and_nobody_is_reachable_have_their_own_prompts(world: World) -> None:
    group = await world.group(["An", "Bram"], ring_seconds=1)
    # Jonas has a phone that is not registered: it is taken out of the world below.
    await world.phones["Jonas"].unregister()
    away = await world.group(["Jonas"], ring_seconds=1)
    calls = {
        "user_no_answer": world.inbound(group.number.value, An=never, Bram=never),
        "busy_greeting": world.inbound(group.number.value, An=busy, Bram=refuses(486, "Busy Here", 0.3)),
        "user_unavailable": world.inbound(away.number.value),
    }
    results = {}
    for prompt, call in calls.items():
        entry = await call.ended()
        assert entry.heard_names == [prompt], str(call)
        results[prompt] = (await world.log(entry.other)).row.result
    await world.phones["Jonas"].register()
    assert results == {"user_no_answer": "no_answer", "busy_greeting": "busy", "user_unavailable": "unreachable"}


async def test_the_three_ends_may_forward_or_hang_up_with_the_fitting_code(world: World) -> None:
    last = await world.group(["Greet"])
    target = last.number.value
    settings: dict[str, Any] = {
        "on_no_answer": "forward",
        "on_no_answer_number": target,
        "on_busy": "hangup",
        "on_unreachable": "hangup",
    }
    group = await world.group(["An"], ring_seconds=1, **settings)
    busy_call = world.inbound(group.number.value, An=busy)
    assert (await busy_call.ended()).status == 486
    call = world.inbound(group.number.value, An=never, Greet=answers())
    await call.talks_with(await world.leg("Greet", call.entry.other))
    assert world.rung(call.entry.other) == ["An", "Greet"]
    empty = await world.group(on_unreachable="forward", on_unreachable_number=target)
    call = world.inbound(empty.number.value, Greet=answers())
    await call.talks_with(await world.leg("Greet", call.entry.other))


async def test_a_member_who_declines_leaves_the_others_ringing(world: World) -> None:
    group = await world.group(["An", "Bram"])
    call = world.inbound(group.number.value, An=declines, Bram=answers(0.6))
    await call.talks_with(await world.leg("Bram", call.entry.other))


async def test_members_own_forwards_are_ignored_unless_switched_on(world: World) -> None:
    ignoring = await world.group(["Ingrid"], ring_seconds=1)
    following = await world.group(["Ingrid"], ring_seconds=1, follow_forwards=True)
    await world.forward("Ingrid", "9101")
    call = world.inbound(ignoring.number.value, Ingrid=answers(), An=answers())
    await call.talks_with(await world.leg("Ingrid", call.entry.other))
    other = world.inbound(following.number.value, Ingrid=answers(), An=answers())
    await other.talks_with(await world.leg("An", other.entry.other))
    await world.forward("Ingrid", "")
    await call.hang_up()
    await other.hang_up()
    assert (world.rung(call.entry.other), world.rung(other.entry.other)) == (["Ingrid"], ["An"])
    steps = [(await world.log(each.entry.other)).steps for each in (call, other)]
    assert "member_forward_ignored" in steps[0]
    assert "member_forward_followed" in steps[1]


async def test_a_number_outside_is_a_member_and_sees_a_number_of_ours(world: World) -> None:
    group = await world.group(["0470 99 00 02"])
    world.plan("+32470990002", outside=answers())
    call = world.inbound(group.number.value)
    await call.answered()
    await call.hears("outside", afresh=True)
    (entry,) = [e for e in world.carrier.journal if e.number == "+32470990002"]
    assert entry.other == world.rows.organization.main_number
    await call.hang_up()
    assert (await world.log(call.entry.other)).row.went_outside


async def test_a_caller_who_gives_up_stops_the_ringing(world: World) -> None:
    group = await world.group(["An", "Bram"], ring_seconds=20)
    call = world.inbound(group.number.value)
    await world.leg("An", call.entry.other)
    await call.rings()
    await call.hang_up()
    assert call.entry.how == Ended.GAVE_UP
    for name in ("An", "Bram"):
        assert (await world.ended(name, call.entry.other)).how == Ended.CANCELLED
    assert (await world.log(call.entry.other)).row.result == "abandoned"
