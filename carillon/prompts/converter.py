"""The program that turns a file somebody sent into what a telephone plays, in a process that may do nothing else.

`python -I converter.py <seconds> <kinds>`: the file is standard input; on standard output come lines
`progress <share>`, then `error <word>` or `report <JSON>` followed by A-law, 8 kHz, mono. convert.py starts it. It
reads hostile content, so it imports nothing of Carillon, opens no file and is held to limits of memory and time.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import resource
import sys
from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from operator import mul
from typing import BinaryIO

import av
import av.subtitles.stream  # PyAV imports it with the first file, when none may be opened any more
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

RATE = 8000
LOWEST_RATE, HIGHEST_RATE, MOST_CHANNELS = 4000, 192_000, 8
MEMORY_BYTES, CPU_SECONDS = 768 << 20, 60
SHORTEST_SECONDS = 0.05

#: The common level in dB below full scale, of the parts that are not silent; the reason is in docs/decisions/0011.
LEVEL_DB = -22.0
#: A file that is as near to the level as this is left as it is; one that is far below is raised by so much at most.
NEAR_DB, MOST_GAIN_DB = 1.0, 30.0
#: No peak is raised above this.
PEAK_DB = -1.0
#: What never gets louder than this has no sound in it.
SILENT_DB = -60.0
#: Parts that are so far below the rest are pauses, and at both ends silence.
PAUSE_DB, SILENCE_DB = 10.0, 30.0
#: Silence at an end that is longer than the first is cut to the second.
LONG_SILENCE, SHORT_SILENCE = 0.5, 0.2
BLOCK = RATE // 20
#: The file is read at half its level: what the low-pass adds to a loud one has room.
HALF = 0.5
FULL = 32768 * HALF

#: What was written to a pipe says that it is at least so large.
PIPED_BYTES = 0x7FF0_0000
DECODERS = {
    *("pcm_u8", "pcm_s8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be"),
    *("pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be", "pcm_alaw", "pcm_mulaw"),
    *("mp3", "mp3float", "aac", "alac", "vorbis", "opus", "flac"),
}  # fmt: skip
#: FFmpeg's name of the only reader that may look at a file -> how such a file begins.
KINDS = {
    "wav": rb"(?s:(RIFF|RF64)....WAVE)",
    "aiff": rb"(?s:FORM....AIF[FC])",
    "mp3": rb"ID3|\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff]",
    "mov": rb"(?s:....ftyp)",
    "ogg": rb"OggS",
    "flac": rb"fLaC",
    "matroska": rb"\x1a\x45\xdf\xa3",
}
#: Sound or film that is known and not read.
OTHER_KINDS = re.compile(
    rb"(?s)RIFF....AVI |\x1a\x45\xdf\xa3|\x30\x26\xb2\x75|\xff[\xf0\xf1\xf8\xf9]|#!AMR|caff|\.snd|riff|MThd|"
    rb"FLV|\.RMF|\x00\x00\x01[\xba\xb3]|....moov|wvpk|MAC |\x2e\x52\x4d\x46|ADIF"
)


class RefusedError(Exception):
    """str() is the word: "format", "kind", "video", "broken", "length", "empty", "nosound"."""


@dataclass(slots=True)
class Report:
    """What is told of the file before it is kept; seconds, decibels, shares between 0 and 1."""

    kind: str
    codec: str
    rate: int
    channels: int
    seconds: float = 0.0
    #: How long it says that it is, and how many parts could not be read.
    claimed: float = 0.0
    damaged: int = 0
    gain: float = 0.0
    clipped: float = 0.0
    silence_begin: float = 0.0
    silence_end: float = 0.0
    cut_begin: float = 0.0
    cut_end: float = 0.0


def kind_of(head: bytes, allowed: list[str]) -> str:
    """Tell the kind of file by how it begins."""
    for kind in allowed:
        if re.match(KINDS[kind], head):
            return kind
    raise RefusedError("kind" if OTHER_KINDS.match(head) else "format" if head else "empty")


class Source:
    """The sound of a file, frame by frame, and what can be seen on the way."""

    def __init__(self, file: BinaryIO, allowed: list[str]) -> None:
        head, size = file.read(16), os.fstat(file.fileno()).st_size
        kind = kind_of(head, allowed)
        file.seek(0)
        only = {"format_whitelist": kind, "protocol_whitelist": "none", "codec_whitelist": ",".join(DECODERS)}
        if kind in ("wav", "aiff"):
            only["probesize"] = "65536"  # all is in the header
        try:
            self.container = av.open(file, "r", format=kind, container_options=only)
        except av.error.FFmpegError as error:
            raise RefusedError("broken") from error
        self.stream = self._stream()
        self.report = Report(kind, self.stream.codec_context.name, 0, 0)
        self.report.claimed = self._claimed(kind, head, size)
        self.loud = self.samples = 0

    def _stream(self) -> AudioStream:
        streams = self.container.streams
        if any(not stream.disposition & stream.disposition.attached_pic for stream in streams.video):
            raise RefusedError("video")
        if not streams.audio:
            raise RefusedError("broken")
        stream = streams.audio[0]
        if stream.codec_context is None or stream.codec_context.name not in DECODERS:
            raise RefusedError("kind")
        stream.codec_context.thread_count = 1
        return stream

    def _claimed(self, kind: str, head: bytes, size: int) -> float:
        """Return how long the file says it is: an mp3 does not, nor does what was written to a pipe."""
        if kind == "mp3" or not self.stream.duration or not self.stream.time_base:
            return 0.0
        claimed = float(self.stream.duration * self.stream.time_base)
        bytes_a_second = (self.stream.codec_context.bit_rate or 0) / 8
        if kind == "wav" and bytes_a_second:
            # FFmpeg believes the size of the file here; of one that was cut off the header knows better.
            whole = int.from_bytes(head[4:8], "little") + 8
            claimed += max(0, whole - size) / bytes_a_second
        return 0.0 if claimed * bytes_a_second > PIPED_BYTES else claimed

    def frames(self) -> Iterator[AudioFrame]:
        """Return what can be read; a damaged part is passed over, as players do."""
        packets = self.container.demux(self.stream)
        while True:
            try:
                frames = next(packets).decode()
            except StopIteration:
                return
            except av.error.InvalidDataError:
                self.report.damaged += 1
                continue
            except av.error.FFmpegError:
                self.report.damaged += 1
                return
            for frame in frames:
                if isinstance(frame, AudioFrame) and frame.samples:
                    self._look(frame)
                    yield frame

    def _look(self, frame: AudioFrame) -> None:
        rate, channels = frame.sample_rate, frame.layout.nb_channels
        if not (LOWEST_RATE <= rate <= HIGHEST_RATE and 1 <= channels <= MOST_CHANNELS):
            raise RefusedError("format")
        if not self.report.rate:
            self.report.rate, self.report.channels = rate, channels
        self.report.seconds += frame.samples / rate
        self.samples += frame.samples * channels


def clipped(low: bytes, high: bytes) -> int:
    """Count samples of one channel (their lower and upper bytes) that lie in a flat top at the end of the scale."""
    if b"\x7f\x7f\x7f" not in high and b"\x80\x80\x80" not in high:
        return 0
    found = 0
    for loud in re.finditer(rb"\x7f{3,}|\x80{3,}", high):
        flat = re.finditer(rb"(?s)(.)\1{2,}", low[loud.start() : loud.end()])
        found += sum(run.end() - run.start() for run in flat)
    return found


class Looker:
    """Counts what is clipped in the source, at its own rate."""

    def __init__(self) -> None:
        self.found = 0
        self.to_16 = av.AudioResampler(format="s16p")

    def see(self, frame: AudioFrame) -> None:
        if frame.format.name != "s16":
            for plain in self.to_16.resample(frame):
                for plane in plain.planes:
                    data = bytes(plane)[: plain.samples * 2]
                    self.found += clipped(data[::2], data[1::2])
            return
        channels = frame.layout.nb_channels
        data = bytes(frame.planes[0])[: frame.samples * channels * 2]
        for first in range(0, channels * 2, 2):
            self.found += clipped(data[first :: channels * 2], data[first + 1 :: channels * 2])


class Mixer:
    """Brings frames to 8 kHz mono at half their level; a file may change its rate or channels on the way."""

    def __init__(self) -> None:
        self.form: tuple[int, str, str] | None = None
        self.graph: av.filter.Graph | None = None

    def mixed(self, frame: AudioFrame) -> bytes:
        form = (frame.sample_rate, frame.layout.name, frame.format.name)
        rest = b""
        if form != self.form:
            rest = self.rest()
            self.form, self.graph = form, self._built(*form)
        frame.pts = None
        assert self.graph
        self.graph.push(frame)
        return rest + self._pulled()

    def rest(self) -> bytes:
        """Return what is still on its way."""
        if self.graph is None:
            return b""
        self.graph.push(None)
        return self._pulled()

    def _built(self, rate: int, layout: str, form: str) -> av.filter.Graph:
        graph = av.filter.Graph()
        source = graph.add_abuffer(sample_rate=rate, format=form, layout=layout)
        to_8000 = f"{RATE}:ochl=mono:osf=s16:tsf=fltp:filter_size=64:cutoff=0.96:rmvol={HALF}"
        graph.link_nodes(source, graph.add("aresample", to_8000), graph.add("abuffersink")).configure()
        return graph

    def _pulled(self) -> bytes:
        parts: list[bytes] = []
        assert self.graph
        while True:
            try:
                frame = self.graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return b"".join(parts)
            assert isinstance(frame, AudioFrame)
            parts.append(bytes(frame.planes[0])[: frame.samples * 2])


def read(source: Source, seconds: float, size: int, file: BinaryIO) -> array[int]:
    """Return the sound at half its level; the reading stops where it is too long."""
    sound, mixer, looker = array("h"), Mixer(), Looker()
    told = 0.0
    for frame in source.frames():
        looker.see(frame)
        sound.frombytes(mixer.mixed(frame))
        if len(sound) > seconds * RATE:
            raise RefusedError("length")
        if size and file.tell() / size - told > 0.05:
            told = file.tell() / size
            _tell(f"progress {told:.2f}")
    sound.frombytes(mixer.rest())
    source.report.clipped = looker.found / max(1, source.samples)
    if len(sound) < SHORTEST_SECONDS * RATE:
        raise RefusedError("broken" if source.report.damaged or source.report.claimed > SHORTEST_SECONDS else "empty")
    return sound


def decibels(ratio: float) -> float:
    return 20 * math.log10(ratio) if ratio > 0 else -math.inf


def powers(sound: array[int]) -> list[float]:
    """Return the mean square of each block, 1 for full scale."""
    blocks = (sound[start : start + BLOCK] for start in range(0, len(sound), BLOCK))
    return [sum(map(mul, block, block)) / len(block) / FULL**2 for block in blocks]


def loudness(blocks: list[float]) -> float:
    """Return the level in dB of what is no pause."""
    gate = 10 ** (SILENT_DB / 10)
    for below in (0.0, 10 ** (-PAUSE_DB / 10)):
        loud = [power for power in blocks if power > gate]
        if not loud:
            raise RefusedError("nosound")
        gate = max(gate, below and sum(loud) / len(loud) * below)
    loud = [power for power in blocks if power > gate]
    return 10 * math.log10(sum(loud) / len(loud))


def trimmed(sound: array[int], blocks: list[float], level: float, report: Report) -> array[int]:
    """Return the sound without long silence at both ends, and say how much was there."""
    gate = 10 ** (max(level - SILENCE_DB, SILENT_DB) / 10)
    loud = [number for number, power in enumerate(blocks) if power > gate]
    first, last = loud[0] * BLOCK, min(len(sound), (loud[-1] + 1) * BLOCK)
    report.silence_begin, report.silence_end = first / RATE, (len(sound) - last) / RATE
    kept = int(SHORT_SILENCE * RATE)
    begin = first - kept if report.silence_begin > LONG_SILENCE else 0
    end = last + kept if report.silence_end > LONG_SILENCE else len(sound)
    report.cut_begin, report.cut_end = begin / RATE, (len(sound) - end) / RATE
    return sound[begin:end]


def gain_of(level: float, peak: float) -> float:
    """Return by how many dB the sound is changed."""
    wanted = LEVEL_DB - level
    return 0.0 if abs(wanted) < NEAR_DB else min(wanted, MOST_GAIN_DB, PEAK_DB - decibels(peak))


def table(factor: float) -> list[int]:
    """Return the A-law code (ITU-T G.711) of `factor` times each 16-bit sample, by the sample's unsigned value."""
    positive, negative = [0x55 | 0x80] * 32768, [0x55] * 32769
    for code in range(1, 128):
        exponent, mantissa = code >> 4, code & 15
        least = (mantissa * 16 if exponent == 0 else (mantissa * 16 + 256) << exponent - 1) / factor
        above = min(math.ceil(least), 32768)
        positive[above:] = [(code ^ 0x55) | 0x80] * (32768 - above)
        below = min(math.floor(least) + 1, 32769)
        negative[below:] = [code ^ 0x55] * (32769 - below)
    return positive + negative[:0:-1]


