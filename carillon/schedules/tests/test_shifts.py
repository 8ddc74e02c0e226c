"""What another time zone shifts: by tables, and against a walk through every minute of the week."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from carillon.demo import people
from carillon.demo.world import World
from carillon.routing.schedule import Action, Always, Event, Moment, Never, Repeat, Schedule, Span, Windows, decide
from carillon.schedules.shifts import Shift, changes, shifts_of
from conftest import SignIn

BRUSSELS = ZoneInfo("Europe/Brussels")
WORKDAYS = frozenset(range(5))
NOW = datetime(2027, 2, 3, 8, 0, tzinfo=UTC)


def window(since: str, until: str, days: frozenset[int] = WORKDAYS, action: Action = Action.OPEN) -> Event:
    return Event(1, "hours", action, Windows(days, time.fromisoformat(since), time.fromisoformat(until)))


def schedule(*events: Event, temporary: tuple[Event, ...] = ()) -> Schedule:
    return Schedule(BRUSSELS, events, Event(9, "", Action.CLOSED, Always()), temporary)


def test_the_hours_of_a_week_are_one_line_for_each_hour() -> None:
    found = shifts_of(schedule(window("08:30", "12:30")), "Europe/London", NOW)
    assert found.week == [
        Shift("Monday to Friday: opens", "08:30", "09:30", "1 hour later"),
        Shift("Monday to Friday: closes", "12:30", "13:30", "1 hour later"),
    ]
    assert (found.before.word, found.after.word, found.now_differs) == ("open", "closed", True)


def test_a_shift_across_midnight_names_the_day() -> None:
    found = shifts_of(schedule(window("20:00", "23:00", frozenset({5}))), "America/New_York", NOW)
    assert found.week == [
        Shift("Saturday: opens", "20:00", "02:00 on the next day", "6 hours later"),
        Shift("Saturday: closes", "23:00", "05:00 on the next day", "6 hours later"),
    ]
    back = shifts_of(schedule(window("01:00", "02:00", frozenset({6}))), "Asia/Kolkata", NOW)
    assert back.week[0] == Shift("Sunday: opens", "01:00", "20:30 on the day before", "4 hours 30 minutes earlier")


def test_a_zone_with_the_same_clock_shifts_nothing() -> None:
    found = shifts_of(schedule(window("08:30", "12:30")), "Europe/Paris", NOW)
    assert (found.week, found.single, found.now_differs) == ([], [], False)


def test_the_next_single_events_are_named() -> None:
    start = datetime(2027, 12, 24, 12)  # noqa: DTZ001  # wall time of the schedule's zone
    eve = Event(2, "eve", Action.CLOSED, Span(Repeat.NONE, start, start + timedelta(hours=6), Never()))
    gone = Event(
        3, "gone", Action.CLOSED, Span(Repeat.NONE, start.replace(year=2020), start.replace(year=2021), Never())
    )
    found = shifts_of(schedule(eve, gone), "Asia/Tokyo", NOW)
    assert found.single == [Shift("“eve” begins", "2027-12-24 12:00", "2027-12-24 04:00", "8 hours earlier")]


def test_a_temporary_change_stays_where_it_is() -> None:
    closed = Event(4, "", Action.CLOSED, Moment(NOW - timedelta(hours=1), NOW + timedelta(hours=1)))
    found = shifts_of(schedule(window("08:30", "12:30"), temporary=(closed,)), "Europe/London", NOW)
    assert not found.now_differs
    assert len(found.week) == 2


@pytest.mark.parametrize("zone", ["Europe/London", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"])
@pytest.mark.parametrize("day", [date(2027, 2, 3), date(2026, 10, 22), date(2027, 3, 26), date(2026, 4, 2)])
def test_the_lines_are_what_every_minute_of_the_week_says(zone: str, day: date) -> None:
    """The oracle walks minutes in both zones; each change of the old week is a line, or happens at the same instant."""
    now = datetime.combine(day, time(5), UTC)
    night = window("22:00", "03:30", frozenset({4}), Action.FORWARD)
    old = schedule(window("08:30", "12:30"), window("13:30", "18:00"), night)
    walked = []
    for minute in range(1, 7 * 24 * 60):
        at = now + timedelta(minutes=minute)
        if decide(old, at).event.action != decide(old, at - timedelta(minutes=1)).event.action:
            walked.append(at)
    assert [at for at, _event in changes(old, now, now + timedelta(days=7))] == walked
    lines = {line.before for line in shifts_of(old, zone, now).week}
    clocks = {f"{at.astimezone(BRUSSELS):%H:%M}" for at in walked}
    assert lines <= clocks
    assert {"08:30", "12:30", "13:30", "18:00"} <= lines


def test_without_scripts_the_preview_comes_before_the_save(world: World, as_user: SignIn) -> None:
    client: Client = as_user(people.SCHEDULES_ADMIN)
    page, main = reverse("schedules:timezone", args=[world.main.pk]), world.main.schedule
    asked = client.post(page, {"timezone": "Asia/Tokyo", "version": main.version, "seen": ""}).content.decode()
    assert "What shifts" in asked
    assert 'name="seen" value="Asia/Tokyo"' in asked
    main.refresh_from_db()
    assert main.timezone == "Europe/Brussels"
    client.post(page, {"timezone": "Asia/Tokyo", "version": main.version, "seen": "Asia/Tokyo"})
    main.refresh_from_db()
    assert main.timezone == "Asia/Tokyo"


def test_a_zone_that_is_none_has_no_preview(world: World, as_user: SignIn) -> None:
    page = reverse("schedules:timezone_shifts", args=[world.main.pk])
    for strange in ("Mars/Olympus", "", "../etc/passwd"):
        assert "What shifts" not in as_user(people.ADMIN).get(page, {"timezone": strange}).content.decode()
