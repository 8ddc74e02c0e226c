"""Product and yardstick side by side: the same phones, the same caller, one after the other."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from django.conf import settings

from carillon.cli.place import instance
from carillon.numbers.models import Trunk
from tests.bench.plain import EXTENSIONS, plain_asterisk
from tests.bench.product import register_all, running
from tests.bench.sipp import Address, available, phones
from tests.bench.targets import Target, measure

PRIORITY = -10


def addresses() -> tuple[Address, list[Address]]:
    """The caller and three phones: an address block of loopback that two runs at a time hardly ever share."""
    block = secrets.randbelow(200) + 20
    return Address(f"127.0.{block}.2", 5070), [Address(f"127.0.{block}.3", 5071 + index) for index in range(3)]


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
