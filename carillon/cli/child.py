"""One supervised process: how it is started so that it never outlives us, watched, restarted and stopped."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

PR_SET_PDEATHSIG = 1
BEAT_SECONDS = 2.0  # a worker that is silent for so long is frozen
FIRST_BEAT_SECONDS = 60.0  # it may take so long until its first beat
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 0.25, 15.0
STEADY_SECONDS = 30.0  # after so long the next death is a new trouble, not the old one
HEARTBEAT = "CARILLON_HEARTBEAT_FD"

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Program:
    """What to run: `beats` = it writes a byte per half second to the descriptor named by CARILLON_HEARTBEAT_FD."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    beats: bool = False
    stop_seconds: float = 5.0


@dataclass
class Child:
    """The running process of a Program and its history."""

    program: Program
    say: Callable[[str, bytes], None]
    pid: int | None = None
    started_at: float = 0.0
    restarts: int = 0
    why: str = ""
    process: asyncio.subprocess.Process | None = field(default=None, repr=False)
    last_beat: float | None = None
    stopping: bool = False

    @property
    def name(self) -> str:
        return self.program.name

    async def keep_running(self, changed: Callable[[], Awaitable[None]]) -> None:
        """Run it, again after each death, with a growing delay; ends only when it is cancelled."""
        delay = FIRST_DELAY_SECONDS
        while True:
            begun = time.monotonic()
            try:
                await self._run_once(changed)
            except OSError as error:
                self.why = f"can't be started: {error}"
            self.pid = None
            if self.stopping:
                return
            self.say("carillon", f"{self.name} {self.why}; starting it again".encode())
            await changed()
            delay = FIRST_DELAY_SECONDS if time.monotonic() - begun > STEADY_SECONDS else delay
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY_SECONDS)
            self.restarts += 1

    async def _run_once(self, changed: Callable[[], Awaitable[None]]) -> None:
        ours, theirs = os.pipe() if self.program.beats else (-1, -1)
        try:
            self.process = await self._start(theirs)
        finally:
            if theirs >= 0:
                os.close(theirs)
        self.pid, self.started_at, self.why, self.last_beat = self.process.pid, time.time(), "", None
        tasks = [asyncio.create_task(self._read_lines(self.process))]
        if ours >= 0:
            tasks.append(asyncio.create_task(self._watch(self.process, ours)))
        try:
            await changed()
            status = await self.process.wait()
            self.why = self.why or (f"was ended by signal {-status}" if status < 0 else f"ended with status {status}")
        finally:
            await asyncio.wait(tasks[:1], timeout=1)  # its last words, unless a grandchild holds the pipe open
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if ours >= 0:
                os.close(ours)

    async def _start(self, beat: int) -> asyncio.subprocess.Process:
        environment = dict(self.program.environment)
        if beat >= 0:
            environment[HEARTBEAT] = str(beat)
        parent = os.getpid()

        def in_child() -> None:
            # The kernel ends it when we die, whatever kills us; between fork and this line we may have died already.
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

        return await asyncio.create_subprocess_exec(
            *self.program.argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment,
            pass_fds=[beat] if beat >= 0 else [],
            start_new_session=True,
            preexec_fn=in_child,
        )

    async def _read_lines(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        rest = b""
        while data := await process.stdout.read(65536):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self.say(self.name, line)
            if len(rest) > 65536:
                self.say(self.name, rest)
                rest = b""
        if rest:
            self.say(self.name, rest)

    async def _watch(self, process: asyncio.subprocess.Process, descriptor: int) -> None:
        """Kill the process when its heart stops; our own pauses (a suspended laptop) are not held against it."""
        loop = asyncio.get_running_loop()
        beat_at, limit = loop.time(), FIRST_BEAT_SECONDS

        def beat() -> None:
            nonlocal beat_at, limit
            if os.read(descriptor, 4096):
                beat_at, limit, self.last_beat = loop.time(), BEAT_SECONDS, time.time()
            else:
                loop.remove_reader(descriptor)

        loop.add_reader(descriptor, beat)
        try:
            while True:
                asleep = loop.time()
                await asyncio.sleep(0.25)
                if loop.time() - asleep > 1:
                    beat_at = loop.time()
                if loop.time() - beat_at > limit:
                    self.why = f"was frozen for {limit:.0f} s and has been killed"
                    process.kill()
                    return
        finally:
            loop.remove_reader(descriptor)

    async def stop(self) -> None:
        """Ask it to end, then make it; returns when it is gone, with everything that it started."""
        self.stopping = True
        process = self.process
        if process is None or process.returncode is not None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                return
            try:
                await asyncio.wait_for(asyncio.shield(process.wait()), self.program.stop_seconds)
            except TimeoutError:
                continue
            return
