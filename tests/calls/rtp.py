"""What a test phone says and what it hears: one RTP stream of a-law in 20 ms frames."""

from __future__ import annotations

import asyncio
import secrets
import struct
from typing import cast

from tests.calls.sip import Address
from tests.calls.tones import FRAME_SAMPLES, FRAME_SECONDS

ALAW = 8
EVENTS = 101
DIGITS = "0123456789*#ABCD"
DIGIT_SECONDS = 0.1
_HEADER = struct.Struct("!BBHII")


class Audio(asyncio.DatagramProtocol):
    """One call's audio: sends the own tone, keeps each frame that comes in with its arrival time."""

    def __init__(self, frame: bytes) -> None:
        self.frame = frame
        self.received: list[tuple[float, bytes]] = []
        #: Keys that the other side pressed (RFC 2833), by the stamp of their event: each is told in many packets.
        self.pressed: dict[int, str] = {}
        self.to: Address | None = None
        self._udp: asyncio.DatagramTransport | None = None
        self._tick: asyncio.TimerHandle | None = None
        self._sequence = secrets.randbelow(30000)
        self._stamp = secrets.randbelow(1 << 30)
        self._source = secrets.randbits(32)
        self._digits: list[int] = []
        self._pressed_frames = 0
        self._due = 0.0

    async def open(self, ip: str) -> int:
        """Bind a free port of the address and tell it."""
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(ip, 0))
        return cast(int, self._udp.get_extra_info("sockname")[1])

    def close(self) -> None:
        """Stop sending and receiving; what was received stays."""
        self.mute()
        if self._udp:
            self._udp.close()
            self._udp = None

    def speak(self, frame: bytes | None = None) -> None:
        """Send the own tone (or another one) from now on."""
        self.frame = frame or self.frame
        if self._tick is None and self._udp:
            self._due = asyncio.get_running_loop().time()
            self._send()

    def mute(self) -> None:
        """Send nothing from now on."""
        if self._tick:
            self._tick.cancel()
            self._tick = None

    def press(self, digits: str) -> float:
        """Send telephone events (RFC 2833) instead of the tone for a while; the seconds that it takes."""
        # None is the pause after a digit, -1 here, so that two equal digits stay two.
        for digit in digits:
            self._digits += [DIGITS.index(digit), -1]
        return len(digits) * DIGIT_SECONDS * 2

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        """Keep an a-law frame; RTCP and comfort noise are nothing to hear."""
        if len(data) > 12 and data[1] & 0x7F == ALAW:
            self.received.append((asyncio.get_running_loop().time(), data[12:]))
        elif len(data) > 12 and data[1] & 0x7F == EVENTS and data[12] < len(DIGITS):
            self.pressed[_HEADER.unpack(data[:12])[3]] = DIGITS[data[12]]

    def error_received(self, exc: Exception) -> None:
        """The other side closed its port a moment before we stopped: nothing to do."""

    def _send(self) -> None:
        loop = asyncio.get_running_loop()
        if self._udp and not self._udp.is_closing() and self.to:
            self._udp.sendto(self._packet(), self.to)
        # After a stall of the machine frames are dropped, not sent in a burst.
        self._due = max(self._due + FRAME_SECONDS, loop.time() - 0.1)
        self._tick = loop.call_at(self._due, self._send)

    def _packet(self) -> bytes:
        self._sequence = (self._sequence + 1) & 0xFFFF
        if self._digits and self._digits[0] >= 0:
            return self._event()
        self._stamp = (self._stamp + FRAME_SAMPLES) & 0xFFFFFFFF
        if self._digits:
            self._pressed_frames += 1
            if self._pressed_frames * FRAME_SECONDS >= DIGIT_SECONDS:
                self._digits.pop(0)
                self._pressed_frames = 0
        return _HEADER.pack(0x80, ALAW, self._sequence, self._stamp, self._source) + self.frame

    def _event(self) -> bytes:
        """One packet of a digit: the stamp stands still, the duration grows, the last three say "end"."""
        frames = round(DIGIT_SECONDS / FRAME_SECONDS)
        self._pressed_frames += 1
        first, end = self._pressed_frames == 1, self._pressed_frames >= frames
        length = min(self._pressed_frames, frames) * FRAME_SAMPLES
        payload = struct.pack("!BBH", self._digits[0], (0x80 if end else 0) | 10, length)
        packet = _HEADER.pack(0x80, EVENTS | (0x80 if first else 0), self._sequence, self._stamp, self._source)
        if self._pressed_frames >= frames + 2:
            self._digits.pop(0)
            self._pressed_frames = 0
            self._stamp = (self._stamp + length) & 0xFFFFFFFF
        return packet + payload
