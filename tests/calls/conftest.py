"""One world of real processes and phones for all call tests of a run, on a PostgreSQL of its own."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from pytest_django.plugin import DjangoDbBlocker

from tests.calls.path import check
from tests.calls.system import django_on
from tests.calls.world import World, end_world, make_world
from tests.databases import Cluster, postgres


@pytest.fixture(scope="package")
def cluster(django_db_blocker: DjangoDbBlocker) -> Iterator[Cluster]:
    """The database of the world; tests stop and freeze it."""
    with postgres() as made, django_db_blocker.unblock(), django_on(made.url):
        yield made


@pytest_asyncio.fixture(loop_scope="package")
async def decided_by_worker_one(world: World) -> AsyncIterator[None]:
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
            assert await check(world, entry, log.row) == [], str(entry)
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
