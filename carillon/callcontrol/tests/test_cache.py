"""What facts a call gets: fresh ones, the last known while the database is away, none where nothing is known."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest
from django.db import OperationalError

from carillon.callcontrol import cache
from carillon.callcontrol.cache import AWAY_SECONDS, Cache
from carillon.calls import budget
from carillon.facts import calls
from carillon.facts.calls import Ask, Spent
from carillon.facts.revision import Version
from carillon.routing.facts import CallFacts
from carillon.routing.tests.world import ALLOWANCE, NOON, STEVEN, call

ASK = Ask("org-1", "psteven", "9011")


@dataclass
class Database:
    """One organization: its revision, and how many questions were asked."""

    revision: int = 1
    epoch: str = "e1"
    asked: int = 0
    loads: int = 0
    trouble: Callable[[], None] = field(default=lambda: None)

    def version(self, _organization: int | None) -> Version:
        self.asked += 1
        self.trouble()
        return Version(1, self.epoch, self.revision)

    def load(self, _ask: Ask) -> CallFacts:
        self.loads += 1
        self.trouble()
        opened = replace(ALLOWANCE, international=True, premium=True)
        return replace(call("9011", STEVEN, allowance=opened), revision=self.revision, epoch=self.epoch)

    def spent(self, _organization: int, _payer: int | None, _now: datetime) -> Spent:
        self.trouble()
        return Spent(3, 60)

    def break_down(self) -> None:
        def refuse() -> None:
            raise OperationalError("connection refused")

        self.trouble = refuse


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    made = Database()
    monkeypatch.setattr(cache, "version", made.version)
    monkeypatch.setattr(calls, "load", made.load)
    monkeypatch.setattr(budget, "spent", made.spent)
    monkeypatch.setattr(cache, "_fresh", lambda question: question())
    return made


@pytest.fixture
def clock() -> Iterator[list[float]]:
    yield [100.0]


@pytest.fixture
def kept(clock: list[float]) -> Cache:
    return Cache(lambda: clock[0])


async def test_facts_are_read_once_per_revision(database: Database, kept: Cache) -> None:
    for _call in range(3):
        assert (await kept.facts(ASK)) == database.load(ASK)
    assert database.loads == 1 + 3
    database.revision = 2
    found = await kept.facts(ASK)
    assert found
    assert found.revision == 2


async def test_a_restored_database_is_not_mistaken_for_the_old_one(database: Database, kept: Cache) -> None:
    await kept.facts(ASK)
    database.epoch = "e2"
    found = await kept.facts(ASK)
    assert found
    assert found.epoch == "e2"


async def test_while_the_database_refuses_the_last_facts_go_on_with_what_costs_closed(
    database: Database, kept: Cache, clock: list[float]
) -> None:
    await kept.facts(ASK)
    database.break_down()
    found = await kept.facts(ASK)
    assert found
    assert found.target == STEVEN
    assert (found.allowance.international, found.allowance.premium) == (False, False)
    assert await kept.facts(Ask("org-1", "psteven", "9999")) is None
    database.trouble = lambda: None
    clock[0] += AWAY_SECONDS + 0.1
    again = await kept.facts(ASK)
    assert again
    assert again.allowance.international


async def test_after_a_failure_nobody_asks_for_a_while(database: Database, kept: Cache) -> None:
    await kept.facts(ASK)
    database.break_down()
    await kept.facts(ASK)
    asked = database.asked
    for _call in range(50):
        await kept.facts(ASK)
    assert database.asked == asked


async def test_a_frozen_database_holds_one_question_and_no_call(
    database: Database, kept: Cache, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "ANSWER_SECONDS", 0.05)
    await kept.facts(ASK)
    thaw = threading.Event()

    def freeze() -> None:
        thaw.wait(5)

    database.trouble = freeze
    asked, begun = database.asked, time.monotonic()
    for _call in range(20):
        clock[0] += AWAY_SECONDS + 0.1  # the pause is over each time; the question is still open
        assert await kept.facts(ASK)
    assert database.asked == asked + 1
    assert time.monotonic() - begun < 1
    thaw.set()
    await asyncio.sleep(0.05)
    assert await kept.facts(ASK)
    assert database.asked == asked + 2


async def test_budgets_go_by_the_last_count_while_the_database_is_away(database: Database, kept: Cache) -> None:
    assert await kept.spent(1, 11, NOON) == Spent(3, 60)
    database.break_down()
    assert await kept.spent(1, 11, NOON) == Spent(3, 60)
    assert await kept.spent(1, 12, NOON) == Spent(0, 0)


async def test_the_cache_does_not_grow_for_ever(
    database: Database, kept: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST_ENTRIES", 10)
    for number in range(100):
        await kept.facts(Ask("org-1", "psteven", str(number)))
    assert len(kept._entries) == 10
