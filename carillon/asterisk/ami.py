"""AMI tells and asks: actions with their answers, events to whoever listens, a new connection when one breaks."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable

Message = dict[str, str]
#: Seconds between attempts to connect, growing to the last one.
BACK_OFF_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)


class AmiError(Exception):
    """Asterisk refused an action, or there is no connection; carries the sentence for the log."""


def frame(fields: list[tuple[str, str]]) -> bytes:
    """Return an action as bytes. ValueError for a line break in a name or value: it would begin another field."""
    for name, value in fields:
        if any(character in name + value for character in "\r\n\0"):
            raise ValueError(f"a line break in the AMI field {name!r}")
    return "".join(f"{name}: {value}\r\n" for name, value in fields).encode() + b"\r\n"


class Ami:
    """A client that stays connected. Events go to `on_event`, a new connection to `on_connect`; both must be quick."""

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        secret: str,
        *,
        on_event: Callable[[Message], None] = lambda _event: None,
        on_connect: Callable[[], None] = lambda: None,
    ) -> None:
        self._address, self._login = (host, port), (user, secret)
        self._on_event, self._on_connect = on_event, on_connect
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[str, asyncio.Future[Message]] = {}
        self._ids = itertools.count(1)
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Connect, read, and connect again, until cancelled."""
        attempt = 0
        while True:
            try:
                with contextlib.suppress(OSError, AmiError, ValueError):  # ValueError: a line beyond the limit
                    await self._session()
                    attempt = 0
            finally:
                self._lost()
            await asyncio.sleep(BACK_OFF_SECONDS[min(attempt, len(BACK_OFF_SECONDS) - 1)])
            attempt += 1

    async def action(self, name: str, *fields: tuple[str, str], seconds: float = 5.0) -> Message:
        """Send an action and return its answer; AmiError when refused, not connected or not answered in time."""
        if self._writer is None:
            raise AmiError(f"{name}: not connected to Asterisk")
        number = str(next(self._ids))
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(frame([("Action", name), ("ActionID", number), *fields]))
            answer: Message = await asyncio.wait_for(future, seconds)
        except TimeoutError:
            raise AmiError(f"{name}: no answer in {seconds} s") from None
        finally:
            self._waiting.pop(number, None)
        if answer.get("Response") == "Error":
            raise AmiError(f"{name}: {answer.get('Message', 'refused')}")
        return answer

    @contextlib.asynccontextmanager
    async def connection(self, seconds: float = 2.0) -> AsyncIterator[None]:
        """Be connected for a few actions; AmiError when Asterisk does not answer in time.

        While nobody is connected Asterisk composes no events: they cost time of every call.
        """
        running = asyncio.create_task(self.run())
        try:
            await asyncio.wait_for(self.connected.wait(), seconds)
            yield
        except TimeoutError:
            raise AmiError("Asterisk does not answer") from None
        finally:
            running.cancel()
            await asyncio.wait([running])

    async def _session(self) -> None:
        reader, self._writer = await asyncio.open_connection(*self._address, limit=2**20)
        await reader.readline()  # the greeting
        user, secret = self._login
        reading = asyncio.create_task(self._read(reader))
        try:
            await self.action("Login", ("Username", user), ("Secret", secret))
            self.connected.set()
            self._on_connect()
            await reading
        finally:
            reading.cancel()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        message: Message = {}
        while line := await reader.readline():
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if text:
                name, _, value = text.partition(": ")
                message[name] = f"{message[name]}\n{value}" if name == "Output" and name in message else value
                continue
            self._deliver(message)
            message = {}

    def _deliver(self, message: Message) -> None:
        future = self._waiting.get(message.get("ActionID", "")) if "Response" in message else None
        if future and not future.done():
            future.set_result(message)
        elif "Event" in message:
            self._on_event(message)

    def _lost(self) -> None:
        self.connected.clear()
        if self._writer:
            self._writer.close()
        self._writer = None
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(AmiError("the connection to Asterisk broke"))
        self._waiting.clear()
