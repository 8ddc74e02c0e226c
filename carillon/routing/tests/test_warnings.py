"""Warnings of a schedule: each appears exactly when a walk by minutes, or a table of cases, says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from carillon.routing.feasts import Feast
from carillon.routing.schedule import (
    Action,
    Always,
    End,
    Event,
    Moment,
    Never,
    Repeat,
    Schedule,
    Span,
    Times,
    Until,
    When,
    Windows,
)
from carillon.routing.segments import shares
from carillon.routing.tests.oracle import FIRST, LAST, Oracle, schedules
from carillon.routing.tests.test_schedule_properties import DEFAULT
from carillon.routing.warnings import (
    ClockDay,
    Ended,
    Gap,
    Hidden,
    NoDay,
    Overlap,
    hidden,
    overlaps,
    round_trips,
    warnings,
)

EVERY_DAY, WORKDAYS = frozenset(range(7)), frozenset(range(5))
BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def week(
    since: str,
    until: str,
    days: frozenset[int] = WORKDAYS,
    first: date | None = None,
    last: date | None = None,
    feast: Feast | None = None,
) -> Windows:
    return Windows(days, time.fromisoformat(since), time.fromisoformat(until), first, last, feast)


def once(start: str, stop: str, repeat: Repeat = Repeat.NONE, end: End | None = None) -> Span:
    return Span(repeat, datetime.fromisoformat(start), datetime.fromisoformat(stop), end or Never())


def opening(name: str, when: When, action: Action = Action.OPEN, destination: str | None = None) -> Event:
    return Event(sum(name.encode()), name, action, when, destination)


def closing(name: str, when: When) -> Event:
    return opening(name, when, Action.CLOSED)


def schedule(*events: Event, default: Event = DEFAULT, zone: ZoneInfo = BRUSSELS) -> Schedule:
    return Schedule(zone, events, default)


def said(found: Schedule, now: datetime = NOW) -> list[object]:
    """What is warned of, by the names of the events."""
    lines: list[object] = []
    for each in warnings(found, now):
        match each:
            case Hidden(event, by, for_good):
                lines.append(("hidden", event.name, [other.name for other in by], for_good))
            case Ended(event, at):
                lines.append(("ended", event.name, f"{at.astimezone(found.zone):%Y-%m-%d %H:%M}"))
            case NoDay(event):
                lines.append(("no day", event.name))
            case Gap(before, after, start, stop):
                lines.append(("gap", before.name, after.name, stop - start))
            case Overlap(upper, lower, start, stop):
                clocks = (f"{at.astimezone(found.zone):%H:%M}" for at in (start, stop))
                lines.append(("overlap", upper.name, lower.name, *clocks))
            case ClockDay(change, effects):
                lines.append((f"{change.at:%Y-%m-%d}", *((e.event.name, e.stop - e.start, e.wall) for e in effects)))
    return lines


@settings(max_examples=120, deadline=None)
@given(schedules())
def test_never_decides_is_said_exactly_where_the_walk_never_finds_it_deciding(case: tuple[Schedule, date]) -> None:
    found, middle = replace(case[0], temporary=()), case[1]
    oracle = Oracle(found, middle)
    start, stop = oracle.minutes[FIRST], oracle.minutes[LAST]
    # What happens once and goes on after the walk is looked at until its end: the walk cannot say.
    known = [event for event in found.events if not (isinstance(event.when, Span) and event.when.repeat is Repeat.NONE)]
    warned = {each.event: each for each in hidden(found, shares(found, start, stop), stop)}
    deciders = {event: [] for event in found.events}  # type: dict[Event, list[Event]]
    decides = set()
    for n in range(FIRST, LAST):
        here = oracle.at(n)
        decides.add(here)
        for event in found.events:
            if event is not here and oracle.matches(event, n):
                deciders[event].append(here)
    for event in known:
        assert (event in warned) == (event not in decides and bool(deciders[event]))
    for event, said_of in warned.items():
        assert event not in decides
        if event in known:
            assert set(said_of.by) == set(deciders[event])


@settings(max_examples=80, deadline=None)
@given(schedules())
def test_overlapping_openings_are_those_of_the_walk(case: tuple[Schedule, date]) -> None:
    found, middle = replace(case[0], temporary=()), case[1]
    oracle = Oracle(found, middle)
    minutes = range(FIRST, LAST)
    opens = [event for event in found.events if event.action is Action.OPEN]
    matches = {event: [oracle.matches(event, n) for n in minutes] for event in opens}
    expected = set()
    for place, upper in enumerate(opens):
        for lower in opens[place + 1 :]:
            for a, b in ((matches[upper], matches[lower]), (matches[lower], matches[upper])):
                expected |= {
                    (upper, lower) for run in _crossings(a, b) if any(oracle.at(FIRST + n) is upper for n in run)
                }
    got = overlaps(shares(found, oracle.minutes[FIRST], oracle.minutes[LAST]))
    assert {(each.upper, each.lower) for each in got} == expected


def _crossings(first: list[bool], second: list[bool]) -> list[range]:
    """Where the second has begun while the first goes on, and goes on after it."""
    found = []
    runs = [_runs(first), _runs(second)]
    for a in runs[0]:
        for b in runs[1]:
            if a.start < b.start < a.stop < b.stop:
                found.append(range(b.start, a.stop))
    return found


def _runs(flags: list[bool]) -> list[range]:
    found, begin = [], None
    for n, flag in enumerate([*flags, False]):
        if flag and begin is None:
            begin = n
        elif not flag and begin is not None:
            found.append(range(begin, n))
            begin = None
    return found


LUNCH = closing("lunch", week("12:00", "13:00"))
SCHEDULES: dict[str, tuple[Schedule, list[object]]] = {
    "the manual's": (
        schedule(
            closing("1 jan", once("2021-01-01", "2021-01-02", Repeat.YEAR)),
            opening("pm", week("13:30", "18:00")),
            opening("am", week("08:30", "12:30")),
        ),
        [],
    ),
    "under a wider one": (
        schedule(closing("all", week("00:00", "00:00", EVERY_DAY)), opening("am", week("08:30", "12:30"))),
        [("hidden", "am", ["all"], False)],
    ),
    "under two together": (
        schedule(
            closing("a", week("08:00", "12:00")), opening("b", week("12:00", "18:00")), LUNCH,
            opening("c", week("09:00", "17:00")),
        ),
        [("hidden", "lunch", ["b"], False), ("hidden", "c", ["b", "a"], False)],
    ),
    "not quite covered": (
        schedule(closing("a", week("08:30", "12:29")), opening("am", week("08:30", "12:30"))),
        [],
    ),
    "once, in three years, under a yearly one": (
        schedule(
            closing("july", once("2020-07-01", "2020-08-01", Repeat.YEAR)),
            opening("party", once("2030-07-14 18:00", "2030-07-14 23:00")),
        ),
        [("hidden", "party", ["july"], True)],
    ),
    "once, hidden for two years and free after": (
        schedule(
            closing("works", once("2026-01-01", "2029-01-01")),
            opening("pilot", once("2028-01-01", "2029-06-01")),
        ),
        [],
    ),
    "once, in three years, free": (schedule(opening("party", once("2030-07-14 18:00", "2030-07-14 23:00"))), []),
    "over": (schedule(closing("fair", once("2026-03-02", "2026-03-04"))), [("ended", "fair", "2026-03-04 00:00")]),
    "over, a week ago, a weekly one": (
        schedule(opening("summer", week("08:00", "20:00", WORKDAYS, last=date(2026, 8, 29)))),
        [("ended", "summer", "2026-08-28 20:00")],
    ),
    "over after so many times": (
        schedule(closing("audit", once("2020-02-29", "2020-03-01", Repeat.YEAR, Times(2)))),
        [("ended", "audit", "2024-03-01 00:00")],
    ),
    "over since its last day": (
        schedule(closing("count", once("2020-01-31", "2020-02-01", Repeat.MONTH, Until(date(2026, 9, 30))))),
        [("ended", "count", "2026-09-01 00:00")],
    ),
    "on no day": (schedule(opening("never", week("08:00", "09:00", frozenset()))), [("no day", "never")]),
    "a holiday that no table knows": (
        schedule(closing("strange", week("00:00", "00:00", EVERY_DAY, feast=Feast("BE", "", "Mars Day")))),
        [("no day", "strange")],
    ),
    "in the hour that the clock skips, once": (
        schedule(
            opening("skipped", week("02:10", "02:50", EVERY_DAY, first=date(2026, 3, 29), last=date(2026, 3, 29))),
        ),
        [("no day", "skipped")],
    ),
    "between its days only": (
        schedule(
            opening("short", week("08:00", "09:00", frozenset({0}), first=date(2026, 10, 6), last=date(2026, 10, 8))),
        ),
        [("no day", "short")],
    ),
    "one minute between": (
        schedule(opening("pm", week("12:31", "18:00")), opening("am", week("08:30", "12:30"))),
        [("gap", "am", "pm", timedelta(minutes=1))],
    ),
    "fifteen minutes between": (
        schedule(opening("pm", week("12:45", "18:00")), opening("am", week("08:30", "12:30"))),
        [],
    ),
    "closed on purpose between": (
        schedule(closing("drill", week("12:30", "12:35")), opening("day", week("08:30", "18:00"))),
        [],
    ),
    "the minute before midnight": (
        schedule(opening("always", week("00:00", "23:59", EVERY_DAY))),
        [("gap", "always", "always", timedelta(minutes=1)), *[
            ("2027-03-28", ("always", timedelta(hours=22, minutes=59), timedelta(hours=23, minutes=59))),
            ("2027-10-31", ("always", timedelta(hours=24, minutes=59), timedelta(hours=23, minutes=59))),
        ]],
    ),
    "a minute between, the default is open": (
        schedule(
            opening("pm", week("12:31", "18:00")), opening("am", week("08:30", "12:30")),
            default=Event(0, "default", Action.OPEN, Always()),
        ),
        [],
    ),
    "openings that overlap": (
        schedule(opening("pm", week("12:15", "18:00")), opening("am", week("08:30", "12:30"))),
        [("overlap", "pm", "am", "12:15", "12:30")],
    ),
    "an opening within another": (
        schedule(opening("fair", week("09:00", "10:00")), opening("am", week("08:30", "12:30"))),
        [],
    ),
    "an overlap that a third hides": (
        schedule(
            closing("lunch", week("12:00", "13:00")), opening("pm", week("12:15", "18:00")),
            opening("am", week("08:30", "12:30")),
        ),
        [],
    ),
    "a night of clocks": (
        schedule(
            opening("night", week("22:00", "06:00", EVERY_DAY)), opening("check", week("02:10", "02:50", EVERY_DAY)),
            closing("day", week("00:00", "00:00", frozenset({5}))),
        ),
        [
            ("hidden", "check", ["night"], False),
            ("2027-03-28", ("night", timedelta(hours=7), timedelta(hours=8)),
             ("check", timedelta(0), timedelta(minutes=40))),
            ("2027-10-31", ("night", timedelta(hours=9), timedelta(hours=8))),
        ],
    ),
    "half an hour in Lord Howe": (
        schedule(opening("night", week("01:00", "03:00", EVERY_DAY)), zone=ZoneInfo("Australia/Lord_Howe")),
        [
            ("2027-04-03", ("night", timedelta(hours=2, minutes=30), timedelta(hours=2))),
            ("2027-10-02", ("night", timedelta(hours=1, minutes=30), timedelta(hours=2))),
        ],
    ),
    "longer than a day": (schedule(closing("weekend", once("2020-03-27 18:00", "2020-03-30 08:00", Repeat.YEAR))), []),
    "a temporary change": (
        replace(
            schedule(opening("am", week("08:30", "12:30"))),
            temporary=(Event(5, "now", Action.CLOSED, Moment(NOW, NOW + timedelta(days=900))),),
        ),
        [],
    ),
    "another default": (schedule(opening("strange", Always())), []),
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEDULES)
def test_what_is_warned_of(name: str) -> None:
    found, expected = SCHEDULES[name]
    assert said(found) == expected


def test_what_is_running_now_has_not_ended() -> None:
    last = schedule(closing("fair", once("2026-11-23", "2026-11-25")))
    assert said(last) == []
    assert said(last, NOW + timedelta(days=1)) == [("ended", "fair", "2026-11-25 00:00")]


def test_a_gap_that_only_the_clock_makes_is_no_slip() -> None:
    howe = ZoneInfo("Australia/Lord_Howe")
    found = schedule(
        opening("late", week("02:20", "06:00", EVERY_DAY)),
        opening("early", week("00:00", "01:50", EVERY_DAY)),
        zone=howe,
    )
    assert not [each for each in warnings(found, NOW) if isinstance(each, Gap)]


def to(number: str, when: When, name: str = "away") -> Event:
    return opening(name, when, Action.FORWARD, number)


def trips(number: str, found: Schedule, leads: dict[str, Schedule | str]) -> list[tuple[str, str, tuple[str, ...]]]:
    found_trips = round_trips(number, found, leads, NOW)
    return [(trip.event.name, f"{trip.at.astimezone(found.zone):%a %H:%M}", trip.way) for trip in found_trips]


MORNING, NIGHT = week("08:00", "12:00"), week("18:00", "08:00", EVERY_DAY)


def test_a_forward_that_comes_back_is_found_with_its_way_and_time() -> None:
    back = schedule(to("9001", week("09:00", "10:00"), "back"))
    assert trips("9001", schedule(to("9002", MORNING)), {"9002": back}) == [
        ("away", "Tue 09:00", ("9001", "9002", "9001"))
    ]


def test_a_forward_that_comes_back_at_other_hours_only_is_none() -> None:
    back = schedule(to("9001", NIGHT, "back"))
    assert trips("9001", schedule(to("9002", MORNING)), {"9002": back}) == []


def test_a_forward_through_people_comes_back_always() -> None:
    leads: dict[str, Schedule | str] = {"201": "202", "202": "9001"}
    assert trips("9001", schedule(to("201", MORNING)), leads) == [("away", "Tue 08:00", ("9001", "201", "202", "9001"))]


def test_a_forward_into_a_circle_of_others_is_found() -> None:
    leads: dict[str, Schedule | str] = {"201": "202", "202": "201"}
    assert trips("9001", schedule(to("201", MORNING)), leads) == [("away", "Tue 08:00", ("9001", "201", "202", "201"))]


def test_a_default_that_forwards_counts_and_other_forwards_do_not() -> None:
    default = Event(0, "default", Action.FORWARD, Always(), "9002")
    found = schedule(opening("am", MORNING), default=default)
    back = schedule(to("9003", MORNING), to("9001", NIGHT), to("", week("12:00", "13:00")))
    assert [trip[0] for trip in trips("9001", found, {"9002": back, "9003": schedule(LUNCH)})] == ["default"]
    assert trips("9001", schedule(opening("am", MORNING)), {}) == []
    assert trips("9001", found, {}) == []
