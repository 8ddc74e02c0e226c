"""When everything is ready: each part is asked itself, and the one that stays away is named."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable

from django.conf import settings

from carillon.asterisk.ports import Ports
from carillon.cli.place import instance
from carillon.cli.trouble import LEAST_MEGABYTES, Trouble, disk_full
from carillon.demo import people

LIMIT_SECONDS = 90


async def wait(ports: Ports, demo: bool) -> None:
    """Return when all parts answer; Trouble names the one that did not within LIMIT_SECONDS."""
    checks: dict[str, Callable[[], Awaitable[bool]]] = {
        "asterisk": lambda: engine_says("core waitfullybooted", "fully booted"),
        "callcontrol-1": lambda: listens(ports.agi1),
        "callcontrol-2": lambda: listens(ports.agi2),
        "web": lambda: portal_answers(ports.http_port),
    }
    if demo:
        checks["demo-asterisk"] = phones_are_registered
    begun = time.monotonic()
    for name, check in checks.items():
        while not await check():
            if shutil.disk_usage(settings.DATA).free < LEAST_MEGABYTES * 1_000_000:
                raise disk_full()  # that is why, and no log has room to say so
            if time.monotonic() - begun > LIMIT_SECONDS:
                log = settings.DATA / "logs" / f"{name}.log"
                raise Trouble(f"{name} is not up after {LIMIT_SECONDS} s: its log {log} says why.")
            await asyncio.sleep(0.15)


async def listens(port: int) -> bool:
    """Whether somebody takes connections on this port of loopback."""
    try:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def portal_answers(port: int) -> bool:
    """Whether the portal answers, be it with a redirect to the sign-in; a server error is no answer."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        line = await asyncio.wait_for(reader.readline(), 10)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return line[9:10] in (b"2", b"3", b"4")


async def console(command: str) -> str:
    """What the running engine says to a console command; empty while it does not run."""
    return await asyncio.to_thread(instance().ask, command)


async def engine_says(command: str, words: str) -> bool:
    return words in await console(command)


async def phones_are_registered() -> bool:
    """Whether each demo phone that should be has a contact in the main engine."""
    absent = (people.Behaviour.ABSENT, people.Behaviour.NO_PHONE, people.Behaviour.VISITORS)
    playing = [person for company in people.COMPANIES for person in company.people if person.phone not in absent]
    said = await console("pjsip show contacts")
    return all(f"/sip:{person.login}@" in said for person in playing)
