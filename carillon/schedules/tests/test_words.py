"""Duration and state are said as the manual says them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from carillon.routing.schedule import Action
from carillon.schedules.models import ScheduleEvent
from carillon.schedules.words import details, duration, times, until, weekdays, when

BRUSSELS = ZoneInfo("Europe/Brussels")
WEEK = {"repeat": "week", "weekdays": 31, "time_from": time(13, 30), "time_to": time(18)}
JANUARY = {"starts_at": "2021-01-01T00:00", "ends_at": "2021-01-02T00:00"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"is_default": True}, "Always"),
        (WEEK, "Per week, 13:30 - 18:00"),
        ({"repeat": "day", "time_from": time(8), "time_to": time(17)}, "Per day, 08:00 - 17:00"),
        ({"repeat": "year", **JANUARY}, "Every year 2021-01-01 00:00 - 2021-01-02 00:00"),
        ({"repeat": "month", **JANUARY}, "Every month 2021-01-01 00:00 - 2021-01-02 00:00"),
        ({"repeat": "none", **JANUARY}, "2021-01-01 00:00 - 2021-01-02 00:00"),
    ],
)
def test_a_duration_reads_as_in_the_manual(fields: dict[str, object], words: str) -> None:
    assert duration(ScheduleEvent(**fields)) == words


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (0b0011111, "Monday to Friday"),
        (0b1111111, "every day"),
        (0b1100000, "Saturday and Sunday"),
        (0b0000001, "Monday"),
        (0b0010101, "Monday, Wednesday and Friday"),
    ],
)
def test_weekdays_are_said_as_people_say_them(mask: int, words: str) -> None:
    assert weekdays(mask) == words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (WEEK, "Monday to Friday"),
        (WEEK | {"time_from": time(22), "time_to": time(6)}, "Monday to Friday, ends on the next day"),
        (
            WEEK | {"start_date": date(2026, 11, 1), "end_date": date(2026, 11, 30)},
            "Monday to Friday, from 2026-11-01, until 2026-11-30",
        ),
        ({"repeat": "year", **JANUARY, "end": "count", "end_count": 1}, "1 time"),
        ({"repeat": "year", **JANUARY, "end": "count", "end_count": 3}, "3 times"),
        ({"repeat": "year", **JANUARY, "end": "until", "end_until": date(2030, 1, 1)}, "until 2030-01-01"),
        ({"repeat": "year", **JANUARY}, ""),
    ],
)
def test_what_the_duration_leaves_out_is_said_below_it(fields: dict[str, object], words: str) -> None:
    assert details(ScheduleEvent(**fields)) == words


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        ("2026-11-23 11:30", "12:30"),
        ("2026-11-24 07:30", "tomorrow 08:30"),
        ("2026-11-26 07:30", "Thursday 08:30"),
        ("2026-12-31 23:00", "2027-01-01 00:00"),
    ],
)
def test_an_instant_is_said_as_seen_from_now_in_the_schedules_zone(instant: str, words: str) -> None:
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert when(datetime.fromisoformat(f"{instant}+00:00"), now, BRUSSELS) == words


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ({}, ""),
        ({"days": "12345", "since": "08:30", "until": "12:30"}, "Monday to Friday, 08:30 - 12:30"),
        ({"days": "1234567", "since": "08:30", "until": "12:30"}, "every day, 08:30 - 12:30"),
        ({"repeat": "none", "start": "a", "stop": "b"}, "a - b"),
        ({"repeat": "month", "start": "a", "stop": "b"}, "Every month a - b"),
        ({"repeat": "year", "start": "a", "stop": "b"}, "Every year a - b"),
    ],
)
def test_the_times_that_a_decision_kept_are_said_years_later(kept: dict[str, str], words: str) -> None:
    assert times(kept) == words


def test_a_closed_number_says_when_it_opens_and_an_open_one_until_when() -> None:
    assert until(Action.OPEN, Action.CLOSED, "12:30") == "until 12:30"
    assert until(Action.CLOSED, Action.OPEN, "Tuesday 08:30") == "opens Tuesday 08:30"
    assert until(Action.CLOSED, Action.FORWARD, "18:00") == "until 18:00"
