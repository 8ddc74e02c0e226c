"""How much memory calls 5,001 to 10,000 add to each process."""

from __future__ import annotations

import time

from django.db import connection

from carillon.calls.models import Call
from tests.bench.figures import Figure, say
from tests.bench.lab import addresses
from tests.bench.machine import resident_bytes
from tests.bench.product import running
from tests.bench.sipp import phones
from tests.bench.targets import Target, measure

RATE, CALLS = 50, 5000
#: Until Asterisk has been told to give back what ended calls left (callcontrol/main.py).
REST_SECONDS = 35
EVERYTHING = ("asterisk", "callcontrol-1", "callcontrol-2", "worker", "web")


def run() -> list[Figure]:
    caller, three = addresses()
    with running(caller, three, EVERYTHING) as (target, _world), phones(three):
        first, second = _after(target, CALLS), _after(target, 2 * CALLS)
    return [
        Figure(
            f"Memory added by calls 5,001 to 10,000: {name}",
            (second[name] / before - 1) * 100,
            "%",
            5,
            detail=f"{before / 2**20:.0f} -> {second[name] / 2**20:.0f} MB",
        )
        for name, before in first.items()
    ]


def _after(target: Target, total: int) -> dict[str, int]:
    run = measure(target, RATE, CALLS)
    until = time.monotonic() + 60
    while Call.objects.count() < total and time.monotonic() < until:
        connection.close()
        time.sleep(1)
    time.sleep(REST_SECONDS)
    memory = {name: resident_bytes(pid) for name, pid in target.pids.items()}
    shown = ", ".join(f"{name} {size / 2**20:.0f}" for name, size in memory.items())
    say(
        f"  {total} calls, {run.calls.failed} of the last {CALLS} failed, {Call.objects.count()} in the log: {shown} MB"
    )
    return memory
