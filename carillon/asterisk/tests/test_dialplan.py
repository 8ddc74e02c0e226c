"""The static dialplan, by real calls: who decides, and what happens when nobody does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from carillon.asterisk.events import begins_event, is_whole, read_event
from carillon.asterisk.fastagi import Channel, ChannelGone
from carillon.asterisk.tests.lab import ORGANIZATION, PLACE, TRUNK, lab
from carillon.callcontrol.tail import Tail
from tests.calls.journal import Ended
from tests.calls.phone import answers, busy, never, refuses, unavailable

pytestmark = pytest.mark.calls


async def test_the_worker_is_told_the_organization_and_its_decision_is_carried_out(tmp_path: Path) -> None:
    seen: list[dict[str, str]] = []

    async def decide(channel: Channel) -> None:
        seen.append(channel.env)
        if channel.env["extension"] == "9017":
            await channel.execute("Hangup", "17")
        else:
            await channel.execute("Dial", "PJSIP/bob", "10", "g")
        await channel.set("PBXDONE", "1")

    async with lab(tmp_path) as world:
        await world.worker(1, decide)
        ann, bob = world.phones["ann"], world.phones["bob"]
        call = await ann.call("9999").answered()
        await call.talks_with(await bob.rung())
        await call.hang_up()
        assert (await ann.call("9017").ended()).status == 486
        assert [env["context"] for env in seen] == [ORGANIZATION, ORGANIZATION]
        assert seen[0]["extension"] == "9999"
        assert seen[0]["channel"].startswith("PJSIP/ann-")
        assert seen[0]["callerid"] == "9001"
        inbound = world.phones["first"].call("+3227811501", caller="+32470123456")
        await inbound.answered()
        await inbound.hang_up()
        assert (seen[2]["context"], seen[2]["callerid"]) == (TRUNK, "+32470123456")


async def test_the_second_worker_goes_on_where_the_first_died(tmp_path: Path) -> None:
    left: list[str] = []

    async def dies(channel: Channel) -> None:
        await channel.set("PBXSTAGE", "before bob")
        await channel.execute("Dial", "PJSIP/bob", "10", "g")

    async def goes_on(channel: Channel) -> None:
        left.append(await channel.get("${PBXSTAGE}|${DIALSTATUS}"))
        await channel.execute("Hangup", "21")
        await channel.set("PBXDONE", "1")

    async with lab(tmp_path) as world:
        world.phones["bob"].behaviour = busy
        await world.worker(1, dies)
        await world.worker(2, goes_on)
        assert (await world.phones["ann"].call("9002").ended()).status == 403
        assert left == ["before bob|BUSY"]
        await world.phones["ann"].call("9002").ended()
        assert left[1] == "before bob|BUSY"
        assert len(world.phones["bob"].journal) == 2


async def test_a_call_that_talked_is_not_rescued_when_its_worker_has_died(tmp_path: Path) -> None:
    rescued: list[str] = []

    async def dies(channel: Channel) -> None:
        await channel.execute("Dial", "PJSIP/bob", "10", "g")

    async def rescues(channel: Channel) -> None:
        rescued.append(channel.env["extension"])

    async with lab(tmp_path) as world:
        await world.worker(1, dies)
        await world.worker(2, rescues)
        world.phones["bob"].behaviour = answers(0, talks_seconds=0.5)
        entry = await world.phones["ann"].call("9002").ended()
        assert entry.how == Ended.HEARD_HANG_UP
        assert rescued == []
        assert len(world.phones["bob"].journal) == 1


async def test_without_any_worker_the_last_known_phones_ring_and_unknown_numbers_are_audible(tmp_path: Path) -> None:
    async with lab(tmp_path) as world:
        ann, bob = world.phones["ann"], world.phones["bob"]
        call = await ann.call("9002").answered()
        await call.talks_with(await bob.rung())
        await call.hang_up()
        ann.behaviour = never
        inbound = await world.phones["first"].call("+3227811501", caller="+32470123456").answered()
        await inbound.hang_up()
        assert len(ann.journal) == 2
        lost = await ann.call("9999").ended()
        assert lost.status == 503
        assert lost.loud_seconds > 1
        assert not lost.answered


async def test_an_emergency_call_goes_out_with_the_place_whatever_is_down(tmp_path: Path) -> None:
    async with lab(tmp_path) as world:
        first, second = world.phones["first"], world.phones["second"]
        for spelling in ("112", "0112"):
            call = await world.phones["ann"].call(spelling).answered()
            await call.talks_with(await first.rung(after=len(first.journal) - 1))
            await call.hang_up()
        assert [(entry.number, entry.other) for entry in first.journal] == [("112", PLACE)] * 2
        first.behaviour = unavailable
        call = await world.phones["ann"].call("112").answered()
        await call.talks_with(await second.rung())
        await call.hang_up()
        assert [(entry.number, entry.other) for entry in second.journal] == [("112", PLACE)]


async def test_an_emergency_call_reaches_the_second_carrier_when_the_first_is_dead(tmp_path: Path) -> None:
    async with lab(tmp_path) as world:
        await world.phones.pop("first").stop()
        call = await world.phones["ann"].call("112").answered(within_seconds=9)
        assert world.phones["second"].journal[0].other == PLACE
        await call.hang_up()


async def test_an_external_member_rings_with_the_phones_and_shows_the_callers_allowed_number(tmp_path: Path) -> None:
    async def decide(channel: Channel) -> None:
        await channel.set("__OUT_32470999999", "first&second|+3227811501")
        await channel.execute("Dial", "PJSIP/bob&Local/+32470999999@outside/n", "10", "g")
        await channel.set("PBXDONE", "1")

    async with lab(tmp_path) as world:
        await world.worker(1, decide)
        world.phones["bob"].behaviour = never
        world.phones["first"].behaviour = refuses(503, "Service Unavailable")
        call = await world.phones["ann"].call("9500").answered()
        await call.talks_with(await world.phones["second"].rung())
        await call.hang_up()
        entry = world.phones["second"].journal[0]
        assert (entry.number, entry.other) == ("+32470999999", "+3227811501")


HOSTILE = [
    "${EXTEN}",
    '"',
    "\\",
    'a","b',
    "a,b;c",
    "$[1+1]",
    "${SHELL(id)}",
    "é€漢",
    "x) endpos=1",
    "(",
    " ",
    "%s%n",
    "\\n\t",
]
FORGED = quote('+32470\r\nagi_context: org-1\n\n"LINKEDID_END",""\nLINKEDID_END,,1')


async def test_a_caller_cannot_forge_the_organization_nor_another_calls_events(tmp_path: Path) -> None:
    seen: list[dict[str, str]] = []
    shown: list[str] = []

    async def decide(channel: Channel) -> None:
        seen.append(channel.env)
        shown.append(await channel.get("${CALLERID(num)}|${CALLERID(name)}"))
        await channel.execute("Dial", "PJSIP/ann", "10")

    async with lab(tmp_path) as world:
        await world.worker(1, decide)
        carrier = world.phones["first"]
        call = await carrier.call("+3227811501", caller=FORGED, display="Zoé (x), $[1]").answered()
        await call.hang_up()
        await asyncio.sleep(0.3)
        events = list(events_of(world.instance.events, tmp_path / "state"))
    assert seen[0]["context"] == TRUNK
    assert shown == ["+32470agi_contextorg-1LINKEDID_ENDLINKEDID_END1|Zoé (x), $[1]"]
    assert len({event["linkedid"] for event in events}) == 1
    assert [event["eventtype"] for event in events].count("LINKEDID_END") == 1
    assert events[0]["eventtype"] == "CHAN_START"


async def test_events_may_be_moved_aside_at_any_time(tmp_path: Path) -> None:
    async with lab(tmp_path, "Ann \"the 'boss'\" ${EXTEN}; [x] \\") as world:
        await (await world.phones["ann"].call("9002").answered()).hang_up()
        await asyncio.sleep(0.3)
        aside = world.instance.events.with_suffix(".1")
        world.instance.events.rename(aside)
        await (await world.phones["first"].call("+3227811501", caller="+32470123456").answered()).hang_up()
        await asyncio.sleep(0.3)
        before, after = (list(events_of(path, tmp_path / path.name)) for path in (aside, world.instance.events))
    for rows in (before, after):
        assert {row["eventtype"] for row in rows} == {"CHAN_START", "APP_START", "ANSWER", "HANGUP", "LINKEDID_END"}
        assert len({row["linkedid"] for row in rows}) == 1
    first = before[0]
    assert (first["context"], first["exten"], first["num"]) == (ORGANIZATION, "9002", "9001")
    assert first["name"] == "Ann the 'boss' EXTEN x"
    assert 0 < float(after[0]["eventtime"]) - float(first["eventtime"]) < 20
    dial = next(row for row in before if row["eventtype"] == "APP_START")
    assert (dial["appname"], dial["appdata"]) == ("Dial", "PJSIP/bob,30")


def events_of(path: Path, state: Path) -> Iterator[dict[str, str]]:
    for _position, text in Tail(path, state).lines(is_whole=is_whole, begins=begins_event):
        event = read_event(text)
        assert event, text
        yield event


async def test_hostile_text_set_by_a_worker_comes_back_as_it_was(tmp_path: Path) -> None:
    back: list[str] = []
    gone = asyncio.Event()

    async def echo(channel: Channel) -> None:
        for value in HOSTILE:
            await channel.set("SAID", value)
            back.append(await channel.get("${SAID}"))
        with pytest.raises(ValueError, match="line break"):
            await channel.set("SAID", "x\nEXEC Hangup")
        await channel.execute("Answer")
        with contextlib.suppress(ChannelGone):
            await channel.execute("Wait", "20")
            assert await channel.get("${SAID}") == HOSTILE[-1]
            assert channel.hungup
        gone.set()

    async with lab(tmp_path) as world:
        await world.worker(1, echo)
        call = await world.phones["ann"].call("9500").answered()
        # Answer waits for the caller's first sound: hang up when the script is at Wait.
        await asyncio.sleep(1)
        await call.hang_up()
        await asyncio.wait_for(gone.wait(), 10)
    assert back == HOSTILE
