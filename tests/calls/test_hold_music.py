"""Held callers hear whose music it is, by ear; and what replaces a prompt disturbs nobody who hears the old one."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from django.conf import settings

from carillon.accounts import audit
from carillon.accounts.models import AuditEntry
from carillon.callcontrol import hold
from carillon.numbers.models import FunctionNumber
from carillon.prompts.hearing import recording
from carillon.prompts.hold import Place
from carillon.prompts.hold_actions import choose
from carillon.prompts.models import How, Prompt
from carillon.prompts.sounds import Sound, set_recording
from carillon.prompts.speech import keep
from tests.calls.call import Call
from tests.calls.phone import answers, never
from tests.calls.system import ask
from tests.calls.world import World, extension_of

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="package")]
agreeing = pytest.mark.usefixtures("own_tones", "decided_by_worker_one")


async def sounds_like(world: World, prompt: str, tone: str, seconds: float = 0.6) -> Prompt:
    """Record an own prompt, new or not, that is the tone of this name."""

    def record() -> Prompt:
        organization = world.rows.organization
        row = organization.prompts.filter(name=prompt).first() or Prompt(organization=organization, name=prompt)
        audio = world.tones.audio(tone, seconds)
        with audit.change(world.request, row, AuditEntry.Verb.CHANGE if row.pk else AuditEntry.Verb.CREATE):
            if not row.pk:
                row.save()
            sound = Sound(keep(_store(world), audio), len(audio) // 8, How.FILE)
            set_recording(row, "", sound, None)
        return row

    return await ask(record)


def _store(world: World) -> Path:
    return world.system.data / "prompts"


async def has(
    world: World, prompt: Prompt | str | None, *, number: FunctionNumber | None = None, user: str = ""
) -> None:
    """Choose music for a number, a user or (neither) the organization; a system prompt by its key."""

    def save() -> None:
        organization = world.rows.organization
        row = organization.prompts.get(key=prompt) if isinstance(prompt, str) else prompt
        function = organization.function_numbers.get(pk=number.pk) if number else None
        person = organization.users.get(first_name=user) if user else None
        choose(world.request, Place(organization, function, person), row)

    await ask(save)


async def engine_knows(world: World, within_seconds: float = 15) -> None:
    """Wait until a leader has written what is stored now, and the engine has read it."""
    log = world.system.data / "node" / "etc" / "generated" / "musiconhold.conf"
    wanted = await ask(lambda: _wanted(world))
    until = time.monotonic() + within_seconds
    while _classes(log.read_text()) != wanted:
        assert time.monotonic() < until, f"{log.read_text()}: {world.system.last_words()}"
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)  # the reload follows the file at once


def _classes(text: str) -> list[str]:
    """The classes of the file, without those that are kept for calls of before."""
    return sorted(part for part in text.split("[") if not part.startswith("user-"))


def _wanted(world: World) -> list[str]:
    return _classes(hold.render(world.rows.organization.home_node, ""))


async def phone_asks_for(world: World, name: str, music: str, within_seconds: float = 15) -> None:
    """Wait until the engine has the music of a phone."""
    until = time.monotonic() + within_seconds
    command = f"pjsip show endpoint {world.phones[name].user}"
    while f": {music}" not in await asyncio.to_thread(world.system.console, command):
        assert time.monotonic() < until, f"{name} has no {music}: {world.system.last_words()}"
        await asyncio.sleep(0.2)


@pytest.fixture
def store(world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this process looks for sounds, as the workers do."""
    monkeypatch.setattr(settings, "PROMPTS", _store(world))
    return _store(world)


async def talking(world: World, group: FunctionNumber) -> tuple[Call, Call]:
    """A caller from outside and An, who took the call."""
    call = await world.inbound(group.number.value, An=answers(0.2)).answered()
    leg = await world.leg("An", call.entry.other)
    await call.talks_with(leg)
    return call, leg


async def held(call: Call, leg: Call, music: str) -> None:
    """An holds the caller, who hears this music, and takes the call back."""
    await leg.hold()
    await call.hears(music, afresh=True)
    await leg.unhold()
    await call.talks_with(leg)


@agreeing
async def test_held_callers_hear_the_music_of_the_number_the_user_or_the_organization(
    world: World, store: Path
) -> None:
    group = await world.group(["An"])
    call, leg = await talking(world, group)
    await held(call, leg, "music_on_hold")
    await has(world, await sounds_like(world, "music house", "music house"))
    await engine_knows(world)
    await held(call, leg, "music house")
    await has(world, await sounds_like(world, "music an", "music an"), user="An")
    pk = await ask(lambda: world.rows.organization.users.get(first_name="An").pk)
    await phone_asks_for(world, "An", f"user-{pk}")
    await engine_knows(world)
    await call.hang_up()
    call, leg = await talking(world, group)
    await held(call, leg, "music an")
    await has(world, await sounds_like(world, "music number", "music number"), number=group)
    await engine_knows(world)
    await call.hang_up()
    call, leg = await talking(world, group)
    await held(call, leg, "music number")
    await has(world, None, number=group)
    await engine_knows(world)
    await held(call, leg, "music an")
    await has(world, None, user="An")
    await has(world, None)
    await engine_knows(world)
    await held(call, leg, "music_on_hold")


