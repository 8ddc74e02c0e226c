"""Try it, by ear: a real chromium calls through the portal and a real Asterisk, and hears what callers hear."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext as _

from carillon.accounts.models import User
from carillon.calls.models import DecisionTrace, Trial
from carillon.demo import people
from carillon.numbers.models import FunctionNumber
from tests.calls.phone import answers
from tests.calls.system import ask
from tests.calls.telephone import MICROPHONE, Portal, chromium, voice
from tests.calls.world import World

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="package")]
NEW_YEAR = {"when": "then", "date": "2027-01-01", "time": "10:00"}

#: The browser agrees on keys only after more than the half second that Asterisk's Answer waits by itself.
SLOW = """() => {
  const agree = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = async function (...answer) {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return agree.apply(this, answer);
  };
}"""


async def newest(number: str) -> Trial:
    return await ask(lambda: Trial.objects.filter(called=number).latest("pk"))


async def decisions(trial: Trial) -> list[DecisionTrace]:
    """The decisions as the log has them: of the newest trial of a number."""
    return await ask(lambda: list(DecisionTrace.objects.filter(linkedid=trial.linkedid).order_by("at")))


async def on_new_year(world: World, then: str, now: str) -> FunctionNumber:
    """A group of An's that does one thing on the first of January and another on all other days."""
    group = await world.group(["An"], ring_seconds=20)
    await world.default(group, action=now, prompt=await world.prompt("lunch_greeting") if now == "closed" else "")
    days = {"from_date": "2021-01-01", "from_time": "00:00", "to_date": "2021-01-02", "to_time": "00:00"}
    prompt = await world.prompt("ooo_greeting") if then == "closed" else ""
    await world.event(group, "1 jan", action=then, prompt=prompt, repeat="year", **days)
    return group


async def test_the_browser_hears_the_colleague_who_answers_and_she_sees_the_chosen_number(portal: Portal) -> None:
    world = portal.world
    group = await world.group(["An"], ring_seconds=20)
    caller = world.caller()
    world.plan(caller, An=answers(0.5))
    telephone = await portal.telephone()
    await telephone.call(group.number.value, caller=caller)
    await telephone.hears("An")
    assert await telephone.state() == "talking"
    assert world.rung(caller) == ["An"]
    await telephone.hang_up()
    await world.ended("An", caller)
    row = (await world.log(caller)).row
    assert (row.is_test, row.called, row.result) == (True, group.number.value, "answered")
    assert (row.answered_by, row.caller, row.direction) == ("An Peeters", caller, "inbound")
    assert [trace.path for trace in await decisions(await newest(group.number.value))] == ["answered"]
    assert telephone.complaints == []


