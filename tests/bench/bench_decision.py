"""What one decision reads: queries and bytes with 100, 10,000 and 100,000 users, on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

from tests.bench.figures import Figure, say
from tests.databases import NoPostgresError, postgres

SIZES = (100, 10_000, 100_000)


@dataclass(frozen=True, slots=True)
class Reading:
    """Of one decision without cache, and the query that each cached one costs."""

    database: str
    users: int
    call: str
    queries: int
    size: int
    milliseconds: float


def run() -> list[Figure]:
    readings = _read("SQLite", {})
    try:
        with postgres() as cluster:
            readings += _read("PostgreSQL", {"DATABASE_URL": cluster.url})
    except NoPostgresError as error:
        say(f"  {error}")
    return [figure for name in sorted({(r.database, r.call) for r in readings}) for figure in _figures(readings, *name)]


def _read(database: str, more: dict[str, str]) -> list[Reading]:
    """In a process of its own: settings know one database."""
    argv = [sys.executable, "-m", "tests.bench.decisions", *map(str, SIZES)]
    done = subprocess.run(argv, env=dict(os.environ) | more, capture_output=True, text=True, timeout=200, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    readings = []
    for line in done.stdout.splitlines():
        users, call, queries, size, milliseconds = line.split("\t")
        readings.append(Reading(database, int(users), call, int(queries), int(size), float(milliseconds)))
        say(f"  {database}, {users} users, {call}: {queries} queries, {size} bytes, {milliseconds} ms")
    return readings


def _figures(readings: list[Reading], database: str, call: str) -> list[Figure]:
    rows = sorted((r for r in readings if (r.database, r.call) == (database, call)), key=lambda r: r.users)
    small, large = rows[0], rows[-1]
    times = " / ".join(f"{row.milliseconds:.1f}" for row in rows)
    return [
        Figure(
            f"Decision, {call}, {database}: queries at 100,000 users less those at 100",
            large.queries - small.queries,
            "",
            0,
            detail=f"{small.queries} queries; {times} ms",
        ),
        # Row numbers and names grow by a digit or two with the size; nothing else may.
        Figure(
            f"Decision, {call}, {database}: bytes at 100,000 users against 100",
            large.size / small.size,
            "x",
            1.05,
            detail=f"{small.size} -> {large.size} bytes",
        ),
    ]
