"""What a speech engine writes: a WAV file of 16 bits, whose header does not know its length when it went by a pipe."""

from __future__ import annotations

import io
import wave
from array import array
from collections.abc import Sequence

from carillon.prompts.convert import SoundError


def read(content: bytes) -> tuple[int, Sequence[float]]:
    """Return rate and samples (the first channel, between -1 and 1); SoundError where it is no such file."""
    try:
        with wave.open(io.BytesIO(content)) as file:
            if file.getsampwidth() != 2:
                raise SoundError("other")
            frames = file.readframes(file.getnframes())
            samples = array("h", frames[: len(frames) // 2 * 2])[:: file.getnchannels()]
    except (wave.Error, EOFError) as error:
        raise SoundError("other") from error
    return file.getframerate(), array("f", (sample / 32768 for sample in samples))
