"""Recordings by telephone away from the desk: mobile phones and who pays, deaths in mid-call, tokens in wrong hands."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from pytest_django.fixtures import Settings

from carillon.accounts.models import User
from carillon.prompts import announcements, call_backs
from carillon.prompts.models import Announcement, CallBack
from tests.calls.phone import answers
from tests.calls.recording import (
    BEGIN,
    FOREIGN,
    SPEAK,
    State,
    begun,
    failure,
    left_behind,
    log_row,
    made,
    person,
    records,
    row_of,
    rung,
    speak_in_tones,
    states,
    wanted,
)
from tests.calls.system import WORKERS, ask
from tests.calls.world import OUTSIDE, World, extension_of

pytestmark = [
    pytest.mark.calls,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.usefixtures("own_tones", "ways_agree"),
]


@pytest.fixture(autouse=True)
def prompts_of_the_world(world: World, settings: Settings) -> None:
    settings.PROMPTS = world.system.data / "prompts"


@pytest_asyncio.fixture(scope="module", loop_scope="package", autouse=True)
async def announced(world: World) -> None:
    await ask(lambda: speak_in_tones(world))


async def mobile_of(world: World, name: str, number: str) -> None:
    """Give somebody a mobile phone."""
    await ask(lambda: User.objects.filter(pk=person(world, name).pk).update(mobile=number))


async def to_mobile(world: World, number: str, **behaviour: Any) -> int:
    await mobile_of(world, "An", number)
    world.plan(number, **behaviour)
    return await wanted(world, number, "An")


async def test_a_mobile_phone_records_once_1_is_pressed_and_its_user_pays(world: World) -> None:
    pk = await to_mobile(world, "+32470990101", outside=answers(0.3))
    call = await rung(world, OUTSIDE, "+32470990101")
    await call.hears(BEGIN)
    assert call.entry.other == "+3227811601"
    await call.press("1")
    await call.hears(SPEAK)
    await records(call)
    await call.press("1")
    await call.hears(announcements.KEPT)
    await call.ended()
    assert await states(pk, State.KEPT) == [State.KEPT]
    await made(pk)
    row = await log_row("+32470990101")
    assert (row.direction, row.went_outside) == ("outbound", True)
    assert row.payer_id == (await ask(lambda: person(world, "An").pk))
    assert row.outside_ms > 1000


async def test_a_voicemail_that_answers_records_nothing(world: World) -> None:
    pk = await to_mobile(world, "+32470990102", outside=answers())
    call = await rung(world, OUTSIDE, "+32470990102")
    entry = await call.ended(30)
    assert entry.heard_names == [BEGIN]
    assert await failure(world, pk) == "no_key"


async def test_a_mobile_phone_abroad_is_called_only_where_that_is_open(world: World) -> None:
    pk = await to_mobile(world, "+33612345678", outside=answers())
    assert await failure(world, pk) == "forbidden"
    assert [entry for entry in world.carrier.journal if entry.number == "+33612345678"] == []


async def test_a_used_up_budget_calls_no_mobile_phone(world: World) -> None:
    await world.organization(daily_calls_per_user=0)
    try:
        pk = await to_mobile(world, "+32470990103", outside=answers())
        assert await failure(world, pk) == "budget"
    finally:
        await world.organization(daily_calls_per_user=200)
    assert [entry for entry in world.carrier.journal if entry.number == "+32470990103"] == []


async def test_a_number_that_changed_hands_since_is_not_called(world: World) -> None:
    """Between the button and the ringing the row says an emergency number, or a group's."""
    group = await world.group(["Bram"])
    await mobile_of(world, "An", "112")
    for number in ("112", group.number.value, extension_of("Bram")):
        pk = await wanted(world, number, "An")
        assert await failure(world, pk) == "changed"
    await mobile_of(world, "An", "")


