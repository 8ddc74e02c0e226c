"""Each thing that can be typed into the dialog of an event, and what it becomes or why it is refused."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from carillon.functions.tests.builders import chapter_five, make_hunt_group, make_organization, make_person
from carillon.numbers.models import FunctionNumber
from carillon.schedules.forms import DefaultEventForm, EventForm, TimezoneForm
from carillon.schedules.models import ScheduleEvent

pytestmark = pytest.mark.django_db

WEEK = {
    "name": "am",
    "repeat": "week",
    "weekdays": ["0", "1", "2", "3", "4"],
    "time_from": "08:30",
    "time_to": "12:30",
    "action": "open",
}
YEAR = {
    "name": "1 jan",
    "repeat": "year",
    "from_date": "2021-01-01",
    "from_time": "00:00",
    "to_date": "2021-01-02",
    "to_time": "00:00",
    "end": "never",
    "action": "closed",
}


@pytest.fixture
def function() -> FunctionNumber:
    organization = make_organization()
    make_hunt_group(organization, "second group", "9011")
    make_person(organization, "adel.alkoubaisy", "601")
    return chapter_five(organization)


def form_of(function: FunctionNumber, data: dict[str, Any]) -> EventForm:
    return EventForm(data, instance=ScheduleEvent(), function=function)


def saved(function: FunctionNumber, data: dict[str, Any]) -> ScheduleEvent:
    form = form_of(function, data)
    assert form.is_valid(), form.errors
    event = form.save(commit=False)
    event.schedule, event.position = function.schedule, 9
    event.save()
    event.refresh_from_db()
    return event


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (WEEK, {"weekdays": 31, "time_from": time(8, 30), "time_to": time(12, 30), "starts_at": ""}),
        (WEEK | {"time_from": "8:30", "time_to": "24:00"}, {"time_from": time(8, 30), "time_to": time(0)}),
        (WEEK | {"time_from": "8h30", "time_to": "1230"}, {"time_from": time(8, 30), "time_to": time(12, 30)}),
        (WEEK | {"repeat": "day", "weekdays": []}, {"repeat": "day", "weekdays": 127}),
        (WEEK | {"set_start_date": "on", "start_date": "2026-12-01"}, {"start_date": date(2026, 12, 1)}),
        (WEEK | {"start_date": "2026-12-01"}, {"start_date": None}),
        (WEEK | {"set_end_date": "on", "end_date": "31/12/2026"}, {"end_date": date(2026, 12, 31)}),
        (YEAR, {"starts_at": "2021-01-01T00:00", "ends_at": "2021-01-02T00:00", "end": "never", "weekdays": 0}),
        (YEAR | {"end": "count", "end_count": "3", "end_until": "2030-01-01"}, {"end_count": 3, "end_until": None}),
        (YEAR | {"end": "until", "end_until": "2030-01-01"}, {"end_until": date(2030, 1, 1), "end_count": None}),
        (YEAR | {"repeat": "month", "from_time": "8:00"}, {"repeat": "month", "starts_at": "2021-01-01T08:00"}),
        (YEAR | {"repeat": "none", "end": "count", "end_count": "3"}, {"repeat": "none", "end": "never"}),
        (YEAR | {"time_from": "nonsense", "weekdays": ["9"], "start_date": "x"}, {"time_from": None}),
        (WEEK | {"from_date": "nonsense", "end": "nonsense", "end_count": "-1"}, {"starts_at": "", "end": "never"}),
        (WEEK | {"name": "  lunch  "}, {"name": "lunch"}),
        (WEEK | {"name": "é" * 80}, {"name": "é" * 80}),
    ],
)
def test_what_is_typed_is_stored_and_what_is_hidden_is_ignored(
    function: FunctionNumber, typed: dict[str, Any], stored: dict[str, Any]
) -> None:
    event = saved(function, typed)
    assert {name: getattr(event, name) for name in stored} == stored


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        (WEEK | {"name": ""}, "name", "required"),
        (WEEK | {"name": "x" * 81}, "name", "80"),
        (WEEK | {"name": "a\x00b"}, "name", "Null"),
        (WEEK | {"name": "a\nb"}, "name", "one line"),
        (WEEK | {"weekdays": []}, "weekdays", "at least one weekday"),
        (WEEK | {"weekdays": ["7"]}, "weekdays", "from the list"),
        (WEEK | {"time_from": ""}, "time_from", "begins"),
        (WEEK | {"time_to": "25:00"}, "time_to", "08:30"),
        (WEEK | {"time_to": "99"}, "time_to", "08:30"),
        (WEEK | {"time_to": "8"}, "time_to", "08:30"),
        (WEEK | {"set_start_date": "on"}, "start_date", "first day"),
        (WEEK | {"set_end_date": "on"}, "end_date", "last day"),
        (WEEK | {"set_end_date": "on", "end_date": "0001-01-01"}, "end_date", "year"),
        (
            WEEK | {"set_start_date": "on", "set_end_date": "on", "start_date": "2026-02-02", "end_date": "2026-02-01"},
            "end_date",
            "before the first",
        ),
        (YEAR | {"from_date": ""}, "from_date", "begins"),
        (YEAR | {"from_date": "2021-02-30"}, "from_date", "2027-01-31"),
        (YEAR | {"to_date": "2021-01-01"}, "to_date", "after the begin"),
        (YEAR | {"to_date": "2022-01-02"}, "to_date", "365 days"),
        (YEAR | {"repeat": "month", "to_date": "2021-01-30"}, "to_date", "28 days"),
        (YEAR | {"from_date": "9999-12-31"}, "from_date", "year"),
        (YEAR | {"end": "until"}, "end_until", "last day"),
        (YEAR | {"end": "until", "end_until": "2020-12-31"}, "end_until", "before it begins"),
        (YEAR | {"end": "count"}, "end_count", "how many times"),
        (YEAR | {"end": "count", "end_count": "0"}, "end_count", "1"),
        (YEAR | {"end": "count", "end_count": "9" * 30}, "end_count", "1000"),
        (YEAR | {"end": "sometimes"}, "end", "valid choice"),
        (YEAR | {"repeat": "century"}, "repeat", "valid choice"),
        (YEAR | {"action": "explode"}, "action", "valid choice"),
        (YEAR | {"prompt": "99999999999999999999999"}, "prompt", "valid choice"),
        (YEAR | {"prompt": "1 OR 1=1"}, "prompt", "valid choice"),
        (WEEK | {"action": "forward"}, "destination", "where the calls go"),
        (WEEK | {"action": "forward", "destination": "+3227811501"}, "destination", "in circles"),
    ],
)
def test_a_slip_is_answered_beside_its_field(
    function: FunctionNumber, typed: dict[str, Any], field: str, words: str
) -> None:
    form = form_of(function, typed)
    assert list(form.errors) == [field]
    assert words in str(form.errors[field])


def test_an_empty_dialog_asks_for_everything_and_breaks_nothing(function: FunctionNumber) -> None:
    assert not form_of(function, {"nothing": "at all"}).is_valid()


def test_a_forward_takes_a_name_or_any_spelling(function: FunctionNumber) -> None:
    typed = {
        "second group": "9011",
        "SECOND GROUP": "9011",
        "9011": "9011",
        "Adel Alkoubaisy": "601",
        "adel.alkoubaisy": "601",
        "+32 2 711 88 92": "+3227118892",
        "02/711.88.92": "+3227118892",
        "0032 2 711 88 92": "+3227118892",
    }
    found = {text: saved(function, WEEK | {"action": "forward", "destination": text}).destination for text in typed}
    assert found == typed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("112", "Emergency"),
        ("1712", "Emergency"),
        ("9999", "Nobody has the number 9999"),
        ("Nemo", "Nobody is called"),
        ("+33142685300", "abroad"),
        ("0900 12 345", "premium"),
        ("+32", "not a phone number"),
        ("+3227811555", "nobody has yet"),
        ("--", "not a phone number"),
    ],
)
def test_a_forward_that_cannot_be_is_refused_in_words(function: FunctionNumber, text: str, words: str) -> None:
    form = form_of(function, WEEK | {"action": "forward", "destination": text})
    assert words in str(form.errors["destination"])


def test_abroad_is_taken_once_the_organization_is_open_for_it(function: FunctionNumber) -> None:
    function.organization.allow_international = True
    event = saved(function, WEEK | {"action": "forward", "destination": "0033 1 42 68 53 00"})
    assert event.destination == "+33142685300"


def test_another_organizations_prompt_is_no_choice(function: FunctionNumber) -> None:
    strange = make_organization("other").prompts.get(key="ooo_greeting")
    assert "prompt" in form_of(function, YEAR | {"prompt": str(strange.pk)}).errors


def test_a_destination_typed_for_another_action_is_forgotten(function: FunctionNumber) -> None:
    assert saved(function, WEEK | {"destination": "nonsense !"}).destination == ""


def test_editing_shows_what_is_stored_and_turning_week_into_year_leaves_nothing_behind(
    function: FunctionNumber,
) -> None:
    event = function.schedule.events.get(name="am")
    shown = EventForm(instance=event, function=function)
    assert shown["weekdays"].value() == [0, 1, 2, 3, 4]
    assert shown["time_from"].value() == time(8, 30)
    form = EventForm(YEAR, instance=event, function=function)
    assert form.is_valid(), form.errors
    stored = form.save()
    assert (stored.weekdays, stored.time_from, stored.time_to) == (0, None, None)
    assert EventForm(instance=stored, function=function)["from_date"].value() == "2021-01-01"


def test_the_default_event_takes_prompt_action_and_destination_only(function: FunctionNumber) -> None:
    default = function.schedule.events.get(is_default=True)
    form = DefaultEventForm({"action": "forward", "destination": "9011"}, instance=default, function=function)
    assert list(form.fields) == ["prompt", "action", "destination"]
    assert form.is_valid()
    assert form.save().destination == "9011"


@pytest.mark.parametrize(("zone", "valid"), [("Europe/Brussels", True), ("UTC", True), ("Mars/Olympus", False)])
def test_a_time_zone_is_one_of_the_worlds(function: FunctionNumber, zone: str, *, valid: bool) -> None:
    assert TimezoneForm({"timezone": zone}, instance=function.schedule).is_valid() is valid
