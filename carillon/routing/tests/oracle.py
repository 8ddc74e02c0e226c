"""Who decides at each minute of some days, by a walk that shares no code with the product; and random schedules for it.

Holidays are by the rule that people know (a day of the year, or so many days after Easter), not by the tables.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.easter import easter
from hypothesis import strategies as st

from carillon.routing.feasts import Feast
from carillon.routing.schedule import Action, Event, Moment, Schedule, When, Windows
from carillon.routing.tests.test_schedule_properties import CHANGES, DAY, DEFAULT, MINUTE, TIMES, expand, walk_of, whens

#: Holidays of the days around CHANGES: month and day, or days after Easter.
FEASTS: dict[Feast, tuple[int, int] | int] = {
    Feast("MT", "", "Freedom Day"): (3, 31),
    Feast("AT", "", "National Day"): (10, 26),
    Feast("KR", "", "Independence Movement Day"): (3, 1),
    Feast("RU", "", "International Women's Day"): (3, 8),
    Feast("BR", "", "Independence Day"): (9, 7),
    Feast("BE", "", "Easter Monday"): 1,
    Feast("MT", "", "Good Friday"): -2,
    Feast("BE", "", "All Saints' Day"): (11, 1),
    Feast("LT", "", "Day of Restoration of the State of Lithuania"): (2, 16),
    Feast("DE", "", "German Unity Day"): (10, 3),
    Feast("BE", "", "New Year's Day"): (1, 1),
}
FIRST, LAST = 1440, 3 * 1440


def day_of(feast: Feast, year: int) -> date:
    rule = FEASTS[feast]
    return easter(year) + rule * DAY if isinstance(rule, int) else date(year, *rule)


class Oracle:
    """The walk of a schedule: `at(n)` decides in its minute n, `matches(event, n)` tells whether that event matches."""

    def __init__(self, schedule: Schedule, middle: date) -> None:
        self.schedule, self.walk = schedule, walk_of(schedule.zone, middle)
        self.minutes = self.walk.minutes
        self.spans = {event.id: self._expand(event, middle) for event in schedule.events}

    def _expand(self, event: Event, middle: date) -> list[tuple[datetime, datetime]]:
        when = event.when
        assert not isinstance(when, Moment)
        if not isinstance(when, Windows) or when.feast not in FEASTS:
            return expand(when, middle)
        days = [day_of(when.feast, middle.year + n) for n in (-1, 0, 1)]
        days = [day for day in days if (when.first or date.min) <= day <= (when.last or date.max)]
        following = DAY if when.until <= when.since else timedelta(0)
        return [
            (datetime.combine(day, when.since), datetime.combine(day + following, when.until))
            for day in days
            if day.weekday() in when.weekdays
        ]

    def matches(self, event: Event, n: int) -> bool:
        """The clock has shown the start, and it still shows, or will show again, a time before the end."""
        shown, to_come = self.walk.shown, self.walk.to_come
        return any(
            start <= shown[n] and start < stop and (to_come[n] < stop or to_come[n + 1] <= stop)
            for start, stop in self.spans[event.id]
        )

    def at(self, n: int) -> Event:
        for change in self.schedule.temporary:
            assert isinstance(change.when, Moment)
            if change.when.start <= self.minutes[n] < change.when.stop:
                return change
        return next((event for event in self.schedule.events if self.matches(event, n)), self.schedule.default)


@st.composite
def feast_windows(draw: st.DrawFn, middle: date) -> Windows:
    feast = draw(st.sampled_from([f for f in FEASTS if abs((day_of(f, middle.year) - middle).days) < 5] or [*FEASTS]))
    first = draw(st.sampled_from([None, date(middle.year, 1, 1), middle]))
    return Windows(frozenset(range(7)), draw(TIMES), draw(TIMES), first, draw(st.sampled_from([None, middle])), feast)


@st.composite
def moments(draw: st.DrawFn, middle: date) -> Moment:
    start = datetime.combine(middle - 2 * DAY, time(0), UTC) + draw(st.integers(0, 4 * 1440)) * MINUTE
    return Moment(start, start + draw(st.integers(1, 1440)) * MINUTE)


@st.composite
def events_of(draw: st.DrawFn, number: int, when: When) -> Event:
    action = draw(st.sampled_from([Action.FORWARD, Action.OPEN, Action.CLOSED, Action.FORWARD]))
    destination = draw(st.sampled_from(["9001", "9002"])) if action is Action.FORWARD else None
    return Event(number, str(number), action, when, destination)


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Schedule, date]:
    """A schedule with all kinds of events, and the day around which it is walked."""
    name, middle = draw(st.sampled_from(CHANGES))
    # Half of them on every day: others seldom meet within the walk.
    daily = st.builds(Windows, st.just(frozenset(range(7))), TIMES, TIMES)
    found = draw(st.lists(daily | daily | whens(middle) | feast_windows(middle), min_size=1, max_size=6))
    events = tuple(draw(events_of(n, when)) for n, when in enumerate(found, 1))
    changes = draw(st.lists(moments(middle), max_size=2))
    temporary = tuple(draw(events_of(-n, when)) for n, when in enumerate(changes, 1))
    return Schedule(ZoneInfo(name), events, DEFAULT, temporary), middle
