"""One call at a time by hand: does the number ring, or does something else happen, and when was that known."""

from __future__ import annotations

import secrets
import socket
import time
from dataclasses import dataclass

from tests.bench.sipp import Address
from tests.calls.sip import Message, describe, parse


@dataclass(frozen=True, slots=True)
class Heard:
    """The first that a caller learns: 180 = it rings; 200 = something answered; else it was refused."""

    status: int
    at: float


class Probe:
    """A caller with one socket."""

    def __init__(self, server: Address, caller: Address) -> None:
        self._server, self._caller = server, caller
        self._wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._wire.bind((caller.ip, caller.port))
        self._wire.settimeout(5)

    def close(self) -> None:
        self._wire.close()

    def call(self, number: str) -> Heard:
        """Call, listen to the first answer that says something, and end the call cleanly."""
        call_id, branch, tag = (secrets.token_hex(8) for _ in range(3))
        uri = f"sip:{number}@{self._server}"
        self._send("INVITE", uri, call_id, branch, tag, "", describe(self._caller.ip, 30000, 1))
        answer = self._answer(call_id, "INVITE", 180)
        heard = Heard(answer.status, time.time())
        if heard.status < 200:
            self._send("CANCEL", uri, call_id, branch, tag, "")
            answer = self._answer(call_id, "INVITE", 200)
        to = answer.get("To")
        self._send("ACK", uri, call_id, branch if answer.status >= 300 else secrets.token_hex(8), tag, to)
        if answer.status < 300:
            self._send("BYE", uri, call_id, secrets.token_hex(8), tag, to, sequence=2)
            self._answer(call_id, "BYE", 200)
        return heard

    def _answer(self, call_id: str, method: str, least: int) -> Message:
        while True:
            message = parse(self._wire.recv(65535))
            ours = message.get("Call-ID") == call_id and message.get("CSeq").endswith(method)
            if ours and message.first.startswith("SIP/2.0") and message.status >= least:
                return message

    def _send(
        self, method: str, uri: str, call_id: str, branch: str, tag: str, to: str, body: str = "", sequence: int = 1
    ) -> None:
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._caller};branch=z9hG4bK{branch};rport",
            f"From: <sip:+3225550000@{self._caller}>;tag={tag}",
            f"To: {to or f'<{uri}>'}",
            f"Call-ID: {call_id}",
            f"CSeq: {sequence} {method}",
            f"Contact: <sip:+3225550000@{self._caller}>",
            "Max-Forwards: 70",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body.encode())}",
        ]
        text = "\r\n".join(lines) + "\r\n\r\n" + body
        self._wire.sendto(text.encode(), (self._server.ip, self._server.port))
