"""What tests of recordings by telephone share: asking as the portal does, following the row, speaking and pressing."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from carillon.calls.models import Call as CallRow
from carillon.prompts import announcements, call_backs, making
from carillon.prompts.models import CallBack, How, Prompt, PromptMaking
from tests.calls.call import Call
from tests.calls.phone import answers
from tests.calls.system import ask
from tests.calls.world import OUTSIDE, World, extension_of

State = CallBack.State
BEGIN, SPEAK, MENU = announcements.BEGIN, announcements.SPEAK, announcements.MENU
#: What is said in another language than that of An and Farid.
FOREIGN = "foreign"


def speak_in_tones(world: World) -> None:
    """What Carillon says is a tone of its own in An's and Farid's language, and one and the same in all others."""
    spoken = {person(world, name).language for name in ("An", "Farid")}
    for key, language, _words in announcements.missing():
        name = key if language in spoken else FOREIGN
        announcements.write(key, language, world.tones.audio(name, 0.6), world.system.data / "prompts")


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
        row = PromptMaking.objects.get(call_back=pk)
        making.make.func(row.pk)
        row.refresh_from_db()
        assert row.state == PromptMaking.State.DONE, row.error
        return Prompt.objects.get(pk=row.prompt_number or 0)

    return await ask(work)


async def log_row(number: str) -> CallRow:
    """Wait for the newest call-back to a number in the log."""
    rows = CallRow.objects.filter(called=number, caller="").order_by("-started_at")
    for _ in range(100):
        row = await ask(rows.first)
        if row:
            return row
        await asyncio.sleep(0.1)
    raise AssertionError(f"no call-back to {number} in the log")
