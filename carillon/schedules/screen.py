"""What the Schedules pages show: the state now in words, each event's line, and what a caller hears at this moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any

from django.utils.translation import gettext as _

from carillon.numbers.models import FunctionNumber
from carillon.numbers.templatetags.places import place
from carillon.routing.ahead import boundaries, other_state
from carillon.routing.schedule import Action, Schedule, State, decide
from carillon.schedules import words
from carillon.schedules.models import ScheduleEvent, TemporaryChange
from carillon.schedules.temporary_page import changes_of, codes_of, decided_by


@dataclass(frozen=True, slots=True)
class Now:
    """A state as the pages show it: by colour, icon and word, and until when in words."""

    action: Action
    word: str
    until: str
    #: Whether it stays like that.
    for_good: bool = False
    #: When another event decides, whether the state differs then or not; None: not within two years.
    holds_until: datetime | None = None
    #: The id of the temporary change that decides; 0: an event does.
    temporary: int = 0


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line of a schedule. `decides`: the state now comes from it."""

    event: ScheduleEvent
    duration: str
    details: str
    destination: str
    decides: bool
    first: bool
    last: bool


def now_of(schedule: Schedule, state: State, now: datetime) -> Now:
    """Return the state's words: "open", "until 12:30"."""
    action, coming = state.event.action, boundaries(schedule, now, state)
    first = next(coming, None)
    ahead = other_state(state, chain((first,), coming)) if first else None
    until = words.until(action, ahead[1], words.when(ahead[0], now, schedule.zone)) if ahead else _("always")
    temporary = state.event.id if state.temporary else 0
    return Now(action, words.state(action), until, ahead is None, first[0] if first else None, temporary)


def hears(event: ScheduleEvent | TemporaryChange, names: Mapping[str, str]) -> str:
    """Return the sentence of what a caller hears while `event` decides."""
    said = {"prompt": event.prompt.name if event.prompt else "", "target": place(event.destination, names)}
    match ScheduleEvent.Action(event.action):
        case ScheduleEvent.Action.OPEN if event.prompt:
            return _("A caller hears “%(prompt)s”, then the phones of the group ring.") % said
        case ScheduleEvent.Action.OPEN:
            return _("A caller gets through: the phones of the group ring.")
        case ScheduleEvent.Action.FORWARD if event.prompt:
            return _("A caller hears “%(prompt)s”, then goes on to %(target)s.") % said
        case ScheduleEvent.Action.FORWARD:
            return _("A caller goes straight on to %(target)s.") % said
        case ScheduleEvent.Action.CLOSED if event.prompt:
            return _("A caller hears “%(prompt)s”, then the call ends.") % said
        case ScheduleEvent.Action.CLOSED:
            return _("A caller hears the general greeting, then the call ends.")


def event_rows(
    events: Sequence[ScheduleEvent], state: State, names: Mapping[str, str], today: date
) -> tuple[list[EventRow], EventRow]:
    """Return the lines of the events in order, and the line of the default event."""
    movable = [event for event in events if not event.is_default]
    lines = [
        EventRow(
            event=event,
            duration=words.duration(event),
            details=words.details(event, today),
            destination=place(event.destination, names),
            decides=event.pk == state.event.id and not state.temporary,
            first=bool(movable) and event is movable[0],
            last=bool(movable) and event is movable[-1],
        )
        for event in events
    ]
    return [line for line in lines if not line.event.is_default], next(line for line in lines if line.event.is_default)


def page_of(
    function: FunctionNumber,
    events: Sequence[ScheduleEvent],
    schedule: Schedule,
    names: Mapping[str, str],
    now: datetime,
) -> dict[str, Any]:
    """Return what the page of one schedule shows; `events` have their prompts loaded."""
    state = decide(schedule, now)
    rows, default = event_rows(events, state, names, now.astimezone(schedule.zone).date())
    changes = list(function.schedule.temporary_changes.all())
    may_decide: Sequence[ScheduleEvent | TemporaryChange] = changes if state.temporary else events
    decider = next(row for row in may_decide if row.pk == state.event.id)
    return {
        "function": function,
        "version": function.schedule.version,
        "rows": rows,
        "default": default,
        "now": now_of(schedule, state, now),
        "decides": decided_by(decider),
        "codes": codes_of(function),
        "changes": changes_of(changes, schedule, state, names, now),
        "hears": hears(decider, names),
    }
