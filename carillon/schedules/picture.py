"""The picture of a schedule's result as numbers of an SVG: days side by side, the hours of the clock downwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from django.utils.dates import MONTHS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from carillon.routing.schedule import Action, Event, Schedule
from carillon.schedules import words
from carillon.schedules.calendar import DAY, MINUTES, NOWHERE, Block, Lane, Period, Place, period_of

#: Outside these years no calendar is asked.
FIRST_YEAR, LAST_YEAR = 2000, 2198


class View(StrEnum):
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


#: Pixels of a whole day.
HEIGHTS = {View.WEEK: 480, View.MONTH: 288, View.YEAR: 96}
#: A block lower than this has no room for words.
LINE = 15


@dataclass(frozen=True, slots=True)
class Label:
    """Words inside a block of the week: its name, and its times where there is room."""

    x: float
    y: float
    width: float
    height: float
    lines: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Shape:
    """All blocks of one event in a panel: one link. `event` 0: a temporary change."""

    event: int
    tone: Action
    temporary: bool
    title: str
    rects: SafeString
    labels: list[Label]


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a day: the middle of its column, and what stands there."""

    x: float
    weekday: str
    number: int
    today: bool
    minor: bool
    feast: str


@dataclass(frozen=True, slots=True)
class Mark:
    """The present moment: a line across its column."""

    x: float
    until: float
    y: float


