"""How prompts and voices are told apart by ear: a name is a frequency, a-law audio is a list of names."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

RATE_HZ = 8000
FRAME_SAMPLES = 160
FRAME_SECONDS = FRAME_SAMPLES / RATE_HZ
# A 20 ms frame holds a whole number of periods of each multiple of 50 Hz: the bins do not leak into one
# another whatever the phase, and each frame of a steady tone has the same bytes (which makes the cache hit).
STEP_HZ = 50
LOWEST_HZ = 350
HIGHEST_HZ = 3500
SILENCE = b"\xd5" * FRAME_SAMPLES
SHORTEST_SECONDS = 0.06
GAP_SECONDS = 0.1
SHARE = 0.2
QUIET = 200.0


class Segment(NamedTuple):
    """One name heard from t0 to t1, in seconds."""

    t0: float
    t1: float
    name: str


def _encode_sample(sample: int) -> int:
    """G.711 a-law of a 16-bit sample: sign, three bits of exponent, four bits of mantissa, even bits inverted."""
    magnitude = min(sample if sample >= 0 else ~sample, 32767) >> 4
    exponent = max(magnitude.bit_length() - 4, 0)
    mantissa = (magnitude >> max(exponent - 1, 0)) & 15
    return ((0x80 if sample >= 0 else 0) | exponent << 4 | mantissa) ^ 0x55


def _decode_byte(code: int) -> int:
    """The 16-bit sample in the middle of the step that an a-law byte names."""
    code ^= 0x55
    exponent, mantissa = code >> 4 & 7, code & 15
    magnitude = mantissa << 4 | 8
    if exponent:
        magnitude = (magnitude | 0x100) << (exponent - 1)
    return magnitude if code & 0x80 else -magnitude


_ENCODED = bytes(_encode_sample(sample) for sample in range(-32768, 32768))
_DECODED = array("h", (_decode_byte(code) for code in range(256)))


def encode(samples: Iterable[int]) -> bytes:
    """16-bit samples to a-law."""
    return bytes(_ENCODED[sample + 32768] for sample in samples)


def decode(alaw: bytes) -> array[int]:
    """a-law to 16-bit samples."""
    return array("h", (_DECODED[code] for code in alaw))


class Tones:
    """Names and their frequencies; each new name takes the next free one."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.hertz: dict[str, int] = {}
        self.names: dict[int, str] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> str:
        """The same name, now with a frequency. At most 64 names fit between 350 and 3500 Hz."""
        if name not in self.hertz:
            hertz = LOWEST_HZ + STEP_HZ * len(self.hertz)
            if hertz > HIGHEST_HZ:
                raise ValueError(f"no frequency left for {name!r}: {len(self.hertz)} names are in use")
            self.hertz[name] = hertz
            self.names[hertz] = name
        return name

    def keep(self, count: int) -> None:
        """Forget the names that came after the first `count`: their frequencies are free again."""
        for name in list(self.hertz)[count:]:
            del self.names[self.hertz.pop(name)]

    def frame(self, name: str) -> bytes:
        """20 ms of the tone; repeated without a seam it is the whole tone."""
        return tone_frame(self.hertz[self.add(name)])

    def audio(self, name: str, seconds: float) -> bytes:
        """a-law audio of the tone, in whole frames."""
        return self.frame(name) * max(1, round(seconds / FRAME_SECONDS))

    def name_of(self, hertz: int) -> str:
        """The name of a frequency, or the frequency itself when nobody has it."""
        return self.names.get(hertz, f"{hertz} Hz")

    def heard(self, frames: Iterable[tuple[float, bytes]]) -> list[Segment]:
        """What was heard in frames of 20 ms with their arrival times, in order; two at once overlap."""
        named = ((at, [self.name_of(hertz) for hertz in frequencies(payload)]) for at, payload in frames)
        return sorted(_join(named))

    def segments(self, alaw: bytes) -> list[Segment]:
        """What is heard in an a-law recording."""
        starts = range(0, len(alaw) - FRAME_SAMPLES + 1, FRAME_SAMPLES)
        return self.heard((at / RATE_HZ, alaw[at : at + FRAME_SAMPLES]) for at in starts)


@lru_cache(maxsize=256)
def tone_frame(hertz: int) -> bytes:
    """20 ms of a sine at half of full scale."""
    turn = 2 * math.pi * hertz / RATE_HZ
    return encode(round(16000 * math.sin(turn * n)) for n in range(FRAME_SAMPLES))


def _power(samples: array[int], hertz: int) -> float:
    """Goertzel: the energy of one frequency, on the scale of the sum of squares of the samples."""
    factor = 2 * math.cos(2 * math.pi * hertz / RATE_HZ)
    before, last = 0.0, 0.0
    for sample in samples:
        before, last = last, sample + factor * last - before
    return 2 * (before * before + last * last - factor * before * last) / len(samples)


@lru_cache(maxsize=4096)
def is_loud(frame: bytes) -> bool:
    """Whether a frame is anything but silence."""
    samples = decode(frame)
    return sum(sample * sample for sample in samples) >= QUIET * QUIET * max(1, len(samples))


@lru_cache(maxsize=4096)
def frequencies(frame: bytes) -> tuple[int, ...]:
    """The frequencies that stand out of a 20 ms frame, loudest first; none in silence, noise or speech."""
    samples = decode(frame)
    total = float(sum(sample * sample for sample in samples))
    if not is_loud(frame):
        return ()
    powers = ((_power(samples, hertz), hertz) for hertz in range(LOWEST_HZ, HIGHEST_HZ + 1, STEP_HZ))
    loud = sorted((pair for pair in powers if pair[0] > SHARE * total), reverse=True)
    # A frame in which one tone ends and another begins, or speech, leaves much energy between the tones.
    return tuple(hertz for _, hertz in loud) if sum(power for power, _ in loud) > 0.9 * total else ()


def _join(frames: Iterable[tuple[float, list[str]]]) -> Iterator[Segment]:
    running: dict[str, tuple[float, float]] = {}
    for at, names in frames:
        for name in [name for name, (_, end) in running.items() if at - end > GAP_SECONDS]:
            yield from _long_enough(name, *running.pop(name))
        for name in names:
            running[name] = (running.get(name, (at, at))[0], at + FRAME_SECONDS)
    for name, (start, end) in running.items():
        yield from _long_enough(name, start, end)


def _long_enough(name: str, start: float, end: float) -> Iterator[Segment]:
    if end - start >= SHORTEST_SECONDS - 1e-6:
        yield Segment(round(start, 3), round(end, 3), name)
