"""Each field of the screens, set through its page, changes what the very next call is decided to be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import User
from carillon.devices.models import SipDevice
from carillon.facts.calls import Ask, load
from carillon.functions.tests.builders import add_week, make_hunt_group, make_organization, make_person
from carillon.numbers.models import FunctionNumber, Trunk
from carillon.routing.facts import Live
from carillon.routing.plan import plan_call

pytestmark = pytest.mark.django_db

MONDAY_TEN = "2026-11-23 10:00"
SATURDAY_TEN = "2026-11-28 10:00"
WEEK = {
    "name": "am",
    "repeat": "week",
    "weekdays": ["0", "1", "2", "3", "4"],
    "time_from": "08:30",
    "time_to": "12:30",
    "action": "open",
}
YEAR = {
    "name": "am",
    "repeat": "year",
    "from_date": "2025-11-23",
    "from_time": "00:00",
    "to_date": "2025-11-24",
    "to_time": "00:00",
    "end": "never",
    "action": "open",
}
GROUP = {
    "name": "Main number",
    "number": "+3227811501",
    "strategy": "parallel",
    "ring_seconds": "20",
    "on_no_answer": "hangup",
    "on_busy": "hangup",
    "on_unreachable": "hangup",
}


@pytest.fixture
def function() -> FunctionNumber:
    """Main number, open on weekday mornings, with two members who have a phone each, and a second group."""
    organization = make_organization(allow_international=True)
    function = make_hunt_group(organization, "Main number", "+3227811501")
    add_week(function, "am", "08:30", "12:30")
    make_hunt_group(organization, "second group", "9011")
    site = organization.sites.create(name="Brussels", address="Main street 1", emergency_number="+3227811500")
    Trunk.objects.create(name="carrier", endpoint="trunk-carrier", host="127.0.0.3")
    for position, (name, extension) in enumerate([("anna", "601"), ("bram", "602")], start=1):
        person = make_person(organization, name, extension)
        SipDevice.objects.create(organization=organization, user=person, site=site, endpoint=f"phone-{name}")
        function.hunt_group.members.create(position=position, user=person)
    for language in ("", "fr"):
        organization.prompts.get(key="ooo_greeting").audio.create(
            language=language, sha256=f"x{language}", milliseconds=1
        )
    return function


@pytest.fixture
def signed_in(client: Client, function: FunctionNumber) -> Client:
    client.force_login(make_person(function.organization, "alexandra.meuwissen", is_admin=True))
    return client


def decision(called: str = "+3227811501", at: str = MONDAY_TEN) -> str:
    """Return verbs and reasons of a call that comes in at a wall time of Brussels in winter."""
    context = "trunk-1"
    now = datetime.fromisoformat(f"{at}+01:00").astimezone(UTC)
    return repr(plan_call(load(Ask(context, "", called)), Live(), now, 0))


def save_event(client: Client, function: FunctionNumber, data: dict[str, Any], **fields: Any) -> None:
    function.schedule.refresh_from_db()
    event = function.schedule.events.get(is_default=bool(fields.get("is_default")))
    typed = {name: value for name, value in data.items() if value is not None}
    if typed.get("prompt"):
        typed["prompt"] = str(function.organization.prompts.get(key=typed["prompt"]).pk)
    page = reverse("schedules:event_edit", args=[function.pk, event.pk])
    answer = client.post(page, typed | {"version": function.schedule.version})
    assert answer.status_code == 302, answer.content.decode()


EVENT_FIELDS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("name", WEEK, {"name": "morning"}, MONDAY_TEN),
    ("repeat", WEEK, {"repeat": "day"}, SATURDAY_TEN),
    ("weekdays", WEEK, {"weekdays": ["1"]}, MONDAY_TEN),
    ("start_date", WEEK, {"set_start_date": "on", "start_date": "2026-12-01"}, MONDAY_TEN),
    ("set_start_date", WEEK | {"start_date": "2026-12-01"}, {"set_start_date": "on"}, MONDAY_TEN),
    ("end_date", WEEK, {"set_end_date": "on", "end_date": "2026-11-20"}, MONDAY_TEN),
    ("set_end_date", WEEK | {"end_date": "2026-11-20"}, {"set_end_date": "on"}, MONDAY_TEN),
    ("time_from", WEEK, {"time_from": "11:00"}, MONDAY_TEN),
    ("time_to", WEEK, {"time_to": "09:30"}, MONDAY_TEN),
    ("from_date", YEAR, {"from_date": "2025-11-22"}, "2026-11-22 10:00"),
    ("from_time", YEAR, {"from_time": "11:00"}, MONDAY_TEN),
    ("to_date", YEAR, {"to_date": "2025-11-25"}, "2026-11-24 10:00"),
    ("to_time", YEAR, {"to_time": "11:00"}, "2026-11-24 10:00"),
    ("end", YEAR | {"end_count": "1"}, {"end": "count"}, MONDAY_TEN),
    ("end_until", YEAR | {"end": "until", "end_until": "2030-01-01"}, {"end_until": "2026-01-01"}, MONDAY_TEN),
    ("end_count", YEAR | {"end": "count", "end_count": "9"}, {"end_count": "1"}, MONDAY_TEN),
    ("prompt", WEEK, {"prompt": "ooo_greeting"}, MONDAY_TEN),
    ("action", WEEK, {"action": "closed"}, MONDAY_TEN),
    ("destination", WEEK | {"action": "forward", "destination": "9011"}, {"destination": "0470123456"}, MONDAY_TEN),
]


@pytest.mark.parametrize(("field", "data", "change", "at"), EVENT_FIELDS, ids=[row[0] for row in EVENT_FIELDS])
def test_each_field_of_an_event_changes_a_call(
    signed_in: Client, function: FunctionNumber, field: str, data: dict[str, Any], change: dict[str, Any], at: str
) -> None:
    save_event(signed_in, function, data)
    before = decision(at=at)
    save_event(signed_in, function, data | change)
    assert decision(at=at) != before


@pytest.mark.parametrize(
    ("data", "change"),
    [
        ({"action": "closed"}, {"action": "open"}),
        ({"action": "closed"}, {"prompt": "ooo_greeting"}),
        ({"action": "forward", "destination": "9011"}, {"destination": "0470123456"}),
    ],
    ids=["action", "prompt", "destination"],
)
def test_each_field_of_the_default_event_changes_a_call(
    signed_in: Client, function: FunctionNumber, data: dict[str, Any], change: dict[str, Any]
) -> None:
    save_event(signed_in, function, data, is_default=True)
    before = decision(at=SATURDAY_TEN)
    save_event(signed_in, function, data | change, is_default=True)
    assert decision(at=SATURDAY_TEN) != before


def test_the_time_zone_changes_a_call(signed_in: Client, function: FunctionNumber) -> None:
    before = decision()
    page = reverse("schedules:timezone", args=[function.pk])
    signed_in.post(page, {"timezone": "Asia/Tokyo", "version": function.schedule.version})
    assert decision() != before


def test_the_order_of_events_changes_a_call(signed_in: Client, function: FunctionNumber) -> None:
    lunch = add_week(function, "lunch", "09:00", "11:00", action="closed")
    before = decision()
    page = reverse("schedules:event_move", args=[function.pk, lunch.pk])
    signed_in.post(page, {"direction": "up", "version": function.schedule.version})
    assert decision() != before


GROUP_FIELDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("number", {}, {"number": "+3227811502"}),
    ("language", {"on_no_answer": "prompt", "on_no_answer_prompt": "ooo_greeting"}, {"language": "fr"}),
    ("strategy", {}, {"strategy": "sequential"}),
    ("ring_seconds", {}, {"ring_seconds": "40"}),
    ("follow_forwards", {}, {"follow_forwards": "on"}),
]
for end in ("on_no_answer", "on_busy", "on_unreachable"):
    GROUP_FIELDS += [
        (end, {f"{end}_prompt": "ooo_greeting"}, {end: "prompt"}),
        (f"{end}_prompt", {end: "prompt", f"{end}_prompt": "general_greeting"}, {f"{end}_prompt": "ooo_greeting"}),
        (f"{end}_number", {end: "forward", f"{end}_number": "9011"}, {f"{end}_number": "0470123456"}),
    ]


@pytest.mark.parametrize(("field", "data", "change"), GROUP_FIELDS, ids=[row[0] for row in GROUP_FIELDS])
def test_each_field_of_a_hunt_group_changes_a_call(
    signed_in: Client, function: FunctionNumber, field: str, data: dict[str, Any], change: dict[str, Any]
) -> None:
    forward(signed_in, function.organization.users.get(username="bram"), "0470123456")
    save_group(signed_in, function, GROUP | data)
    before = decision()
    save_group(signed_in, function, GROUP | data | change)
    assert decision() != before


def save_group(client: Client, function: FunctionNumber, data: dict[str, Any]) -> None:
    prompts = function.organization.prompts
    typed = {
        name: str(prompts.get(key=value).pk) if name.endswith("_prompt") and value else value
        for name, value in data.items()
    }
    answer = client.post(reverse("functions:detail", args=[function.pk]), typed)
    assert answer.status_code == 302, answer.content.decode()


def forward(client: Client, person: User, number: str) -> None:
    answer = client.post(reverse("users:detail", args=[person.pk]), {"number": number})
    assert answer.status_code == 302, answer.content.decode()


def test_the_name_of_a_hunt_group_is_how_a_forward_finds_it(signed_in: Client, function: FunctionNumber) -> None:
    save_group(signed_in, function, GROUP | {"name": "Reception"})
    bram = function.organization.users.get(username="bram")
    forward(signed_in, bram, "reception")
    save_group(signed_in, function, GROUP | {"name": "Reception", "follow_forwards": "on"})
    assert "GoTo(number='+3227811501'" in decision()


def test_a_new_member_changes_a_call(signed_in: Client, function: FunctionNumber) -> None:
    before = decision()
    signed_in.post(reverse("functions:member_add", args=[function.pk]), {"member": "0470 12 34 56"})
    assert "+32470123456" in decision()
    assert decision() != before


def test_a_persons_forward_changes_a_call(signed_in: Client, function: FunctionNumber) -> None:
    anna = function.organization.users.get(username="anna")
    save_group(signed_in, function, GROUP | {"follow_forwards": "on"})
    before = decision()
    forward(signed_in, anna, "0470 12 34 56")
    assert "+32470123456" in decision()
    assert decision() != before
