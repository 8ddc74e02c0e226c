"""Sound files of every kind for tests, written by FFmpeg's encoders."""

from __future__ import annotations

import io
import math
from array import array
from collections.abc import Iterator
from fractions import Fraction
from typing import cast

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream


def tone(seconds: float, hertz: float, rate: int, amplitude: float = 0.5) -> array[float]:
    """One channel between -1 and 1."""
    step = 2 * math.pi * hertz / rate
    return array("f", (amplitude * math.sin(step * n) for n in range(int(seconds * rate))))


def _frames(samples: array[float], rate: int, layout: str, channels: int) -> Iterator[AudioFrame]:
    for start in range(0, len(samples), rate):
        part = samples[start : start + rate]
        frame = AudioFrame(format="flt", layout=layout, samples=len(part))
        mixed = array("f", (sample for sample in part for _channel in range(channels)))
        frame.planes[0].update(mixed.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        yield frame


def encoded(kind: str, codec: str, samples: array[float], rate: int = 44100, layout: str = "stereo") -> bytes:
    """Return a file of `kind` (FFmpeg's name of the format) with `samples` in each channel."""
    channels = av.AudioLayout(layout).nb_channels
    with io.BytesIO() as file:
        with av.open(file, "w", format=kind) as out:
            stream = cast(AudioStream, out.add_stream(codec, rate=rate, layout=layout))
            stream.codec_context.options = {"strict": "-2"}  # FFmpeg calls its own encoder of Vorbis experimental
            for frame in _frames(samples, rate, layout, channels):
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        return file.getvalue()


#: What people have: name -> FFmpeg's format and encoder, rate and layout.
EVERY_KIND = {
    "WAV, 8 bit, 8 kHz": ("wav", "pcm_u8", 8000, "mono"),
    "WAV, 16 bit, 44.1 kHz, stereo": ("wav", "pcm_s16le", 44100, "stereo"),
    "WAV, 24 bit, 48 kHz, stereo": ("wav", "pcm_s24le", 48000, "stereo"),
    "WAV, 32 bit, 96 kHz": ("wav", "pcm_s32le", 96000, "mono"),
    "WAV, float, 22.05 kHz": ("wav", "pcm_f32le", 22050, "mono"),
    "WAV, 16 bit, 11.025 kHz": ("wav", "pcm_s16le", 11025, "mono"),
    "WAV, 5.1": ("wav", "pcm_s16le", 48000, "5.1"),
    "WAV, 24 bit, 5.1": ("wav", "pcm_s24le", 48000, "5.1"),
    "WAV, A-law": ("wav", "pcm_alaw", 8000, "mono"),
    "WAV, mu-law": ("wav", "pcm_mulaw", 8000, "mono"),
    "AIFF": ("aiff", "pcm_s16be", 44100, "stereo"),
    "AIFF, 24 bit": ("aiff", "pcm_s24be", 48000, "stereo"),
    "AIFC, sowt": ("aiff", "pcm_s16le", 16000, "mono"),
    "MP3": ("mp3", "libmp3lame", 44100, "stereo"),
    "M4A": ("ipod", "aac", 44100, "stereo"),
    "Ogg Vorbis": ("ogg", "vorbis", 44100, "stereo"),
    "Ogg Opus": ("ogg", "libopus", 48000, "mono"),
    "FLAC": ("flac", "flac", 44100, "stereo"),
}
