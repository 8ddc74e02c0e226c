"""Sound without libraries: A-law 8 kHz mono, tones and bells, and bringing speech from another rate down to it."""

from __future__ import annotations

import io
import math
import wave
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import mul

RATE = 8000
PEAK = 0.5  # of full scale: loud enough, and far from clipping on the way
CUTOFF_HZ = 3500
TAPS = 56
#: The sounds that tests tell prompts by: far enough apart for the ear of the test phone.
FIRST_TONE_HZ, TONE_STEP_HZ = 400, 90


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


def tone(hertz: Sequence[float], seconds: float, level: float = PEAK) -> list[float]:
    """The mix of these frequencies, with soft edges of 5 ms so that nothing clicks."""
    count = int(seconds * RATE)
    edge = min(RATE // 200, count // 2) or 1
    steps = [2 * math.pi * frequency / RATE for frequency in hertz]
    share = level / len(steps)
    return [
        share * min(1.0, n / edge, (count - n) / edge) * sum(math.sin(step * n) for step in steps) for n in range(count)
    ]


def silence(seconds: float) -> list[float]:
    return [0.0] * int(seconds * RATE)


def bell(hertz: float, seconds: float) -> list[float]:
    """A struck bell: strike tone, minor third, fifth and octave, each dying away."""
    partials = ((0.5, 0.5), (1.0, 1.0), (1.19, 0.6), (1.5, 0.4), (2.0, 0.5))
    scale = PEAK / sum(weight for _ratio, weight in partials)
    steps = [(2 * math.pi * hertz * ratio / RATE, weight) for ratio, weight in partials]
    return [
        scale * math.exp(-3 * n / RATE) * sum(weight * math.sin(step * n) for step, weight in steps)
        for n in range(int(seconds * RATE))
    ]


def melody() -> list[float]:
    """What waits with the caller: a quarter chime of a carillon, twice."""
    notes = (659.3, 523.3, 587.3, 392.0, 392.0, 587.3, 659.3, 523.3)
    once = [sample for note in notes for sample in bell(note, 0.6)] + silence(0.6)
    return once * 2


def _three_tones() -> list[float]:
    return [sample for hertz in (950, 1400, 1800) for sample in tone([hertz], 0.33)]


#: The sounds of the prompts without words (phrases.SOUNDS), by key.
NAMED: Mapping[str, Callable[[], list[float]]] = {
    "beep": lambda: tone([1000], 0.3),
    "conference_beep": lambda: tone([800], 0.2),
    "mch": melody,
    "ringin": lambda: tone([425], 1.0) + silence(3.0),
    "silence": lambda: silence(1.0),
    "silence_halfsecond": lambda: silence(0.5),
    "user_unavailable": _three_tones,
}


def own_tone(index: int, seconds: float = 0.6) -> bytes:
    """The tone by which tests know the prompt with this index."""
    return alaw(tone([FIRST_TONE_HZ + TONE_STEP_HZ * index], seconds))


def read_wav(data: bytes) -> tuple[int, list[float]]:
    """Rate and samples of a 16-bit mono PCM file; one that was written to a pipe does not know its length."""
    with wave.open(io.BytesIO(data)) as file:
        if file.getsampwidth() != 2 or file.getnchannels() != 1:
            raise ValueError("This is not 16-bit mono.")
        samples = array("h", file.readframes(file.getnframes()))
        return file.getframerate(), [sample / 32768 for sample in samples]


@cache
def _phases(rate: int) -> tuple[int, int, list[list[float]]]:
    """The low-pass (Hann-windowed sinc), one row of taps for each position between two input samples."""
    common = math.gcd(rate, RATE)
    up, down = RATE // common, rate // common
    turn = 2 * CUTOFF_HZ / rate
    rows = []
    for phase in range(up):
        offset = phase / up
        places = [tap - TAPS / 2 + 1 - offset for tap in range(TAPS)]
        row = [
            (turn if place == 0 else math.sin(math.pi * turn * place) / (math.pi * place))
            * (0.5 + 0.5 * math.cos(2 * math.pi * place / (TAPS + 2)))
            for place in places
        ]
        total = sum(row)
        rows.append([tap / total for tap in row])
    return up, down, rows


def to_8000(rate: int, samples: list[float]) -> list[float]:
    """Bring `samples` from `rate` (at least 8 kHz) to 8 kHz without what would alias."""
    up, down, rows = _phases(rate)
    padded = [0.0] * (TAPS // 2 - 1) + samples + [0.0] * TAPS
    result = []
    for n in range(len(samples) * up // down):
        whole, phase = divmod(n * down, up)
        result.append(sum(map(mul, rows[phase], padded[whole : whole + TAPS])))
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
