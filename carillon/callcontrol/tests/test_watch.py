"""A look at the database file tells every commit of others, and nothing while the file is locked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from carillon.callcontrol import cache
from carillon.callcontrol.cache import Cache
from carillon.callcontrol.watch import FileWatch, Stamp
from carillon.facts import calls
from carillon.facts.calls import Ask
from carillon.facts.revision import Version
from carillon.routing.facts import CallFacts
from carillon.routing.tests.world import ALLOWANCE, STEVEN, call

ASK = Ask("org-1", "psteven", "9011")


def test_a_stamp_stays_until_somebody_commits(tmp_path: Path) -> None:
    path = tmp_path / "rows.sqlite3"
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE rows (n)")
        look = FileWatch(str(path)).stamp
        first = look()
        assert first is not None
        assert look() == first
        writer.execute("INSERT INTO rows VALUES (1)")
        assert look() == first, "not committed yet"
        writer.commit()
        assert look() != first


def test_a_locked_or_missing_file_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.sqlite3"
    look = FileWatch(str(path)).stamp
    assert look() is None
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA locking_mode=EXCLUSIVE")
        writer.execute("CREATE TABLE rows (n)")
        assert look() is None


async def test_a_call_asks_the_database_only_after_a_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    revision, stamps = [1], [7]

    def version(_organization: int | None) -> Version:
        asked.append(revision[0])
        return Version(1, "e1", revision[0])

    def load(_ask: Ask) -> CallFacts:
        return replace(call("9011", STEVEN, allowance=ALLOWANCE), revision=revision[0], epoch="e1")

    def look() -> Stamp:
        return stamps[0]

    monkeypatch.setattr(cache, "version", version)
    monkeypatch.setattr(calls, "load", load)
    mine = Cache(lambda: 0.0, look=look)
    for _ in range(3):
        await mine.facts(ASK)
    assert asked == []
    stamps[0] = 8  # somebody wrote, but nothing of this organization
    await mine.facts(ASK)
    await mine.facts(ASK)
    assert asked == [1]
    stamps[0], revision[0] = 9, 2
    found = await mine.facts(ASK)
    assert found is not None
    assert found.revision == 2
