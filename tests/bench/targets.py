"""What is measured: something that answers a number with a hunt group of three phones, and its processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.machine import cpu_seconds
from tests.bench.sipp import Address, Calls, call


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    server: Address
    caller: Address
    number: str
    #: The processes that serve calls, by name: their CPU time counts.
    pids: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Run:
    """Calls, and the CPU time in seconds that each process spent on all of them."""

    calls: Calls
    cpu: Mapping[str, float]

    @property
    def cpu_per_call(self) -> float:
        return sum(self.cpu.values()) / max(1, self.calls.succeeded)


def measure(target: Target, rate: float, count: int) -> Run:
    before = {name: cpu_seconds([pid]) for name, pid in target.pids.items()}
    calls = call(target.server, target.caller, target.number, rate, count)
    return Run(calls, {name: cpu_seconds([pid]) - before[name] for name, pid in target.pids.items()})
