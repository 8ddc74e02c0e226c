"""A program of its own that makes a small square JPEG of what people send: no hostile byte is decoded in the portal.

It reads the picture from standard input and writes the result to standard output. What is no usable picture ends
with exit code 3 and one word of `REFUSALS` on standard output. Nothing of the original but its pixels survives.
"""

from __future__ import annotations

import resource
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from av.codec.context import Flags

#: Pixels of a side that a photo has at most; a smaller one is not blown up.
SIDE = 400
#: What a phone's camera makes fits; a bomb does not.
MOST_SIDE, MOST_PIXELS = 12_000, 50_000_000
LEAST_SIDE = 16
REFUSALS = ("jpeg", "broken", "colours", "large", "small")
MEMORY_BYTES, CPU_SECONDS = 1_500_000_000, 10
REFUSED = 3

_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive; all others are rare or no pictures of cameras
_OTHER_FRAMES = {0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_ALONE = {0x01, *range(0xD0, 0xD8)}
#: EXIF orientation -> filters that turn the picture upright.
_UPRIGHT = {
    2: ["hflip"],
    3: ["hflip", "vflip"],
    4: ["vflip"],
    5: ["transpose=cclock_flip"],
    6: ["transpose=clock"],
    7: ["transpose=clock_flip"],
    8: ["transpose=cclock"],
}


class RefusedError(Exception):
    """Not a picture that we take; str() is one of REFUSALS."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the segments of a picture say before a pixel is decoded."""

    width: int
    height: int
    orientation: int


def segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and content of each segment until the end of the picture; RefusedError where there is none."""
    if not data.startswith(b"\xff\xd8\xff"):
        raise RefusedError("jpeg")
    place = 2
    while True:
        place = data.find(b"\xff", place)
        if place < 0 or place + 1 >= len(data):
            raise RefusedError("broken")
        marker = data[place + 1]
        if marker in {0x00, 0xFF} or marker in _ALONE:  # a byte of the scan, filling, or a restart
            place += 1 if marker == 0xFF else 2
            continue
        if marker == 0xD9:
            return
        length = int.from_bytes(data[place + 2 : place + 4])
        if length < 2 or place + 2 + length > len(data):
            raise RefusedError("broken")
        yield marker, data[place + 4 : place + 2 + length]
        place += 2 + length


def read_head(data: bytes) -> Head:
    """Return what is to be decoded, or refuse it."""
    frames, orientation, scans = [], 1, 0
    for marker, content in segments(data):
        if marker in _FRAMES:
            frames.append(content)
        elif marker in _OTHER_FRAMES:
            raise RefusedError("jpeg")
        elif marker == 0xE1 and content.startswith(b"Exif\0\0"):
            orientation = _orientation(content[6:])
        scans += marker == 0xDA
    if len(frames) != 1 or not scans or len(frames[0]) < 6:
        raise RefusedError("broken")
    bits, height, width, components = struct.unpack(">BHHB", frames[0][:6])
    if bits != 8 or components not in {1, 3}:
        raise RefusedError("colours")
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise RefusedError("large")
    if min(width, height) < LEAST_SIDE:
        raise RefusedError("small")
    return Head(width, height, orientation)


def _orientation(tiff: bytes) -> int:
    """Return how the camera was held (EXIF tag 0x0112), 1 where that is not told."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        if order is None:
            return 1
        (place,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, place)
        for number in range(min(count, 100)):
            tag, kind, _count, value = struct.unpack_from(f"{order}HHIH", tiff, place + 2 + 12 * number)
            if (tag, kind) == (0x0112, 3):
                return int(value)
    except struct.error:
        pass
    return 1


def _decoded(data: bytes) -> av.VideoFrame:
    decoder = av.VideoCodecContext.create("mjpeg", "r")
    decoder.options = {"err_detect": "explode"}
    decoder.thread_count = 1
    frames = [*decoder.decode(av.Packet(data)), *decoder.decode(None)]
    if len(frames) != 1:
        raise RefusedError("broken")
    return frames[0]


def _small(frame: av.VideoFrame, head: Head) -> av.VideoFrame:
    """Return the middle of the picture, upright and square."""
    side = min(head.width, head.height)
    steps = [*_UPRIGHT.get(head.orientation, []), f"crop={side}:{side}"]
    steps += [f"scale={SIDE}:{SIDE}:flags=area"] if side > SIDE else []
    steps += ["scale=out_range=full", "format=yuvj444p"]
    graph = av.filter.Graph()
    last = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 25))
    for step in steps:
        name, _equals, words = step.partition("=")
        following = graph.add(name, words or None)
        last.link_to(following)
        last = following
    last.link_to(sink := graph.add("buffersink"))
    graph.configure()
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    graph.push(frame)
    made = graph.pull()
    assert isinstance(made, av.VideoFrame), sink
    return made


def _encoded(frame: av.VideoFrame) -> bytes:
    encoder = av.VideoCodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuvj444p"
    encoder.time_base, encoder.color_range = Fraction(1, 25), 2
    encoder.flags |= Flags.qscale | Flags.bitexact  # bitexact: no name of the program in the file
    encoder.options = {"qmin": "3", "qmax": "3"}
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])


def square(data: bytes) -> bytes:
    """Return `data` as an upright square JPEG of at most SIDE pixels, without metadata; RefusedError says why not."""
    head = read_head(data)
    try:
        frame = _decoded(data)
        if (frame.width, frame.height) != (head.width, head.height):
            raise RefusedError("broken")
        return _encoded(_small(frame, head))
    except (av.FFmpegError, ValueError, MemoryError):
        raise RefusedError("broken") from None


def limit() -> None:
    """Give this process less memory, time and files than it would take to do harm."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    """Read, convert, write."""
    limit()
    av.logging.set_level(av.logging.PANIC)
    try:
        result, code = square(sys.stdin.buffer.read()), 0
    except RefusedError as refusal:
        result, code = str(refusal).encode(), REFUSED
    sys.stdout.buffer.write(result)
    return code


if __name__ == "__main__":
    sys.exit(main())
