"""What another time zone shifts: openings and closings of the coming week, next single events, and the state now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carillon.routing.ahead import following
from carillon.routing.clock import instant
from carillon.routing.schedule import Action, Event, Repeat, Schedule, Span, decide, next_change
from carillon.schedules import words
from carillon.schedules.screen import Now, now_of

WEEK = timedelta(days=7)
#: Two zones are at most this far apart.
MARGIN = timedelta(hours=27)
#: A week with more changes than that is cut; so is the list of single events.
MOST_CHANGES, SINGLE_EVENTS = 400, 5
#: A change of state: wall time in the schedule's zone, and what it becomes.
Key = tuple[datetime, Action, str | None]


@dataclass(frozen=True, slots=True)
class Shift:
    """One line: what happens when, and when it will happen, both on the clock of the old zone."""

    what: str
    before: str
    after: str
    how: str


@dataclass(frozen=True, slots=True)
class Shifts:
    """The whole preview. `now_differs`: the state at this moment changes by saving."""

    zone: str
    old_zone: str
    before: Now
    after: Now
    now_differs: bool
    week: list[Shift]
    single: list[Shift]


def shifts_of(schedule: Schedule, zone: str, now: datetime) -> Shifts:
    """Compare `schedule` with itself in another zone. Temporary changes are instants: they do not shift."""
    other = replace(schedule, zone=ZoneInfo(zone))
    states = decide(schedule, now), decide(other, now)
    gets = [(state.event.action, state.event.destination) for state in states]
    return Shifts(
        zone=zone.replace("_", " "),
        old_zone=schedule.zone.key.replace("_", " "),
        before=now_of(schedule, states[0], now),
        after=_after(other, now, schedule.zone),
        now_differs=gets[0] != gets[1],
        week=_week(replace(schedule, temporary=()), replace(other, temporary=()), now),
        single=_single(schedule, other.zone, now),
    )


def _after(other: Schedule, now: datetime, clock: ZoneInfo) -> Now:
    """Return the state in the other zone; until when it lasts is told on the same clock as all the rest."""
    found, ahead = now_of(other, decide(other, now), now), following(other, now)
    if ahead is None:
        return found
    return replace(found, until=words.until(found.action, ahead[1], words.when(ahead[0], now, clock)))


def changes(schedule: Schedule, since: datetime, until: datetime) -> Iterator[tuple[datetime, Event]]:
    """Yield each instant in between at which callers get something else, with the event that decides from then on."""
    here, at = decide(schedule, since).event, since
    for _count in range(MOST_CHANGES):
        found = next_change(schedule, at)
        if found is None or found >= until:
            return
        event, at = decide(schedule, found).event, found
        if (event.action, event.destination) != (here.action, here.destination):
            yield at, event
        here = event


def _by_wall(schedule: Schedule, since: datetime, until: datetime) -> Mapping[Key, datetime]:
    found = changes(schedule, since, until)
    walls = ((at.astimezone(schedule.zone).replace(tzinfo=None), event, at) for at, event in found)
    return {(wall, event.action, event.destination): at for wall, event, at in walls}


def _week(old: Schedule, new: Schedule, now: datetime) -> list[Shift]:
    """Group the days of the week on which the same happens at the same time."""
    later = _by_wall(new, now - MARGIN, now + WEEK + MARGIN)
    days: dict[tuple[Action, str, str, int, timedelta], set[int]] = {}
    for (wall, action, target), at in _by_wall(old, now, now + WEEK).items():
        then = later.get((wall, action, target))
        if then is None or then == at:
            continue
        moved = then.astimezone(old.zone)
        ahead = (moved.date() - wall.date()).days
        key = (action, f"{wall:%H:%M}", f"{moved:%H:%M}", ahead, then - at)
        days.setdefault(key, set()).add(wall.weekday())
    return [
        Shift(f"{_days(on)}: {_becomes(action)}", before, _clock(after, ahead), _how(by))
        for (action, before, after, ahead, by), on in sorted(days.items(), key=lambda each: (min(each[1]), each[0][1]))
    ]


def _single(schedule: Schedule, zone: ZoneInfo, now: datetime) -> list[Shift]:
    """The next events that happen once, by their begin."""
    spans = [
        (event.when.start, event.name)
        for event in schedule.events
        if isinstance(event.when, Span) and event.when.repeat is Repeat.NONE
    ]
    found = []
    for start, name in sorted(spans):
        before, after = instant(start, schedule.zone), instant(start, zone)
        if before > now and before != after:
            moved = f"{after.astimezone(schedule.zone):%Y-%m-%d %H:%M}"
            begins = _("“%(name)s” begins") % {"name": name}
            found.append(Shift(begins, f"{start:%Y-%m-%d %H:%M}", moved, _how(after - before)))
    return found[:SINGLE_EVENTS]


def _days(numbers: set[int]) -> str:
    told = words.weekdays(sum(1 << day for day in numbers))
    return told[:1].upper() + told[1:] if told != str(WEEKDAYS[min(numbers)]) else told


def _becomes(action: Action) -> str:
    match action:
        case Action.OPEN:
            return _("opens")
        case Action.CLOSED:
            return _("closes")
        case Action.FORWARD:
            return _("is forwarded")


def _clock(clock: str, ahead: int) -> str:
    if ahead > 0:
        return _("%(clock)s on the next day") % {"clock": clock}
    return _("%(clock)s on the day before") % {"clock": clock} if ahead < 0 else clock


def _how(by: timedelta) -> str:
    """Return "1 hour earlier", "45 minutes later", "5 hours 30 minutes later"."""
    hours, minutes = divmod(abs(int(by.total_seconds())) // 60, 60)
    parts = []
    if hours:
        parts.append(ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours})
    if minutes:
        parts.append(ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes})
    span = {"span": " ".join(parts)}
    return _("%(span)s later") % span if by > timedelta(0) else _("%(span)s earlier") % span
