"""What a process has used (from /proc), what this machine is, and waiting for it to be quiet."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.bench.figures import say

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of the processes so far, their ended children not included."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def descendants(pid: int) -> list[int]:
    """The process and all that it started, directly or not."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for known in found:  # grows while it is walked: breadth first
        found.extend(parents.get(known, []))
    return found


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def load() -> float:
    return os.getloadavg()[0]


def wait_quiet(limit: float = 1.0, seconds: float = 60) -> None:
    """Wait until the machine has little else to do; goes on after `seconds` and says so."""
    until = time.monotonic() + seconds
    while load() > limit and time.monotonic() < until:
        time.sleep(2)
    if load() > limit:
        say(f"  (the machine is busy with other work: load {load():.1f})")


def wait_for(ready: Callable[[], bool], seconds: float, what: str) -> None:
    """Poll until it is so; RuntimeError naming `what` after `seconds`."""
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            raise RuntimeError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.05)


def describe() -> str:
    """One line on the machine."""
    model = next(
        (line.partition(": ")[2] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    memory = os.sysconf("SC_PHYS_PAGES") * PAGE / 2**30
    system = f"Linux {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GB, {system}"
