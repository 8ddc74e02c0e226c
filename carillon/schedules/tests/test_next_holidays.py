"""Public holidays in words, and the list of the next ones with what callers get."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carillon.calls.simulate import simulate
from carillon.facts.schedules import schedule_facts
from carillon.functions.tests.builders import add_week, chapter_five, make_organization, queries
from carillon.numbers.models import FunctionNumber
from carillon.routing.feasts import Feast, calendar
from carillon.schedules.holiday_words import ahead, region, rule
from carillon.schedules.holidays_form import usual_place
from carillon.schedules.holidays_screen import NextRow, next_rows
from carillon.schedules.tests.test_holidays import (
    EASTER_MONDAY,
    TODAY,
    add,
    admin,
    function,
    holiday,
    page_of,
    signed_in,
)
from carillon.schedules.words import details, duration, times

pytestmark = pytest.mark.django_db
#: Fixtures of another file.
__all__ = ["admin", "function", "signed_in"]

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def coming(function: FunctionNumber, now: datetime = NOW) -> dict[str, NextRow]:
    events = list(function.schedule.events.select_related("prompt"))
    rows = next_rows(events, schedule_facts(function.schedule, events), {}, now, usual_place("BE", events))
    assert [row.day for row in rows] == sorted(row.day for row in rows)
    return {row.names: row for row in rows}


def said(row: NextRow) -> list[tuple[str, str]]:
    return [(part.word, part.clocks) for part in row.parts]


# Words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "next 2027-03-29"),
        ({"time_from": time(8), "time_to": time(12)}, "next 2027-03-29, 08:00 - 12:00"),
        ({"time_from": time(22), "time_to": time(6)}, "next 2027-03-29, 22:00 - 06:00, ends on the next day"),
        ({"time_from": time(0), "time_to": time(0)}, "next 2027-03-29"),
        ({"start_date": date(2028, 1, 1)}, "next 2028-04-17, from 2028-01-01"),
        ({"end_date": date(2027, 3, 28)}, "does not come any more, until 2027-03-28"),
    ],
)
def test_the_duration_of_a_holiday_says_when_it_is_next(fields: dict[str, Any], words: str) -> None:
    event = holiday(EASTER_MONDAY, **fields)
    assert duration(event) == "Public holiday: Easter Monday (Belgium)"
    assert details(event, TODAY) == words


def test_a_holiday_that_the_calendar_no_longer_knows_says_so() -> None:
    gone = Feast("XX", "YY", "Gone")
    assert rule(gone) == "Public holiday: Gone (XX, YY)"
    assert region("BE", "ZZZ") == "ZZZ"
    unknown = "the calendar no longer knows this holiday: it falls on no day"
    assert ahead(gone, TODAY, None, None) == details(holiday(gone), TODAY) == unknown
    assert "falls on no day" in details(holiday(gone))


def test_a_kept_decision_tells_the_holiday() -> None:
    kept = {"country": "BE", "region": "", "feast": "Easter Monday", "since": "00:00", "until": "00:00"}
    assert times(kept) == "Public holiday: Easter Monday (Belgium)"
    assert (
        times(kept | {"since": "08:00", "until": "12:00"}) == "Public holiday: Easter Monday (Belgium), 08:00 - 12:00"
    )


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        ("2027-03-29 10:00", "The event “Easter Monday” decides: closed."),
        ("2027-03-30 10:00", "The event “Easter Monday” is passed over: the day is not this public holiday."),
    ],
)
def test_simulate_tells_a_holiday(signed_in: Client, function: FunctionNumber, at: str, sentence: str) -> None:
    add(signed_in, function, "Easter Monday")
    moment = datetime.fromisoformat(f"{at}+02:00")
    assert sentence in simulate(function.organization, "+3227811501", "", moment)
    asked = {"number": "+3227811501", "date": at[:10], "time": at[11:]}
    assert sentence in signed_in.get(reverse("calls:what_if"), asked).content.decode()


# The next holidays


def test_the_next_holidays_say_what_callers_get(signed_in: Client, function: FunctionNumber) -> None:
    ooo = str(function.organization.prompts.get(key="ooo_greeting").pk)
    add(signed_in, function, "Easter Monday", prompt=ooo)
    rows = coming(function)
    assert list(rows)[:3] == ["Christmas Day", "New Year's Day", "Easter Sunday"]
    monday = rows["Easter Monday"]
    assert (monday.day, monday.weekday, monday.ruled, monday.notes) == (date(2027, 3, 29), "Monday", True, [])
    assert said(monday) == [("closed", "")]
    assert monday.parts[0].hears == "A caller hears “Ooo greeting”, then the call ends."
    # A holiday without event is a day as any other.
    assert said(rows["Christmas Day"]) == [
        ("closed", "00:00 - 08:30, 12:30 - 13:30, 18:00 - 24:00"),
        ("open", "08:30 - 12:30, 13:30 - 18:00"),
    ]
    assert not rows["Christmas Day"].ruled
    # 1 January has an event of its own, which is no public holiday.
    assert said(rows["New Year's Day"]) == [("closed", "")]
    assert len(rows) == 12


def test_an_event_above_that_hides_a_holiday_is_told(signed_in: Client, function: FunctionNumber) -> None:
    add(signed_in, function, "Easter Monday", "Ascension Day", "Christmas Day")
    function.schedule.events.filter(name__in=["pm", "am"]).update(position=0)
    rows = coming(function)
    part = "“Easter Monday” counts for a part of the day only, because of what stands above it: “am” and “pm”."
    assert rows["Easter Monday"].notes == [part]
    function.schedule.events.filter(name="pm").delete()
    everything = function.schedule.events.get(name="am")
    everything.repeat, everything.time_from, everything.time_to = "day", time(0), time(0)
    everything.save()
    hidden = "“Easter Monday” does not count, because of what stands above it: “am”."
    assert coming(function)["Easter Monday"].notes == [hidden]
    assert said(coming(function)["Easter Monday"]) == [("open", "")]


def test_a_rule_counts_from_its_first_to_its_last_day(signed_in: Client, function: FunctionNumber) -> None:
    add(signed_in, function, "Easter Monday", set_start_date="on", start_date="2028-01-01")
    assert not coming(function)["Easter Monday"].ruled
    assert coming(function, datetime(2028, 1, 1, tzinfo=UTC))["Easter Monday"].ruled


def test_a_temporary_change_on_a_holiday_is_told(signed_in: Client, function: FunctionNumber) -> None:
    add(signed_in, function, "Christmas Day")
    start = datetime(2026, 12, 25, 9, tzinfo=UTC)
    # Temporary changes that have ended are not read.
    function.schedule.temporary_changes.create(
        action="open", starts_at=start, ends_at=start + timedelta(hours=2), made_by="An Peeters"
    )
    row = coming(function)["Christmas Day"]
    assert said(row) == [("closed", "00:00 - 10:00, 12:00 - 24:00"), ("open", "10:00 - 12:00")]
    assert row.parts[1].hears == "by a temporary change"
    part = "“Christmas Day” counts for a part of the day only, because of what stands above it: a temporary change."
    assert row.notes == [part]


def test_two_holidays_on_one_day_are_one_line() -> None:
    function = chapter_five(make_organization("other"))
    names = [row.names for row in coming(function, datetime(2008, 4, 30, 12, tzinfo=UTC)).values()]
    assert names[0] == "Ascension Day and Labor Day"


def test_a_holiday_that_is_not_known_is_no_line_and_breaks_nothing(signed_in: Client, function: FunctionNumber) -> None:
    event = holiday(Feast("XX", "YY", "Gone"), action="closed", position=0, schedule=function.schedule)
    event.save()
    page = signed_in.get(reverse("schedules:detail", args=[function.pk])).content.decode()
    assert "it falls on no day" in page
    assert "No public holiday in the coming twelve months." in page


def test_the_pages_cost_the_same_queries_with_and_without_holidays(signed_in: Client, function: FunctionNumber) -> None:
    pages = [reverse("schedules:detail", args=[function.pk]), page_of(function)]
    few = [queries(signed_in, page) for page in pages]
    add(signed_in, function, *[found.name for found in calendar("BE", "", 2027)][1:])
    assert [queries(signed_in, page) for page in pages] == few


def test_the_next_holidays_of_a_long_schedule_are_found_at_once(signed_in: Client, function: FunctionNumber) -> None:
    add(signed_in, function, *[found.name for found in calendar("BE", "", 2027)])
    for n in range(28):
        add_week(function, f"event {n}", f"{n % 24:02}:00", f"{n % 24:02}:30")
    events = list(function.schedule.events.select_related("prompt"))
    facts = schedule_facts(function.schedule, events)
    next_rows(events, facts, {}, NOW, ("BE", ""))
    begun = perf_counter()
    next_rows(events, facts, {}, NOW, ("BE", ""))
    # Measured: 2 to 6 ms with 41 events, on a busy machine.
    assert perf_counter() - begun < 0.5
