"""Temporary changes by ear: heard on the next call, over with their minute, ended early, and dialled from a phone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest

from carillon.callcontrol.cache import AWAY_SECONDS
from carillon.facts.schedules import schedule_facts
from carillon.numbers.models import FunctionNumber
from carillon.routing.temporary import begin_of
from carillon.schedules import temporary
from carillon.schedules.models import Schedule, TemporaryChange
from carillon.schedules.temporary_form import TemporaryForm
from tests.calls.call import Call
from tests.calls.phone import answers
from tests.calls.system import ask
from tests.calls.tones import FRAME_SAMPLES, _power, decode, is_loud
from tests.calls.world import World, extension_of
from tests.databases import Cluster

pytestmark = [
    pytest.mark.calls,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.usefixtures("ways_agree"),
]

#: The tones of callcontrol/conversation.py, in hertz.
DONE, REFUSED = [710, 1010, 1310], [410, 410, 410]
#: Enough for a call to be made and heard before a minute ends.
SECONDS_LEFT = 6


def tones_in(frames: Iterable[tuple[float, bytes]]) -> list[int]:
    """The tones that a phone heard, in order; each of them lasts for several frames of 20 ms."""
    heard = []
    for tone, group in groupby(_tone(payload) for _at, payload in frames):
        if tone and len(list(group)) >= 3:
            heard.append(tone)
    return heard


def _tone(payload: bytes) -> int:
    if len(payload) != FRAME_SAMPLES or not is_loud(payload):
        return 0
    samples = decode(payload)
    total = sum(sample * sample for sample in samples)
    return next((hertz for hertz in {*DONE, *REFUSED} if _power(samples, hertz) > 0.7 * total), 0)


async def change(world: World, group: FunctionNumber, **typed: object) -> TemporaryChange:
    """Make a temporary change by the dialog's own form and action."""

    def save() -> TemporaryChange:
        schedule = Schedule.objects.select_related("function_number__number").get(function_number=group)
        facts = schedule_facts(schedule, schedule.events.all())
        tomorrow = datetime.now(ZoneInfo("Europe/Brussels")).date() + timedelta(days=1)
        data = {"begins": "now", "ends": "time", "to_date": tomorrow} | typed
        form = TemporaryForm(data, function=schedule.function_number, facts=facts, now=datetime.now(UTC))
        assert form.is_valid(), form.errors
        assert temporary.add(world.request, schedule, schedule.version, form.change()) is None
        return form.change()

    return await ask(save)


async def over_at(least_seconds: int = SECONDS_LEFT) -> datetime:
    """The end of this minute, or of the next one where too little is left of this."""
    now = datetime.now(UTC)
    end = begin_of(now) + timedelta(minutes=1)
    return end if (end - now).total_seconds() > least_seconds else end + timedelta(minutes=1)


def typed_end(end: datetime) -> dict[str, object]:
    """What is typed for that end: the world's schedules are in Brussels."""
    local = end.astimezone(ZoneInfo("Europe/Brussels"))
    return {"to_date": f"{local:%Y-%m-%d}", "to_time": f"{local:%H:%M}"}


async def heard(world: World, group: FunctionNumber) -> str:
    """What a caller from outside gets now: the prompt that is heard, or An who answers."""
    call = world.inbound(group.number.value, An=answers(0.1))
    for _look in range(200):
        if call.heard_names():
            break
        await asyncio.sleep(0.05)
    found = [*call.heard_names(), ""][0]
    await call.hang_up()
    log = await world.log(call.entry.other)
    assert log.workers == ("worker1",)
    return found


async def dial(world: World, name: str, code: str) -> list[int]:
    """Dial a code from a colleague's phone; the tones heard until Carillon hangs up."""
    return await tones_of(world.phones[name].call(code))


async def tones_of(call: Call) -> list[int]:
    """The tones of a call until it ends; what was received is gone with it."""
    frames: list[tuple[float, bytes]] = []
    for _look in range(600):
        frames = [*call.audio.received] or frames
        if call.ending.is_set():
            return tones_in(frames)
        await asyncio.sleep(0.025)
    raise AssertionError(f"the call goes on: {call}")


async def test_a_temporary_closing_is_heard_on_the_next_call_and_ends_with_its_minute(world: World) -> None:
    group = await world.group(["An"])
    assert await heard(world, group) == "An"
    end = await over_at(12)
    await change(world, group, action="closed", prompt=await world.prompt("ooo_greeting"), **typed_end(end))
    call = world.inbound(group.number.value)
    entry = await call.ended()
    assert entry.heard_names == ["ooo_greeting"]
    log = await world.log(entry.other)
    assert "temporary_decided" in log.steps
    # Nobody does anything: the next call after the minute gets through.
    await asyncio.sleep((end - datetime.now(UTC)).total_seconds() + 0.3)
    assert await heard(world, group) == "An"


