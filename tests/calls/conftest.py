"""One world of real processes and phones for all call tests of a run, on a PostgreSQL of its own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from django.conf import settings
from pytest_django.plugin import DjangoDbBlocker

from tests.calls.path import check
from tests.calls.system import WEB, django_on
from tests.calls.telephone import Portal, chromium
from tests.calls.world import World, end_world, make_world
from tests.databases import Cluster, postgres


@pytest.fixture(scope="package")
def cluster(django_db_blocker: DjangoDbBlocker) -> Iterator[Cluster]:
    """The database of the world; tests stop and freeze it."""
    with postgres() as made, django_db_blocker.unblock(), django_on(made.url):
        yield made


@pytest_asyncio.fixture(loop_scope="package")
async def ways_agree(world: World) -> AsyncIterator[None]:
    """End the calls of a test and see that of each one the way that was kept is what phones rang and callers heard."""
    before = {phone.name: len(phone.journal) for phone in (world.carrier, *world.phones.values())}
    yield
    for call in [call for phone in (world.carrier, *world.phones.values()) for call in phone.calls]:
        await call.hang_up()
    for phone in (world.carrier, *world.phones.values()):
        for entry in phone.journal[before[phone.name] :]:
            if entry.outgoing:
                assert await check(world, entry) == [], str(entry)


@pytest_asyncio.fixture(loop_scope="package")
async def decided_by_worker_one(world: World, ways_agree: None) -> AsyncIterator[None]:
    """End the calls of a test and see that the first worker decided each that came from outside.

    The fallback rings members as well: a call that works does not say that call control works.
    """
    before = len(world.carrier.journal)
    yield
    for call in [call for phone in (world.carrier, *world.phones.values()) for call in phone.calls]:
        await call.hang_up()
    for entry in world.carrier.journal[before:]:
        if entry.outgoing:
            log = await world.log(entry.other)
            assert (set(log.workers), log.row.decided_by) == ({"worker1"}, "callcontrol"), str(entry)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def world(cluster: Cluster) -> AsyncIterator[World]:
    """The demo world, running."""
    with tempfile.TemporaryDirectory(prefix="carillon-calls-", ignore_cleanup_errors=True) as folder:
        made = await make_world(Path(folder), cluster.url)
        try:
            yield made
        finally:
            await end_world(made)


@pytest.fixture(scope="module")
def own_tones(world: World) -> Iterator[None]:
    """The tones that a file of tests adds are for itself: there are 64."""
    before = len(world.tones.hertz)
    yield
    world.tones.keep(before)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def built(world: World) -> World:
    """The world, with the portal's scripts and styles made from the present source."""
    for command in ([str(settings.PROJECT / "tools" / "frontend.py")], ["-m", "carillon.cli", "setup"]):
        program = [sys.executable, *command]
        await asyncio.to_thread(
            subprocess.run, program, cwd=settings.PROJECT, env=world.system.environment, check=True, capture_output=True
        )
    return world


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def browsing(built: World) -> AsyncIterator[Portal]:
    """The portal beside the world, and a browser."""
    world = built
    world.system.bring_up(WEB)
    try:
        await world.system.answers(WEB)
        async with chromium() as browser:
            yield Portal(world, browser)
    finally:
        await world.system.take_down(WEB)


@pytest_asyncio.fixture(loop_scope="package")
async def portal(browsing: Portal) -> AsyncIterator[Portal]:
    """The portal; the pages that a test opened are closed after it, and the phones are free."""
    yield browsing
    await browsing.close()
    for call in [call for phone in browsing.world.phones.values() for call in phone.calls]:
        await call.hang_up()
