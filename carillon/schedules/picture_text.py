"""The picture of a schedule in words, for whoever does not see it or has no mouse: days, or the months of a year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from carillon.routing.schedule import Action
from carillon.schedules import words
from carillon.schedules.calendar import Block, Lane, Period
from carillon.schedules.picture import View, clock


@dataclass(frozen=True, slots=True)
class TextLine:
    """A time of a day and who decides then. `event` 0: a temporary change."""

    times: str
    tone: Action
    word: str
    name: str
    event: int


@dataclass(frozen=True, slots=True)
class TextDays:
    """Days that follow each other and are alike."""

    days: str
    feast: str
    note: str
    lines: list[TextLine]
    today: bool


@dataclass(frozen=True, slots=True)
class TextMonth:
    """A month of a year: how long it is open, forwarded and closed, and its public holidays."""

    name: str
    day: date
    totals: list[str]
    feasts: str


def days_in_words(period: Period, view: View, today: date, names: Mapping[int, str]) -> list[TextDays]:
    """Return the days of a week or month; those of a month that are alike and follow each other are one."""
    by_day: dict[date, list[Block]] = {day: [] for day in period.days}
    for block in period.blocks:
        if block.segment:
            by_day[block.day].append(block)
    notes = _notes(period)
    rows: list[TextDays] = []
    before: tuple[object, date] = (None, date.min)
    for day, blocks in by_day.items():
        key = [(block.since, block.until, _who(block)) for block in blocks]
        feast, note = period.feasts.get(day, ""), notes.get(day, "")
        alike = view is View.MONTH and before[0] == (key, feast, note)
        first = before[1] if alike else day
        earlier = rows.pop().today if alike else False
        is_today = earlier or day == today
        rows.append(TextDays(_span(first, day), feast, note, [_line(block, names) for block in blocks], is_today))
        before = (key, feast, note), first
    return rows


def _who(block: Block) -> tuple[int, bool]:
    assert block.segment
    return block.segment.event.id, block.segment.temporary


def _span(first: date, last: date) -> str:
    if first == last:
        return date_format(first, "l j F")
    return f"{date_format(first, 'D j M')} – {date_format(last, 'D j M')}"


def _line(block: Block, names: Mapping[int, str]) -> TextLine:
    assert block.segment
    event, times = block.segment.event, f"{clock(block.since)} – {clock(block.until)}"
    if block.lane is Lane.FIRST:
        times = _("%(times)s, the first time") % {"times": times}
    elif block.lane is Lane.SECOND:
        times = _("%(times)s, once more") % {"times": times}
    pk, temporary = _who(block)
    name = _("Temporary change") if temporary else names.get(pk, event.name)
    return TextLine(times, event.action, words.state(event.action), name, 0 if temporary else pk)


def _notes(period: Period) -> dict[date, str]:
    """What is to be said of days on which the clock changes."""
    found = {}
    for change in period.changes:
        since, until = ((change.at + offset).replace(tzinfo=None) for offset in (change.before, change.after))
        said = {"since": f"{since:%H:%M}", "until": f"{until:%H:%M}"}
        sentence = _("At %(since)s the clock is set to %(until)s.") % said
        for day in {since.date(), (until - timedelta(seconds=1)).date()}:
            found[day] = sentence
    return found


def months_in_words(period: Period) -> list[TextMonth]:
    """Return the months of a year with their hours of each state."""
    lengths: dict[tuple[int, Action], timedelta] = {}
    for block in period.blocks:
        if block.segment:
            key = block.day.month, block.segment.event.action
            lengths[key] = lengths.get(key, timedelta()) + timedelta(minutes=block.until - block.since)
    return [
        TextMonth(
            name=str(MONTHS[month]),
            day=days[0],
            totals=[hours(lengths.get((month, action), timedelta())) for action in Action],
            feasts=_feasts(days, period.feasts),
        )
        for month, group in groupby(period.days, lambda day: day.month)
        for days in [list(group)]
    ]


def hours(length: timedelta) -> str:
    """Return "160 h", "7 h 30" where minutes are left, "–" for nothing."""
    minutes = int(length.total_seconds()) // 60
    if not minutes:
        return "–"
    return f"{minutes // 60} h {minutes % 60:02}" if minutes % 60 else f"{minutes // 60} h"


def _feasts(days: Sequence[date], feasts: Mapping[date, str]) -> str:
    found: Iterable[tuple[date, str]] = ((day, feasts[day]) for day in days if day in feasts)
    return ", ".join(f"{name} ({date_format(day, 'j M')})" for day, name in found)
