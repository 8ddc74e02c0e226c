"""Product and yardstick side by side: the same phones, the same caller, one after the other."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

from django.conf import settings

from carillon.cli.place import instance
from carillon.numbers.models import Trunk
from tests.bench.plain import EXTENSIONS, plain_asterisk
from tests.bench.product import register_all, running
from tests.bench.sipp import Address, available, phones
from tests.bench.targets import Target, measure

PRIORITY = -10


def addresses() -> tuple[Address, list[Address]]:
    """The caller and three phones, on addresses and ports that nobody else of this machine has."""
    block = secrets.randbelow(200) + 20
    while True:
        port = 30000 + secrets.randbelow(2000)
        if all(_is_free(port + more) for more in range(4)):
            return Address(f"127.0.{block}.2", port), [Address(f"127.0.{block}.3", port + n) for n in (1, 2, 3)]


def _is_free(port: int) -> bool:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as trial:
        try:
            trial.bind(("0.0.0.0", port))  # noqa: S104 - only tried
        except OSError:
            return False
    return True


@contextmanager
def side_by_side() -> Iterator[tuple[Target, Target]]:
    """The plain dialplan and Carillon with the same phones, both running and warm."""
    if not available():
        raise RuntimeError("SIPp is not installed: apt-get install sip-tester")
    go_first()
    caller, three = addresses()
    with ExitStack() as stack:
        carillon, world = stack.enter_context(running(caller, three))
        legs = "&".join(f"PJSIP/{device.endpoint}" for device in world.devices)
        dialplan = EXTENSIONS.format(trunk=Trunk.objects.get().pk, number=carillon.number, legs=legs)
        pjsip = (instance().generated / "pjsip.conf").read_text()
        plain = stack.enter_context(plain_asterisk(settings.DATA / "plain", pjsip, dialplan, caller))
        register_all(plain.server, world.devices, three)
        stack.enter_context(phones(three))
        for target in (plain, carillon):
            measure(target, 10, 30)
        yield plain, carillon


def go_first() -> None:
    """Let both sides and their callers go before other work of this machine, where it lets us; all inherit it."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
