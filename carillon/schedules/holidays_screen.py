"""What the pages show of public holidays: those that can be chosen, and what callers get on the next ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from carillon.routing.clock import instant
from carillon.routing.feasts import Feast, calendar, days_of, feast_of
from carillon.routing.schedule import DAY, Action, Event, Schedule, State, decide, is_active, next_change
from carillon.schedules import words
from carillon.schedules.holiday_words import called
from carillon.schedules.holidays_actions import rules_of
from carillon.schedules.holidays_form import days_apart
from carillon.schedules.models import ScheduleEvent
from carillon.schedules.screen import hears

#: Years whose days are shown for a choice: this one and the following.
YEARS = 3
#: Changes of a day after which nobody reads on.
MOST_PIECES = 48


@dataclass(frozen=True, slots=True)
class Cell:
    """The days of one year. `past`: all of them are over."""

    year: int
    words: str
    past: bool


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """A public holiday that can be chosen, or that the schedule has already as `event`."""

    value: str
    name: str
    cells: list[Cell]
    estimated: bool
    event: ScheduleEvent | None
    checked: bool


def feasts_of(country: str, region: str, today: date) -> list[Feast]:
    """Return the public holidays that come in the next years, in the order of next year's calendar."""
    first: dict[Feast, tuple[int, int, int]] = {}
    # Next year has all of its days ahead; what has none in it is put where it falls in another year.
    for year in (today.year + 1, today.year, today.year + 2):
        for found in calendar(country, region, year):
            if found.day >= today:
                place = (found.day.month, found.day.day, len(first))
                first.setdefault(feast_of(country, region, found.name, today.year), place)
    return sorted(first, key=lambda feast: first[feast])


def choice_rows(
    feasts: Sequence[Feast], events: Sequence[ScheduleEvent], chosen: Sequence[str] | None, today: date
) -> list[ChoiceRow]:
    """Return a line for each holiday; without a choice yet all are chosen that the schedule does not have."""
    there = rules_of(events)
    years = range(today.year, today.year + YEARS)
    return [
        ChoiceRow(
            value=feast.name,
            name=called(feast),
            cells=[_cell(feast, year, today) for year in years],
            estimated=any(
                found.estimated and found.name == feast.name
                for year in years
                for found in calendar(feast.country, feast.region, year)
            ),
            event=there.get(feast),
            checked=chosen is None or feast.name in chosen,
        )
        for feast in feasts
    ]


def _cell(feast: Feast, year: int, today: date) -> Cell:
    days = sorted(days_of(feast, year))
    said = [_day(first) if first == last else f"{_day(first)} - {_day(last)}" for first, last in days_apart(days)]
    return Cell(year, ", ".join(said), bool(days) and days[-1] < today)


