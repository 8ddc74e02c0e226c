"""How temporary changes are said on the pages: what each does, from when until when, and who made it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from carillon.numbers.models import FunctionNumber
from carillon.numbers.templatetags.places import place
from carillon.routing.ahead import following
from carillon.routing.codes import spell
from carillon.routing.schedule import Action, Schedule, State
from carillon.routing.temporary import beneath
from carillon.schedules import words
from carillon.schedules.models import ScheduleEvent, TemporaryChange


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One temporary change. `decides`: the state now comes from it; `begun`: it would, if no other came before."""

    change: TemporaryChange
    destination: str
    begins: str
    ends: str
    begun: bool
    decides: bool


def changes_of(
    changes: Iterable[TemporaryChange], schedule: Schedule, state: State, names: Mapping[str, str], now: datetime
) -> list[ChangeRow]:
    """Return the changes that have not ended: those that have begun first, as they decide, then those ahead by time."""
    rows = [
        ChangeRow(
            change=change,
            destination=place(change.destination, names),
            begins=words.when(change.starts_at, now, schedule.zone),
            ends=words.when(change.ends_at, now, schedule.zone),
            begun=change.starts_at <= now,
            decides=state.temporary and change.pk == state.event.id,
        )
        for change in changes
        if change.ends_at > now
    ]
    ahead = sorted((row for row in rows if not row.begun), key=lambda row: row.change.starts_at)
    return [row for row in rows if row.begun] + ahead


def decided_by(decider: ScheduleEvent | TemporaryChange) -> str:
    """Return what stands after "Decided by"."""
    if isinstance(decider, TemporaryChange):
        return _("a temporary change by %(person)s") % {"person": decider.made_by}
    return _("the default event") if decider.is_default else f"“{decider.name}”"


def next_change_words(schedule: Schedule, now: datetime) -> str:
    """Return when the schedule beneath its temporary changes next says something else; "" if it does not."""
    found = following(beneath(schedule), now)
    return words.when(found[0], now, schedule.zone) if found else ""


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A feature code and what it does."""

    code: str
    words: str


def codes_of(function: FunctionNumber) -> list[CodeLine]:
    """Return what can be dialled to change this number's schedule."""
    number = function.number.value
    return [
        CodeLine(spell(Action.OPEN, number), _("open now")),
        CodeLine(spell(Action.CLOSED, number), _("closed now")),
        CodeLine(spell(None, number), _("back to the schedule")),
    ]


def told(function: FunctionNumber, change: TemporaryChange, zone: ZoneInfo, now: datetime) -> str:
    """Return what a person is told once a change is stored."""
    said = {
        "name": function.name,
        "state": words.state(Action(change.action)),
        "begin": words.when(change.starts_at, now, zone),
        "end": words.when(change.ends_at, now, zone),
    }
    if change.starts_at <= now:
        return _("%(name)s is %(state)s until %(end)s. It counts from the next call.") % said
    return _("%(name)s will be %(state)s from %(begin)s until %(end)s.") % said
