"""Schedule rows become the schedule that routing decides with: for the list of states and for calls alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet

from carillon.numbers.models import FunctionNumber
from carillon.routing.feasts import Feast
from carillon.routing.schedule import (
    Action,
    Always,
    End,
    Event,
    Moment,
    Never,
    Repeat,
    Schedule,
    Span,
    State,
    Times,
    Until,
    Windows,
    decide,
)
from carillon.schedules.models import Schedule as ScheduleRow
from carillon.schedules.models import ScheduleEvent, TemporaryChange

EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class NumberState:
    """A function number, its schedule and what that says at the instant asked for."""

    function: FunctionNumber
    schedule: Schedule
    state: State


def states(
    functions: QuerySet[FunctionNumber], now: datetime, events: QuerySet[ScheduleEvent] | None = None
) -> list[NumberState]:
    """Return each of `functions` with its state at `now` (aware), by name; three queries however many there are.

    `events`: how the events are read by whoever wants to know more of them.
    """
    rows = (
        functions.filter(schedule__isnull=False)
        .select_related("number", "schedule")
        .prefetch_related(Prefetch("schedule__events", events), current_changes("schedule", now))
    )
    found = []
    for function in rows:
        schedule = schedule_facts(function.schedule, function.schedule.events.all())
        found.append(NumberState(function, schedule, decide(schedule, now)))
    return found


def current_changes(schedule: str, now: datetime) -> Prefetch[str]:
    """Have the temporary changes that have not ended read with the rows behind the path `schedule`."""
    return Prefetch(
        f"{schedule}__temporary_changes", TemporaryChange.objects.filter(ends_at__gt=now).select_related("prompt")
    )


def schedule_facts(schedule: ScheduleRow, events: Iterable[ScheduleEvent]) -> Schedule:
    """Return the schedule that routing reads; `events` in the order of the page, the default one among them.

    Its temporary changes are asked of `schedule`: a list of many reads them ahead by current_changes().
    """
    facts = [(row.is_default, event_facts(row)) for row in events]
    default = next((event for is_default, event in facts if is_default), None)
    return Schedule(
        zone=ZoneInfo(schedule.timezone),
        events=tuple(event for is_default, event in facts if not is_default),
        # A schedule that lost its default event is closed: a missing row must never open a company.
        default=default or Event(0, "", Action.CLOSED, Always()),
        temporary=tuple(_temporary(row) for row in schedule.temporary_changes.all()) if schedule.pk else (),
    )


def _temporary(row: TemporaryChange) -> Event:
    when = Moment(row.starts_at, row.ends_at)
    return Event(row.pk, row.made_by, Action(row.action), when, row.destination or None, row.prompt_id)


def event_facts(row: ScheduleEvent) -> Event:
    """Return one event as routing reads it."""
    return Event(
        id=row.pk or 0,
        name=row.name,
        action=Action(row.action),
        when=Always() if row.is_default else _when(row),
        destination=row.destination or None,
        prompt_id=row.prompt_id,
    )


def _when(row: ScheduleEvent) -> Windows | Span:
    if row.repeat == ScheduleEvent.Repeat.HOLIDAY:
        feast = Feast(row.feast_country, row.feast_region, row.feast_name)
        since, until = row.time_from or time(0), row.time_to or time(0)
        return Windows(EVERY_DAY, since, until, row.start_date, row.end_date, feast)
    repeat = Repeat(row.repeat)
    if repeat in (Repeat.DAY, Repeat.WEEK):
        days = frozenset(day for day in EVERY_DAY if row.weekdays & 1 << day) if repeat is Repeat.WEEK else EVERY_DAY
        return Windows(days, row.time_from or time(0), row.time_to or time(0), row.start_date, row.end_date)
    start, stop = datetime.fromisoformat(row.starts_at), datetime.fromisoformat(row.ends_at)
    return Span(repeat, start, stop, _end(row) if repeat is not Repeat.NONE else Never())


def _end(row: ScheduleEvent) -> End:
    if row.end == ScheduleEvent.End.UNTIL and row.end_until:
        return Until(row.end_until)
    if row.end == ScheduleEvent.End.COUNT and row.end_count:
        return Times(row.end_count)
    return Never()