async def test_the_instruction_is_in_the_language_of_who_is_called(world: World) -> None:
    users = User.objects.filter(organization=world.rows.organization, first_name="Chloe")
    spoken = await ask(lambda: {person(world, name).language for name in ("An", "Farid")})
    other = next(language for language in announcements.LANGUAGES if language not in spoken)
    before = await ask(lambda: users.get().language)
    await ask(lambda: users.update(language=other))
    try:
        pk, call = await begun(world, "Chloe")
        await call.hears(FOREIGN)
        await call.hang_up()
        assert await failure(world, pk) == "hung_up"
    finally:
        await ask(lambda: users.update(language=before))


async def test_the_second_worker_begins_again_when_the_first_one_dies(world: World) -> None:
    pk, call = await begun(world)
    await call.hears("beep", 8)
    await asyncio.sleep(1)
    world.system.kill(WORKERS[0])
    await call.press("#")
    await call.hears(SPEAK, 8, afresh=True)
    await records(call)
    await call.press("1")
    await call.hears(announcements.KEPT)
    await call.ended()
    await world.system.back(WORKERS[0])
    assert (await row_of(pk)).state == State.KEPT
    await made(pk)
    assert left_behind(world) == []


async def test_without_both_workers_the_call_ends_and_the_page_learns_it(world: World) -> None:
    pk, call = await begun(world)
    await call.hears("beep", 8)
    for name in WORKERS:
        await world.system.take_down(name)
    await call.press("#")
    await call.ended(8)
    for name in WORKERS:
        world.system.bring_up(name)
    assert await failure(world, pk) == "broken"
    for name in WORKERS:
        await world.system.takes_calls(name)


async def test_a_call_that_nobody_claims_in_time_is_never_made(world: World) -> None:
    for name in WORKERS:
        await world.system.take_down(name)
    number = extension_of("An")
    before = len(world.phones["An"].journal)
    pk = await wanted(world, number, "An")
    await asyncio.sleep(call_backs.CLAIM_SECONDS + 1)
    for name in WORKERS:
        world.system.bring_up(name)
    for name in WORKERS:
        await world.system.takes_calls(name)
    await asyncio.sleep(3)
    assert len(world.phones["An"].journal) == before
    assert (await ask(lambda: call_backs.settle(CallBack.objects.get(pk=pk)))).error == "away"


async def originate(world: World, token: str) -> None:
    """What only who holds Asterisk's console can do."""
    command = f"channel originate Local/{token}@call-back/n extension {token}@call-back-record"
    await asyncio.to_thread(world.system.console, command)


async def test_a_token_is_worth_nothing_to_a_phone_nor_a_second_time(world: World) -> None:
    pk, call = await begun(world)
    token = (await row_of(pk)).token
    for phone, dialled in ((world.phones["Bram"], token), (world.phones["Bram"], "call-back"), (world.carrier, token)):
        entry = await phone.call(dialled, caller="" if phone.password else "+32470990199").ended()
        assert entry.status in (404, 484)
        # What reaches no number has no row in the log.
        phone.journal.remove(entry)
    await call.hears("beep", 8)
    await call.hang_up()
    assert await failure(world, pk) == "hung_up"
    before = len(world.phones["An"].journal)
    for tried in (token, "0" * 32, "f" * 33, "1"):
        await originate(world, tried)
    await asyncio.sleep(2)
    assert len(world.phones["An"].journal) == before
    assert "Local/" not in await asyncio.to_thread(world.system.console, "core show channels concise")
    assert left_behind(world) == []


async def test_a_world_without_announcements_is_not_silent(world: World) -> None:
    """Tones stand for the words; the keys do what they do."""
    kept = await ask(lambda: list(Announcement.objects.all()))
    await ask(lambda: Announcement.objects.all().delete())
    try:
        pk, call = await begun(world)
        await call.hears("beep", 8)
        await asyncio.sleep(1.5)
        await call.press("#")
        await call.hears("An", 8, afresh=True)
        await call.press("1")
        await call.ended()
        assert (await row_of(pk)).state == State.KEPT
        await made(pk)
    finally:
        await ask(lambda: Announcement.objects.bulk_create(kept))
