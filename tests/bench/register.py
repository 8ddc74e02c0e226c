"""Registering a phone by hand: SIPp then listens on the port that the registration was sent from."""

from __future__ import annotations

import secrets
import socket

from tests.bench.sipp import Address
from tests.calls.sip import Message, digest_answer, parse

SECONDS = 3600


def register(server: Address, phone: Address, user: str, password: str) -> None:
    """Register for an hour; RuntimeError when it is refused."""
    call_id, tag = secrets.token_hex(8), secrets.token_hex(4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        wire.bind((phone.ip, phone.port))
        wire.settimeout(1)
        uri, proof = f"sip:{server}", ""
        for sequence in (1, 2):
            text = _request(server, phone, user, call_id, tag, sequence, proof)
            answer = _asked(wire, server, text.encode())
            if answer.status == 200:
                return
            proof = digest_answer(answer.get("WWW-Authenticate"), "REGISTER", uri, user, password)
    raise RuntimeError(f"{user} could not register: {answer.status}")


def _asked(wire: socket.socket, server: Address, data: bytes) -> Message:
    """The final answer; asked again each second, for a busy machine loses datagrams."""
    for _ in range(20):
        wire.sendto(data, (server.ip, server.port))
        try:
            while (answer := parse(wire.recv(65535))).status < 200:
                pass
        except TimeoutError:
            continue
        return answer
    raise RuntimeError(f"nobody answers at {server}")


def _request(server: Address, phone: Address, user: str, call_id: str, tag: str, sequence: int, proof: str) -> str:
    lines = [
        f"REGISTER sip:{server} SIP/2.0",
        f"Via: SIP/2.0/UDP {phone};branch=z9hG4bK{secrets.token_hex(8)};rport",
        f"From: <sip:{user}@{server}>;tag={tag}",
        f"To: <sip:{user}@{server}>",
        f"Call-ID: {call_id}",
        f"CSeq: {sequence} REGISTER",
        f"Contact: <sip:{user}@{phone}>",
        f"Expires: {SECONDS}",
        "Max-Forwards: 70",
        *([f"Authorization: {proof}"] if proof else []),
        "Content-Length: 0",
    ]
    return "\r\n".join(lines) + "\r\n\r\n"
