"""Product and yardstick side by side: the same phones, the same caller, one after the other."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from tests.bench.plain import plain_asterisk
from tests.bench.product import running
from tests.bench.sipp import Address, available, phones
from tests.bench.targets import Target, measure


def addresses() -> tuple[Address, list[Address]]:
    """The caller and three phones: an address block of loopback that two runs at a time hardly ever share."""
    block = secrets.randbelow(200) + 20
    return Address(f"127.0.{block}.2", 5070), [Address(f"127.0.{block}.3", 5071 + index) for index in range(3)]


@contextmanager
def side_by_side() -> Iterator[tuple[Target, Target]]:
    """The plain dialplan and Carillon, both running and warm."""
    if not available():
        raise RuntimeError("SIPp is not installed: apt-get install sip-tester")
    caller, three = addresses()
    with (
        plain_asterisk(settings.DATA / "plain", caller, three) as plain,
        running(caller, three) as (carillon, _world),
        phones(three),
    ):
        for target in (plain, carillon):
            measure(target, 10, 30)
        yield plain, carillon
