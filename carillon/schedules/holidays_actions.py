"""Public holidays come into a schedule together, each once, on top and in the order of the calendar."""

from __future__ import annotations

from collections.abc import Iterable

from carillon.accounts.http import Request
from carillon.routing.feasts import Feast
from carillon.schedules.actions import Conflict, guarded, ids_of, number_events
from carillon.schedules.holidays_form import HolidaysForm
from carillon.schedules.models import Schedule, ScheduleEvent
from carillon.schedules.words import feast


def rules_of(events: Iterable[ScheduleEvent]) -> dict[Feast, ScheduleEvent]:
    """Return the events that are public holidays by their rule."""
    return {feast(event): event for event in events if event.repeat == ScheduleEvent.Repeat.HOLIDAY}


def _missing(schedule: Schedule, form: HolidaysForm) -> list[ScheduleEvent]:
    there = rules_of(schedule.events.all())
    return [event for event in form.events() if feast(event) not in there]


def add_holidays(request: Request, schedule: Schedule, version: int, form: HolidaysForm) -> tuple[Conflict | None, int]:
    """Add what the schedule does not have yet and say how many those are; nothing is written where it has them all."""
    added: list[int] = []

    def write(row: Schedule) -> bool:
        below = ids_of(row)
        for position, event in enumerate(_missing(row, form), start=1):
            event.schedule, event.position = row, position
            event.save()
            added.append(event.pk)
        number_events(row, [*added, *below])
        return True

    if not _missing(schedule, form):
        return None, 0
    conflict = guarded(request, schedule, version, write)
    return conflict, len(added)
