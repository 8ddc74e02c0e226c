"""Growing one organization and counting what a decision reads; prints one line per size and kind of call."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import django
from django.db import connection

django.setup()

from carillon.accounts.models import User
from carillon.cli.migrate import migrate
from carillon.devices.models import SipDevice
from carillon.facts.calls import Ask, load
from carillon.numbers.models import Number
from carillon.routing.facts import Live
from carillon.routing.plan import plan_call
from carillon.users.models import PersonalLine
from tests.bench.product import World, build_world
from tests.bench.sipp import Address

CHUNK = 5000


@dataclass
class Meter:
    queries: int = 0
    size: int = 0
    inside: bool = False


@contextmanager
def metered() -> Iterator[Meter]:
    """Count queries and the bytes of their rows: each query is asked a second time and its rows are measured."""
    meter = Meter()

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not meter.inside:
            meter.queries += 1
            meter.inside = True
            with connection.cursor() as cursor:
                cursor.execute(sql, params)
                meter.size += sum(len(str(value)) for row in cursor.fetchall() for value in row)
            meter.inside = False
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield meter


def grow(world: World, begin: int, end: int) -> None:
    """Add users begin to end - 1 with an extension, a line and a phone each."""
    organization, site = world.organization, world.organization.sites.get()
    for start in range(begin, end, CHUNK):
        places = range(start, min(start + CHUNK, end))
        users = User.objects.bulk_create(
            User(organization=organization, username=f"user{n:06}", last_name=f"Person {n:06}", password="!")
            for n in places
        )
        numbers = Number.objects.bulk_create(
            Number(organization=organization, kind=Number.Kind.EXTENSION, value=f"{200000 + n}") for n in places
        )
        PersonalLine.objects.bulk_create(
            PersonalLine(user=user, number=number) for user, number in zip(users, numbers, strict=True)
        )
        SipDevice.objects.bulk_create(
            SipDevice(organization=organization, user=user, site=site, endpoint=f"pbench{n:06}", secret="x")
            for user, n in zip(users, places, strict=True)
        )


def decide(ask: Ask) -> None:
    plan_call(load(ask), Live(), datetime.now(UTC), 1)


def main(sizes: list[int]) -> None:
    migrate()
    world = build_world(Address("127.0.0.2", 5060))
    trunk, inside = f"trunk-{1}", f"org-{world.organization.pk}"
    asks = {
        "a call to the hunt group": Ask(trunk, "", world.function.number.value),
        "a call to a colleague": Ask(inside, "pbench000007", "200003"),
        "an outgoing call": Ask(inside, "pbench000007", "+3225551234"),
    }
    before = 0
    for size in sizes:
        grow(world, before, size)
        before = size
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        for name, ask in asks.items():
            decide(ask)
            with metered() as meter:
                decide(ask)
            begun = time.perf_counter()
            for _ in range(20):
                decide(ask)
            took = (time.perf_counter() - begun) / 20 * 1000
            sys.stdout.write(f"{size}\t{name}\t{meter.queries}\t{meter.size}\t{took:.2f}\n")


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]])
