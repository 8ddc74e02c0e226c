"""Tables of instants: what decides when, around midnight, month ends, clock changes and the ends of repetition."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from carillon.routing.clock import instant
from carillon.routing.schedule import (
    Action,
    Always,
    End,
    Event,
    Never,
    Repeat,
    Schedule,
    Span,
    Times,
    Until,
    WhyNot,
    Windows,
    decide,
    is_active,
    next_change,
    why_not,
)

BRUSSELS = ZoneInfo("Europe/Brussels")
EVERY_DAY = frozenset(range(7))
WORKDAYS = frozenset(range(5))
DEFAULT = Event(99, "default", Action.CLOSED, Always())


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def at(text: str, zone: ZoneInfo = BRUSSELS, fold: int = 0) -> datetime:
    return wall(text).replace(tzinfo=zone, fold=fold)


def event(when: Windows | Span | Always, pk: int = 1, action: Action = Action.OPEN) -> Event:
    return Event(pk, f"event {pk}", action, when)


def windows(
    since: str, until: str, days: frozenset[int] = EVERY_DAY, first: date | None = None, last: date | None = None
) -> Windows:
    return Windows(days, time.fromisoformat(since), time.fromisoformat(until), first, last)


def span(repeat: Repeat, start: str, stop: str, end: End = Never()) -> Span:  # noqa: B008 - Never is frozen
    return Span(repeat, wall(start), wall(stop), end)


#: The schedule of the manual's chapter 5.
CHAPTER_5 = Schedule(
    BRUSSELS,
    (
        event(span(Repeat.YEAR, "2021-01-01 00:00", "2021-01-02 00:00"), 1, Action.CLOSED),
        event(windows("13:30", "18:00", WORKDAYS), 2),
        event(windows("08:30", "12:30", WORKDAYS), 3),
    ),
    DEFAULT,
)


@pytest.mark.parametrize(
    ("moment", "decides", "until"),
    [
        ("2026-11-23 08:29", 99, "2026-11-23 08:30"),
        ("2026-11-23 08:30", 3, "2026-11-23 12:30"),
        ("2026-11-23 12:29", 3, "2026-11-23 12:30"),
        ("2026-11-23 12:30", 99, "2026-11-23 13:30"),
        ("2026-11-23 13:30", 2, "2026-11-23 18:00"),
        ("2026-11-23 18:00", 99, "2026-11-24 08:30"),
        ("2026-11-27 18:00", 99, "2026-11-30 08:30"),
        ("2026-12-31 23:59", 99, "2027-01-01 00:00"),
        ("2027-01-01 09:00", 1, "2027-01-02 00:00"),
        ("2027-01-02 00:00", 99, "2027-01-04 08:30"),
    ],
)
def test_the_manuals_schedule_from_change_to_change(moment: str, decides: int, until: str) -> None:
    assert decide(CHAPTER_5, at(moment)).event.id == decides
    assert next_change(CHAPTER_5, at(moment)) == at(until)


def test_the_events_above_the_deciding_one_are_passed_in_order() -> None:
    assert [passed.id for passed in decide(CHAPTER_5, at("2026-11-23 09:00")).passed] == [1, 2]


@pytest.mark.parametrize(
    ("when", "moment", "active"),
    [
        # Across midnight: the window belongs to the day it begins on (20 November 2026 is a Friday).
        (windows("22:00", "06:00", frozenset({4})), "2026-11-20 21:59", False),
        (windows("22:00", "06:00", frozenset({4})), "2026-11-20 22:00", True),
        (windows("22:00", "06:00", frozenset({4})), "2026-11-21 05:59", True),
        (windows("22:00", "06:00", frozenset({4})), "2026-11-21 06:00", False),
        (windows("22:00", "06:00", frozenset({4})), "2026-11-20 05:00", False),
        # Equal times are a whole day.
        (windows("08:00", "08:00", frozenset({4})), "2026-11-21 07:59", True),
        (windows("08:00", "08:00", frozenset({4})), "2026-11-21 08:00", False),
        (windows("00:00", "00:00"), "2026-11-21 12:00", True),
        # The dates between are included and are those on which a window begins.
        (windows("22:00", "06:00", last=date(2026, 11, 20)), "2026-11-21 05:59", True),
        (windows("22:00", "06:00", last=date(2026, 11, 20)), "2026-11-21 22:00", False),
        (windows("22:00", "06:00", first=date(2026, 11, 20)), "2026-11-20 05:59", False),
        (windows("22:00", "06:00", first=date(2026, 11, 20)), "2026-11-20 22:00", True),
        (windows("08:00", "18:00", frozenset()), "2026-11-20 12:00", False),
        (windows("08:00", "18:00", frozenset({9})), "2026-11-20 12:00", False),
        # A single event, over several days.
        (span(Repeat.NONE, "2026-11-20 12:00", "2026-11-23 09:00"), "2026-11-20 11:59", False),
        (span(Repeat.NONE, "2026-11-20 12:00", "2026-11-23 09:00"), "2026-11-22 03:00", True),
        (span(Repeat.NONE, "2026-11-20 12:00", "2026-11-23 09:00"), "2026-11-23 09:00", False),
        (span(Repeat.NONE, "2026-11-20 12:00", "2026-11-20 12:00"), "2026-11-20 12:00", False),
        (span(Repeat.NONE, "2026-11-20 12:00", "2026-11-19 12:00"), "2026-11-20 11:00", False),
        # Days that do not exist are skipped, not moved.
        (span(Repeat.MONTH, "2026-01-31 00:00", "2026-02-01 00:00"), "2026-02-28 12:00", False),
        (span(Repeat.MONTH, "2026-01-31 00:00", "2026-02-01 00:00"), "2026-03-01 12:00", False),
        (span(Repeat.MONTH, "2026-01-31 00:00", "2026-02-01 00:00"), "2026-03-31 12:00", True),
        (span(Repeat.YEAR, "2024-02-29 00:00", "2024-03-01 00:00"), "2027-02-28 12:00", False),
        (span(Repeat.YEAR, "2024-02-29 00:00", "2024-03-01 00:00"), "2028-02-29 12:00", True),
        (span(Repeat.YEAR, "2096-02-29 00:00", "2096-03-01 00:00"), "2104-02-29 12:00", True),
        # Longer than its own period: always active from the first start on.
        (span(Repeat.MONTH, "2026-01-15 00:00", "2026-03-01 00:00"), "2026-01-14 23:59", False),
        (span(Repeat.MONTH, "2026-01-15 00:00", "2026-03-01 00:00"), "2027-08-14 12:00", True),
        # Over the turn of the year.
        (span(Repeat.YEAR, "2020-12-24 12:00", "2021-01-04 08:00"), "2027-01-04 07:59", True),
        (span(Repeat.YEAR, "2020-12-24 12:00", "2021-01-04 08:00"), "2027-01-04 08:00", False),
        # The other two periods, although the screens use windows for them.
        (span(Repeat.DAY, "2026-11-01 10:00", "2026-11-01 11:00"), "2026-11-20 10:30", True),
        (span(Repeat.WEEK, "2026-11-01 10:00", "2026-11-01 11:00"), "2026-11-20 10:30", False),
        (span(Repeat.WEEK, "2026-11-01 10:00", "2026-11-01 11:00"), "2026-11-22 10:30", True),
    ],
)
def test_an_event_is_active_within_its_half_open_occurrences(when: Windows | Span, moment: str, active: bool) -> None:
    assert is_active(event(when), BRUSSELS, at(moment)) is active


@pytest.mark.parametrize(
    ("end", "active"),
    [
        (Never(), {2026, 2027, 2028, 2030}),
        (Until(date(2027, 3, 1)), {2026, 2027}),
        (Until(date(2027, 2, 28)), {2026}),
        (Until(date(2025, 1, 1)), set()),
        (Times(1), {2026}),
        (Times(3), {2026, 2027, 2028}),
        (Times(0), set()),
        (Times(10**12), {2026, 2027, 2028, 2030}),
    ],
)
def test_the_last_year_is_included(end: End, active: set[int]) -> None:
    yearly = event(span(Repeat.YEAR, "2026-03-01 00:00", "2026-03-02 00:00", end))
    assert {y for y in (2026, 2027, 2028, 2030) if is_active(yearly, BRUSSELS, at(f"{y}-03-01 12:00"))} == active


def test_only_occurrences_that_exist_are_counted() -> None:
    monthly = event(span(Repeat.MONTH, "2026-01-31 00:00", "2026-02-01 00:00", Times(3)))
    days = [datetime(2026, 1, 1, 12, tzinfo=BRUSSELS) + timedelta(days=n) for n in range(365)]
    assert [day.date() for day in days if is_active(monthly, BRUSSELS, day)] == [
        date(2026, 1, 31),
        date(2026, 3, 31),
        date(2026, 5, 31),
    ]


@pytest.mark.parametrize(
    ("zone", "start", "begins", "stop", "ends"),
    [
        # Brussels, 29 March 2026: 02:00 becomes 03:00 (01:00 UTC). 25 October: 03:00 becomes 02:00 (01:00 UTC).
        ("Europe/Brussels", "2026-03-29 01:59", "2026-03-29 00:59", "2026-03-29 02:00", "2026-03-29 01:00"),
        ("Europe/Brussels", "2026-03-29 02:30", "2026-03-29 01:00", "2026-03-29 02:45", "2026-03-29 01:00"),
        ("Europe/Brussels", "2026-03-29 02:59", "2026-03-29 01:00", "2026-03-29 03:30", "2026-03-29 01:30"),
        ("Europe/Brussels", "2026-10-25 02:00", "2026-10-25 00:00", "2026-10-25 02:30", "2026-10-25 01:30"),
        ("Europe/Brussels", "2026-10-25 02:59", "2026-10-25 00:59", "2026-10-25 03:00", "2026-10-25 02:00"),
        # Lord Howe changes by half an hour, in the southern spring: 4 October 2026, 02:00 becomes 02:30.
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:30", "2026-10-04 02:30", "2026-10-03 15:30"),
        ("Australia/Lord_Howe", "2026-04-05 01:30", "2026-04-04 14:30", "2026-04-05 01:45", "2026-04-04 15:15"),
        # Santiago: the day of 6 September 2026 begins at 01:00.
        ("America/Santiago", "2026-09-06 00:00", "2026-09-06 04:00", "2026-09-06 01:00", "2026-09-06 04:00"),
        # St. John's, 7 November 2010: a minute after midnight it was 23:01 of the day before.
        ("America/St_Johns", "2010-11-07 00:00", "2010-11-07 02:30", "2010-11-07 00:00", "2010-11-07 03:30"),
        # Samoa had no 30 December 2011.
        ("Pacific/Apia", "2011-12-30 08:00", "2011-12-30 10:00", "2011-12-30 18:00", "2011-12-30 10:00"),
    ],
)
def test_wall_times_at_clock_changes(zone: str, start: str, begins: str, stop: str, ends: str) -> None:
    place = ZoneInfo(zone)
    assert instant(wall(start), place) == at(begins, ZoneInfo("UTC"))
    assert instant(wall(stop), place, end=True) == at(ends, ZoneInfo("UTC"))


def test_an_event_within_the_hour_that_is_skipped_does_not_happen_that_day() -> None:
    schedule = Schedule(BRUSSELS, (event(windows("02:10", "02:50")),), DEFAULT)
    assert next_change(schedule, at("2026-03-29 00:00")) == at("2026-03-30 02:10")


def test_yesterdays_clock_after_midnight_began_belongs_to_the_new_day() -> None:
    sundays = event(windows("00:00", "08:00", frozenset({6})))
    place = ZoneInfo("America/St_Johns")
    assert is_active(sundays, place, at("2010-11-06 23:30", place, fold=1))
    assert not is_active(sundays, place, at("2010-11-06 23:30", place))


@pytest.mark.parametrize(
    ("events", "moment", "change"),
    [
        ((), "2026-11-23 12:00", None),
        # What lies below the deciding event changes nothing.
        ((event(Always()), event(windows("08:00", "12:00"), 2)), "2026-11-23 07:00", None),
        ((event(windows("00:00", "00:00")),), "2026-11-23 07:00", None),
        ((event(windows("00:00", "00:00", last=date(2026, 12, 24))),), "2026-11-23 07:00", "2026-12-25 00:00"),
        # Occurrences that touch are one; so are those that overlap.
        ((event(windows("07:00", "07:00", WORKDAYS)),), "2026-11-23 07:00", "2026-11-28 07:00"),
        ((event(span(Repeat.MONTH, "2026-01-15 00:00", "2026-03-01 00:00")),), "2026-02-01 00:00", None),
        (
            (event(span(Repeat.MONTH, "2026-01-15 00:00", "2026-03-01 00:00", Times(3))),),
            "2026-02-01 00:00",
            "2026-04-29 00:00",
        ),
        # The event above interrupts, or takes over at the very end.
        (
            (event(windows("12:00", "13:00")), event(windows("08:00", "17:00"), 2)),
            "2026-11-23 09:00",
            "2026-11-23 12:00",
        ),
        (
            (event(windows("12:00", "13:00")), event(windows("08:00", "12:00"), 2)),
            "2026-11-23 09:00",
            "2026-11-23 12:00",
        ),
        # Further than two years ahead nobody looks.
        ((event(span(Repeat.YEAR, "2024-02-29 00:00", "2024-03-01 00:00")),), "2024-03-01 00:00", None),
        ((event(span(Repeat.NONE, "2030-01-01 00:00", "2030-01-02 00:00")),), "2026-11-23 12:00", None),
        ((event(span(Repeat.NONE, "2026-01-01 00:00", "2040-01-02 00:00")),), "2026-11-23 12:00", None),
        ((event(windows("08:00", "12:00", frozenset())),), "2026-11-23 12:00", None),
    ],
)
def test_the_next_change_is_when_another_event_decides(
    events: tuple[Event, ...], moment: str, change: str | None
) -> None:
    found = next_change(Schedule(BRUSSELS, events, DEFAULT), at(moment))
    assert found == (at(change) if change else None)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    ("when", "moment", "reason"),
    [
        (windows("13:30", "18:00", WORKDAYS), "2026-11-23 09:00", WhyNot.LATER_TODAY),
        (windows("08:30", "12:30", WORKDAYS), "2026-11-23 12:30", WhyNot.OVER_TODAY),
        (windows("08:30", "12:30", WORKDAYS), "2026-11-22 09:00", WhyNot.OTHER_DAY),
        (windows("08:30", "00:00", WORKDAYS), "2026-11-28 00:00", WhyNot.OTHER_DAY),
        (windows("22:00", "06:00", frozenset({4})), "2026-11-21 06:00", WhyNot.OVER_TODAY),
        (windows("08:30", "12:30", first=date(2026, 12, 1)), "2026-11-23 09:00", WhyNot.NOT_YET),
        (windows("08:30", "12:30", last=date(2026, 11, 20)), "2026-11-23 09:00", WhyNot.ENDED),
        (windows("08:30", "12:30", frozenset()), "2026-11-23 09:00", WhyNot.ENDED),
        (span(Repeat.NONE, "2026-12-01 00:00", "2026-12-02 00:00"), "2026-11-23 09:00", WhyNot.NOT_YET),
        (span(Repeat.NONE, "2099-12-01 00:00", "2099-12-02 00:00"), "2026-11-23 09:00", WhyNot.NOT_YET),
        (span(Repeat.NONE, "2026-11-01 00:00", "2026-11-02 00:00"), "2026-11-23 09:00", WhyNot.ENDED),
        (span(Repeat.NONE, "2026-11-23 10:00", "2026-11-24 00:00"), "2026-11-23 09:00", WhyNot.LATER_TODAY),
        (span(Repeat.YEAR, "2021-01-01 00:00", "2021-01-02 00:00"), "2026-11-23 09:00", WhyNot.OTHER_DAY),
        (span(Repeat.YEAR, "2021-01-01 00:00", "2021-01-02 00:00", Times(2)), "2026-11-23 09:00", WhyNot.ENDED),
    ],
)
def test_a_passed_event_says_why(when: Windows | Span, moment: str, reason: WhyNot) -> None:
    assert why_not(event(when), BRUSSELS, at(moment)) is reason


def test_an_event_that_always_matches_is_never_passed() -> None:
    with pytest.raises(ValueError, match="never passed over"):
        why_not(DEFAULT, BRUSSELS, at("2026-11-23 09:00"))


@pytest.mark.parametrize("start", ["0001-01-01 00:00", "1899-12-31 23:59", "9989-12-31 00:00", "9999-12-31 23:00"])
@pytest.mark.parametrize("repeat", list(Repeat))
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_dates_at_the_end_of_the_calendar_break_nothing(start: str, repeat: Repeat, zone: str) -> None:
    endless = event(Span(repeat, wall(start), wall("9999-12-31 23:59")))
    schedule = Schedule(ZoneInfo(zone), (endless,), DEFAULT)
    assert decide(schedule, at("2026-11-23 09:00")).event in (endless, DEFAULT)
    next_change(schedule, at("2026-11-23 09:00"))
