"""Facts are read per call, kept under the organization's revision, and served stale only while the database is away."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from carillon.callcontrol.watch import Stamp
from carillon.calls import budget
from carillon.facts import calls
from carillon.facts.calls import Ask, Spent
from carillon.facts.revision import Version, version
from carillon.routing.facts import CallFacts
from carillon.routing.numbers import read_number

log = structlog.get_logger()

#: A database that says nothing for so long is away for this call.
ANSWER_SECONDS = 0.3
#: Loading facts that are not cached may take longer: without them only the fallback is left.
LOAD_SECONDS = 2.0
#: After a failure nobody asks again for so long.
AWAY_SECONDS = 5.0
MOST_ENTRIES = 20_000

T = TypeVar("T")


class DatabaseAwayError(Exception):
    """The database did not answer in time, or refused."""


@dataclass(frozen=True, slots=True)
class Entry:
    version: Version
    facts: CallFacts
    #: Of a moment at which the version was right.
    stamp: Stamp


class Cache:
    """Facts and budgets of this worker. `clock` is the loop's monotonic time in seconds."""

    def __init__(self, clock: Callable[[], float], threads: int = 2, look: Callable[[], Stamp] = lambda: None) -> None:
        self._clock, self._look = clock, look
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, "database")
        self._entries: OrderedDict[Ask, Entry] = OrderedDict()
        self._spent: dict[tuple[int, int | None], Spent] = {}
        self._away_until = 0.0
        #: A question that a frozen database has not answered: no other is asked before it is.
        self._stuck: asyncio.Future[object] | None = None

    async def warm(self) -> None:
        """Open the connections and read the numbering data now: the first caller should not wait for that."""
        read_number("+3222795211", calls.HOME_COUNTRY)
        with contextlib.suppress(DatabaseAwayError):
            await asyncio.gather(*(self._ask(lambda: version(None), LOAD_SECONDS) for _ in range(self._threads)))

    async def facts(self, ask: Ask) -> CallFacts | None:
        """Return the facts of a call; None when the database is away and nothing is known from before."""
        kept = self._entries.get(ask)
        # Looked at first: what is committed while we ask makes the next call ask again.
        stamp = self._look()
        if kept is not None and stamp is not None and stamp == kept.stamp:
            self._entries.move_to_end(ask)
            return kept.facts
        try:
            if kept is not None:
                organization = kept.version.organization_id
                if await self._ask(lambda: version(organization), ANSWER_SECONDS) == kept.version:
                    self._entries[ask] = replace(kept, stamp=stamp)
                    self._entries.move_to_end(ask)
                    return kept.facts
            return await self._load(ask, stamp)
        except DatabaseAwayError:
            return _without_database(kept.facts) if kept else None

    async def _load(self, ask: Ask, stamp: Stamp) -> CallFacts:
        # Nothing is known of this number: the database may be back, and one that refuses does so at once.
        facts = await self._ask(lambda: calls.load(ask), LOAD_SECONDS, insist=True)
        if facts.organization_id is not None:
            # The revision was read before the rows: a change in between makes the next call read again.
            self._entries[ask] = Entry(Version(facts.organization_id, facts.epoch, facts.revision), facts, stamp)
            self._entries.move_to_end(ask)
            if len(self._entries) > MOST_ENTRIES:
                self._entries.popitem(last=False)
        return facts

    async def spent(self, organization_id: int, payer_id: int | None, now: datetime) -> Spent:
        """Return what a payer used today; while the database is away the last count goes on."""
        key = (organization_id, payer_id)
        try:
            found = await self._ask(lambda: budget.spent(organization_id, payer_id, now), ANSWER_SECONDS)
        except DatabaseAwayError:
            return self._spent.get(key, Spent(0, 0))
        self._spent[key] = found
        return found

    async def _ask(self, question: Callable[[], T], seconds: float, *, insist: bool = False) -> T:
        stuck = self._stuck is not None and not self._stuck.done()
        if stuck or (self._clock() < self._away_until and not insist):
            raise DatabaseAwayError
        future = asyncio.get_running_loop().run_in_executor(self._pool, _fresh, question)
        try:
            return await asyncio.wait_for(asyncio.shield(future), seconds)
        except TimeoutError:
            self._stuck = future  # type: ignore[assignment]  # only whether it is done is asked
            future.add_done_callback(lambda done: done.exception())
        except (OperationalError, InterfaceError, DatabaseError) as error:
            log.warning("database away", error=str(error).strip())
        self._away_until = self._clock() + AWAY_SECONDS
        raise DatabaseAwayError


def _fresh(question: Callable[[], T]) -> T:
    """Ask on this thread's connection; one that broke since the last question is replaced, and asked again."""
    was_open = connection.connection is not None
    try:
        return question()
    except (OperationalError, InterfaceError):
        connection.close()
        if not was_open:
            raise
    try:
        return question()
    except (OperationalError, InterfaceError):
        connection.close()
        raise


def _without_database(facts: CallFacts) -> CallFacts:
    """Stale facts, with everything that costs closed."""
    return replace(facts, allowance=replace(facts.allowance, international=False, premium=False))
