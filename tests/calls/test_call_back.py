"""A prompt recorded by telephone, by ear: who is rung, what is heard and pressed, and what the next caller hears."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pytest_django.fixtures import Settings

from carillon.calls.models import Call as CallRow
from carillon.prompts import announcements, call_backs, making
from carillon.prompts.models import CallBack, How, Prompt, PromptMaking
from tests.calls.call import Call
from tests.calls.phone import answers, busy, never
from tests.calls.system import WORKERS, ask
from tests.calls.world import OUTSIDE, World, extension_of

pytestmark = [
    pytest.mark.calls,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.usefixtures("ways_agree", "announced"),
]
State = CallBack.State
BEGIN, SPEAK, MENU = announcements.BEGIN, announcements.SPEAK, announcements.MENU
#: What is said in another language than that of who is called.
FOREIGN = "foreign"


@pytest.fixture
def announced(world: World, settings: Settings) -> None:
    """What Carillon says is a tone of its own in An's and Farid's language, and one and the same in all others."""
    settings.PROMPTS = world.system.data / "prompts"


@pytest_asyncio.fixture(scope="module", loop_scope="package", autouse=True)
async def tones_for_announcements(world: World) -> AsyncIterator[None]:
    store = world.system.data / "prompts"

    def write() -> None:
        spoken = {person(world, name).language for name in ("An", "Farid")}
        for key, language, _words in announcements.missing():
            name = key if language in spoken else FOREIGN
            announcements.write(key, language, world.tones.audio(name, 0.6), store)

    await ask(write)
    yield


def person(world: World, name: str) -> Any:
    return world.rows.organization.users.get(first_name=name)


async def wanted(world: World, number: str, callee: str, **fields: Any) -> int:
    """Ask for a call-back as the portal does; the row's key."""

    def write() -> int:
        row = PromptMaking(
            organization=world.rows.organization,
            user=person(world, "An"),
            how=How.CALL,
            **{"name": f"Recorded {time.monotonic_ns()}", **fields},
        )
        call_backs.ask(row, person(world, callee), number)
        return int(row.call_back.pk or 0)

    return await ask(write)


async def row_of(pk: int) -> CallBack:
    return await ask(lambda: CallBack.objects.select_related("making").get(pk=pk))


async def states(pk: int, last: State, within_seconds: float = 15) -> list[str]:
    """Follow a row until it is in a state; all states that were seen, in order."""
    seen: list[str] = []
    until = time.monotonic() + within_seconds
    while True:
        row = await row_of(pk)
        if not seen or seen[-1] != row.state:
            seen.append(row.state)
        if row.state == last:
            return seen
        assert row.state not in call_backs.OVER, f"{seen}: {row.error}"
        assert time.monotonic() < until, f"{seen}: not {last}"
        await asyncio.sleep(0.02)


async def failure(world: World, pk: int, within_seconds: float = 45) -> str:
    until = time.monotonic() + within_seconds
    while (row := await row_of(pk)).state not in call_backs.OVER:
        assert time.monotonic() < until, f"{row.state}: {world.system.last_words()}"
        await asyncio.sleep(0.1)
    assert row.state == State.FAILED
    # The row says so a moment before the file is gone.
    await asyncio.sleep(0.5)
    assert left_behind(world) == []
    return row.error


def left_behind(world: World) -> list[Path]:
    """Recordings that lie where nobody needs them any more."""
    data = world.system.data
    found = [*(data / "node" / "spool" / "call-back").glob("*"), *(data / "prompts" / "incoming").glob("*")]
    return [path for path in found if path.is_file()]


async def rung(world: World, name: str, number: str, within_seconds: float = 6) -> Call:
    """Wait until a phone is rung for its own number; desk phones are told the number that was called."""
    phone = world.carrier if name == OUTSIDE else world.phones[name]
    until = time.monotonic() + within_seconds
    while True:
        for call in phone.calls:
            if not call.entry.outgoing and number in (call.entry.other, call.number):
                return call
        assert time.monotonic() < until, f"{name} is not rung: {phone.journal[-2:]} {world.system.last_words()}"
        await asyncio.sleep(0.02)


async def records(call: Call, seconds: float = 1.2) -> None:
    """Speak after the beep and press #; then the menu is heard."""
    await call.hears("beep", 8, afresh=True)
    # The tone itself lasts 0.6 s.
    await asyncio.sleep(0.7 + seconds)
    await call.press("#")
    await call.hears(call.phone.tone, 5, afresh=True)
    await call.hears(MENU, 8, afresh=True)


async def begun(world: World, name: str = "An") -> tuple[int, Call]:
    """A call-back that a desk phone has answered."""
    number = extension_of(name)
    world.plan(number, **{name: answers(0.2)})
    pk = await wanted(world, number, name)
    return pk, await rung(world, name, number)


async def made(pk: int) -> Prompt:
    """Do the worker's part."""

    def work() -> Prompt:
        row = CallBack.objects.get(pk=pk).making
        making.make.func(row.pk)
        row.refresh_from_db()
        assert row.state == PromptMaking.State.DONE, row.error
        return Prompt.objects.get(pk=row.prompt_number)

    return await ask(work)


async def log_row(number: str, check: Callable[[CallRow], bool] = lambda _row: True) -> CallRow:
    rows = CallRow.objects.filter(called=number, caller="").order_by("-started_at")
    for _ in range(100):
        row = await ask(rows.first)
        if row and check(row):
            return row
        await asyncio.sleep(0.1)
    raise AssertionError(f"no call-back to {number} in the log")


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


async def mobile_of(world: World, name: str, number: str) -> None:
    """Give somebody a mobile phone."""
    await ask(lambda: type(person(world, name)).objects.filter(first_name=name).update(mobile=number))


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
    assert (row.direction, row.went_outside, row.payer_id) == ("outbound", True, row.legs and row.payer_id)
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
    users = type(await ask(lambda: person(world, "Chloe"))).objects.filter(first_name="Chloe")
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
    for dialled in (token, "call-back"):
        assert (await world.phones["Bram"].call(dialled).ended()).status in (404, 484)
    assert (await world.inbound(token).ended()).status in (404, 484)
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
    kept = await ask(lambda: list(announcements.Announcement.objects.all()))
    await ask(lambda: announcements.Announcement.objects.all().delete())
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
        await ask(lambda: announcements.Announcement.objects.bulk_create(kept))
