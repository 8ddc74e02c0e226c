"""The processes of one machine as `carillon up` runs them, for tests that kill, freeze and starve them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import connections

from carillon import settings as product
from carillon.asterisk.install import find_or_install
from carillon.asterisk.instance import Instance
from carillon.asterisk.ports import Ports
from carillon.cli.child import Child, Program
from carillon.cli.place import ENGINE
from carillon.cli.up import programs
from tests.calls.bare import free_udp_port

T = TypeVar("T")
#: Where everything that the processes say is kept too, for whoever looks for the cause of a failure.
LOG = os.environ.get("CALLS_LOG", "")
ASTERISK, WORKERS, WEB = "asterisk", ("callcontrol-1", "callcontrol-2"), "web"


@contextmanager
def django_on(url: str) -> Iterator[None]:
    """Point this process's Django at a database, outside of the test framework's own ones."""
    handler, before, address = connections, connections.settings["default"], os.environ.get("DATABASE_URL")
    os.environ["DATABASE_URL"] = url
    handler["default"].close()
    handler.settings["default"] = handler.configure_settings({"default": product._database()})["default"]
    del handler["default"]
    try:
        yield
    finally:
        handler["default"].close()
        handler.settings["default"] = before
        del handler["default"]
        os.environ.pop("DATABASE_URL")
        if address is not None:
            os.environ["DATABASE_URL"] = address


async def ask(question: Callable[[], T]) -> T:
    """Ask the database on a thread, and keep no connection."""

    def work() -> T:
        try:
            return question()
        finally:
            connections["default"].close()
            # Threads are used again, maybe when Django is on another database.
            del connections["default"]

    return await asyncio.to_thread(work)


def free_tcp_port() -> int:
    """A TCP port that was free a moment ago."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class System:
    """Asterisk and the two workers, and the portal if asked for, on the data folder `data` and the database `url`."""

    def __init__(self, data: Path, url: str) -> None:
        self.data, self.url = data, url
        keys = data / "keys"
        keys.mkdir(parents=True, exist_ok=True)
        # What this process seals, the workers have to open; whom it signs in, the portal has to know.
        (keys / "vault.key").write_text(settings.VAULT_KEY)
        (keys / "django.key").write_text(settings.SECRET_KEY)
        self.ports = Ports.choose(data, free_tcp_port(), free_udp_port("127.0.0.1"))
        environment = {**os.environ, "CARILLON_DATA": str(data), "DATABASE_URL": url, "PYTHONUNBUFFERED": "1"}
        environment |= {"PYTHONPATH": str(settings.PROJECT), "CARILLON_HTTP_PORT": str(self.ports.http_port)}
        environment |= {"CARILLON_SIP_PORT": str(self.ports.sip_port)}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        wanted = (ASTERISK, *WORKERS, WEB)
        self.environment = environment
        self._programs = {p.name: replace(p, environment=environment) for p in programs(demo=False) if p.name in wanted}
        self._children: dict[str, Child] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._killed: dict[str, int] = {}
        self.said: list[str] = []

    @property
    def server(self) -> tuple[str, int]:
        """Where phones find it."""
        return "127.0.0.1", self.ports.sip_port

    async def start(self) -> None:
        """Start all; returns when the workers take calls."""
        for name in (ASTERISK, *WORKERS):
            self.bring_up(name)
        for name in WORKERS:
            await self.takes_calls(name)

    async def stop(self) -> None:
        """Stop all."""
        for name in reversed(list(self._children)):
            await self.take_down(name)

    def bring_up(self, name: str) -> None:
        """Start one and keep it running."""
        program: Program = self._programs[name]
        child = self._children[name] = Child(program, self._say)
        self._keepers[name] = asyncio.create_task(child.keep_running(_nothing))

    async def take_down(self, name: str) -> None:
        """Kill one and leave it dead."""
        child, keeper = self._children[name], self._keepers[name]
        child.stopping = True
        if child.pid:
            with suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGCONT)
                os.kill(child.pid, signal.SIGKILL)
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(keeper), 5)
        # One that waits to be started again would be started after its pause, whatever `stopping` says.
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)

    async def answers(self, name: str, within_seconds: float = 40) -> None:
        """Wait until Asterisk or the portal serves; after a kill: the one that was started again."""
        until = time.monotonic() + within_seconds
        while not await self._serves(name):
            assert time.monotonic() < until, f"{name} does not answer: {self.last_words()}"
            await asyncio.sleep(0.1)

    async def _serves(self, name: str) -> bool:
        if self._children[name].pid in (None, self._killed.get(name)):
            return False
        if name == ASTERISK:
            return "fully booted" in await asyncio.to_thread(self.console, "core waitfullybooted")
        with suppress(OSError):
            for port in (self.ports.http_port, self.ports.https_port):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
            return True
        return False

    def console(self, command: str) -> str:
        """What the engine's console says to a command."""
        return Instance(self.data / "node", find_or_install(ENGINE, print), self.ports).ask(command)

    def runs(self, name: str) -> bool:
        """Whether it is alive now."""
        return self._children[name].pid is not None

    def pid(self, name: str) -> int:
        """The running process."""
        pid = self._children[name].pid
        assert pid, f"{name} is not running: {self.last_words()}"
        return pid

    def kill(self, name: str) -> None:
        """kill -9; the supervisor starts it again."""
        self._killed[name] = self.pid(name)
        os.kill(self.pid(name), signal.SIGKILL)

    async def back(self, name: str, within_seconds: float = 40) -> None:
        """Wait until the supervisor has started it again and it takes calls."""
        until = time.monotonic() + within_seconds
        while self._children[name].pid in (None, self._killed.get(name)):
            assert time.monotonic() < until, f"{name} is not started again: {self.last_words()}"
            await asyncio.sleep(0.05)
        await self.takes_calls(name)

    def freeze(self, name: str) -> None:
        """SIGSTOP: the process is there and does nothing."""
        self._killed[name] = self.pid(name)
        os.kill(self.pid(name), signal.SIGSTOP)

    def why(self, name: str) -> str:
        """What the supervisor said of its last death, or of the present one."""
        return "\n".join(line for line in self.said if line.startswith(f"carillon: {name} "))

    async def takes_calls(self, name: str, within_seconds: float = 40) -> None:
        """Wait until a worker listens."""
        port = self.ports.agi1 if name == WORKERS[0] else self.ports.agi2
        until = time.monotonic() + within_seconds
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            if time.monotonic() > until:
                raise AssertionError(f"{name} takes no calls after {within_seconds} s: {self.last_words()}")
            await asyncio.sleep(0.1)

    def last_words(self) -> str:
        """The newest lines of all logs that tell of trouble, for the text of a failure."""
        quiet = ("NOTICE", "Asterisk reloads")
        return "\n".join([line for line in self.said if not any(word in line for word in quiet)][-12:])

    def _say(self, name: str, line: bytes) -> None:
        self.said.append(f"{name}: {line.decode(errors='replace')}")
        if LOG:
            with Path(LOG).open("a") as log:
                log.write(f"{datetime.now(UTC):%H:%M:%S.%f} {self.said[-1]}\n")


async def _nothing() -> None:
    """Nobody reads a report of the processes here."""
