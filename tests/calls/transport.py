"""How a test phone's SIP messages travel: UDP, repeated until answered, each request answered once."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from tests.calls.sip import Address, Message, parse

FIRST_REPEAT_SECONDS = 0.5
GIVE_UP_SECONDS = 8.0
Answers = asyncio.Queue[Message]


def new_branch() -> str:
    """A transaction key as RFC 3261 wants it."""
    return f"z9hG4bK{secrets.token_hex(6)}"


class Transport(asyncio.DatagramProtocol):
    """One UDP socket: repeats requests until answered, repeats answers that got lost.

    `incoming` is called once for each new request; it answers by `answer`.
    """

    def __init__(self, incoming: Callable[[Message, Address], None]) -> None:
        self.incoming = incoming
        self.trace: list[str] = []
        self._udp: asyncio.DatagramTransport | None = None
        self._waiting: dict[tuple[str, str], Answers] = {}
        self._unanswered: set[tuple[str, str]] = set()
        self._answered: dict[tuple[str, str], bytes] = {}
        self._unconfirmed: dict[tuple[str, int], asyncio.TimerHandle] = {}
        self._acks: dict[tuple[str, int], tuple[bytes, Address]] = {}
        self._repeats: set[asyncio.Task[None]] = set()

    async def open(self, ip: str, port: int) -> Address:
        """Bind; port 0 takes a free one."""
        loop = asyncio.get_running_loop()
        udp, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(ip, port))
        self._udp = udp
        return cast(Address, udp.get_extra_info("sockname"))

    def close(self) -> None:
        """Stop everything at once."""
        for task in self._repeats:
            task.cancel()
        for timer in self._unconfirmed.values():
            timer.cancel()
        if self._udp:
            self._udp.close()

    def send(self, message: Message, to: Address) -> bytes:
        """One datagram, once."""
        data = message.encode()
        self._note(">", message)
        if self._udp and not self._udp.is_closing():
            self._udp.sendto(data, to)
        return data

    def request(self, message: Message, to: Address) -> Answers:
        """Send a request until the first answer comes; all answers land in the queue."""
        queue = self._waiting[message.branch, message.method] = Answers()
        self._unanswered.add((message.branch, message.method))
        data = self.send(message, to)
        task = asyncio.create_task(self._repeat(data, to, (message.branch, message.method)))
        self._repeats.add(task)
        task.add_done_callback(self._repeats.discard)
        return queue

    def acknowledge(self, message: Message, to: Address) -> None:
        """Send an ACK, and again whenever the final answer is repeated."""
        data = self.send(message, to)
        self._acks[message.get("Call-ID"), message.sequence] = (data, to)

    def answer(self, request: Message, response: Message, to: Address) -> None:
        """Answer a request; a final answer to INVITE is repeated until its ACK."""
        data = self.send(response, to)
        self._answered[request.branch, request.method] = data
        if request.method == "INVITE" and response.status >= 200:
            self._until_ack((request.get("Call-ID"), request.sequence), data, to, FIRST_REPEAT_SECONDS)

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        """Give a message to whom it concerns."""
        try:
            message = parse(data)
        except ValueError:
            return
        source = (str(addr[0]), addr[1])
        if message.status:
            self._response(message)
        elif message.method == "ACK":
            if timer := self._unconfirmed.pop((message.get("Call-ID"), message.sequence), None):
                timer.cancel()
        elif (again := self._answered.get((message.branch, message.method))) and self._udp:
            self._udp.sendto(again, source)
        elif (message.branch, message.method) not in self._answered:
            self._note("<", message)
            self._answered[message.branch, message.method] = b""
            self.incoming(message, source)

    def error_received(self, exc: Exception) -> None:
        """A closed port on the other side: the repeats and the time limits deal with it."""

    def _response(self, message: Message) -> None:
        self._note("<", message)
        if queue := self._waiting.get((message.branch, message.method)):
            self._unanswered.discard((message.branch, message.method))
            queue.put_nowait(message)
        if message.method == "INVITE" and message.status >= 200:
            again = self._acks.get((message.get("Call-ID"), message.sequence))
            if again and self._udp:
                self._udp.sendto(*again)

    async def _repeat(self, data: bytes, to: Address, key: tuple[str, str]) -> None:
        pause, waited = FIRST_REPEAT_SECONDS, 0.0
        with suppress(asyncio.CancelledError):
            while waited < GIVE_UP_SECONDS:
                await asyncio.sleep(pause)
                if key not in self._unanswered:
                    return
                if self._udp and not self._udp.is_closing():
                    self._udp.sendto(data, to)
                waited, pause = waited + pause, min(pause * 2, 4.0)

    def _until_ack(self, key: tuple[str, int], data: bytes, to: Address, pause: float) -> None:
        if pause > 4 or self._udp is None or self._udp.is_closing():
            return

        def again() -> None:
            if self._udp and not self._udp.is_closing():
                self._udp.sendto(data, to)
                self._until_ack(key, data, to, pause * 2)

        self._unconfirmed[key] = asyncio.get_running_loop().call_later(pause, again)

    def _note(self, way: str, message: Message) -> None:
        self.trace.append(f"{way} {message.first} [{message.get('CSeq')}]")
        del self.trace[:-40]
