"""One world of real processes and phones for all call tests of a run, on a PostgreSQL of its own."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from pytest_django.plugin import DjangoDbBlocker

from tests.calls.system import django_on
from tests.calls.world import World, end_world, make_world
from tests.databases import Cluster, postgres


@pytest.fixture(scope="package")
def cluster(django_db_blocker: DjangoDbBlocker) -> Iterator[Cluster]:
    """The database of the world; tests stop and freeze it."""
    with postgres() as made, django_db_blocker.unblock(), django_on(made.url):
        yield made


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def world(cluster: Cluster) -> AsyncIterator[World]:
    """The demo world, running."""
    with tempfile.TemporaryDirectory(prefix="carillon-calls-", ignore_cleanup_errors=True) as folder:
        made = await make_world(Path(folder), cluster.url)
        try:
            yield made
        finally:
            await end_world(made)
