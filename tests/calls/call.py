"""One call of a test phone: what the tests may do with it, wait for in it and ask about it."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.calls.journal import Ended, Entry
from tests.calls.rtp import Audio
from tests.calls.sip import Address, Message, describe, described, response_to, tag_of, uri_of
from tests.calls.tones import FRAME_SECONDS, Segment, is_loud
from tests.calls.transport import new_branch

if TYPE_CHECKING:
    from tests.calls.phone import Phone

LOOK_SECONDS = 0.05


class CallFailure(AssertionError):
    """A call did not do what the test waited for; the text says what it did instead."""


class Call:
    """A call of either direction. Every wait is bounded and says in its failure what was heard instead."""

    def __init__(self, phone: Phone, entry: Entry, peer: Address) -> None:
        self.phone, self.entry, self.peer = phone, entry, peer
        self.audio = Audio(phone.tones.frame(phone.tone))
        self.ringing, self.answering, self.ending = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.early = asyncio.Event()
        self.began = asyncio.get_running_loop().time()
        self.invite: Message | None = None
        self.task: asyncio.Task[None] | None = None
        self.local, self.remote, self.target = "", "", ""
        self.local_tag = secrets.token_hex(5)
        self.transfers: list[str] = []
        self.sequence = 1
        self.rtp_port = 0
        self.version = 1

    def __str__(self) -> str:
        return f"{self.entry} | {' | '.join(self.phone.transport.trace[-12:])}"

    @property
    def number(self) -> str:
        """The number that was dialled, or for which this phone was rung."""
        return self.entry.number

    # What the call is asked.

    def heard(self) -> list[Segment]:
        """What was heard until now, in seconds since the call began."""
        frames = [(at - self.began, payload) for at, payload in self.audio.received]
        return self.phone.tones.heard(frames)

    def heard_names(self) -> list[str]:
        """The names heard, each once, in the order in which they began."""
        return list(dict.fromkeys(segment.name for segment in self.heard()))

    def loud_seconds(self) -> float:
        """How long anything but silence was heard, named tones or not."""
        return sum(FRAME_SECONDS for _, payload in self.audio.received if is_loud(payload))

    # What the call is waited for.

    async def _wait(self, event: asyncio.Event, seconds: float, what: str) -> None:
        ended = asyncio.ensure_future(self.ending.wait())
        happens = asyncio.ensure_future(event.wait())
        try:
            await asyncio.wait({ended, happens}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            happens.cancel()
        if not event.is_set():
            why = "the call ended" if self.ending.is_set() else f"{seconds} s went by"
            raise CallFailure(f"{self.phone.name}: no {what}, {why}: {self}")

    async def rings(self, within_seconds: float = 5) -> Call:
        """Wait until the other side rings."""
        await self._wait(self.ringing, within_seconds, "ringing")
        return self

    async def answered(self, within_seconds: float = 10) -> Call:
        """Wait for the answer."""
        await self._wait(self.answering, within_seconds, "answer")
        return self

    async def ended(self, within_seconds: float = 10) -> Entry:
        """Wait for the end; the finished journal entry."""
        await self._wait(self.ending, within_seconds, "end")
        return self.entry

    async def hears(self, name: str, within_seconds: float = 5, *, afresh: bool = False) -> Segment:
        """Wait until a name is heard; `afresh` ignores what was heard before this moment."""
        loop = asyncio.get_running_loop()
        since = loop.time() - self.began if afresh else -1.0
        until = loop.time() + within_seconds
        while True:
            # A tone that goes on since before counts afresh once it lasted beyond this moment.
            found = [s for s in self.heard() if s.name == name and s.t1 > since + 0.1]
            if found:
                return found[-1]
            if loop.time() > until or self.ending.is_set():
                why = "the call ended" if self.ending.is_set() else f"{within_seconds} s went by"
                raise CallFailure(f"{self.phone.name} did not hear {name!r}, {why}; heard {self.heard()}: {self}")
            await asyncio.sleep(LOOK_SECONDS)

    async def talks_with(self, other: Call, within_seconds: float = 4) -> None:
        """Wait until each side hears the other, from this moment on."""
        await asyncio.gather(
            self.hears(other.phone.tone, within_seconds, afresh=True),
            other.hears(self.phone.tone, within_seconds, afresh=True),
        )

    # What the call is told.

    def ring(self) -> None:
        """Answer an incoming INVITE with 180."""
        assert self.invite
        self.entry.rang = self.entry.rang or datetime.now(UTC)
        self.ringing.set()
        self._reply(self.invite, 180, "Ringing")

    def progress(self) -> None:
        """Answer an incoming INVITE with 183 and let the own tone be heard before the answer."""
        assert self.invite
        self._reply(self.invite, 183, "Session Progress", self.description())
        self.audio.speak()

    def answer(self) -> None:
        """Take an incoming call."""
        if self.ending.is_set() or self.answering.is_set():
            return
        assert self.invite
        self._reply(self.invite, 200, "OK", self.description())
        self.was_answered(self.invite)

    def refuse(self, status: int, reason: str) -> None:
        """Refuse an incoming call."""
        if self.ending.is_set() or self.answering.is_set():
            return
        assert self.invite
        self._reply(self.invite, status, reason)
        self.end(Ended.REFUSED, status)

    async def press(self, digits: str) -> None:
        """Press keys, and wait until they have been sent."""
        await asyncio.sleep(self.audio.press(digits))

    async def hold(self, direction: str = "sendonly") -> None:
        """Put the other side on hold; some phones say so by "inactive"."""
        await self._reinvite(direction)

    async def unhold(self) -> None:
        """Take the other side back."""
        await self._reinvite("sendrecv")

    async def transfer(self, number: str, within_seconds: float = 5) -> None:
        """Blind transfer: the other side calls the number; this phone is free when it has been accepted."""
        server_ip, server_port = self.phone.server
        refer = self.request("REFER")
        refer.headers.append(("Refer-To", f"<sip:{number}@{server_ip}:{server_port}>"))
        refer.headers.append(("Referred-By", f"<sip:{self.phone.user}@{server_ip}>"))
        await self._final(refer, within_seconds, 202)

    async def hang_up(self, within_seconds: float = 5) -> Entry:
        """End the call as a person would: BYE when talking, CANCEL or decline before."""
        if self.ending.is_set():
            return self.entry
        if self.answering.is_set():
            self.end(Ended.HUNG_UP, 200)
            await self._final(self.request("BYE"), within_seconds, 200, 481)
        elif self.entry.outgoing:
            await self.phone.cancel(self)
            ends = [asyncio.ensure_future(each.wait()) for each in (self.ending, self.answering)]
            await asyncio.wait(ends, timeout=within_seconds, return_when=asyncio.FIRST_COMPLETED)
            for each in ends:
                each.cancel()
            if self.answering.is_set() and not self.ending.is_set():
                # The answer crossed our CANCEL.
                await self.hang_up(within_seconds)
            await self.ended(within_seconds)
        else:
            self.refuse(603, "Decline")
        return self.entry

    # The machinery.

    def description(self, direction: str = "sendrecv") -> str:
        """Our side of the session description."""
        self.version += 1
        return describe(self.phone.ip, self.rtp_port, self.version, direction)

    def was_answered(self, message: Message) -> None:
        """The call is up: talk."""
        self.listen_to(message)
        self.entry.answered = self.entry.answered or datetime.now(UTC)
        self.entry.status = 200
        self.audio.speak()
        self.answering.set()

    def listen_to(self, message: Message) -> None:
        """Take the other side's audio address and its contact from a message."""
        self.audio.to = described(message.body) or self.audio.to
        if contact := message.get("Contact"):
            self.target = uri_of(contact)

    def end(self, how: Ended, status: int) -> None:
        """Close the entry; a second end changes nothing."""
        if self.ending.is_set():
            return
        self.entry.ended, self.entry.how, self.entry.status = datetime.now(UTC), how, status
        self.audio.close()
        self.entry.heard, self.entry.loud_seconds = self.heard(), self.loud_seconds()
        # The frames have been judged; 300 calls of them would only take memory.
        self.audio.received = [(at, b"") for at, _ in self.audio.received[:0]]
        self.ending.set()
        if self.task and self.task is not asyncio.current_task():
            self.task.cancel()
        self.phone.forget(self)

    def request(self, method: str, body: str = "") -> Message:
        """A request within the dialog."""
        self.sequence += 0 if method == "ACK" else 1
        message = Message(f"{method} {self.target} SIP/2.0", body=body)
        message.headers = [
            ("Via", f"SIP/2.0/UDP {self.phone.ip}:{self.phone.port};branch={new_branch()};rport"),
            ("Max-Forwards", "70"),
            ("From", f"{self.local};tag={self.local_tag}"),
            ("To", self.remote),
            ("Call-ID", self.entry.call_id),
            ("CSeq", f"{self.sequence} {method}"),
            ("Contact", f"<sip:{self.phone.user}@{self.phone.ip}:{self.phone.port}>"),
        ]
        if body:
            message.headers.append(("Content-Type", "application/sdp"))
        return message

    async def within(self, message: Message) -> None:
        """A request of the other side within this call."""
        transport, body = self.phone.transport, ""
        match message.method:
            case "BYE":
                self.end(Ended.HEARD_HANG_UP, self.entry.status)
            case "CANCEL":
                self._cancelled(message)
                return
            case "INVITE" | "UPDATE":
                self.listen_to(message)
                body = self.description() if message.method == "INVITE" or message.body else ""
            case "NOTIFY":
                self.transfers.append(message.body.strip())
        response = response_to(message, 200, "OK", self.local_tag, body)
        response.headers.append(("Contact", f"<sip:{self.phone.user}@{self.phone.ip}:{self.phone.port}>"))
        transport.answer(message, response, self.peer)

    def _cancelled(self, message: Message) -> None:
        self.phone.transport.answer(message, response_to(message, 200, "OK", self.local_tag), self.peer)
        if self.answering.is_set() or self.ending.is_set() or self.invite is None:
            return
        elsewhere = any("cause=200" in reason for reason in message.all("Reason"))
        self._reply(self.invite, 487, "Request Terminated")
        self.end(Ended.ELSEWHERE if elsewhere else Ended.CANCELLED, 487)

    def _reply(self, request: Message, status: int, reason: str, body: str = "") -> None:
        response = response_to(request, status, reason, self.local_tag, body)
        response.headers.append(("Contact", f"<sip:{self.phone.user}@{self.phone.ip}:{self.phone.port}>"))
        self.phone.transport.answer(request, response, self.peer)

    async def _reinvite(self, direction: str) -> None:
        message = self.request("INVITE", self.description(direction))
        response = await self._final(message, 5, 200)
        self.listen_to(response)
        ack = self.request("ACK")
        self.phone.transport.acknowledge(ack, self.peer)

    async def _final(self, message: Message, within_seconds: float, *wanted: int) -> Message:
        response = await self.phone.final(message, self.peer, within_seconds)
        if response.status not in wanted:
            raise CallFailure(f"{self.phone.name}: {message.method} was answered {response.first}: {self}")
        return response

    def confirmed(self, response: Message) -> None:
        """An outgoing call's INVITE got a 2xx."""
        self.remote = response.get("To")
        assert tag_of(self.remote)
        self.was_answered(response)
