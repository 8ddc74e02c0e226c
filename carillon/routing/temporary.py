"""Until when a temporary change lasts: until a time, or until the schedule beneath it next says something else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from carillon.routing.ahead import following
from carillon.routing.clock import instant
from carillon.routing.schedule import DAY, Schedule


def beneath(schedule: Schedule) -> Schedule:
    """Return the schedule without its temporary changes."""
    return replace(schedule, temporary=())


def end_of(schedule: Schedule, now: datetime, clock: time | None) -> datetime | None:
    """Return the instant (UTC) at which a change that begins at `now` (aware) ends.

    With `clock` when the schedule's clock next shows that time; else when the schedule beneath next changes, None
    where it does not.
    """
    if clock is not None:
        return next_time(schedule, now, clock)
    found = following(beneath(schedule), now)
    return found[0] if found else None


def next_time(schedule: Schedule, now: datetime, clock: time) -> datetime:
    """Return the first instant (UTC) after `now` (aware) at which the clock of the schedule's zone shows `clock`."""
    today = now.astimezone(schedule.zone).date()
    days = (datetime.combine(today + days * DAY, clock) for days in (0, 1, 2))
    # Two days on there is one that is not over, whatever the clock does.
    return next(at for day in days if (at := instant(day, schedule.zone, end=True)) > now)


def begin_of(now: datetime) -> datetime:
    """Return the instant from which a change made at `now` (aware) counts: decisions look at whole minutes."""
    return now.astimezone(UTC) - timedelta(seconds=now.second, microseconds=now.microsecond)
