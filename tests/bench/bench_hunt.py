"""At 50 calls a second: how much later a hunt group rings, and what a call costs, against a plain dialplan."""

from __future__ import annotations

import time

from django.db import connection

from carillon.calls.models import DecisionTrace
from tests.bench.figures import Figure, say
from tests.bench.lab import side_by_side
from tests.bench.machine import load, wait_quiet
from tests.bench.stats import median, percentile
from tests.bench.targets import Run, Target, measure

RATE, CALLS, ROUNDS = 50, 400, 11


def run() -> list[Figure]:
    with side_by_side() as (plain, carillon):
        wait_quiet(seconds=15)
        time.sleep(2)  # the log of the warm-up
        before = DecisionTrace.objects.count()
        rounds = [(_round(plain), _round(carillon)) for _ in range(ROUNDS)]
        undecided = ROUNDS * CALLS - _decided(before)
    return [*_figures(rounds), Figure("Calls that the fallback took, and not call control", undecided, "", 0)]


def _decided(before: int) -> int:
    """How many calls were decided since: the fallback rings the same phones, faster."""
    until = time.monotonic() + 10
    while (count := DecisionTrace.objects.count() - before) < ROUNDS * CALLS and time.monotonic() < until:
        connection.close()
        time.sleep(0.5)
    return count


def _round(target: Target) -> Run:
    run = measure(target, RATE, CALLS)
    delays = run.calls.delays
    parts = ", ".join(f"{name} {seconds / CALLS * 1000:.1f}" for name, seconds in run.cpu.items())
    say(
        f"  {target.name:<15} {run.calls.succeeded} ok {run.calls.failed} failed, 180 after {median(delays) * 1000:.1f}"
        f" (p99 {percentile(delays, 99) * 1000:.1f}) ms, CPU per call {run.cpu_per_call * 1000:.1f} ms ({parts}),"
        f" load {load():.1f}"
    )
    return run


def _figures(rounds: list[tuple[Run, Run]]) -> list[Figure]:
    """The middle round of each ratio: neighbours in time share what else the machine does."""
    delays = [(median(a.calls.delays), median(b.calls.delays)) for a, b in rounds]
    costs = [(a.cpu_per_call, b.cpu_per_call) for a, b in rounds]
    failed = sum(run.calls.failed for pair in rounds for run in pair)
    a, b = zip(*delays, strict=True)
    c, d = zip(*costs, strict=True)
    return [
        Figure(
            "Post-dial delay against a plain dialplan, 50 calls/s",
            median([y / x for x, y in delays]),
            "x",
            1.4,
            detail=f"{median(a) * 1000:.1f} -> {median(b) * 1000:.1f} ms",
        ),
        Figure(
            "CPU per call against a plain dialplan, 50 calls/s",
            median([y / x for x, y in costs]),
            "x",
            1.6,
            detail=f"{median(c) * 1000:.1f} -> {median(d) * 1000:.1f} ms",
        ),
        Figure("Failed calls of both", failed, "", 0),
    ]
