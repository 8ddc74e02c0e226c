"""A prompt recorded by telephone, by ear: who is rung, what is heard and pressed, and what the next caller hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from pytest_django.fixtures import Settings

from carillon.prompts import announcements, call_backs
from carillon.prompts.models import CallBack
from tests.calls.phone import answers, busy, never
from tests.calls.recording import (
    MENU,
    SPEAK,
    State,
    begun,
    failure,
    left_behind,
    log_row,
    made,
    records,
    rung,
    speak_in_tones,
    states,
    wanted,
)
from tests.calls.system import ask
from tests.calls.world import World, extension_of

pytestmark = [
    pytest.mark.calls,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.usefixtures("own_tones", "ways_agree"),
]


@pytest.fixture(autouse=True)
def prompts_of_the_world(world: World, settings: Settings) -> None:
    settings.PROMPTS = world.system.data / "prompts"


@pytest_asyncio.fixture(scope="module", loop_scope="package", autouse=True)
async def announced(world: World) -> AsyncIterator[None]:
    await ask(lambda: speak_in_tones(world))
    yield
    # Her voice is no prompt in the calls of other tests.
    await ask(lambda: world.rows.organization.prompts.filter(name="An").update(name="recorded by An"))


async def test_what_is_recorded_and_kept_is_what_the_next_caller_hears(world: World) -> None:
    number = extension_of("An")
    world.plan(number, An=answers(0.5))
    # Its own voice is what An's phone records: the tone of her name.
    pk = await wanted(world, number, "An", name="An")
    following = asyncio.create_task(states(pk, State.KEPT, 40))
    call = await rung(world, "An", number)
    assert call.entry.display == "Carillon"
    await call.hears(SPEAK)
    await records(call)
    await call.press("1")
    await call.hears(announcements.KEPT)
    entry = await call.ended()
    assert entry.heard_names == [SPEAK, "beep", "An", MENU, announcements.KEPT]
    order = [State.DIALLING, State.ANSWERED, State.RECORDING, State.LISTENING, State.KEPT]
    assert (await following)[-len(order) :] == order
    prompt = await made(pk)
    assert left_behind(world) == []
    function = await world.group(["Bram"])
    await world.default(function, action="closed", prompt=prompt.pk)
    heard = await world.inbound(function.number.value).ended()
    assert heard.heard_names == ["An"]
    row = await log_row(number)
    assert (row.result, row.answered_by, row.called_name) == ("answered", "An Peeters", "An Peeters")
    assert row.direction == "internal"
    assert prompt.name in row.caller_name


async def test_2_records_again_and_only_the_second_take_is_kept(world: World) -> None:
    pk, call = await begun(world)
    await records(call, 3)
    await call.press("2")
    await records(call, 0.5)
    await call.press("1")
    await call.ended()
    prompt = await made(pk)
    audio = await ask(lambda: prompt.audio.get().milliseconds)
    assert 300 < audio < 2000


async def test_4_plays_it_once_more(world: World) -> None:
    _pk, call = await begun(world)
    await records(call)
    await call.press("4")
    await call.hears("An", 3, afresh=True)
    await call.hears(MENU, 5, afresh=True)
    await call.press("3")
    await call.ended()


async def test_3_discards(world: World) -> None:
    pk, call = await begun(world)
    await records(call)
    await call.press("3")
    await call.hears(announcements.DROPPED)
    await call.ended()
    assert await failure(world, pk) == "discarded"


async def test_hanging_up_while_recording_keeps_nothing(world: World) -> None:
    pk, call = await begun(world)
    await call.hears("beep", 8)
    await asyncio.sleep(1)
    assert len(left_behind(world)) == 1
    await call.hang_up()
    assert await failure(world, pk) == "hung_up"


async def test_hanging_up_without_a_key_keeps_nothing(world: World) -> None:
    pk, call = await begun(world)
    await records(call)
    await call.hang_up()
    assert await failure(world, pk) == "hung_up"


async def test_no_key_repeats_the_menu_and_then_discards(world: World) -> None:
    pk, call = await begun(world)
    await records(call, 0.3)
    entry = await call.ended(50)
    assert len([segment for segment in entry.heard if segment.name == MENU]) == 3
    assert await failure(world, pk) == "discarded"


async def test_silence_ends_the_recording_and_nothing_to_hear_is_said(world: World) -> None:
    pk, call = await begun(world)
    call.audio.frame = b"\xd5" * 160
    await call.hears(announcements.EMPTY, 15)
    await call.hang_up()
    assert await failure(world, pk) == "hung_up"


@pytest.mark.parametrize(("behaviour", "why"), [(busy, "busy"), (never, "no_answer")])
async def test_a_phone_that_does_not_answer_says_why(world: World, behaviour: Any, why: str) -> None:
    number = extension_of("An")
    world.plan(number, An=behaviour)
    pk = await wanted(world, number, "An")
    assert await failure(world, pk) == why


async def test_a_phone_that_is_not_registered_cannot_be_reached(world: World) -> None:
    await world.phones["Jonas"].unregister()
    pk = await wanted(world, extension_of("Jonas"), "Jonas")
    error = await failure(world, pk)
    await world.phones["Jonas"].register()
    assert error == "unreachable"


async def test_a_forward_does_not_apply_the_phone_itself_rings(world: World) -> None:
    await world.forward("Bram", "0470 99 00 03")
    try:
        pk, call = await begun(world, "Bram")
        await call.hears(SPEAK)
        await call.hang_up()
        assert await failure(world, pk) == "hung_up"
    finally:
        await world.forward("Bram", "")


async def test_cancel_hangs_up(world: World) -> None:
    pk, call = await begun(world)
    await call.hears("beep", 8)
    await ask(lambda: call_backs.cancel(CallBack.objects.get(pk=pk)))
    await call.ended(4)
    assert await failure(world, pk) == "cancelled"