@dataclass(frozen=True, slots=True)
class Panel:
    """A week or a month."""

    title: str
    day: date
    columns: list[Column]
    shapes: list[Shape]
    skipped: SafeString
    now: Mark | None
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the template draws; `previous` and `following` are days for the address."""

    view: View
    title: str
    previous: date
    following: date
    today: bool
    panels: list[Panel]
    hours: list[tuple[float, str]]
    period: Period
    tones: list[Action]
    skips: bool
    twice: bool
    temporary: bool
    day: date = field(default=date.min)


def asked(parameters: Mapping[str, str], now: datetime, zone: ZoneInfo) -> tuple[View, date]:
    """Return view and day of an address; what cannot be read is this week."""
    view = View(parameters["view"]) if parameters.get("view") in set(View) else View.WEEK
    try:
        day = date.fromisoformat(parameters.get("day", ""))
    except ValueError:
        day = now.astimezone(zone).date()
    return view, min(max(day, date(FIRST_YEAR, 1, 1)), date(LAST_YEAR, 12, 31))


def draw(
    schedule: Schedule, view: View, day: date, now: datetime, names: Mapping[int, str], place: Place = NOWHERE
) -> Picture:
    """Return the picture of the week, month or year around a day; `names` are those of events, by their id."""
    first, following = _bounds(view, day)
    period = period_of(schedule, first, (following - first).days, place)
    here = now.astimezone(schedule.zone)
    today = here.date()
    height = HEIGHTS[view]
    panels = [
        _panel(view, days, [block for block in period.blocks if days[0] <= block.day <= days[-1]], period, here, names)
        for days in _panels(view, period.days)
    ]
    step = {View.WEEK: 2, View.MONTH: 3, View.YEAR: 6}[view]
    drawn = [piece for piece in period.pieces if not piece.temporary]
    return Picture(
        view=view,
        title=_title(view, period.days),
        previous=_bounds(view, first - DAY)[0],
        following=following,
        today=first <= today < following,
        panels=panels,
        hours=[(hour * height / 24, f"{hour:02}") for hour in range(0, 25, step)],
        period=period,
        tones=[tone for tone in Action if any(piece.event.action is tone for piece in period.pieces)],
        skips=any(block.segment is None for block in period.blocks),
        twice=any(block.lane for block in period.blocks),
        temporary=len(drawn) < len(period.pieces),
        day=day,
    )


def _bounds(view: View, day: date) -> tuple[date, date]:
    """The first day of the week, month or year of a day, and of the next one."""
    match view:
        case View.WEEK:
            first = day - day.weekday() * DAY
            return first, first + 7 * DAY
        case View.MONTH:
            first = day.replace(day=1)
            return first, (first + 31 * DAY).replace(day=1)
        case View.YEAR:
            return date(day.year, 1, 1), date(day.year + 1, 1, 1)


def _panels(view: View, days: Sequence[date]) -> list[list[date]]:
    return [list(month) for _month, month in groupby(days, lambda day: day.month)] if view is View.YEAR else [[*days]]


def _title(view: View, days: Sequence[date]) -> str:
    match view:
        case View.WEEK:
            return f"{date_format(days[0], 'j M')} – {date_format(days[-1], 'j M Y')}"
        case View.MONTH:
            return date_format(days[0], "F Y")
        case View.YEAR:
            return str(days[0].year)


def _panel(
    view: View, days: list[date], blocks: list[Block], period: Period, here: datetime, names: Mapping[int, str]
) -> Panel:
    width, height = 100 / len(days), HEIGHTS[view]
    column = {day: place for place, day in enumerate(days)}
    place = column.get(here.date())
    y = (here.hour * 60 + here.minute) * height / MINUTES
    skipped = [block for block in blocks if block.segment is None]
    return Panel(
        title=str(MONTHS[days[0].month]),
        day=days[0],
        columns=[
            Column(
                x=round((n + 0.5) * width, 3),
                weekday=str(WEEKDAYS_ABBR[day.weekday()]),
                number=day.day,
                today=day == here.date(),
                minor=view is not View.WEEK and day.weekday() > 0,
                feast=period.feasts.get(day, ""),
            )
            for n, day in enumerate(days)
        ],
        shapes=_shapes(view, blocks, column, names),
        skipped=_rects(_joined(view, skipped, column), width, height),
        now=None if place is None else Mark(round(place * width, 3), round((place + 1) * width, 3), round(y, 1)),
        height=height,
    )


#: First and last column, from minute to minute, and the half of the column.
Box = tuple[int, int, float, float, Lane]


def _joined(view: View, blocks: Iterable[Block], column: Mapping[date, int]) -> list[Box]:
    """The boxes of blocks; equal ones on neighbouring days are one, but not in a week, where each has its words."""
    boxes: list[Box] = []
    latest: dict[tuple[float, float, Lane], int] = {}
    for block in blocks:
        place, key = column[block.day], (block.since, block.until, block.lane)
        known = latest.get(key)
        if known is not None and boxes[known][1] == place - 1 and not block.lane and view is not View.WEEK:
            boxes[known] = (boxes[known][0], place, *key)
        else:
            latest[key] = len(boxes)
            boxes.append((place, place, *key))
    return boxes


def _rects(boxes: Iterable[Box], width: float, height: int) -> SafeString:
    """Numbers only, so nothing needs to be escaped."""
    found = []
    for first, last, since, until, lane in boxes:
        x, wide = first * width + (width / 2 if lane is Lane.SECOND else 0), (last - first + 1) * width
        wide = wide / 2 if lane else wide
        y, high = since * height / MINUTES, (until - since) * height / MINUTES
        found.append(f'<rect x="{x:.3f}%" width="{wide:.3f}%" y="{y:.1f}" height="{high:.1f}"/>')
    return mark_safe("".join(found))  # noqa: S308 - see above


def _shapes(view: View, blocks: list[Block], column: Mapping[date, int], names: Mapping[int, str]) -> list[Shape]:
    groups: dict[tuple[int, bool], list[Block]] = {}
    events: dict[tuple[int, bool], Event] = {}
    for block in blocks:
        if block.segment:
            key = block.segment.event.id, block.segment.temporary
            groups.setdefault(key, []).append(block)
            events[key] = block.segment.event
    width, height = 100 / len(column), HEIGHTS[view]
    return [
        Shape(
            event=0 if key[1] else key[0],
            tone=events[key].action,
            temporary=key[1],
            title=f"{name} · {words.state(events[key].action)}",
            rects=_rects(_joined(view, group, column), width, height),
            labels=_labels(group, column, name) if view is View.WEEK else [],
        )
        for key, group in groups.items()
        for name in [_("Temporary change") if key[1] else names.get(key[0], events[key].name)]
    ]


def _labels(blocks: list[Block], column: Mapping[date, int], name: str) -> list[Label]:
    width, scale = 100 / len(column), HEIGHTS[View.WEEK] / MINUTES
    found = []
    for block in blocks:
        high = (block.until - block.since) * scale
        lines = [name, f"{clock(block.since)} – {clock(block.until)}"][: int(high / LINE)]
        if lines and not block.lane:
            x = round(column[block.day] * width, 3)
            numbered = [(13 + n * LINE, line) for n, line in enumerate(lines)]
            found.append(Label(x, round(block.since * scale, 1), round(width, 3), round(high, 1), numbered))
    return found


def clock(minute: float) -> str:
    """Return "08:30" for a minute of the day; its end is 24:00."""
    return f"{int(minute) // 60:02}:{int(minute) % 60:02}"