async def test_a_temporary_forward_goes_there_and_ended_early_it_is_over_on_the_next_call(world: World) -> None:
    other, group = await world.group(["Bram"]), await world.group(["An"])
    made = await change(world, group, action="forward", destination=other.number.value, to_time="10:00")
    call = world.inbound(group.number.value, Bram=answers(0.1))
    await call.talks_with(await world.leg("Bram", call.entry.other))
    await call.hang_up()
    schedule = await ask(lambda: Schedule.objects.get(function_number=group))
    assert await ask(lambda: temporary.end(world.request, schedule, schedule.version, made)) is None
    assert await heard(world, group) == "An"


async def test_a_change_dated_ahead_begins_with_its_minute(world: World) -> None:
    group = await world.group(["An"])
    begin = await over_at(12)
    local = begin.astimezone(ZoneInfo("Europe/Brussels"))
    await change(
        world, group, action="closed", begins="later",
        from_date=f"{local:%Y-%m-%d}", from_time=f"{local:%H:%M}", to_time="10:00",
    )  # fmt: skip
    assert await heard(world, group) == "An"
    await asyncio.sleep((begin - datetime.now(UTC)).total_seconds() + 0.3)
    assert await heard(world, group) == "general_greeting"


async def test_a_code_from_a_phone_closes_and_opens_again_and_the_dialler_hears_it(world: World) -> None:
    group = await world.group(["An"])
    number = group.number.value.lstrip("+")
    assert await dial(world, "Greet", f"*62*00{number}*2359") == DONE
    assert await heard(world, group) == "general_greeting"
    row = await ask(lambda: TemporaryChange.objects.get(schedule__function_number=group))
    assert (row.action, row.made_by) == ("closed", "Greet Wouters")
    log = await world.log(extension_of("Greet"))
    assert (log.row.result, log.steps, log.workers) == ("prompt", ("code_changes",), ("worker1",))
    entry = await ask(lambda: world.rows.organization.audit_entries.order_by("-pk")[0])
    assert (entry.actor_name, entry.kind, entry.object_id) == ("Greet Wouters", "schedules.schedule", row.schedule_id)
    assert await dial(world, "Steven", f"*60*{number}") == DONE
    assert await heard(world, group) == "An"
    assert await dial(world, "Steven", f"*60*{number}") == DONE  # nothing to end is no trouble


async def test_a_code_without_time_lasts_until_the_next_change_and_needs_one(world: World) -> None:
    group = await world.group(["An"])
    number = group.number.value
    assert await dial(world, "Greet", f"*62*{number}") == REFUSED  # always open: no next change
    await world.event(group, "hours", time_from="00:00", time_to="23:59", action="forward", destination="9011")
    assert await dial(world, "Greet", f"*62*{number}") == DONE
    row = await ask(lambda: TemporaryChange.objects.get(schedule__function_number=group))
    assert f"{row.ends_at.astimezone(ZoneInfo('Europe/Brussels')):%H:%M}" in {"23:59", "00:00"}
    assert await heard(world, group) == "general_greeting"


async def test_whoever_may_not_hears_the_refusal_and_nothing_changes(world: World) -> None:
    group = await world.group(["An"])
    number = group.number.value
    for name, code in [
        ("Bram", f"*62*{number}*2359"),
        ("Bram", f"*60*{number}"),
        ("Greet", f"*62*{number}*2561"),
        ("Greet", "*62*9999"),
    ]:
        assert await dial(world, name, code) == REFUSED, (name, code)
    log = await world.log(extension_of("Bram"))
    assert (log.row.result, log.steps) == ("refused", ("code_refused",))
    assert not await ask(lambda: TemporaryChange.objects.filter(schedule__function_number=group).exists())
    assert await heard(world, group) == "An"


async def test_a_code_that_a_carrier_sends_does_nothing(world: World) -> None:
    group = await world.group(["An"])
    call = world.inbound(f"*62*{group.number.value}*2359")
    assert await tones_of(call) == []
    assert not await ask(lambda: TemporaryChange.objects.filter(schedule__function_number=group).exists())


async def test_with_the_database_frozen_a_code_is_refused_and_stays_so(world: World, cluster: Cluster) -> None:
    group = await world.group(["An"])
    code = f"*62*{group.number.value}*2359"
    assert await dial(world, "Greet", f"*61*{group.number.value}*2359") == DONE
    assert await dial(world, "Greet", code) == DONE
    assert await dial(world, "Greet", f"*60*{group.number.value}") == DONE
    cluster.freeze()
    try:
        assert await dial(world, "Greet", code) == REFUSED
    finally:
        cluster.thaw()
    await asyncio.sleep(AWAY_SECONDS + 0.5)
    assert await heard(world, group) == "An"
