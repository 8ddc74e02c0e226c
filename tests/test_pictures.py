"""The manual's pictures get light without looking different."""

from __future__ import annotations

import struct
import zlib

from tools.pictures import SIGNATURE, chunks, lighten, rows


def png(dots: list[list[tuple[int, int, int]]], filters: list[int]) -> bytes:
    """Write an RGB picture whose rows are filtered as `filters` say (0 none, 1 left, 2 above)."""
    lines, above = b"", bytes(3 * len(dots[0]))
    for row, kind in zip(dots, filters, strict=True):
        plain = bytes(part for dot in row for part in dot)
        base = {0: bytes(len(plain)), 1: bytes(3) + plain[:-3], 2: above}[kind]
        lines += bytes([kind]) + bytes((one - other) & 255 for one, other in zip(plain, base, strict=True))
        above = plain
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", len(dots[0]), len(dots), 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(lines)),
        (b"IEND", b""),
    ]
    return SIGNATURE + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in parts
    )


def shown(data: bytes) -> list[list[tuple[int, int, int]]]:
    """Return the dots of a picture with a palette."""
    parts = dict(chunks(data))
    width, height = struct.unpack_from(">II", parts[b"IHDR"])
    palette = [tuple(parts[b"PLTE"][i : i + 3]) for i in range(0, len(parts[b"PLTE"]), 3)]
    lines = zlib.decompress(parts[b"IDAT"])
    return [[palette[each] for each in lines[y * (width + 1) + 1 : (y + 1) * (width + 1)]] for y in range(height)]  # type: ignore[misc]  # three bytes each


def test_few_colours_stay_exactly_as_they_are() -> None:
    dots = [[(10, 20, 30), (255, 0, 9)], [(10, 20, 30), (1, 2, 3)], [(0, 0, 0), (255, 0, 9)]]
    light, differs = lighten(png(dots, [0, 1, 2]))
    assert (shown(light), differs) == (dots, 0)


def test_many_colours_become_at_most_256_that_are_near() -> None:
    dots = [[(x * 4, y * 4, 90) for x in range(60)] for y in range(60)]
    light, differs = lighten(png(dots, [0] * 60))
    seen = shown(light)
    assert len({dot for row in seen for dot in row}) <= 256
    assert 0 < differs < 16
    pairs = [(one, other) for row, new in zip(dots, seen, strict=True) for one, other in zip(row, new, strict=True)]
    assert max(abs(a - b) for one, other in pairs for a, b in zip(one, other, strict=True)) <= differs


def test_a_picture_that_is_light_already_is_left_alone() -> None:
    light, _differs = lighten(png([[(1, 2, 3)]], [0]))
    assert lighten(light) == (light, 0)


def test_rows_are_read_with_every_filter_of_the_format() -> None:
    packed = bytes([0, 5, 5, 5, 9, 9, 9, 3, 1, 1, 1, 1, 1, 1, 4, 1, 1, 1, 2, 2, 2])
    assert list(rows(packed, 2)) == [bytes([5, 5, 5, 9, 9, 9]), bytes([3, 3, 3, 7, 7, 7]), bytes([4, 4, 4, 9, 9, 9])]
