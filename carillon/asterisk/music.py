"""What a held caller hears until somebody chooses other music: quiet chords, made here and owed to nobody."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

RATE_HZ = 8000
NOTE_SECONDS = 1.5
#: Broken chords of C, a, F and G.
NOTES_HZ = (262, 330, 392, 330, 220, 262, 330, 262, 175, 220, 262, 220, 196, 247, 294, 247)


@cache
def hold_music() -> bytes:
    """Return 24 seconds as A-law at 8 kHz."""
    return bytes(_alaw(level) for level in _levels())


def _levels() -> Iterator[int]:
    """Samples of 16 bits: each note swells and dies away, an octave softly above it."""
    count = int(NOTE_SECONDS * RATE_HZ)
    for hertz in NOTES_HZ:
        for index in range(count):
            envelope = math.sin(math.pi * index / count) ** 2
            angle = 2 * math.pi * hertz * index / RATE_HZ
            yield int(4000 * envelope * (math.sin(angle) + 0.3 * math.sin(2 * angle)))


def _alaw(level: int) -> int:
    """One sample by ITU-T G.711."""
    magnitude = min(level if level >= 0 else ~level, 32767) >> 4
    exponent = max(magnitude.bit_length() - 4, 0)
    mantissa = magnitude >> max(exponent - 1, 0) & 15
    return ((0x80 if level >= 0 else 0) | exponent << 4 | mantissa) ^ 0x55
