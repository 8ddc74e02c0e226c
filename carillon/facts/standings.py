"""What function numbers say now and until when, kept as long as it holds: for a list that asks every few seconds.

A state is worked out by routing as everywhere, and kept under the organization's revision until the next instant at
which anything of it can differ. Only for pages that are looked at: inside a transaction that changes configuration a
revision may be seen that is taken back.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Prefetch
from django.utils.translation import get_language

from carillon.accounts.models import Organization
from carillon.facts.schedules import schedule_facts
from carillon.routing.schedule import Schedule, decide
from carillon.schedules.models import Schedule as ScheduleRow
from carillon.schedules.models import ScheduleEvent, TemporaryChange
from carillon.schedules.screen import Now, now_of

#: Organizations and languages whose states are kept at a time.
MOST = 64
#: What facts read of an event.
FIELDS = (
    "schedule_id", "pk", "is_default", "name", "action", "destination", "prompt_id", "repeat", "weekdays",
    "feast_country", "feast_region", "feast_name", "start_date", "end_date", "time_from", "time_to",
    "starts_at", "ends_at", "end", "end_until", "end_count",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """A state in words, true from the instant it was worked out until another."""

    now: Now
    since: datetime
    until: datetime


@dataclass(slots=True)
class _Kept:
    epoch: UUID
    revision: int
    by_function: dict[int, Standing]


_kept: OrderedDict[tuple[int, str | None], _Kept] = OrderedDict()


def standings(organization: Organization, functions: Iterable[int], now: datetime) -> dict[int, Standing]:
    """Return what each function number (by id; each has a schedule) says at `now` (aware); at most three queries."""
    kept = _of(organization)
    wanted = list(functions)
    if missing := [pk for pk in wanted if not _holds(kept.get(pk), now)]:
        kept |= _work_out(organization, missing, now)
    # One that was deleted meanwhile says nothing.
    return {pk: kept[pk] for pk in wanted if pk in kept}


def _of(organization: Organization) -> dict[int, Standing]:
    key = (organization.pk, get_language())
    found = _kept.pop(key, None)
    if found is None or (found.epoch, found.revision) != (organization.epoch, organization.revision):
        found = _Kept(organization.epoch, organization.revision, {})
    _kept[key] = found
    while len(_kept) > MOST:
        _kept.popitem(last=False)
    return found.by_function


def _holds(standing: Standing | None, now: datetime) -> bool:
    return standing is not None and standing.since <= now < standing.until


def _work_out(organization: Organization, functions: list[int], now: datetime) -> dict[int, Standing]:
    coming = TemporaryChange.objects.filter(ends_at__gt=now)
    rows = ScheduleRow.objects.filter(function_number__organization=organization, function_number__in=functions)
    schedules = list(rows.prefetch_related(Prefetch("temporary_changes", coming)))
    events = _events(schedules)
    return {row.function_number_id: _standing(schedule_facts(row, events[row.pk]), now) for row in schedules}


def _standing(schedule: Schedule, now: datetime) -> Standing:
    found = now_of(schedule, decide(schedule, now), now)
    # The words speak of today and tomorrow.
    midnight = _midnight(now, schedule.zone)
    return Standing(found, now, min(found.holds_until or midnight, midnight))


def _events(schedules: list[ScheduleRow]) -> dict[int, list[ScheduleEvent]]:
    """Read the events of these schedules as values: rows that facts read like the model's."""
    rows: defaultdict[int, list[ScheduleEvent]] = defaultdict(list)
    for row in ScheduleEvent.objects.filter(schedule__in=schedules).values_list(*FIELDS, named=True):
        rows[row.schedule_id].append(cast(ScheduleEvent, row))
    return rows


def _midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the next day in `zone`."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).astimezone(UTC)
