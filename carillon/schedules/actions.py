"""Every change of a schedule: one transaction, one audit row, refused in words when somebody else was faster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from carillon.accounts import audit
from carillon.accounts.audit import Actor
from carillon.accounts.http import Request
from carillon.accounts.models import AuditEntry
from carillon.schedules.forms import ActionForm, TimezoneForm
from carillon.schedules.models import Schedule, ScheduleEvent


@dataclass(frozen=True, slots=True)
class Conflict:
    """The schedule is not what the page showed. Who changed it last and when, where the audit knows."""

    who: str
    at: datetime | None
    version: int
    zone: ZoneInfo

    def sentence(self) -> str:
        """Return what a person reads."""
        if self.at is None:
            return _("This schedule was changed meanwhile. Nothing of yours is stored yet.")
        return _("%(who)s changed this schedule at %(clock)s, meanwhile. Nothing of yours is stored yet.") % {
            "who": self.who,
            "clock": f"{self.at.astimezone(self.zone):%H:%M}",
        }


def last_change(request: Request | Actor, schedule: Schedule) -> AuditEntry | None:
    """Return the newest audit row of this schedule."""
    entries = request.organization.audit_entries
    return entries.filter(kind="schedules.schedule", object_id=schedule.pk).order_by("-at", "-pk").first()


def _conflict(request: Request | Actor, schedule: Schedule) -> Conflict:
    entry = last_change(request, schedule)
    row = Schedule.objects.filter(pk=schedule.pk).values_list("version", flat=True).first()
    zone = ZoneInfo(schedule.timezone)
    return Conflict(entry.actor_name if entry else "", entry.at if entry else None, row or 0, zone)


def guarded(
    request: Request | Actor, schedule: Schedule, version: int | None, write: Callable[[Schedule], bool]
) -> Conflict | None:
    """Run `write` on the locked schedule if it still has `version`; False from `write` means the page was stale.

    Without `version` whatever the schedule is by now is changed. Temporary changes that have ended are cleared.
    """
    try:
        with transaction.atomic():
            row = Schedule.objects.select_for_update().get(pk=schedule.pk)
            if version is None or row.version == version:
                row.temporary_changes.filter(ends_at__lte=timezone.now()).delete()
                with audit.change(request, row, AuditEntry.Verb.CHANGE):
                    if not write(row):
                        raise _StaleError
                    Schedule.objects.filter(pk=row.pk).update(version=F("version") + 1)
                return None
    except (_StaleError, Schedule.DoesNotExist, IntegrityError):
        # What the page pointed to (an event, a prompt, the number itself) went away under it.
        pass
    return _conflict(request, schedule)


class _StaleError(Exception):
    """Rolls the transaction back; never leaves this module."""


def number_events(row: Schedule, ids: Sequence[int]) -> None:
    for position, pk in enumerate(ids, start=1):
        row.events.filter(pk=pk).exclude(position=position).update(position=position)


def ids_of(row: Schedule) -> list[int]:
    return list(row.events.filter(is_default=False).order_by("position", "pk").values_list("pk", flat=True))


def add_event(request: Request, schedule: Schedule, version: int, form: ActionForm) -> Conflict | None:
    """Add an event on top, as the manual's list shows the newest."""

    def write(row: Schedule) -> bool:
        below = ids_of(row)
        event = form.save(commit=False)
        event.schedule, event.position = row, 1
        event.save()
        number_events(row, [event.pk, *below])
        return True

    return guarded(request, schedule, version, write)


def save_event(request: Request, schedule: Schedule, version: int, form: ActionForm) -> Conflict | None:
    """Store an edited event; its place in the order stays."""

    def write(row: Schedule) -> bool:
        if not row.events.filter(pk=form.instance.pk).exists():
            return False
        form.save()
        return True

    return guarded(request, schedule, version, write)


def delete_event(request: Request, schedule: Schedule, version: int, event: ScheduleEvent) -> Conflict | None:
    """Delete an event; the default event stays whatever is asked."""

    def write(row: Schedule) -> bool:
        deleted, _rows = row.events.filter(pk=event.pk, is_default=False).delete()
        number_events(row, ids_of(row))
        return bool(deleted)

    return guarded(request, schedule, version, write)


def reorder(request: Request, schedule: Schedule, version: int, order: Sequence[int]) -> Conflict | None:
    """Put the events in this order: all of them, each once, the default event not among them."""

    def write(row: Schedule) -> bool:
        if sorted(order) != sorted(ids_of(row)):
            return False
        number_events(row, order)
        return True

    return guarded(request, schedule, version, write)


def move_event(
    request: Request, schedule: Schedule, version: int, event: ScheduleEvent, *, up: bool
) -> Conflict | None:
    """Move an event one place; at the edge nothing changes and nothing is recorded."""
    order = ids_of(schedule)
    if event.pk not in order:
        return _conflict(request, schedule)
    here = order.index(event.pk)
    there = here + (-1 if up else 1)
    if not 0 <= there < len(order):
        return None
    order[here], order[there] = order[there], order[here]
    return reorder(request, schedule, version, order)


def change_timezone(request: Request, schedule: Schedule, version: int, form: TimezoneForm) -> Conflict | None:
    """Read all times of the schedule in another zone from now on."""
    zone = form.cleaned_data["timezone"]

    def write(row: Schedule) -> bool:
        row.timezone = zone
        row.save(update_fields=["timezone"])
        return True

    return guarded(request, schedule, version, write)