def converted(file: BinaryIO, seconds: float, allowed: list[str]) -> tuple[Report, bytes]:
    """Return what is told of a file, and its sound."""
    size = os.fstat(file.fileno()).st_size
    source = Source(file, allowed)
    report, sound = source.report, read(source, seconds, size, file)
    blocks = powers(sound)
    level = loudness(blocks)
    sound = trimmed(sound, blocks, level, report)
    highest, lowest = max(sound), min(sound)
    report.gain = gain_of(level, max(highest, -lowest) / FULL)
    factor = 10 ** (report.gain / 20) / HALF
    codes = table(factor)
    unsigned = memoryview(sound).cast("B").cast("H")
    return report, bytes(map(codes.__getitem__, unsigned))


def _tell(line: str) -> None:
    sys.stdout.buffer.write(line.encode() + b"\n")
    sys.stdout.buffer.flush()


def hold() -> None:
    """Take from this process what it does not need: memory, time, writing files, and opening any."""
    lowest_free = os.dup(0)
    os.close(lowest_free)
    limits = {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: lowest_free,
    }
    for limit, most in limits.items():
        resource.setrlimit(limit, (most, most))


def main(seconds: float, allowed: list[str]) -> None:
    hold()
    try:
        report, audio = converted(io.BufferedReader(io.FileIO(0, closefd=False)), seconds, allowed)
    except RefusedError as error:
        _tell(f"error {error}")
    except MemoryError:
        _tell("error resources")
    else:
        _tell(f"report {json.dumps(asdict(report))}")
        sys.stdout.buffer.write(audio)


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2].split(","))
