"""How a day of calls is drawn: stacked columns in the units of an SVG, each kind by colour and by pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from carillon.calls.today import HOUR, Hour, Kind, Today

WIDTH, HEIGHT = 640, 220
LEFT, TOP, BOTTOM = 40, 12, 34
#: From the bottom of a column upwards.
STACK = (Kind.ANSWERED, Kind.PROMPT, Kind.MISSED)
#: Hours that are drawn even when nobody calls.
FIRST, LAST = 7, 19
GAP = 0.24


@dataclass(frozen=True, slots=True)
class Bar:
    kind: Kind
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A line and its word: an hour below, or a count at the left."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the template writes as SVG."""

    bars: Sequence[Bar]
    hours: Sequence[Mark]
    counts: Sequence[Mark]
    now: float
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    base: int = HEIGHT - BOTTOM


def draw(day: Today) -> Picture:
    """Return the picture of a day; it grows with its hours and never jumps: 7 to 20 h, or more where calls were."""
    shown = _shown(day)
    most = max(hour.total for hour in shown)
    step = _step(most)
    top = step * max(1, -(-most // step))
    slot, scale, base = (WIDTH - LEFT) / len(shown), (HEIGHT - TOP - BOTTOM) / top, HEIGHT - BOTTOM
    columns = [(LEFT + n * slot, hour) for n, hour in enumerate(shown)]
    # It moves every ten minutes: a line that creeps would only draw the eye.
    moment = day.now.astimezone(UTC).replace(minute=day.now.minute // 10 * 10, second=0, microsecond=0)
    return Picture(
        bars=[bar for x, hour in columns for bar in _column(hour, x, slot, scale)],
        hours=[Mark(round(x, 1), f"{hour.wall:%H}") for x, hour in columns if hour.wall.hour % 3 == 0],
        counts=[Mark(round(base - count * scale, 1), str(count)) for count in range(0, top + 1, step)],
        now=round(LEFT + (moment - shown[0].starts) / HOUR * slot, 1),
    )


def _shown(day: Today) -> list[Hour]:
    wanted = [
        n
        for n, hour in enumerate(day.hours)
        if hour.total or FIRST <= hour.wall.hour <= LAST or hour.starts <= day.now < hour.starts + HOUR
    ]
    return day.hours[min(wanted) : max(wanted) + 1]


def _column(hour: Hour, x: float, slot: float, scale: float) -> list[Bar]:
    bars, y = [], float(HEIGHT - BOTTOM)
    left, width = round(x + slot * GAP / 2, 1), round(slot * (1 - GAP), 1)
    for kind in STACK:
        if count := hour.counts[kind]:
            y -= count * scale
            bars.append(Bar(kind, left, round(y, 1), width, round(count * scale, 1)))
    return bars


def _step(most: int) -> int:
    """Return the distance of the lines: 1, 2, 5, 10, 20 ... so that there are at most five."""
    step, factors = 1, (2, 2.5, 2)
    turn = 0
    while most > step * 5:
        step = int(step * factors[turn % 3])
        turn += 1
    return step
