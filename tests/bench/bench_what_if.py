"""The what-if page within 50 ms of server time, and what judging all cases costs, on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.bench.figures import Figure, say
from tests.databases import NoPostgresError, postgres

LIMIT_MS = 50.0
SCRIPT = "import django; django.setup(); from tests.bench.what_ifs import main; main()"


def run() -> list[Figure]:
    figures = _read("SQLite", {})
    try:
        with postgres() as cluster:
            figures += _read("PostgreSQL", {"DATABASE_URL": cluster.url})
    except NoPostgresError as error:
        say(f"  {error}")
    return figures


def _read(database: str, more: dict[str, str]) -> list[Figure]:
    """In a process of its own: settings know one database."""
    argv = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(argv, env=dict(os.environ) | more, capture_output=True, text=True, timeout=200, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    figures = []
    for line in done.stdout.splitlines():
        if line.count("\t") != 2:
            continue
        name, queries, milliseconds = line.split("\t")
        say(f"  {database}, {name}: {queries} queries, {milliseconds} ms")
        limit = LIMIT_MS if name.startswith("what-if") else None
        figures.append(
            Figure(
                f"{name[0].upper()}{name[1:]}, {database}",
                float(milliseconds),
                "ms",
                limit,
                detail=f"{queries} queries",
            )
        )
    return figures
