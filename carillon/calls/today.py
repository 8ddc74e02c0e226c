"""What happened today: calls per hour of the organization's own day, counted from the log, beside yesterday's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from math import ceil
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, IntegerField, Value, When

from carillon.accounts.models import Organization
from carillon.calls.models import Call

HOUR = timedelta(hours=1)
#: Calls of yesterday until this time of day, and later ones.
YESTERDAY, LATER = -1, -2


class Kind(StrEnum):
    """How a call from outside ended, as the picture tells it."""

    ANSWERED = "answered"
    MISSED = "missed"
    PROMPT = "prompt"


KINDS = {Call.Result.ANSWERED: Kind.ANSWERED, Call.Result.PROMPT: Kind.PROMPT}


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the day: the instant (UTC) at which it begins, and what the clock on the wall shows then."""

    starts: datetime
    wall: datetime
    counts: Counter[Kind] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.counts.total()


@dataclass(frozen=True, slots=True)
class Today:
    """A day until now. The hours are 23 or 25 where the clock is changed."""

    hours: list[Hour]
    now: datetime
    #: Calls from outside until this time of day.
    yesterday: int
    outbound: int
    internal: int
    by_fallback: int
    emergencies: int

    @property
    def counts(self) -> Counter[Kind]:
        return sum((hour.counts for hour in self.hours), Counter())

    @property
    def total(self) -> int:
        return self.counts.total()


def hours_of(day: datetime) -> list[datetime]:
    """Return the instants (UTC) at which the hours of a day begin; `day` has the zone whose day it is."""
    zone, date = day.tzinfo, day.date()
    start = datetime.combine(date, time(), zone).astimezone(UTC)
    end = datetime.combine(date + timedelta(days=1), time(), zone).astimezone(UTC)
    return [start + n * HOUR for n in range(ceil((end - start) / HOUR))]


def today(organization: Organization, now: datetime) -> Today:
    """Count the calls of today and of yesterday until this time of day: one query that touches no other day's rows."""
    here = now.astimezone(ZoneInfo(organization.timezone))
    starts = hours_of(here)
    before = here - timedelta(days=1)  # wall time: the same clock on the day before
    yesterday = hours_of(before)[0]
    whens = [When(started_at__lt=before, then=Value(YESTERDAY)), When(started_at__lt=starts[0], then=Value(LATER))]
    whens += [When(started_at__lt=start + HOUR, then=Value(index)) for index, start in enumerate(starts)]
    rows = (
        organization.calls.filter(is_test=False, started_at__gte=yesterday, started_at__lt=starts[-1] + HOUR)
        .order_by()
        .annotate(hour=Case(*whens, default=Value(LATER), output_field=IntegerField()))
        .values("hour", "direction", "result", "decided_by")
        .annotate(count=Count("pk"))
        .values_list("hour", "direction", "result", "decided_by", "count")
    )
    return _sum([Hour(start, start.astimezone(here.tzinfo)) for start in starts], here, list(rows))


def _sum(hours: list[Hour], here: datetime, rows: list[tuple[int, str, str, str, int]]) -> Today:
    totals: Counter[str] = Counter()
    for hour, direction, result, decided_by, count in rows:
        inbound = direction == Call.Direction.INBOUND
        if hour == YESTERDAY and inbound:
            totals["yesterday"] += count
        if hour < 0:
            continue
        totals[direction] += count
        totals[decided_by] += count
        if inbound:
            hours[hour].counts[KINDS.get(Call.Result(result), Kind.MISSED)] += count
    return Today(
        hours=hours,
        now=here,
        yesterday=totals["yesterday"],
        outbound=totals[Call.Direction.OUTBOUND],
        internal=totals[Call.Direction.INTERNAL],
        by_fallback=totals[Call.DecidedBy.FALLBACK],
        emergencies=totals[Call.DecidedBy.DIALPLAN],
    )