@agreeing
async def test_a_held_caller_keeps_the_old_music_and_the_next_hold_has_the_new(world: World, store: Path) -> None:
    group = await world.group(["An"])
    await has(world, await sounds_like(world, "music shop", "music house"))
    await engine_knows(world)
    call, leg = await talking(world, group)
    await leg.hold()
    await call.hears("music house", afresh=True)
    await sounds_like(world, "music shop", "music an")
    await engine_knows(world)
    await asyncio.sleep(1.5)
    last = [segment for segment in call.heard() if segment.name.startswith("music")]
    assert [segment.name for segment in last] == ["music house"], "without a gap, and without another sound"
    await leg.unhold()
    await call.talks_with(leg)
    await held(call, leg, "music an")
    await has(world, None)


async def test_a_prompt_that_is_replaced_while_it_plays_is_heard_to_its_end(world: World, store: Path) -> None:
    group = await world.group(opened=False)
    prompt = await sounds_like(world, "long words", "music house", 4)
    await world.default(group, action="closed", prompt=prompt.pk)
    call = world.inbound(group.number.value)
    await call.hears("music house")
    await sounds_like(world, "long words", "music an", 1)
    entry = await call.ended()
    # A busy machine may lose some packets: what counts is one sound, for its whole time.
    assert {segment.name for segment in entry.heard} == {"music house"}
    assert 3.5 < entry.heard[-1].t1 - entry.heard[0].t0 < 4.5
    entry = await world.inbound(group.number.value).ended()
    assert [(segment.name, round(segment.t1 - segment.t0)) for segment in entry.heard] == [("music an", 1)]


@agreeing
async def test_instead_of_music_held_callers_hear_the_announcement_again_and_again(world: World, store: Path) -> None:
    group = await world.group(["An"])
    await has(world, "midcall_hold_current", number=group)
    await engine_knows(world)
    call, leg = await talking(world, group)
    await leg.hold("inactive")
    heard = await call.hears("midcall_hold_current", afresh=True)
    await asyncio.sleep(2)
    assert call.heard()[-1].t1 - heard.t0 > 1.5, "longer than the recording"
    await leg.unhold()
    await call.hang_up()


@agreeing
async def test_who_heard_a_prompt_hears_ringin_until_somebody_answers(world: World, store: Path) -> None:
    group = await world.group(["An"], ring_seconds=5)
    await world.default(group, action="open", prompt=await world.prompt("welcome"))
    call = world.inbound(group.number.value, An=never)
    await call.hears("welcome")
    heard = await call.hears("ringin")
    leg = await world.leg("An", call.entry.other)
    await asyncio.sleep(1.5)
    assert call.heard()[-1].name == "ringin"
    assert call.heard()[-1].t1 - heard.t0 > 1, "longer than the recording"
    leg.answer()
    await call.talks_with(leg)
    await held(call, leg, "music_on_hold")


async def test_who_is_transferred_hears_ringin_until_somebody_answers(world: World, store: Path) -> None:
    group = await world.group(["An"])
    call, leg = await talking(world, group)
    world.plan(call.entry.other, Bram=never)
    await leg.transfer(extension_of("Bram"))
    await call.hears("ringin")
    third = await world.leg("Bram", call.entry.other)
    third.answer()
    await call.talks_with(third)
    await third.hold()
    await call.hears("music_on_hold", afresh=True)
    await call.hang_up()


@agreeing
async def test_a_lost_sound_is_never_silence(world: World, store: Path) -> None:
    group = await world.group(["An"])
    await has(world, await sounds_like(world, "music lost", "music number", 0.8))
    await engine_knows(world)

    def paths() -> list[Path]:
        prompts = world.rows.organization.prompts.prefetch_related("audio")
        rows = prompts.filter(name="music lost") | prompts.filter(key="music_on_hold")
        return [store / found[:2] / f"{found}.alaw" for row in rows.order_by("key") if (found := recording(row))]

    lost, music = await ask(paths)
    call, leg = await talking(world, group)
    kept = music.read_bytes()
    lost.unlink()
    await engine_knows(world)
    await held(call, leg, "music_on_hold")
    music.unlink()
    try:
        await engine_knows(world)
        await leg.hold()
        await asyncio.sleep(2)
        named = {segment.name for segment in call.heard()}
        before = call.loud_seconds()
        await asyncio.sleep(2)
        assert call.loud_seconds() - before > 1, "the melody of the engine itself"
        assert "music number" not in named
    finally:
        music.write_bytes(kept)
        await has(world, None)
    await engine_knows(world)
