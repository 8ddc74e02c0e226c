"""What a WAV file holds, judged by its content and never by its name: linear PCM or A-law, of any rate and channels."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from carillon.prompts.sound import from_alaw

PCM, ALAW, EXTENSIBLE = 1, 6, 0xFFFE
LOWEST_RATE, HIGHEST_RATE, MOST_CHANNELS = 4000, 192_000, 8


class SoundError(ValueError):
    """A file that cannot be used; str() is one of "format", "length", "empty"."""


@dataclass(frozen=True, slots=True)
class Wave:
    """A WAV file taken apart: `width` in bytes per sample, `data` whole frames."""

    form: int
    channels: int
    rate: int
    width: int
    data: memoryview

    @property
    def seconds(self) -> float:
        return len(self.data) / self.channels / self.width / self.rate

    @property
    def is_ours(self) -> bool:
        """Whether it is already as Asterisk plays it."""
        return (self.form, self.channels, self.rate) == (ALAW, 1, 8000)


def parse(content: bytes) -> Wave:
    """Take a file apart; one that was written to a pipe does not know its length, and is read to its end."""
    view, form, place = memoryview(content), None, 12
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise SoundError("format")
    while place + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        body = view[place + 8 : place + 8 + size]
        if name == b"fmt ":
            form = _form(bytes(body))
        elif name == b"data" and form is not None:
            kind, channels, rate, width = form
            whole = len(body) - len(body) % (channels * width)
            return Wave(kind, channels, rate, width, body[:whole])
        place += 8 + size + size % 2
    raise SoundError("format")


def _form(body: bytes) -> tuple[int, int, int, int]:
    if len(body) < 16:
        raise SoundError("format")
    kind, channels, rate, _bytes, _block, bits = struct.unpack_from("<HHIIHH", body)
    if kind == EXTENSIBLE and len(body) >= 26:
        kind = struct.unpack_from("<H", body, 24)[0]
    widths = {PCM: (8, 16, 24, 32), ALAW: (8,)}.get(kind, ())
    if bits not in widths or not 1 <= channels <= MOST_CHANNELS or not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise SoundError("format")
    return kind, channels, rate, bits // 8


def _channel(wave: Wave, number: int) -> Iterable[float]:
    """Return one channel between -1 and 1; more than 16 bits are no use to a telephone."""
    step, start = wave.width * wave.channels, wave.width * number
    top = bytes(wave.data[start + wave.width - 1 :: step])
    if wave.form == ALAW:
        return from_alaw(top)
    if wave.width == 1:
        return ((byte - 128) / 128 for byte in top)
    pairs = bytearray(2 * len(top))
    pairs[1::2], pairs[0::2] = top, bytes(wave.data[start + wave.width - 2 :: step])
    return (sample / 32768 for sample in memoryview(pairs).cast("h"))


def mono(wave: Wave) -> Sequence[float]:
    """Return the mean of all channels, between -1 and 1."""
    samples = array("f", _channel(wave, 0))
    for number in range(1, wave.channels):
        for place, sample in enumerate(_channel(wave, number)):
            samples[place] += sample
    if wave.channels > 1:
        samples = array("f", (sample / wave.channels for sample in samples))
    return samples


def read(content: bytes) -> tuple[int, Sequence[float]]:
    """Return rate and samples of a WAV file; SoundError says why not."""
    wave = parse(content)
    return wave.rate, mono(wave)
