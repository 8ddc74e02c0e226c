"""The highest rate of clean calls (none fails, 99 of 100 ring within 0.5 s), against a plain dialplan."""

from __future__ import annotations

import time

from tests.bench.figures import Figure, say
from tests.bench.lab import side_by_side
from tests.bench.machine import wait_quiet
from tests.bench.sipp import call
from tests.bench.stats import median, percentile
from tests.bench.targets import Target

LOWEST, HIGHEST, STEP = 20, 260, 20
SECONDS = 4
ROUNDS = 2


def run() -> list[Figure]:
    with side_by_side() as (plain, carillon):
        wait_quiet(seconds=10)
        pairs = [(_highest(plain), _highest(carillon)) for _ in range(ROUNDS)]
    detail = ", ".join(f"{a} -> {b}" for a, b in pairs) + " calls/s"
    ratio = median([b / a for a, b in pairs])
    return [Figure("Clean call rate against a plain dialplan", ratio, "x", 0.6, at_least=True, detail=detail)]


def _highest(target: Target) -> int:
    """Halve the range until it is one step wide; a rate that fails is tried once more before it counts."""
    low, high = LOWEST // STEP, HIGHEST // STEP
    while high - low > 1:
        middle = (low + high) // 2
        if _clean(target, middle * STEP) or _clean(target, middle * STEP):
            low = middle
        else:
            high = middle
    return low * STEP


def _clean(target: Target, rate: int) -> bool:
    calls = call(target.server, target.caller, target.number, rate, rate * SECONDS)
    say(f"  {target.name:<15} {rate} calls/s: {calls.failed} failed, p99 {percentile(calls.delays, 99) * 1000:.0f} ms")
    time.sleep(1 if calls.clean else 3)
    return calls.clean
