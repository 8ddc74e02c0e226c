"""All processes of one machine together: started in order, kept running, reported, and stopped cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from carillon.cli.child import Child, Program

LOG_BYTES = 10_000_000
COLOURS = (36, 32, 33, 35, 34, 96, 92, 93)


@dataclass
class Journal:
    """What the processes say: on the terminal with a prefix, and in a file each (the one before it as NAME.log.1)."""

    folder: Path
    names: Sequence[str]
    terminal: IO[bytes] = field(default_factory=lambda: sys.stdout.buffer)
    quiet: bool = False
    _files: dict[str, IO[bytes]] = field(default_factory=dict)

    def say(self, name: str, line: bytes) -> None:
        self._keep(name, line)
        if not self.quiet:
            self.show(name, line)

    def show(self, name: str, line: bytes) -> None:
        """Print a line; a terminal that went away ends nothing."""
        prefix = f"{name:<{self._width}} | "
        if self.terminal.isatty():
            colour = COLOURS[self.names.index(name) % len(COLOURS)] if name in self.names else 37
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        try:
            self.terminal.write(prefix.encode() + line + b"\n")
            self.terminal.flush()
        except (OSError, ValueError):
            self.quiet = True

    @property
    def _width(self) -> int:
        return max(map(len, [*self.names, "carillon"]))

    def _keep(self, name: str, line: bytes) -> None:
        try:
            file = self._files.get(name) or self._open(name)
            if file.tell() > LOG_BYTES:
                file.close()
                (self.folder / f"{name}.log").replace(self.folder / f"{name}.log.1")
                file = self._open(name)
            file.write(time.strftime("%Y-%m-%dT%H:%M:%SZ ", time.gmtime()).encode() + line + b"\n")
        except OSError:
            self._files.pop(name, None)  # a full disk must not end the telephone system

    def _open(self, name: str) -> IO[bytes]:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = (self.folder / f"{name}.log").open("ab", buffering=0)
        file.seek(0, os.SEEK_END)
        self._files[name] = file
        return file

    def close(self) -> None:
        for file in self._files.values():
            file.close()
        self._files.clear()


class Supervisor:
    """Runs programs until SIGINT or SIGTERM; `report` holds what `carillon status` reads."""

    def __init__(self, programs: Sequence[Program], journal: Journal, report: Path) -> None:
        self.journal = journal
        self.report = report
        self.children = [Child(program, journal.say) for program in programs]
        self.ready_at: float | None = None
        self._stopping = asyncio.Event()

    async def run(self, when_started: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start all, call `when_started` beside them, and stop all when asked to or when it raises."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stopping.set)
        keepers = [asyncio.create_task(child.keep_running(self._write_report)) for child in self.children]
        started = asyncio.create_task(when_started())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([started, stopping], return_when=asyncio.FIRST_COMPLETED)
            if started.done() and not stopping.done():
                started.result()
                self.ready_at = time.time()
                await self._write_report()
                await stopping
        finally:
            for task in (started, stopping):
                task.cancel()
            await self._stop(keepers)
            self.report.unlink(missing_ok=True)

    async def _stop(self, keepers: Sequence[asyncio.Task[None]]) -> None:
        """Those that use Asterisk go first; each gets its own time to end, all together at most some 20 s."""
        for child in self.children:
            child.stopping = True
        first = [child for child in self.children if "asterisk" not in child.name]
        last = [child for child in self.children if "asterisk" in child.name]
        for children in (first, last):
            await asyncio.gather(*(child.stop() for child in children))
        for task in keepers:
            task.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)

    async def _write_report(self) -> None:
        processes = [
            {
                "name": child.name,
                "pid": child.pid,
                "running": child.pid is not None,
                "started_at": child.started_at,
                "restarts": child.restarts,
                "why": child.why,
            }
            for child in self.children
        ]
        with contextlib.suppress(OSError):  # a full disk must not end the telephone system
            write_json(self.report, {"pid": os.getpid(), "ready_at": self.ready_at, "processes": processes})


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Replace a file in one go, so that no reader ever sees half of it; its secrets are the owner's alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(value, file, indent=1)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
