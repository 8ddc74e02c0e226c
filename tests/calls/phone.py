"""A SIP phone for tests: registers, calls, behaves as told when it is rung, and keeps a journal."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

from tests.calls.call import Call, CallFailure
from tests.calls.journal import Ended, Entry
from tests.calls.sip import Address, Message, digest_answer, display_of, response_to, tag_of, uri_of, user_of
from tests.calls.tones import Tones
from tests.calls.transport import Transport, new_branch

Behaviour = Callable[[Call], Awaitable[None]]
ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, REFER, INFO, UPDATE"

#: Longer than all tests together: no test phone registers again by itself.
REGISTERED_SECONDS = 3600


def answers(after_seconds: float = 0.0, talks_seconds: float | None = None) -> Behaviour:
    """Ring, answer after a while; hang up after another while, if told."""

    async def behave(call: Call) -> None:
        call.ring()
        await asyncio.sleep(after_seconds)
        call.answer()
        if talks_seconds is not None:
            await asyncio.sleep(talks_seconds)
            await call.hang_up()

    return behave


def refuses(status: int, reason: str, after_seconds: float | None = None) -> Behaviour:
    """Refuse at once, or ring for a while and then refuse."""

    async def behave(call: Call) -> None:
        if after_seconds is not None:
            call.ring()
            await asyncio.sleep(after_seconds)
        call.refuse(status, reason)

    return behave


async def never(call: Call) -> None:
    """Ring until the other side gives up."""
    call.ring()


busy = refuses(486, "Busy Here")
declines = refuses(603, "Decline")
unavailable = refuses(480, "Temporarily Unavailable")
unknown_number = refuses(404, "Not Found")


class Phone:
    """One SIP account on one loopback address; its voice is the tone of its name."""

    def __init__(
        self,
        name: str,
        tones: Tones,
        server: Address,
        *,
        user: str = "",
        password: str = "",
        ip: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.name, self.tones, self.server = name, tones, server
        self.tone = tones.add(name)
        self.user, self.password = user or name, password
        self.ip, self.port = ip, port
        self.behaviour: Behaviour = answers()
        self.journal: list[Entry] = []
        self.calls: list[Call] = []
        self.notices: list[Message] = []
        self.troubles: list[str] = []
        self.transport = Transport(self._incoming)
        self._arrived: asyncio.Condition = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._registration = secrets.token_hex(8)
        self._registrations = 0

    def __str__(self) -> str:
        return f"phone {self.name} ({self.user} on {self.ip}:{self.port})"

    async def start(self) -> Phone:
        """Open the socket."""
        self.ip, self.port = await self.transport.open(self.ip, self.port)
        return self

    async def stop(self) -> None:
        """End all calls and close; a behaviour that failed is told now."""
        for call in list(self.calls):
            with suppress(CallFailure):
                await call.hang_up(2)
            call.end(Ended.LOST, 0)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.transport.close()
        if self.troubles:
            raise CallFailure(f"{self}: {'; '.join(self.troubles)}")

    # Registration.

    async def register(self, expires_seconds: int = REGISTERED_SECONDS, within_seconds: float = 5) -> None:
        """Register (or register again) and wait for the 200."""
        response = await self._register(expires_seconds, within_seconds)
        if response.status != 200:
            raise CallFailure(f"{self}: REGISTER was answered {response.first}")

    async def unregister(self) -> None:
        """Take the registration away."""
        await self.register(0)

    async def try_register(self, within_seconds: float = 5) -> int:
        """Register and tell the status of the final answer."""
        return (await self._register(REGISTERED_SECONDS, within_seconds)).status

    async def _register(self, expires_seconds: int, within_seconds: float) -> Message:
        host, port = self.server
        proof: tuple[str, str] | None = None
        while True:
            self._registrations += 1
            address = f"<sip:{self.user}@{host}>"
            message = self._new("REGISTER", f"sip:{host}:{port}", address, address, self._registration)
            message.headers += [("CSeq", f"{self._registrations} REGISTER"), ("Expires", str(expires_seconds))]
            message.headers += [proof] if proof else []
            response = await self.final(message, self.server, within_seconds)
            if response.status != 401 or proof:
                return response
            proof = self._proof(response, "REGISTER", message.uri)

    # Calls.

    def call(self, number: str, *, caller: str = "", display: str = "", tone: str = "") -> Call:
        """Begin a call; it goes on by itself. `caller` is the From user of a phone that is a trunk."""
        entry = Entry(
            phone=self.name,
            outgoing=True,
            other=number,
            display=display,
            number=number,
            call_id=f"{secrets.token_hex(8)}@{self.ip}",
        )
        call = Call(self, entry, self.server)
        if tone:
            call.audio.frame = self.tones.frame(tone)
        host, port = self.server
        call.local = f"{display!r} ".replace("'", '"') * bool(display) + f"<sip:{caller or self.user}@{host}>"
        call.remote = f"<sip:{number.replace('#', '%23')}@{host}:{port}>"
        call.target = call.remote[1:-1]
        self.calls.append(call)
        self.journal.append(entry)
        self._run(self._place(call))
        return call

    async def rung(self, within_seconds: float = 5, after: int = 0) -> Call:
        """Wait until this phone is being rung, or has been since the journal had `after` entries."""
        try:
            async with asyncio.timeout(within_seconds), self._arrived:
                while True:
                    for call in self.calls:
                        if not call.entry.outgoing and self.journal.index(call.entry) >= after:
                            return call
                    await self._arrived.wait()
        except TimeoutError:
            raise CallFailure(f"{self} was not rung within {within_seconds} s") from None

    async def cancel(self, call: Call) -> None:
        """Give an outgoing call up; the INVITE's own answer ends it."""
        await self._provisional(call)
        if call.ending.is_set() or call.answering.is_set() or call.invite is None:
            return
        message = Message(f"CANCEL {call.invite.uri} SIP/2.0")
        wanted = ("via", "max-forwards", "from", "to", "call-id")
        message.headers = [pair for pair in call.invite.headers if pair[0].lower() in wanted]
        message.headers.append(("CSeq", f"{call.invite.sequence} CANCEL"))
        self.transport.request(message, call.peer)

    async def final(self, message: Message, to: Address, within_seconds: float) -> Message:
        """Send a request and wait for its final answer."""
        queue = self.transport.request(message, to)
        try:
            async with asyncio.timeout(within_seconds):
                while (response := await queue.get()).status < 200:
                    pass
        except TimeoutError:
            raise CallFailure(f"{self}: {message.first} got no answer within {within_seconds} s") from None
        return response

    def forget(self, call: Call) -> None:
        """The call is over."""
        if call in self.calls:
            self.calls.remove(call)

    async def _provisional(self, call: Call) -> None:
        """A CANCEL may follow only the first answer (RFC 3261, 9.1)."""
        for _ in range(40):
            if call.entry.status or call.ending.is_set():
                return
            await asyncio.sleep(0.05)

    async def _place(self, call: Call) -> None:
        call.rtp_port = await call.audio.open(self.ip)
        proof: tuple[str, str] | None = None
        while True:
            message = self._new("INVITE", call.target, f"{call.local};tag={call.local_tag}", call.remote,
                                call.entry.call_id)  # fmt: skip
            message.headers += [("CSeq", f"{call.sequence} INVITE"), ("Content-Type", "application/sdp")]
            message.headers += [proof] if proof else []
            message.body = call.description()
            call.invite = message
            final = await self._until_final(call, message)
            if final is None:
                return
            if final.status < 300:
                await self._accepted(call, final)
                return
            self._confirm(call, message, final)
            if final.status not in (401, 407) or proof:
                ours = Ended.GAVE_UP if final.status == 487 else Ended.FAILED
                call.end(ours, final.status)
                return
            proof = self._proof(final, "INVITE", message.uri)
            call.sequence += 1

    async def _until_final(self, call: Call, message: Message) -> Message | None:
        queue = self.transport.request(message, self.server)
        while True:
            try:
                # The engine answers 100 at once; afterwards a call may ring for as long as the test waits.
                response = await asyncio.wait_for(queue.get(), 120 if call.entry.status else 9)
            except TimeoutError:
                call.end(Ended.FAILED, 408)
                return None
            if response.status in (401, 407) or response.status >= 200:
                return response
            call.entry.status = response.status
            call.listen_to(response)
            if response.body:
                call.early.set()
            if response.status == 180:
                call.entry.rang = call.entry.rang or datetime.now(UTC)
                call.ringing.set()

    async def _accepted(self, call: Call, response: Message) -> None:
        call.confirmed(response)
        self.transport.acknowledge(call.request("ACK"), call.peer)

    def _confirm(self, call: Call, invite: Message, response: Message) -> None:
        """The ACK of a refusal belongs to the INVITE's own transaction."""
        ack = Message(f"ACK {invite.uri} SIP/2.0")
        ack.headers = [pair for pair in invite.headers if pair[0] in ("Via", "Max-Forwards", "From", "Call-ID")]
        ack.headers += [("To", response.get("To")), ("CSeq", f"{invite.sequence} ACK")]
        self.transport.acknowledge(ack, call.peer)

    def _new(self, method: str, uri: str, local: str, remote: str, call_id: str) -> Message:
        message = Message(f"{method} {uri} SIP/2.0")
        message.headers = [
            ("Via", f"SIP/2.0/UDP {self.ip}:{self.port};branch={new_branch()};rport"),
            ("Max-Forwards", "70"),
            ("From", local if "tag=" in local else f"{local};tag={secrets.token_hex(4)}"),
            ("To", remote),
            ("Call-ID", call_id),
            ("Contact", f"<sip:{self.user}@{self.ip}:{self.port}>"),
            ("Allow", ALLOW),
        ]
        return message

    def _proof(self, response: Message, method: str, uri: str) -> tuple[str, str]:
        asked = response.get("WWW-Authenticate") or response.get("Proxy-Authenticate")
        name = "Authorization" if response.status == 401 else "Proxy-Authorization"
        return name, digest_answer(asked, method, uri, self.user, self.password)

    # What comes in.

    def _incoming(self, message: Message, source: Address) -> None:
        known = next((c for c in self.calls if c.entry.call_id == message.get("Call-ID")), None)
        if known:
            self._run(known.within(message))
        elif message.method == "INVITE" and not tag_of(message.get("To")):
            self._invited(message, source)
        elif message.method in ("OPTIONS", "NOTIFY"):
            self.notices.append(message)
            self.transport.answer(message, response_to(message, 200, "OK", "phone"), source)
        else:
            gone = response_to(message, 481, "Call/Transaction Does Not Exist", "phone")
            self.transport.answer(message, gone, source)

    def _invited(self, message: Message, source: Address) -> None:
        sender = message.get("From")
        number = user_of(message.first.split(" ")[1])
        call_id = message.get("Call-ID")
        entry = Entry(
            phone=self.name,
            outgoing=False,
            other=user_of(sender),
            display=display_of(sender),
            number=number,
            call_id=call_id,
        )
        call = Call(self, entry, source)
        call.invite = message
        call.local, call.remote = message.get("To"), sender
        call.target = uri_of(message.get("Contact"))
        self.calls.append(call)
        self.journal.append(entry)
        call.task = self._run(self._behave(call))

    async def _behave(self, call: Call) -> None:
        assert call.invite
        call.rtp_port = await call.audio.open(self.ip)
        call.listen_to(call.invite)
        async with self._arrived:
            self._arrived.notify_all()
        await self.behaviour(call)

    def _run(self, work: Awaitable[None]) -> asyncio.Task[None]:
        async def run() -> None:
            try:
                await work
            except (CallFailure, OSError) as failure:
                self.troubles.append(str(failure))

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
