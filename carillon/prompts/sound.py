"""Sound without libraries: samples as A-law 8 kHz mono, and speech of another rate brought to it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from functools import cache
from operator import mul

RATE = 8000
PEAK = 0.5  # of full scale: loud enough, and far from clipping on the way
CUTOFF_HZ = 3500
#: Length of the low-pass up to this rate; it grows with faster ones.
TAPS, TAPS_RATE = 56, 22050


def _encode(sample: int) -> int:
    """One 16-bit sample as A-law (ITU-T G.711)."""
    sign = 0x80 if sample >= 0 else 0
    level = min(sample if sample >= 0 else -sample - 1, 32767) >> 3
    exponent = max(0, level.bit_length() - 5)
    mantissa = (level >> (1 if exponent == 0 else exponent)) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55


@cache
def _table() -> bytes:
    return bytes(_encode(sample - 65536 if sample > 32767 else sample) for sample in range(65536))


def alaw(samples: Iterable[float]) -> bytes:
    """Encode samples between -1 and 1."""
    table = _table()
    return bytes(table[int(max(-1.0, min(1.0, sample)) * 32767) & 0xFFFF] for sample in samples)


@cache
def levels() -> tuple[float, ...]:
    """The sample that each A-law code stands for, between -1 and 1."""
    found = []
    for code in range(256):
        exponent, mantissa = ((code ^ 0x55) >> 4) & 7, (code ^ 0x55) & 15
        level = mantissa * 16 + 8 if exponent == 0 else (mantissa * 16 + 0x108) << (exponent - 1)
        found.append((level if (code ^ 0x55) & 0x80 else -level) / 32768)
    return tuple(found)


def from_alaw(data: bytes) -> Iterable[float]:
    """Decode A-law to samples between -1 and 1."""
    return map(levels().__getitem__, data)


@cache
def _phases(rate: int) -> tuple[int, int, int, list[list[float]]]:
    """The low-pass (Hann-windowed sinc), one row of taps for each position between two input samples."""
    common = math.gcd(rate, RATE)
    up, down = RATE // common, rate // common
    taps = max(TAPS, math.ceil(TAPS * rate / TAPS_RATE / 2) * 2)
    turn = 2 * min(CUTOFF_HZ, 0.45 * rate) / rate
    rows = []
    for phase in range(up):
        offset = phase / up
        places = [tap - taps / 2 + 1 - offset for tap in range(taps)]
        row = [
            (turn if place == 0 else math.sin(math.pi * turn * place) / (math.pi * place))
            * (0.5 + 0.5 * math.cos(2 * math.pi * place / (taps + 2)))
            for place in places
        ]
        total = sum(row)
        rows.append([tap / total for tap in row])
    return up, down, taps, rows


def to_8000(rate: int, samples: Sequence[float]) -> list[float]:
    """Bring `samples` from `rate` to 8 kHz without what would alias."""
    up, down, taps, rows = _phases(rate)
    padded = array("f", bytes(4 * (taps // 2 - 1))) + array("f", samples) + array("f", bytes(4 * taps))
    count = len(samples) * up // down
    result = []
    for n in range(count):
        whole, phase = divmod(n * down, up)
        result.append(sum(map(mul, rows[phase], padded[whole : whole + taps])))
    return result


def levelled(samples: list[float]) -> list[float]:
    """The same with its loudest moment at PEAK, and without the silence at both ends."""
    loudest = max(map(abs, samples), default=0.0) or 1.0
    loud = [n for n, sample in enumerate(samples) if abs(sample) > loudest / 100]
    if not loud:
        return samples
    margin = RATE // 20
    kept = samples[max(0, loud[0] - margin) : loud[-1] + margin]
    return [sample * PEAK / loudest for sample in kept]
