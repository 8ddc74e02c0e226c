"""The leader begins the call-backs that the portal asks for, ends those it cancels and fails those cut off."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog
from django.db import DatabaseError

from carillon.asterisk.console import Console, ConsoleError
from carillon.callcontrol.call_back import RECORD_CONTEXT, RING_CONTEXT, forget_recordings
from carillon.callcontrol.database import in_thread
from carillon.prompts import call_backs
from carillon.prompts.models import CallBack

log = structlog.get_logger()

#: One short query each time: on average a person waits half of it until the phone rings.
LOOK_SECONDS = 1.0
#: A call-back whose channels are gone for so long was cut off: who would have told of its end is dead.
CUT_OFF_SECONDS = 5.0


async def watch(node: str, console: Console) -> None:
    """Do so for ever; whatever goes wrong is logged and tried again."""
    looked = 0.0
    await asyncio.to_thread(forget_recordings)
    while True:
        try:
            rows = await in_thread(lambda: call_backs.going_on(node))
            for row in rows:
                await _begin_or_end(row, console)
            now = asyncio.get_running_loop().time()
            if rows and now - looked > CUT_OFF_SECONDS:
                looked = now
                await _fail_cut_off(rows, console)
        except (DatabaseError, ConsoleError, OSError) as error:
            log.warning("call-backs wait", error=str(error).strip())
        except Exception:
            # Top of a task: a bug here must not end the leader's other work.
            log.exception("call-backs wait")
        await asyncio.sleep(LOOK_SECONDS)


async def _begin_or_end(row: CallBack, console: Console) -> None:
    if row.state == CallBack.State.WAITING:
        if await in_thread(lambda: call_backs.claim(row, datetime.now(UTC))):
            await _ring(row, console)
    elif row.error == call_backs.CANCELLING:
        await in_thread(lambda: call_backs.fail(row.token, "cancelled"))
        await _hang_up(row.token, console)


async def _ring(row: CallBack, console: Console) -> None:
    """Have Asterisk call: the first word is the half that rings, the last the one that speaks."""
    place = f"Local/{row.token}@{RING_CONTEXT}/n"
    try:
        await console.ask("channel", "originate", place, "extension", f"{row.token}@{RECORD_CONTEXT}")
    except ConsoleError:
        await in_thread(lambda: call_backs.fail(row.token, "away"))
        raise


async def _hang_up(token: str, console: Console) -> None:
    listed = await console.ask("core", "show", "channels", "concise")
    for line in listed.splitlines():
        channel = line.partition("!")[0]
        if channel.startswith(f"Local/{token}@"):
            with contextlib.suppress(ValueError):
                await console.ask("channel", "request", "hangup", channel)


async def _fail_cut_off(rows: Sequence[CallBack], console: Console) -> None:
    """Fail what nobody will tell the end of: the engine was started anew, or both workers died in mid-call."""
    since = datetime.now(UTC) - timedelta(seconds=CUT_OFF_SECONDS)
    old = [row for row in rows if row.state != CallBack.State.WAITING and row.changed_at < since]
    if not old:
        return
    listed = await console.ask("core", "show", "channels", "concise")
    for token in [row.token for row in old if f"Local/{row.token}@" not in listed]:
        await in_thread(lambda token=token: call_backs.fail(token, "broken"))  # type: ignore[misc]  # bound now
        await asyncio.to_thread(forget_recordings, token)
