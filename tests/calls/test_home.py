"""During a real call the home page shows it ringing, talking and gone; and a phone that leaves is not registered."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from django.test import Client

from carillon.callcontrol import live
from carillon.calls.models import LiveCall, Registration
from carillon.demo import people
from tests.calls.system import WORKERS, ask
from tests.calls.world import World

pytestmark = [
    pytest.mark.calls,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.usefixtures("looker", "ways_agree"),
]


class Looker:
    """An administrator with the home page open."""

    def __init__(self, world: World) -> None:
        self._client = Client()
        self._client.force_login(world.rows.user(people.ADMIN))

    def part(self, name: str) -> str:
        """The words of a part of the page, as its fragment tells them now."""
        page = self._client.get("/calls/home/").content.decode()
        section = re.search(rf'<section id="home-{name}".*?</section>', page, re.DOTALL)
        words = re.sub(r"<[^>]+>", " ", section[0] if section else "")
        return re.sub(r"\s+", " ", words)

    async def sees(self, name: str, wanted: Callable[[str], bool], within_seconds: float = 60) -> str:
        """Look until a part says what is wanted."""
        until = time.monotonic() + within_seconds
        while not wanted(said := await ask(lambda: self.part(name))):
            assert time.monotonic() < until, f"the part {name} says: {said}"
            await asyncio.sleep(0.2)
        return said


@pytest_asyncio.fixture(loop_scope="package")
async def looker(world: World) -> AsyncIterator[Looker]:
    made = await ask(lambda: Looker(world))
    yield made
    for call in [call for phone in (world.carrier, *world.phones.values()) for call in phone.calls]:
        await call.hang_up()


def line_of(caller: str, *words: str) -> Callable[[str], bool]:
    """Whether the calls now show this caller with these words behind the number."""
    return lambda said: all(word in said.partition(caller)[2].partition("since")[0] for word in words)


async def test_a_call_is_seen_ringing_then_talking_then_gone(world: World, looker: Looker) -> None:
    group = await world.group(["An", "Bram"], ring_seconds=20)
    await looker.sees("calls", lambda said: "Nobody is calling now" in said)
    call = world.inbound(group.number.value)
    caller = call.entry.other
    leg = await world.leg("An", caller)
    said = await looker.sees("calls", line_of(caller, "ringing"))
    assert all(line_of(caller, name)(said) for name in (group.name, "An Peeters", "Bram Janssens"))
    leg.answer()
    said = await looker.sees("calls", line_of(caller, "talking", "An Peeters"))
    assert "Bram Janssens" not in said
    await call.hang_up()
    await looker.sees("calls", lambda said: "Nobody is calling now" in said)
    await looker.sees("today", lambda said: "1 answered" in said or re.search(r"[1-9]\d* answered", said) is not None)


async def test_another_leader_shows_what_goes_on_and_not_what_ended_meanwhile(world: World, looker: Looker) -> None:
    await looker.sees("calls", lambda said: "Nobody is calling now" in said)
    calls = []
    for name, number in (("An", "+3227811601"), ("Bram", "+3227811602")):
        calls.append(world.inbound(number))
        (await world.leg(name, calls[-1].entry.other)).answer()
        await looker.sees("calls", line_of(calls[-1].entry.other, "talking", name))
    callers = [call.entry.other for call in calls]
    for name in WORKERS:
        world.system.kill(name)
    await calls[1].hang_up()
    for name in WORKERS:
        await world.system.back(name)
    await looker.sees("calls", line_of(callers[0], "talking", "An Peeters"), 15)
    await looker.sees("calls", lambda said: callers[0] in said and callers[1] not in said, 15)
    await calls[0].hang_up()
    await looker.sees("calls", lambda said: "Nobody is calling now" in said, 15)


async def test_a_phone_that_leaves_is_not_registered_and_comes_back(world: World, looker: Looker) -> None:
    await looker.sees("phones", lambda said: "registered" in said and "One moment" not in said, 12)
    phone = world.phones["Karin"]
    await looker.sees("phones", lambda said: "Karin" not in said)
    await phone.unregister()
    await looker.sees("phones", lambda said: "Karin Schmitz" in said and "calls reach nobody" in said, 12)
    await phone.register()
    await looker.sees("phones", lambda said: "Karin" not in said, 12)


async def test_the_engine_says_since_when_it_runs(world: World) -> None:
    async def console(*words: str) -> str:
        return await asyncio.to_thread(world.system.console, " ".join(words))

    began = await live.began(console)
    assert 0 < time.time() - began < 3600


async def test_rows_go_when_nobody_looks(world: World, looker: Looker) -> None:
    await looker.sees("calls", lambda said: "Nobody is calling now" in said)
    until = time.monotonic() + 45
    while await ask(lambda: LiveCall.objects.exists() or Registration.objects.exists()):
        assert time.monotonic() < until
        await asyncio.sleep(1)
