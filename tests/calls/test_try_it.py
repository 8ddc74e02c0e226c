"""Try it, by ear: a real chromium calls through the portal and a real Asterisk, and hears what callers hear."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from django.conf import settings

from carillon.calls.models import Trial
from carillon.demo import people
from tests.calls.phone import answers, never
from tests.calls.system import ASTERISK, WEB, ask
from tests.calls.telephone import ELSEWHERE, MICROPHONE, Portal, chromium, voice
from tests.calls.world import World

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="package")]
TOOLS = Path(settings.PROJECT) / "tools"


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def served(world: World) -> AsyncIterator[World]:
    """The portal beside the world, with the page's present scripts."""
    for command in ([str(TOOLS / "frontend.py")], ["-m", "carillon.cli", "setup"]):
        program = [sys.executable, *command]
        await asyncio.to_thread(
            subprocess.run, program, cwd=settings.PROJECT, env=world.system.environment, check=True, capture_output=True
        )
    world.system.bring_up(WEB)
    await world.system.answers(WEB)
    yield world
    await world.system.take_down(WEB)


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def opened(served: World) -> AsyncIterator[Portal]:
    async with chromium() as browser:
        yield Portal(served, browser)


@pytest_asyncio.fixture(loop_scope="package")
async def portal(opened: Portal) -> AsyncIterator[Portal]:
    """The portal; what a test opened is closed after it."""
    yield opened
    await opened.close()
    for call in [call for phone in opened.world.phones.values() for call in phone.calls]:
        await call.hang_up()


async def test_the_browser_hears_the_colleague_who_answers_and_she_sees_the_chosen_number(portal: Portal) -> None:
    world = portal.world
    group = await world.group(["An"], ring_seconds=20)
    caller = world.caller()
    world.plan(caller, An=answers(0.5))
    telephone = await portal.telephone()
    await telephone.call(group.number.value, caller=caller)
    await telephone.is_now("talking")
    await telephone.hears("An")
    assert world.rung(caller) == ["An"]
    await telephone.hang_up()
    await world.ended("An", caller)
    log = await world.log(caller)
    row = log.row
    assert (row.is_test, row.called, row.result, row.answered_by) == (True, group.number.value, "answered", "An Peeters")
    assert telephone.complaints == []


async def test_a_closed_number_is_heard_to_be_closed_and_the_call_ends(portal: Portal) -> None:
    world = portal.world
    group = await world.group(["An"], opened=False)
    await world.default(group, action="closed", prompt=await world.prompt("lunch_greeting"))
    caller = world.caller()
    telephone = await portal.telephone()
    await telephone.call(group.number.value, caller=caller)
    await telephone.hears("lunch_greeting")
    await telephone.is_now("ended", within_seconds=4)
    assert await telephone.heard() == ["lunch_greeting"]
    row = (await world.log(caller)).row
    assert (row.is_test, row.result, row.called) == (True, "prompt", group.number.value)


async def test_the_sound_goes_on_when_the_socket_is_cut_and_the_next_call_works(portal: Portal) -> None:
    world = portal.world
    group = await world.group(["An"], ring_seconds=20)
    callers = [world.caller(), world.caller()]
    for caller in callers:
        world.plan(caller, An=answers(0.2))
    telephone = await portal.telephone()
    await telephone.call(group.number.value, caller=callers[0])
    await telephone.hears("An")
    world.system.kill(WEB)
    await asyncio.sleep(1)
    print(await telephone.words("#try-note"), await telephone.state())
    await telephone.hears("An", afresh=True)
    await world.system.answers(WEB)
    await asyncio.sleep(3)
    print(await telephone.words("#try-note"), await telephone.state())
    await telephone.hears("An", afresh=True)
    import time
    begun = time.monotonic()
    print(await world.entries("An", callers[0])[0:1] and "")  if False else None
    [leg] = [c for c in world.phones["An"].calls]
    await leg.hang_up()
    await telephone.is_now("ended", within_seconds=60)
    print("ended after", time.monotonic() - begun)
    await telephone.call(group.number.value, caller=callers[1])
    await telephone.hears("An")
    print(telephone.complaints)


async def test_asterisk_is_restarted(portal: Portal) -> None:
    world = portal.world
    group = await world.group(["An"], ring_seconds=20)
    callers = [world.caller(), world.caller()]
    for caller in callers:
        world.plan(caller, An=answers(0.2))
    telephone = await portal.telephone()
    await telephone.call(group.number.value, caller=callers[0])
    await telephone.hears("An")
    import time
    begun = time.monotonic()
    world.system.kill(ASTERISK)
    await telephone.is_now("ended", within_seconds=60)
    print("ended after", time.monotonic() - begun)
    await world.system.answers(ASTERISK)
    print("back after", time.monotonic() - begun)
    await telephone.call(group.number.value, caller=callers[1])
    await telephone.hears("An", 20)
    print("heard after", time.monotonic() - begun)
    print(telephone.complaints)
