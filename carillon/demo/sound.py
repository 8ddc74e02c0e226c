"""Sounds that are made and not spoken: tones, bells and what waits with the caller."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from carillon.prompts.sound import PEAK, RATE, alaw

#: The sounds that tests tell prompts by: far enough apart for the ear of the test phone.
FIRST_TONE_HZ, TONE_STEP_HZ = 400, 90


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
