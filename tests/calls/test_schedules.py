"""Calls obey the schedule: what a caller hears when a number is open, closed or forwarded, by its days and hours."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from carillon.demo import people
from carillon.prompts import files
from carillon.prompts import making as prompts_making
from carillon.prompts.models import How, PromptMaking
from carillon.prompts.tests.waves import pcm
from tests.calls.journal import Ended
from tests.calls.phone import answers
from tests.calls.system import ask
from tests.calls.world import EVERY_DAY, World, local_zone

pytestmark = [
    pytest.mark.calls,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.usefixtures("decided_by_worker_one"),
]


async def test_an_open_number_rings_its_members_and_the_log_says_who_answered(world: World) -> None:
    group = await world.group(["An", "Bram"])
    call = world.inbound(group.number.value, An=answers(0.3))
    await call.answered()
    await call.talks_with(await world.leg("An", call.entry.other))
    await call.hang_up()
    log = await world.log(call.entry.other)
    assert sorted(world.rung(call.entry.other)) == ["An", "Bram"]
    assert world.phones["Bram"].journal[-1].how == Ended.ELSEWHERE
    assert (log.row.result, log.row.answered_by, log.workers) == ("answered", "An Peeters", ("worker1",))
    assert log.row.decided_by == "callcontrol"


async def test_a_closed_number_plays_its_prompt_and_rings_nobody(world: World) -> None:
    group = await world.group(["An"], opened=False)
    call = world.inbound(group.number.value)
    entry = await call.ended()
    assert entry.heard_names == ["general_greeting"]
    assert world.rung(entry.other) == []
    log = await world.log(entry.other)
    assert (log.row.result, log.workers) == ("prompt", ("worker1",))


async def test_a_prompt_of_an_open_event_is_heard_before_the_phones_ring(world: World) -> None:
    group = await world.group(["An"])
    await world.default(group, action="open", prompt=await world.prompt("welcome"))
    call = world.inbound(group.number.value, An=answers(0.2))
    await call.hears("welcome")
    assert world.rung(call.entry.other) == []
    await call.talks_with(await world.leg("An", call.entry.other))


async def test_a_forwarded_number_rings_where_it_is_forwarded_to(world: World) -> None:
    other = await world.group(["Bram"])
    group = await world.group(["An"])
    await world.default(group, action="forward", destination=other.number.value)
    call = world.inbound(group.number.value, Bram=answers(0.2))
    await call.talks_with(await world.leg("Bram", call.entry.other))
    await call.hang_up()
    log = await world.log(call.entry.other)
    assert world.rung(call.entry.other) == ["Bram"]
    assert (log.row.called, log.row.answered_by) == (group.number.value, "Bram Janssens")


async def test_a_forward_outside_shows_an_own_number_and_the_organization_pays(world: World) -> None:
    group = await world.group()
    await world.default(group, action="forward", destination="0470 99 00 01")
    world.plan("+32470990001", outside=answers(0.2))
    call = world.inbound(group.number.value)
    await call.answered()
    leg = next(c for c in world.carrier.calls if not c.entry.outgoing and c.number == "+32470990001")
    await leg.hears("outside", afresh=True)
    assert leg.entry.other == people.BKM.main_number
    await call.hang_up()
    log = await world.log(call.entry.other)
    assert (log.row.went_outside, log.row.payer_id, log.row.result) == (True, None, "answered")


async def test_the_first_of_january_wins_over_the_hours_below_it(world: World) -> None:
    """A yearly event that began in 2021 and whose day is today, above opening hours that match as well."""
    group = await world.group(["An"], opened=False)
    await world.event(group, "hours")
    zone = local_zone(range(4 * 60, 20 * 60))
    await world.zone(group, zone)
    # 29 February is no day of 2021; 2020 has every day.
    day = datetime.now(ZoneInfo(zone)).date().replace(year=2020)
    await world.event(
        group, "1 jan", action="closed", prompt=await world.prompt("ooo_greeting"), repeat="year",
        from_date=str(day), from_time="00:00", to_date=str(day + timedelta(days=1)), to_time="00:00",
    )  # fmt: skip
    entry = await world.inbound(group.number.value).ended()
    assert (entry.heard_names, world.rung(entry.other)) == (["ooo_greeting"], [])
    log = await world.log(entry.other)
    assert "event_decided" in log.steps


@pytest.mark.parametrize(
    ("clock", "is_open"),
    [("am", True), ("lunch", False), ("pm", True), ("night", False)],
)
async def test_the_hours_of_the_manual(world: World, clock: str, is_open: bool) -> None:
    minutes = {"am": (510, 750), "lunch": (750, 810), "pm": (810, 1080), "night": (1080, 1440)}[clock]
    group = await world.group(["An"], opened=False)
    await world.event(group, "pm", repeat="week", weekdays=EVERY_DAY, time_from="13:30", time_to="18:00")
    await world.event(group, "am", repeat="week", weekdays=EVERY_DAY, time_from="08:30", time_to="12:30")
    await world.zone(group, local_zone(range(*minutes)))
    call = world.inbound(group.number.value, An=answers())
    if is_open:
        await call.talks_with(await world.leg("An", call.entry.other))
        await call.hang_up()
    else:
        assert (await call.ended()).heard_names == ["general_greeting"]
    log = await world.log(call.entry.other)
    assert ("event_decided" in log.steps) == is_open
    assert ("default_decided" in log.steps) != is_open
    assert log.workers == ("worker1",)


async def test_a_new_order_of_events_counts_from_the_next_call(world: World) -> None:
    group = await world.group(["An"], opened=False)
    opened = await world.event(group, "open")
    closed = await world.event(group, "closed", action="closed", prompt=await world.prompt("lunch_greeting"))
    assert (await world.inbound(group.number.value).ended()).heard_names == ["lunch_greeting"]
    await world.reorder(group, [opened, closed])
    call = world.inbound(group.number.value, An=answers())
    await call.talks_with(await world.leg("An", call.entry.other))
    await world.reorder(group, [closed, opened])
    assert (await world.inbound(group.number.value).ended()).heard_names == ["lunch_greeting"]
    # The call that was talking goes on as it was decided.
    await call.talks_with(await world.leg("An", call.entry.other))


async def test_a_saved_change_is_heard_by_a_call_within_a_second(world: World) -> None:
    group = await world.group(opened=False)
    begun = time.monotonic()
    await world.default(group, action="closed", prompt=await world.prompt("sick_greeting"))
    saved = time.monotonic()
    call = world.inbound(group.number.value)
    await call.hears("sick_greeting")
    heard = time.monotonic()
    print(f"saving took {saved - begun:.2f} s; from save to the first changed call {heard - saved:.2f} s")
    assert heard - saved < 3


async def test_a_new_prompt_from_an_imported_file_is_heard_by_the_next_call(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hertz = world.tones.hertz[world.tones.add("new prompt")]
    monkeypatch.setattr(settings, "PROMPTS", world.system.data / "prompts")
    group = await world.group(opened=False)

    def make() -> int:
        organization = world.rows.organization
        admin = organization.users.get(username=people.ADMIN)
        row = PromptMaking.objects.create(
            organization=organization,
            user=admin,
            name="new prompt",
            how=How.FILE,
            incoming=files.take_in(BytesIO(pcm(44100, 2, 2, 1.2, hertz))),
        )
        prompts_making.make.func(row.pk)
        row.refresh_from_db()
        assert prompts_making.keep(row)
        return organization.prompts.get(name=row.name).pk

    await world.event(group, "fair", action="closed", prompt=await ask(make))
    entry = await world.inbound(group.number.value).ended()
    assert entry.heard_names == ["new prompt"]
    heard = entry.heard[0]
    assert 1.0 < heard.t1 - heard.t0 < 1.4


async def test_a_prompt_without_recording_is_audible_and_the_call_goes_on(world: World) -> None:
    group = await world.group(["An"])
    mute = await ask(lambda: world.rows.organization.prompts.create(name=f"mute {group.pk}").pk)
    await world.default(group, action="open", prompt=mute)
    call = world.inbound(group.number.value, An=answers())
    leg = await world.leg("An", call.entry.other)
    assert call.loud_seconds() > 0.5, "the caller heard silence where a prompt is missing"
    await call.talks_with(leg)
    await call.hang_up()
    assert "prompt_missing" in (await world.log(call.entry.other)).steps


async def test_forwards_in_a_circle_end_in_a_prompt(world: World) -> None:
    one, two = await world.group(), await world.group()
    await world.default(one, action="forward", destination=two.number.value)
    await world.default(two, action="forward", destination=one.number.value)
    entry = await world.inbound(one.number.value).ended()
    assert entry.heard_names == ["wrong_nr"]
    log = await world.log(entry.other)
    assert ("too_many_hops" in log.steps, log.row.result) == (True, "refused")
