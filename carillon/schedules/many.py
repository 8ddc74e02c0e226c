"""One change of many schedules: what it would do to each, and doing it, each with an audit row of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.db.models import F, Prefetch, QuerySet
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carillon.accounts import audit
from carillon.accounts.http import Request
from carillon.numbers.models import FunctionNumber
from carillon.portal.ids import row_ids
from carillon.schedules.actions import Conflict, guarded, last_change
from carillon.schedules.models import Schedule, ScheduleEvent

#: So many names of events a line tells.
MOST_NAMES = 6
#: What tells events apart; two schedules with the same are alike.
_CONTENT = [
    field.attname for field in ScheduleEvent._meta.concrete_fields if field.name not in {"id", "schedule", "position"}
]


class Verdict(StrEnum):
    """What becomes of one schedule."""

    READY = "ready"
    DONE = "done"
    SKIPPED = "skipped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Target:
    """A schedule that is to be changed, as it was (`version`) when the page was made."""

    function: FunctionNumber
    version: int


@dataclass(frozen=True, slots=True)
class Line:
    """One schedule and what becomes of it, in words. `entry`: the audit row by which it is taken back."""

    function: FunctionNumber
    verdict: Verdict
    text: str
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Adding:
    """One event above all others."""

    event: ScheduleEvent


@dataclass(frozen=True, slots=True)
class Copying:
    """The events of one schedule (the default one among them), above those there are or in their place."""

    source: FunctionNumber
    events: Sequence[ScheduleEvent]
    replaces: bool

    @property
    def movable(self) -> list[ScheduleEvent]:
        return [event for event in self.events if not event.is_default]


Change = Adding | Copying


def read(text: str) -> dict[int, int]:
    """Return version by function number of "12:7 13:4"; what is mangled is left out."""
    pairs = (row_ids(token.split(":")) for token in text.split() if token.count(":") == 1)
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def write(targets: Iterable[Target]) -> str:
    """Return the text that read() takes."""
    return " ".join(f"{target.function.pk}:{target.version}" for target in targets)


def targets_of(functions: QuerySet[FunctionNumber], ids: Iterable[int]) -> list[Target]:
    """Return those of `functions` with these ids as they are now, by name; three queries."""
    events = Prefetch("schedule__events", ScheduleEvent.objects.order_by("is_default", "position", "pk"))
    rows = functions.filter(pk__in=list(ids), schedule__isnull=False).select_related("number", "schedule")
    return [Target(row, row.schedule.version) for row in rows.prefetch_related(events)]


def preview(change: Change, targets: Iterable[Target]) -> list[Line]:
    """Return what the change would do to each schedule."""
    return [_judge(change, target.function) for target in targets]


def apply(request: Request, change: Change, targets: Iterable[Target]) -> list[Line]:
    """Make the change where the preview allowed it and the schedule is still what it showed; never half of one."""
    done = [_apply_to(request, change, target) for target in targets]
    # The offer of the next message would take back the last one alone.
    request.session.pop("undo", None)
    return done


def _apply_to(request: Request, change: Change, target: Target) -> Line:
    line = _judge(change, target.function)
    if line.verdict is not Verdict.READY:
        return line
    schedule = target.function.schedule
    conflict = guarded(request, schedule, target.version, _writer(change))
    if conflict:
        return replace(line, verdict=Verdict.SKIPPED, text=_meanwhile(conflict))
    entry = last_change(request, schedule)
    return replace(line, verdict=Verdict.DONE, entry=entry.pk if entry else None)


def _meanwhile(conflict: Conflict) -> str:
    if conflict.at is None:
        return _("It was changed since the preview.")
    said = {"who": conflict.who, "clock": f"{conflict.at.astimezone(conflict.zone):%H:%M}"}
    return _("It was changed since the preview, by %(who)s at %(clock)s.") % said


def _judge(change: Change, function: FunctionNumber) -> Line:
    events = list(function.schedule.events.all())
    match change:
        case Adding(event):
            circular, text = _goes_round([event], function), _adds(event.name, len(events) - 1)
        case Copying(source) if source.pk == function.pk:
            return Line(function, Verdict.SKIPPED, _("It is the schedule that is copied."))
        case Copying(_source, copied, True):
            circular, text = _goes_round(copied, function), _replaces(change, events)
            if _alike(copied, events):
                return Line(function, Verdict.SKIPPED, _("It has the same events already."))
        case Copying():
            circular, text = _goes_round(change.movable, function), _comes_above(change, events)
            if not change.movable:
                return Line(function, Verdict.SKIPPED, _("There is no event to add."))
    if circular:
        said = {"name": circular.name}
        return Line(function, Verdict.REFUSED, _("“%(name)s” would forward this number to itself.") % said)
    if isinstance(change, Copying) and change.source.schedule.timezone != function.schedule.timezone:
        text = f"{text} {_('Its times then count in %(zone)s.') % {'zone': function.schedule.timezone}}"
    return Line(function, Verdict.READY, text)


def _goes_round(events: Iterable[ScheduleEvent], function: FunctionNumber) -> ScheduleEvent | None:
    return next((event for event in events if event.destination == function.number.value), None)


def _alike(some: Sequence[ScheduleEvent], others: Sequence[ScheduleEvent]) -> bool:
    return [_content(event) for event in some] == [_content(event) for event in others]


def _content(event: ScheduleEvent) -> list[Any]:
    return [getattr(event, name) for name in _CONTENT]


def _adds(name: str, there: int) -> str:
    if there < 1:
        return _("“%(name)s” comes above the default event.") % {"name": name}
    said = {"name": name, "count": there}
    return (
        ngettext("“%(name)s” comes above its %(count)s event.", "“%(name)s” comes above its %(count)s events.", there)
        % said
    )


def _named(events: Sequence[ScheduleEvent]) -> str:
    names = [f"“{event.name}”" for event in events if not event.is_default]
    shown = names if len(names) <= MOST_NAMES else [*names[: MOST_NAMES - 1], _("others")]
    return get_text_list(shown, _("and"))


def _replaces(change: Copying, events: Sequence[ScheduleEvent]) -> str:
    comes, goes = _named(change.movable), _named(events)
    said = {"comes": comes or _("none"), "goes": goes or _("none")}
    return (
        _("Events that go: %(goes)s. Events that come: %(comes)s. The default event becomes that of the copy.") % said
    )


def _comes_above(change: Copying, events: Sequence[ScheduleEvent]) -> str:
    said = {"comes": _named(change.movable), "there": _named(events) or _("the default event")}
    return _("Events that come: %(comes)s, above %(there)s.") % said


def _writer(change: Change) -> Callable[[Schedule], bool]:
    def put(row: Schedule) -> bool:
        match change:
            case Adding(event):
                _put_above(row, [event])
            case Copying(_source, _events, False):
                _put_above(row, change.movable)
            case Copying(_source, events):
                row.events.filter(is_default=False).delete()
                _put_above(row, change.movable)
                for event in events:
                    if event.is_default:
                        row.events.filter(is_default=True).update(**dict(zip(_CONTENT, _content(event), strict=True)))
        return True

    return put


def _put_above(row: Schedule, events: Sequence[ScheduleEvent]) -> None:
    row.events.filter(is_default=False).update(position=F("position") + len(events))
    row.events.bulk_create(
        ScheduleEvent(schedule=row, position=place, **dict(zip(_CONTENT, _content(event), strict=True)))
        for place, event in enumerate(events, start=1)
    )


def take_back(request: Request, ids: Iterable[int]) -> tuple[int, int]:
    """Undo these changes of schedules as far as this person may; return how many were and how many could not be."""
    undone, refused = audit.take_back(request, ids, ("schedules.schedule",))
    return len(undone), refused
