"""What the pages of a schedule show of its result: the picture of some time, and what is worth a second look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from carillon.accounts.http import Request
from carillon.facts.forwards import ways
from carillon.facts.schedules import schedule_facts
from carillon.numbers.destinations import names
from carillon.numbers.models import FunctionNumber
from carillon.routing.schedule import Schedule
from carillon.routing.warnings import round_trips, warnings
from carillon.schedules.holidays_form import usual_place
from carillon.schedules.models import ScheduleEvent
from carillon.schedules.picture import View, asked, draw
from carillon.schedules.picture_text import days_in_words, months_in_words
from carillon.schedules.warned import Warned, Wording, warned


def picture_of(request: Request, schedule: Schedule, events: Sequence[ScheduleEvent], now: datetime) -> dict[str, Any]:
    """Return what the picture shows: the week, month or year of the address, else this week."""
    view, day = asked(request.GET, now, schedule.zone)
    # A schedule that lost its default event has no row to lead to.
    by_id = event_names(events)
    drawn = draw(schedule, view, day, now, by_id, usual_place(request.organization.country, events))
    today = now.astimezone(schedule.zone).date()
    text = (
        {"months": months_in_words(drawn.period)}
        if view is View.YEAR
        else {"days": days_in_words(drawn.period, view, today, by_id)}
    )
    return {"picture": drawn, "picture_text": text, "picture_views": _views(), "picture_events": set(by_id)}


def warned_of(
    request: Request, function: FunctionNumber, schedule: Schedule, events: Sequence[ScheduleEvent], now: datetime
) -> dict[str, Any]:
    """Return what is worth a second look; without a forward it costs no query."""
    targets = {event.destination for event in events if event.action == ScheduleEvent.Action.FORWARD}
    found = ways(request.organization, targets, now)
    own = function.number.value
    trips = list(round_trips(own, schedule, found.leads, now))
    places = names(request.organization, {number for trip in trips for number in trip.way}) if trips else {}
    wording = Wording(schedule, event_names(events), places)
    return {"warned": warned(wording, warnings(schedule, now), trips, found.dead)}


def warned_of_event(request: Request, function: FunctionNumber, event: ScheduleEvent) -> list[Warned]:
    """Return what of it concerns one event as it is stored."""
    events = list(function.schedule.events.all())
    facts = schedule_facts(function.schedule, events)
    found = warned_of(request, function, facts, events, timezone.now())["warned"]
    return [each for each in found if event.pk in dict(each.events)]


def event_names(events: Sequence[ScheduleEvent]) -> dict[int, str]:
    return {event.pk: _("Default event") if event.is_default else event.name for event in events}


def _views() -> list[tuple[View, str]]:
    return [(View.WEEK, _("Week")), (View.MONTH, _("Month")), (View.YEAR, _("Year"))]
