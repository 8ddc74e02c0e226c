"""That the test phones do what they say, against an Asterisk that has nothing of Carillon in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from carillon.asterisk.install import find_or_install
from tests.calls.bare import bare_asterisk
from tests.calls.call import CallFailure
from tests.calls.journal import Ended
from tests.calls.phone import Phone, answers, busy, declines, never, refuses
from tests.calls.tones import Tones

pytestmark = pytest.mark.calls
ENGINE = Path(__file__).parents[2] / "build" / "engine"


@asynccontextmanager
async def phones(folder: Path, *names: str) -> AsyncIterator[list[Phone]]:
    engine = await asyncio.to_thread(find_or_install, ENGINE, print)
    tones = Tones(["welcome", "closed", "music"])
    async with bare_asterisk(engine, folder, tones, list(names)) as server:
        made = [Phone(name, tones, server, password=f"secret-{name}") for name in names]
        for phone in made:
            await (await phone.start()).register()
        try:
            yield made
        finally:
            for phone in made:
                await phone.stop()


async def test_a_wrong_password_is_refused_and_a_right_one_taken_again_and_away(tmp_path: Path) -> None:
    async with phones(tmp_path, "ann", "bob") as (ann, bob):
        liar = await Phone("liar", ann.tones, ann.server, user="ann", password="wrong").start()
        assert await liar.try_register() == 401
        await liar.stop()
        await bob.register()
        await bob.unregister()
        entry = await ann.call("bob").ended()
        assert (entry.how, entry.status) == (Ended.FAILED, 404)
        assert bob.journal == []


async def test_a_phone_hears_prompts_echo_early_media_and_presses_keys(tmp_path: Path) -> None:
    async with phones(tmp_path, "ann") as (ann,):
        echo, prompts, early, menu = (ann.call(number) for number in ("600", "601", "602", "603"))
        await echo.hears("ann")
        await echo.hang_up()
        assert echo.entry.how == Ended.HUNG_UP
        entry = await prompts.ended()
        assert [(s.name, round(s.t1 - s.t0, 1)) for s in entry.heard] == [("welcome", 0.6), ("closed", 0.6)]
        assert entry.how == Ended.HEARD_HANG_UP
        refused = await early.ended()
        assert (refused.status, refused.heard_names, refused.answered) == (486, ["welcome"], None)
        await menu.answered()
        await menu.press("1224")
        await menu.hears("closed")


async def test_two_phones_talk_hold_and_hang_up(tmp_path: Path) -> None:
    async with phones(tmp_path, "ann", "bob") as (ann, bob):
        bob.behaviour = answers(0.2)
        call = await ann.call("bob").answered()
        other = await bob.rung()
        await call.talks_with(other)
        await other.hold()
        await call.hears("music", afresh=True)
        await other.unhold()
        await call.talks_with(other)
        await other.hang_up()
        entry = await call.ended()
        assert entry.how == Ended.HEARD_HANG_UP
        assert bob.journal[0].how == Ended.HUNG_UP
        assert bob.journal[0].other == "ann"
        assert abs(bob.journal[0].talked_seconds - entry.talked_seconds) < 0.5
        with pytest.raises(CallFailure, match="was not rung within"):
            await bob.rung(0.1)


async def test_busy_declined_never_cancelled_and_answered_elsewhere_are_told_apart(tmp_path: Path) -> None:
    async with phones(tmp_path, "ann", "bob", "eve", "fay") as (ann, bob, eve, fay):
        bob.behaviour, eve.behaviour = busy, declines
        assert (await ann.call("bob").ended()).status == 486
        assert (await ann.call("eve").ended()).status == 403  # the engine's own translation of 603
        bob.behaviour = refuses(486, "Busy Here", after_seconds=0.3)
        ringing = await ann.call("bob").rings()
        assert (await ringing.ended()).status == 486
        fay.behaviour = never
        given_up = await ann.call("fay").rings()
        await given_up.hang_up()
        assert given_up.entry.how == Ended.GAVE_UP
        await asyncio.sleep(0.5)  # the engine tells fay after it has told us
        assert fay.journal[-1].how == Ended.CANCELLED
        ann.behaviour, bob.behaviour = never, answers(0.3)
        shared = await eve.call("604").answered()
        await shared.hears("bob")
        assert ann.journal[-1].how == Ended.ELSEWHERE


async def test_a_call_is_transferred_blind(tmp_path: Path) -> None:
    async with phones(tmp_path, "ann", "bob", "eve") as (ann, bob, eve):
        call = await ann.call("bob").answered()
        other = await bob.rung()
        await call.talks_with(other)
        await other.transfer("eve")
        third = await eve.rung()
        await third.answered()
        await call.talks_with(third)
