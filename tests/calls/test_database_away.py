"""With the database stopped, frozen or locked calls go on with the last known facts, and their rows arrive later."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from pytest_django.plugin import DjangoDbBlocker

from carillon.callcontrol.cache import AWAY_SECONDS
from carillon.numbers.models import FunctionNumber
from tests.calls.phone import answers
from tests.calls.system import django_on
from tests.calls.world import World, end_world, make_world
from tests.databases import Cluster

pytestmark = [
    pytest.mark.calls,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.usefixtures("ways_agree"),
]
LOCKED_SECONDS = 60


@pytest.fixture(scope="module")
def sqlite_url(django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="carillon-calls-", ignore_cleanup_errors=True) as folder:
        url = f"sqlite:///{folder}/carillon.sqlite3"
        with django_db_blocker.unblock(), django_on(url):
            yield url


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def sqlite_world(sqlite_url: str) -> AsyncIterator[World]:
    made = await make_world(Path(sqlite_url.removeprefix("sqlite:///")).parent, sqlite_url)
    try:
        yield made
    finally:
        await end_world(made)


async def talk(world: World, group: FunctionNumber, within_seconds: float = 5) -> tuple[str, float]:
    """A call that An takes; who called, and how long the caller waited for the ringing."""
    begun = time.monotonic()
    call = world.inbound(group.number.value, An=answers(0.2))
    await call.rings(within_seconds)
    waited = time.monotonic() - begun
    await call.talks_with(await world.leg("An", call.entry.other))
    await call.hang_up()
    return call.entry.other, waited


async def test_a_stopped_database_stops_no_call_and_the_rows_come_later(world: World, cluster: Cluster) -> None:
    group, unknown = await world.group(["An"]), await world.group(["An"])
    await talk(world, group)
    await world.fallback_knows(unknown.number.value)
    await asyncio.to_thread(cluster.stop)
    try:
        known = [await talk(world, group) for _ in range(2)]
        # Nothing is known of this one: the dialplan rings its members.
        never_asked = await talk(world, unknown)
    finally:
        await asyncio.to_thread(cluster.start)
    for caller, _ in known:
        log = await world.log(caller, 30)
        assert (log.row.result, log.row.decided_by, log.workers) == ("answered", "callcontrol", ("worker1",))
    log = await world.log(never_asked[0], 30)
    assert (log.row.result, log.row.decided_by) == ("answered", "fallback")


async def test_a_frozen_database_delays_a_call_by_less_than_a_second(world: World, cluster: Cluster) -> None:
    group = await world.group(["An"])
    # After the failures of the test before nobody asks the database for a while: then freezing it would prove nothing.
    await asyncio.sleep(AWAY_SECONDS + 0.5)
    await talk(world, group)
    cluster.freeze()
    try:
        known = [await talk(world, group) for _ in range(3)]
    finally:
        cluster.thaw()
    print("waited for the ringing:", [f"{waited:.2f} s" for _, waited in known])
    assert max(waited for _, waited in known) < 2
    for caller, _ in known:
        assert (await world.log(caller, 30)).workers == ("worker1",)


async def test_a_change_made_after_the_database_came_back_counts(world: World, cluster: Cluster) -> None:
    group = await world.group(["An"])
    await talk(world, group)
    await asyncio.to_thread(cluster.stop)
    try:
        await talk(world, group)
    finally:
        await asyncio.to_thread(cluster.start)
    await world.default(group, action="closed")
    # For so long after a failure a worker goes by what it knows.
    await asyncio.sleep(AWAY_SECONDS + 1)
    assert (await world.inbound(group.number.value).ended()).heard_names == ["general_greeting"]


async def test_calls_go_on_while_sqlite_is_locked_for_a_minute(sqlite_world: World) -> None:
    world = sqlite_world
    group = await world.group(["An"])
    await talk(world, group)
    lock = sqlite3.connect(world.system.data / "carillon.sqlite3", isolation_level=None)
    begun = time.monotonic()
    try:
        lock.execute("BEGIN EXCLUSIVE")
        callers = []
        while time.monotonic() - begun < LOCKED_SECONDS:
            caller, waited = await talk(world, group)
            callers.append(caller)
            assert waited < 2
            await asyncio.sleep(5)
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    for caller in callers:
        log = await world.log(caller, 40)
        assert (log.row.result, log.workers) == ("answered", ("worker1",))


async def test_a_killed_worker_on_sqlite(sqlite_world: World) -> None:
    world = sqlite_world
    group = await world.group(["An"])
    call = world.inbound(group.number.value, An=answers())
    leg = await world.leg("An", call.entry.other)
    await call.talks_with(leg)
    world.system.kill("callcontrol-1")
    await call.talks_with(leg)
    caller, _ = await talk(world, group)
    assert (await world.log(caller, 20)).workers == ("worker2",)
    await call.hang_up()
    await world.system.back("callcontrol-1")
    assert (await world.log(call.entry.other, 20)).row.answered_by == "An Peeters"
