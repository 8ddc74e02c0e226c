"""The supervisor starts again what dies, kills what is frozen, and leaves nothing behind, however it ends."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from carillon.cli.child import Child, Program
from carillon.cli.supervisor import Journal, Supervisor

SLEEPER = "import time\nprint('up', flush=True)\ntime.sleep(60)"
STUBBORN = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(60)"
BEATING = """
import os, time
while True:
    os.write(int(os.environ["CARILLON_HEARTBEAT_FD"]), b".")
    time.sleep(0.2)
"""


def python(name: str, code: str, *, beats: bool = False, stop_seconds: float = 5) -> Program:
    return Program(name, [sys.executable, "-c", code], dict(os.environ), beats, stop_seconds)


async def until(check: Callable[[], Any], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Whether a process has ended (a zombie that init has not collected yet has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


class Watched:
    """A child under test, with the lines it said."""

    def __init__(self, program: Program) -> None:
        self.said: list[tuple[str, bytes]] = []
        self.child = Child(program, lambda name, line: self.said.append((name, line)))
        self.task = asyncio.create_task(self.child.keep_running(self._nothing))

    async def _nothing(self) -> None:
        return

    async def end(self) -> None:
        await self.child.stop()
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def test_a_process_that_dies_is_started_again() -> None:
    watched = Watched(python("sleeper", SLEEPER))
    await until(lambda: ("sleeper", b"up") in watched.said)
    first = watched.child.pid
    assert first
    os.kill(first, signal.SIGKILL)
    await until(lambda: watched.child.pid not in (None, first))
    assert watched.child.restarts == 1
    assert ("carillon", b"sleeper was ended by signal 9; starting it again") in watched.said
    await watched.end()
    assert watched.child.restarts == 1


async def test_a_frozen_worker_is_killed_within_three_seconds_and_started_again() -> None:
    watched = Watched(python("worker", BEATING, beats=True))
    await until(lambda: watched.child.last_beat)
    first = watched.child.pid
    assert first
    begun = time.monotonic()
    os.kill(first, signal.SIGSTOP)
    await until(lambda: is_gone(first), 6)
    assert 1.5 < time.monotonic() - begun < 3.5
    await until(lambda: watched.child.pid not in (None, first) and watched.child.last_beat)
    await watched.end()


async def test_a_program_that_cannot_be_started_is_told_and_tried_again() -> None:
    watched = Watched(Program("ghost", ["/no/such/program"], {}))
    await until(lambda: watched.child.restarts >= 1)
    assert b"can't be started" in watched.said[0][1]
    await watched.end()


async def test_a_process_that_ignores_the_request_is_killed() -> None:
    watched = Watched(python("stubborn", STUBBORN, stop_seconds=0.5))
    await until(lambda: watched.said)
    pid = watched.child.pid
    assert pid
    begun = time.monotonic()
    await watched.end()
    assert is_gone(pid)
    assert time.monotonic() - begun < 3


MAIN = """
import asyncio, os, sys
from pathlib import Path
from carillon.cli.child import Program
from carillon.cli.supervisor import Journal, Supervisor

async def ready():
    print("READY", flush=True)

code = "import time\\nprint('up', flush=True)\\ntime.sleep(60)"
programs = [Program(name, [sys.executable, "-c", code], dict(os.environ)) for name in ("one", "asterisk")]
folder = Path(sys.argv[1])
supervisor = Supervisor(programs, Journal(folder, ["one", "asterisk"]), folder / "processes.json")
asyncio.run(supervisor.run(ready))
"""


def started(folder: Path) -> tuple[subprocess.Popen[bytes], list[int]]:
    """A supervisor of two sleepers and their process ids."""
    process = subprocess.Popen([sys.executable, "-c", MAIN, str(folder)], stdout=subprocess.PIPE)
    report, end = folder / "processes.json", time.monotonic() + 15
    while time.monotonic() < end:
        if report.exists():
            told = json.loads(report.read_text())
            pids = [each["pid"] for each in told["processes"] if each["pid"]]
            if len(pids) == 2 and told["ready_at"] and (folder / "one.log").exists():
                return process, pids
        time.sleep(0.05)
    raise AssertionError("the supervisor did not start")


def finished(process: subprocess.Popen[bytes]) -> int:
    process.communicate(timeout=15)
    return process.returncode


def test_ctrl_c_leaves_no_process_and_no_report(tmp_path: Path) -> None:
    process, pids = started(tmp_path)
    process.send_signal(signal.SIGINT)
    assert finished(process) == 0
    assert all(map(is_gone, pids))
    assert not (tmp_path / "processes.json").exists()
    assert b"up" in (tmp_path / "one.log").read_bytes()


def test_a_killed_supervisor_leaves_no_process(tmp_path: Path) -> None:
    process, pids = started(tmp_path)
    process.kill()
    finished(process)
    end = time.monotonic() + 3
    while not all(map(is_gone, pids)):
        assert time.monotonic() < end, "an orphan lives on"
        time.sleep(0.05)


async def test_a_start_that_fails_stops_everything_and_is_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path, ["one"], io.BytesIO())
    supervisor = Supervisor([python("one", SLEEPER)], journal, tmp_path / "processes.json")

    async def fails() -> None:
        await until(lambda: supervisor.children[0].pid)
        raise ValueError("no")

    try:
        await supervisor.run(fails)
    except ValueError as error:
        assert str(error) == "no"
    else:
        raise AssertionError("the failure was swallowed")
    journal.close()
    assert supervisor.children[0].process
    assert supervisor.children[0].process.returncode is not None


def test_a_log_file_is_turned_over_when_it_is_large(tmp_path: Path) -> None:
    journal = Journal(tmp_path, ["one"], io.BytesIO())
    for _n in range(12):
        journal.say("one", b"x" * 1_000_000)
    journal.close()
    assert (tmp_path / "one.log.1").stat().st_size > 9_000_000
    assert (tmp_path / "one.log").stat().st_size < 3_000_000
