"""`python -m tests.bench [name...]`: each measurement in a process and a data folder of its own, then one table."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from tests.bench.figures import RESULTS, Figure, say, table
from tests.bench.machine import describe

PROJECT = Path(__file__).resolve().parents[2]
#: In the order in which they run; the longest may take so many seconds.
BENCHES = {
    "log": 1500,
    "users": 900,
    "schedules": 300,
    "prompts": 120,
    "picture": 120,
    "what_if": 400,
    "decision": 240,
    "weight": 120,
    "change": 120,
    "convert": 120,
    "hunt": 240,
    "rate": 400,
    "memory": 420,
}


def _free_port(kind: socket.SocketKind) -> str:
    with closing(socket.socket(socket.AF_INET, kind)) as probe:
        probe.bind(("0.0.0.0", 0))  # noqa: S104 - where the portal and SIP will be
        return str(probe.getsockname()[1])


def _run(name: str) -> bool:
    """Run one measurement; True when it came to an end."""
    folder = Path(tempfile.mkdtemp(prefix=f"bench-{name}-"))
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"} | {
        "CARILLON_DATA": str(folder / "data"),
        "CARILLON_HTTP_PORT": _free_port(socket.SOCK_STREAM),
        "CARILLON_SIP_PORT": _free_port(socket.SOCK_DGRAM),
        "DJANGO_SETTINGS_MODULE": "carillon.settings",
    }
    begun = time.monotonic()
    say(f"{name} ...")
    try:
        argv = [sys.executable, "-m", "tests.bench.one", name]
        done = subprocess.run(argv, cwd=PROJECT, env=environment, timeout=BENCHES[name], check=False)
    except subprocess.TimeoutExpired:
        say(f"{name}: not finished within {BENCHES[name]} s")
        return False
    say(f"{name}: {time.monotonic() - begun:.0f} s")
    if done.returncode == 0:
        shutil.rmtree(folder, ignore_errors=True)
        return True
    say(f"{name}: failed; what it left is in {folder}")
    return False


def _figures(names: list[str]) -> list[Figure]:
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    fields = Figure.__dataclass_fields__
    return [Figure(**{key: row[key] for key in fields}) for name in names for row in kept.get(name, [])]


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure what Carillon promises in numbers.")
    parser.add_argument(
        "names", nargs="*", choices=[[], *BENCHES], help=f"which ones (default: all): {', '.join(BENCHES)}"
    )
    names = parser.parse_args().names or list(BENCHES)
    say(describe())
    ended = [name for name in names if _run(name)]
    figures = _figures(ended)
    say("\n" + table(figures))
    over = [figure.name for figure in figures if not figure.kept]
    unfinished = [name for name in names if name not in ended]
    say(f"\n{len(figures) - len(over)} of {len(figures)} limits are kept.")
    if over:
        say(f"Over the limit: {'; '.join(over)}")
    if unfinished:
        say(f"Not measured: {', '.join(unfinished)}")
    return 0 if len(ended) == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
