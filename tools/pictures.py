#!/usr/bin/env python3
"""How the manual's pictures get light: no more than 256 colours, as near to the original as these allow.

    tools/pictures.py    go through docs/manual/images and say what each picture weighs

Chromium writes 24 bits per dot. A screen has few colours, but each letter has an edge of many. The most frequent
colours stay; each other one becomes one of them that differs by at most the number printed, in red, green and blue.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "manual" / "images"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = 256
RGB = 2

Colour = tuple[int, int, int]


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of each part of a PNG."""
    place = len(SIGNATURE)
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        yield data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        place += 12 + length


def rows(packed: bytes, width: int) -> Iterator[bytes]:
    """Yield the rows of an 8 bit RGB picture, each as bytes of red, green and blue (PNG specification, 9.2)."""
    size = width * 3
    above = bytearray(size)
    for begin in range(0, len(packed), size + 1):
        kind, row = packed[begin], bytearray(packed[begin + 1 : begin + 1 + size])
        for i in range(size if kind else 0):
            left, up = row[i - 3] if i > 2 else 0, above[i]
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = up
            elif kind == 3:
                guess = (left + up) // 2
            else:
                guess = _paeth(left, up, above[i - 3] if i > 2 else 0)
            row[i] = (row[i] + guess) & 255
        yield bytes(row)
        above = row


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda each: abs(guess - each))


def choose(counts: Counter[Colour]) -> tuple[dict[Colour, int], list[Colour], int]:
    """Return the place of each colour in the palette, the palette, and by how much a colour differs at most."""
    limit = 0
    while True:
        palette: list[Colour] = []
        places: dict[Colour, int] = {}
        for colour, _count in counts.most_common():
            nearest = min(range(len(palette)), key=lambda i: _differ(palette[i], colour), default=None)
            if nearest is None or _differ(palette[nearest], colour) > limit:
                palette.append(colour)
                nearest = len(palette) - 1
            places[colour] = nearest
            if len(palette) > COLOURS:
                break
        else:
            return places, palette, limit
        limit += 2


def _differ(one: Colour, other: Colour) -> int:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]), abs(one[2] - other[2]))


def lighten(data: bytes) -> tuple[bytes, int]:
    """Return the picture with a palette, and by how much a colour differs; one that has a palette stays as it is."""
    parts = list(chunks(data))
    width, height, depth, kind = struct.unpack_from(">IIBB", parts[0][1])
    if (depth, kind) != (8, RGB):
        return data, 0
    packed = zlib.decompress(b"".join(content for name, content in parts if name == b"IDAT"))
    dots = [list(zip(row[::3], row[1::3], row[2::3], strict=True)) for row in rows(packed, width)]
    places, palette, limit = choose(Counter(dot for row in dots for dot in row))
    lines = b"".join(b"\0" + bytes(places[dot] for dot in row) for row in dots)
    return SIGNATURE + b"".join([
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        _chunk(b"PLTE", b"".join(bytes(colour) for colour in palette)),
        _chunk(b"IDAT", zlib.compress(lines, 9)),
        _chunk(b"IEND", b""),
    ]), limit  # fmt: skip


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def main() -> None:
    for path in sorted(FOLDER.glob("*.png")):
        before = path.read_bytes()
        after, limit = lighten(before)
        if len(after) < len(before):
            path.write_bytes(after)
        print(f"{path.name}: {len(before) / 1000:.0f} kB, now {path.stat().st_size / 1000:.0f} kB, differs by {limit}")


if __name__ == "__main__":
    main()