def _day(day: date) -> str:
    return date_format(day, "D j M")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a day in which one event decides."""

    start: datetime
    stop: datetime
    state: State


@dataclass(frozen=True, slots=True)
class Part:
    """What callers get, and when on that day; `clocks` is empty for the whole day."""

    action: Action
    word: str
    clocks: str
    hears: str


@dataclass(frozen=True, slots=True)
class NextRow:
    """A public holiday of the coming twelve months. `notes`: what is to know about its event."""

    day: date
    weekday: str
    names: str
    parts: list[Part]
    notes: list[str]
    ruled: bool


def next_rows(
    events: Sequence[ScheduleEvent],
    schedule: Schedule,
    names: Mapping[str, str],
    now: datetime,
    place: tuple[str, str],
) -> list[NextRow]:
    """Return the holidays of the next twelve months: those of the schedule's rules and those of `place`.

    What callers get is decided at every moment of that day, by the function that decides calls. `events` have their
    prompts loaded.
    """
    today = now.astimezone(schedule.zone).date()
    days = _days(events, place, today)
    by_id = {event.pk: event for event in events}
    facts = {event.id: event for event in schedule.events}
    there = rules_of(events)
    rows = []
    for day in sorted(days):
        pieces = pieces_of(schedule, day)
        rules = [event for feast in days[day] if (event := there.get(feast)) and _counts(event, day)]
        rows.append(
            NextRow(
                day=day,
                weekday=date_format(day, "l"),
                names=get_text_list([called(feast) for feast in days[day]], _("and")),
                parts=_parts(pieces, schedule, by_id, names),
                notes=[note for rule in rules for note in _notes(facts[rule.pk], pieces, schedule)],
                ruled=bool(rules),
            )
        )
    return rows


def _counts(event: ScheduleEvent, day: date) -> bool:
    return (event.start_date or day) <= day <= (event.end_date or day)


def _days(events: Sequence[ScheduleEvent], place: tuple[str, str], today: date) -> dict[date, list[Feast]]:
    end = today + timedelta(days=365)
    found: dict[date, list[Feast]] = {}
    years = range(today.year, end.year + 1)
    feasts = [feast_of(*place, holiday.name, today.year) for year in years for holiday in calendar(*place, year)]
    for feast in dict.fromkeys([*rules_of(events), *feasts]):
        for day in (day for year in years for day in days_of(feast, year)):
            if today <= day < end:
                found.setdefault(day, []).append(feast)
    return found


def pieces_of(schedule: Schedule, day: date) -> list[Piece]:
    """Return who decides on a day of the schedule's zone, from midnight to midnight."""
    start, end = (instant(datetime.combine(each, time(0)), schedule.zone) for each in (day, day + DAY))
    pieces: list[Piece] = []
    while start < end:
        change = next_change(schedule, start) if len(pieces) < MOST_PIECES else None
        stop = min(change or end, end)
        pieces.append(Piece(start, stop, decide(schedule, start)))
        start = stop
    return pieces


def _parts(
    pieces: Sequence[Piece], schedule: Schedule, by_id: Mapping[int, ScheduleEvent], names: Mapping[str, str]
) -> list[Part]:
    groups: dict[object, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault((_kind(piece.state.event), piece.state.temporary), []).append(piece)
    parts = []
    for group in groups.values():
        state, row = group[0].state, by_id.get(group[0].state.event.id)
        sentence = _("by a temporary change") if state.temporary or row is None else hears(row, names)
        clocks = "" if len(groups) == 1 else _clocks(group, schedule)
        parts.append(Part(state.event.action, words.state(state.event.action), clocks, sentence))
    return parts


def _kind(event: Event) -> tuple[object, ...]:
    return event.action, event.destination, event.prompt_id


def _clocks(pieces: Sequence[Piece], schedule: Schedule) -> str:
    runs: list[list[datetime]] = []
    for piece in pieces:
        if runs and runs[-1][1] == piece.start:
            runs[-1][1] = piece.stop
        else:
            runs.append([piece.start, piece.stop])
    said = [
        (f"{start.astimezone(schedule.zone):%H:%M}", f"{stop.astimezone(schedule.zone):%H:%M}") for start, stop in runs
    ]
    return ", ".join(f"{since} - {'24:00' if until == '00:00' else until}" for since, until in said)


def _notes(rule: Event, pieces: Sequence[Piece], schedule: Schedule) -> list[str]:
    """Say who decides in the rule's stead, where that makes a difference to callers."""
    mine = [piece for piece in pieces if is_active(rule, schedule.zone, piece.start)]
    others = [piece.state for piece in mine if _kind(piece.state.event) != _kind(rule)]
    if not others:
        return []
    said = {
        "name": rule.name,
        "above": get_text_list(list(dict.fromkeys(_who(state) for state in others)), _("and")),
    }
    if len(others) == len(mine):
        return [_("“%(name)s” does not count, because of what stands above it: %(above)s.") % said]
    return [_("“%(name)s” counts for a part of the day only, because of what stands above it: %(above)s.") % said]


def _who(state: State) -> str:
    return _("a temporary change") if state.temporary else f"“{state.event.name}”"