async def test_a_colleague_is_heard_at_once_though_the_times_of_her_sound_begin_anew(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser takes sound whose times go back by a few seconds for too late, and throws it away."""
    monkeypatch.setattr(secrets, "randbelow", lambda _most: 0)
    world = portal.world
    group = await world.group(["An"], ring_seconds=20)
    caller = world.caller()
    telephone = await portal.telephone()
    await telephone.call(group.number.value, caller=caller)
    leg = await world.leg("An", caller)
    await asyncio.sleep(3)
    leg.answer()
    await telephone.hears("An", within_seconds=2)
    await telephone.hang_up()


async def test_a_page_that_is_left_takes_its_call_along(portal: Portal) -> None:
    world = portal.world
    group = await world.group(["An"], ring_seconds=20)
    caller = world.caller()
    world.plan(caller, An=answers(0.5))
    telephone = await portal.telephone()
    await telephone.call(group.number.value, caller=caller)
    await telephone.hears("An")
    await telephone.page.goto("about:blank")
    await world.ended("An", caller)


async def test_a_closed_number_is_heard_from_the_first_word_and_the_call_ends(portal: Portal) -> None:
    world = portal.world
    group = await on_new_year(world, "open", "closed")
    caller = world.caller()
    telephone = await portal.telephone()
    await telephone.call(group.number.value, caller=caller)
    await telephone.hears("lunch_greeting")
    await telephone.is_now("ended", within_seconds=5)
    readings = [at for at, name in await telephone.readings() if name == "lunch_greeting"]
    assert readings[-1] - readings[0] > 0.4, "the prompt of 0.6 s began before the browser could hear it"
    assert await telephone.heard() == ["lunch_greeting"]
    row = (await world.log(caller)).row
    assert (row.is_test, row.result, row.called, world.rung(caller)) == (True, "prompt", group.number.value, [])
    assert [trace.path for trace in await decisions(await newest(group.number.value))] == ["then"]


async def test_a_browser_that_takes_its_time_hears_the_first_word_too(portal: Portal) -> None:
    telephone = await portal.telephone()
    await telephone.page.evaluate(SLOW)
    await telephone.call(prompt=str(await portal.world.prompt("sick_greeting")))
    await telephone.hears("sick_greeting")
    await telephone.is_now("ended", within_seconds=5)


async def test_as_if_it_were_a_day_on_which_it_is_closed(portal: Portal) -> None:
    world = portal.world
    group = await on_new_year(world, "closed", "open")
    caller = world.caller()
    telephone = await portal.telephone()
    await telephone.call(group.number.value, caller=caller, phones="answered", **NEW_YEAR)
    await telephone.hears("ooo_greeting")
    await telephone.story("1 jan")
    trial = await newest(group.number.value)
    assert trial.at == datetime(2027, 1, 1, 9, tzinfo=UTC)  # ten o'clock in Brussels
    row = (await world.log(caller)).row
    assert (row.is_test, row.result, world.rung(caller)) == (True, "tried", [])
    [trace] = await decisions(trial)
    assert "1 jan" in [step["args"].get("event") for step in trace.steps if step["kind"] == "event_decided"]


async def test_as_if_it_were_a_day_on_which_it_is_open_nobody_is_rung_unless_asked_to(portal: Portal) -> None:
    world = portal.world
    group = await on_new_year(world, "open", "closed")
    callers = [world.caller() for _each in range(3)]
    for caller in callers:
        world.plan(caller, An=answers(0.3))
    telephone = await portal.telephone()
    await telephone.call(group.number.value, caller=callers[0], phones="no_answer", **NEW_YEAR)
    await telephone.story("An Peeters")
    await telephone.hears("user_no_answer")
    await telephone.is_now("ended")
    await telephone.call(group.number.value, caller=callers[1], phones="busy", **NEW_YEAR)
    await telephone.hears("busy_greeting")
    assert (world.rung(callers[0]), world.rung(callers[1])) == ([], [])
    await telephone.is_now("ended")
    await telephone.call(group.number.value, caller=callers[2], phones="ring", **NEW_YEAR)
    await telephone.hears("An")
    assert world.rung(callers[2]) == ["An"]
    await telephone.hang_up()
    rows = [(await world.log(caller)).row for caller in callers]
    assert [row.result for row in rows] == ["tried", "tried", "answered"]
    assert all(row.is_test for row in rows)


async def test_another_day_than_today_rings_nobody_at_first(portal: Portal) -> None:
    telephone = await portal.telephone()
    choice = "document.getElementById('try-form').elements.phones.value"
    assert await telephone.page.evaluate(choice) == "ring"
    then = "document.querySelector('#try-form [name=when][value=then]')"
    await telephone.page.evaluate(f"{then}.click()")
    assert await telephone.page.evaluate(choice) == "answered"


async def test_a_prompt_is_heard(portal: Portal) -> None:
    world = portal.world
    prompt = await world.prompt("sick_greeting")
    telephone = await portal.telephone()
    await telephone.call(prompt=str(prompt))
    await telephone.hears("sick_greeting")
    await telephone.is_now("ended", within_seconds=5)
    assert await telephone.heard() == ["sick_greeting"]


async def test_two_people_try_at_the_same_time_and_each_hears_its_own(portal: Portal) -> None:
    world = portal.world
    names = {people.ADMIN: "An", people.SCHEDULES_ADMIN: "Bram"}
    telephones = {}
    for username, name in names.items():
        group = await world.group([name], ring_seconds=20)
        caller = world.caller()
        world.plan(caller, **{name: answers(0.2)})
        telephones[name] = await portal.telephone(username)
        await telephones[name].call(group.number.value, caller=caller)
    for name, telephone in telephones.items():
        await telephone.hears(name)
    await asyncio.sleep(1)
    for name, telephone in telephones.items():
        assert set(await telephone.heard()) & set(names.values()) == {name}
        await telephone.hang_up()


async def test_a_pressed_key_reaches_the_colleague(portal: Portal) -> None:
    world = portal.world
    group = await world.group(["An"], ring_seconds=20)
    caller = world.caller()
    world.plan(caller, An=answers(0.1))
    telephone = await portal.telephone()
    await telephone.call(group.number.value, caller=caller)
    leg = await world.leg("An", caller)
    await telephone.is_now("talking")
    await telephone.hears("An")
    for key in "5#":
        await telephone.page.click(f'[data-key="{key}"]')
        await asyncio.sleep(0.6)
    await asyncio.sleep(0.5)
    assert list(leg.audio.pressed.values()) == ["5", "#"]


async def test_with_a_microphone_the_colleague_hears_the_caller(portal: Portal, tmp_path: Path) -> None:
    world = portal.world
    group = await world.group(["An"], ring_seconds=20)
    caller = world.caller()
    world.plan(caller, An=answers(0.1))
    tone = voice(tmp_path / "voice.wav", world.tones.hertz[world.tones.add("the browser")])
    async with chromium(*MICROPHONE, tone) as browser:
        speaking = Portal(world, browser)
        telephone = await speaking.telephone(at=portal.address(secure=True))
        await telephone.call(group.number.value, caller=caller, microphone="on")
        leg = await world.leg("An", caller)
        await asyncio.gather(leg.hears("the browser", 12), telephone.hears("An"))
        await telephone.hang_up()
        await speaking.close()


async def test_the_steps_are_told_while_they_happen_in_the_readers_language(portal: Portal) -> None:
    world = portal.world
    await ask(lambda: User.objects.filter(username=people.SCHEDULES_ADMIN).update(language="nl"))
    group = await world.group(["An", "Bram"], ring_seconds=20)
    await world.default(group, action="open", prompt=await world.prompt("welcome"))
    caller = world.caller()
    world.plan(caller, Bram=answers(2.5))
    telephone = await portal.telephone(people.SCHEDULES_ADMIN)
    await telephone.call(group.number.value, caller=caller)
    with translation.override("nl"):
        played = _("“%(prompt)s” is played.") % {"prompt": "Welcome"}
        rings = (_("Ringing for at most %(seconds)s s: %(names)s.") % {"seconds": 20, "names": ""}).rstrip(". ")
        answered = _("%(name)s has answered") % {"name": "Bram Janssens"}
    said = await telephone.story(played, rings, "An Peeters", "Bram Janssens")
    assert answered not in said
    await telephone.hears("Bram")
    await telephone.story(answered)
    await telephone.hang_up()
    await telephone.page.wait_for_selector(".try-call a")
    assert answered in await telephone.words("#try-story")
    assert await telephone.page.get_attribute("html", "lang") == "nl"
    log = await world.log(caller)
    token = await telephone.page.evaluate("window.wire.sent.find((text) => text.startsWith('INVITE')).slice(11, 43)")
    assert len(token) == 32
    assert token not in str(vars(log.row))
    assert [trace.path for trace in await decisions(await newest(group.number.value))] == ["then.answered"]
    assert await ask(lambda: Trial.objects.filter(token_sha256=token).exists()) is False
