"""WAV files for tests, written by Python's own module: it shares nothing with what reads them."""

from __future__ import annotations

import io
import math
import wave


def pcm(
    rate: int = 44100,
    channels: int = 2,
    width: int = 2,
    seconds: float = 0.5,
    hertz: float = 1000,
    amplitude: float = 0.5,
) -> bytes:
    """A tone as Python's own module writes it."""
    with io.BytesIO() as file:
        with wave.open(file, "wb") as out:
            out.setparams((channels, width, rate, 0, "NONE", ""))
            frames = bytearray()
            for n in range(int(rate * seconds)):
                level = amplitude * math.sin(2 * math.pi * hertz * n / rate)
                high = 1 << 8 * width - 1
                value = int(level * (high - 1)) + (high if width == 1 else 0)
                frames += value.to_bytes(width, "little", signed=width > 1) * channels
            out.writeframes(bytes(frames))
        return file.getvalue()
