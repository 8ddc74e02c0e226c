"""Each field of a public holiday, set through its page, changes what a call on that day is decided to be."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carillon.numbers.models import FunctionNumber
from tests.test_screens_change_calls import decision, function, signed_in

pytestmark = pytest.mark.django_db
#: Fixtures of another file.
__all__ = ["function", "signed_in"]

#: Whit Monday of 2027 in Belgium and its only holiday; summer time, so one hour more in Brussels.
WHIT_MONDAY, TUESDAY = "2027-05-17 09:00", "2027-05-18 09:00"
CLOSED = {"action": "closed", "chosen": ["Pentecost Monday"]}
FORWARD = CLOSED | {"action": "forward", "destination": "9011"}
START, END = {"start_date": "2028-01-01"}, {"end_date": "2026-12-31"}

#: The field, what is saved before and after it is changed.
FIELDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("time_from", CLOSED | {"time_from": "09:00", "time_to": "12:00"}, {"time_from": "11:00"}),
    ("time_to", CLOSED | {"time_from": "09:00", "time_to": "12:00"}, {"time_to": "09:30"}),
    ("start_date", CLOSED | {"set_start_date": "on", "start_date": "2026-12-01"}, START),
    ("set_start_date", CLOSED | START, {"set_start_date": "on"}),
    ("end_date", CLOSED | {"set_end_date": "on", "end_date": "2028-01-01"}, END),
    ("set_end_date", CLOSED | END, {"set_end_date": "on"}),
    ("prompt", CLOSED, {"prompt": "ooo_greeting"}),
    ("action", CLOSED, {"action": "open"}),
    ("destination", FORWARD, {"destination": "0470123456"}),
]


def send(client: Client, function: FunctionNumber, view: str, data: dict[str, Any], *more: int) -> None:
    function.schedule.refresh_from_db()
    typed = data | {"version": function.schedule.version}
    if "prompt" in typed:
        typed["prompt"] = str(function.organization.prompts.get(key=typed["prompt"]).pk)
    answer = client.post(reverse(f"schedules:{view}", args=[function.pk, *more]), typed)
    assert answer.status_code == 302, answer.content.decode()


def add(client: Client, function: FunctionNumber, data: dict[str, Any]) -> None:
    function.schedule.events.filter(repeat="holiday").delete()
    send(client, function, "holidays_add", data)


@pytest.mark.parametrize(("field", "data", "change"), FIELDS, ids=[row[0] for row in FIELDS])
def test_each_field_of_added_holidays_changes_a_call(
    signed_in: Client, function: FunctionNumber, field: str, data: dict[str, Any], change: dict[str, Any]
) -> None:
    add(signed_in, function, data)
    before = _without_ids(function)
    add(signed_in, function, data)
    assert _without_ids(function) == before
    add(signed_in, function, data | change)
    assert _without_ids(function) != before


def _without_ids(function: FunctionNumber) -> str:
    """Return the decision of a call; the event that is added anew has another key."""
    event = function.schedule.events.get(repeat="holiday")
    return decision(at=WHIT_MONDAY).replace(f"subject={event.pk}", "subject=it")


def test_only_the_chosen_holidays_change_a_call(signed_in: Client, function: FunctionNumber) -> None:
    add(signed_in, function, CLOSED | {"chosen": ["Easter Monday"]})
    before = decision(at=WHIT_MONDAY), decision(at=TUESDAY)
    assert "EVENT_DECIDED" in before[0]
    assert "am" in before[0]
    send(signed_in, function, "holidays_add", CLOSED)
    assert decision(at=WHIT_MONDAY) != before[0]
    assert "('event', 'am'), ('action', 'open')" in decision(at=TUESDAY)


@pytest.mark.parametrize(
    ("field", "data", "change"), [("name", CLOSED, {"name": "Whit"}), *FIELDS], ids=["name", *(r[0] for r in FIELDS)]
)
def test_each_field_of_a_holidays_dialog_changes_a_call(
    signed_in: Client, function: FunctionNumber, field: str, data: dict[str, Any], change: dict[str, Any]
) -> None:
    add(signed_in, function, data)
    before = decision(at=WHIT_MONDAY)
    event = function.schedule.events.get(repeat="holiday")
    typed = {"name": event.name} | data | change
    send(signed_in, function, "event_edit", typed, event.pk)
    assert decision(at=WHIT_MONDAY) != before
    event.refresh_from_db()
    assert (event.repeat, event.feast_country, event.feast_name) == ("holiday", "BE", "Pentecost Monday")


def test_country_and_region_decide_which_day_it_is(signed_in: Client, function: FunctionNumber) -> None:
    day = "2027-07-12 09:00"
    page = reverse("schedules:holidays_add", args=[function.pk])
    data = {"action": "closed", "version": function.schedule.version}
    assert "12th" not in decision(at=day)
    # In Northern Ireland the Battle of the Boyne is remembered, in England it is not.
    refused = signed_in.post(f"{page}?country=GB&region=ENG", data | {"chosen": ["Battle of the Boyne"]})
    assert "Choose public holidays from the list." in refused.content.decode()
    before = decision(at=day)
    assert (
        signed_in.post(f"{page}?country=GB&region=NIR", data | {"chosen": ["Battle of the Boyne"]}).status_code == 302
    )
    assert decision(at=day) != before
