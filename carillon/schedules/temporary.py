"""Temporary changes of a schedule, made and ended: one transaction, one audit row, undone like any other change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from carillon.accounts.audit import Actor
from carillon.accounts.http import Request
from carillon.routing.schedule import Action
from carillon.routing.temporary import begin_of
from carillon.schedules.actions import Conflict, guarded
from carillon.schedules.models import Schedule, TemporaryChange

#: Raises where it is too late to store something: the caller has been told otherwise.
Check = Callable[[], None]


def add(request: Request, schedule: Schedule, version: int, change: TemporaryChange) -> Conflict | None:
    """Store a change that a person made on a page."""

    def write(row: Schedule) -> bool:
        change.schedule, change.made_by = row, str(request.user)[:160]
        change.save()
        return True

    return guarded(request, schedule, version, write)


def end(request: Request, schedule: Schedule, version: int, change: TemporaryChange) -> Conflict | None:
    """End a change at once, or one that lies ahead before it begins."""

    def write(row: Schedule) -> bool:
        return bool(row.temporary_changes.filter(pk=change.pk).delete()[0])

    return guarded(request, schedule, version, write)


def switch(actor: Actor, schedule: Schedule, action: Action | None, until: datetime | None, check: Check) -> bool:
    """Do what a feature code asks: change the schedule from now `until` then, or end what changes it now (None).

    `check` is asked last, before anything is stored. False: nothing is stored.
    """
    now = timezone.now()

    def write(row: Schedule) -> bool:
        if action is None or until is None:
            row.temporary_changes.filter(starts_at__lte=now).delete()
        else:
            made_by = str(actor.user)[:160]
            row.temporary_changes.create(action=action, starts_at=begin_of(now), ends_at=until, made_by=made_by)
        check()
        return True

    return guarded(actor, schedule, None, write) is None


def clear_ended() -> int:
    """Delete changes that have ended: they decide nothing, and the prompts that they name are free again."""
    return TemporaryChange.objects.filter(ends_at__lte=timezone.now()).delete()[0]
