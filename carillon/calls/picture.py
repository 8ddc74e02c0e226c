"""The ladder as numbers: where each column, arrow and bar of the picture stands, in pixels of an SVG."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime

from carillon.calls.ladder import CALLER, CARILLON, Ladder, Moment

CALLER_AT, CARILLON_AT, PHONES_AT, PHONE_WIDTH = 122, 296, 428, 128
TOP, LINE, LONGEST_GAP = 62, 32, 36
TITLE_LETTERS, LABEL_LETTERS = 14, 22
HEAD, BAR_WIDTH = 6, 10


@dataclass(frozen=True, slots=True)
class Column:
    """A participant: its line stands at `x`."""

    x: int
    title: str
    whole: str
    is_carillon: bool


@dataclass(frozen=True, slots=True)
class Shaft:
    """An arrow with its label; `head` are the points of its tip. A dot where it stays at one column."""

    y: int
    x1: int
    x2: int
    label_x: int
    anchor: str
    label: str
    whole: str
    tone: str
    head: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A time at the side."""

    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """How long somebody rang or talked."""

    x: int
    y: int
    width: int
    height: int
    tone: str


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    columns: tuple[Column, ...]
    shafts: tuple[Shaft, ...]
    ticks: tuple[Tick, ...]
    boxes: tuple[Box, ...]


def draw(ladder: Ladder) -> Picture:
    """Return where everything stands. Time runs downwards, long waits shortened: what matters is the order."""
    columns = tuple(
        Column(_x(place), _short(title, TITLE_LETTERS), title, place == CARILLON)
        for place, title in enumerate(ladder.columns)
    )
    rows = [(moment, max(1, len(moment.arrows))) for moment in ladder.moments]
    tops = _tops(rows)
    shafts = [
        _shaft(arrow.source, arrow.target, arrow.label, arrow.tone, top + LINE * place)
        for (moment, _count), top in zip(rows, tops, strict=True)
        for place, arrow in enumerate(moment.arrows)
    ]
    ticks = [Tick(top + 4, moment.after) for (moment, _count), top in zip(rows, tops, strict=True)]
    places = _places(rows, tops)
    instants = [moment.at for moment, _count in rows]

    def y(column: int, at: datetime) -> int:
        return places.get((column, at)) or tops[min(bisect_left(instants, at), len(tops) - 1)]

    boxes = tuple(_box(bar.column, y(bar.column, bar.since), y(bar.column, bar.until), bar.tone) for bar in ladder.bars)
    height = tops[-1] + LINE * rows[-1][1] + 8
    width = max(_x(len(ladder.columns) - 1) + PHONE_WIDTH // 2 + 8, CARILLON_AT + 170)
    return Picture(width, height, columns, tuple(shafts), _apart(ticks), boxes)


def _tops(rows: list[tuple[Moment, int]]) -> list[int]:
    tops, y, before = [], TOP, None
    for moment, count in rows:
        if before is not None:
            gap = max(0.0, (moment.at - before).total_seconds())
            y += min(LONGEST_GAP, round(6 * math.log2(1 + gap)))
        tops.append(y)
        y += LINE * count
        before = moment.at
    return tops


def _places(rows: list[tuple[Moment, int]], tops: list[int]) -> dict[tuple[int, datetime], int]:
    """Where an arrow begins or ends at a column: a bar of that instant begins or ends there, too."""
    return {
        (column, moment.at): top + LINE * place
        for (moment, _count), top in zip(rows, tops, strict=True)
        for place, arrow in enumerate(moment.arrows)
        for column in (arrow.source, arrow.target)
    }


def _x(column: int) -> int:
    return {CALLER: CALLER_AT, CARILLON: CARILLON_AT}.get(column, PHONES_AT + PHONE_WIDTH * (column - CARILLON - 1))


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _shaft(source: int, target: int, label: str, tone: str, y: int) -> Shaft:
    x1, x2 = _x(source), _x(target)
    short = _short(label, LABEL_LETTERS)
    if source == target:
        return Shaft(y, x1, x1, x1 + 14, "start", short, label, tone, "")
    forward = 1 if x2 > x1 else -1
    tip = x2 - forward * (BAR_WIDTH // 2 + 1)
    head = f"{tip},{y} {tip - forward * HEAD},{y - 4} {tip - forward * HEAD},{y + 4}"
    if CALLER in (source, target):
        return Shaft(y, x1, tip - forward * HEAD, (x1 + x2) // 2, "middle", short, label, tone, head)
    # Beside the phone: an arrow to a far column crosses others.
    phone = max(x1, x2)
    return Shaft(y, x1, tip - forward * HEAD, phone - 14, "end", _short(label, TITLE_LETTERS), label, tone, head)


def _box(column: int, top: int, bottom: int, tone: str) -> Box:
    return Box(_x(column) - BAR_WIDTH // 2, top, BAR_WIDTH, max(6, bottom - top), tone)


def _apart(ticks: list[Tick]) -> tuple[Tick, ...]:
    """The same time is said once."""
    kept: list[Tick] = []
    for tick in ticks:
        if not kept or tick.text != kept[-1].text:
            kept.append(tick)
    return tuple(kept)
