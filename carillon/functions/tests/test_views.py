"""The Hunt groups pages: who may see them, what each button does, and what the audit and undo make of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.audit import Actor, undo
from carillon.accounts.models import User
from carillon.functions import forms
from carillon.functions.models import HuntGroup
from carillon.functions.tests.builders import (
    make_hunt_group,
    make_organization,
    make_person,
    make_schedules_admin,
    queries,
)
from carillon.numbers.models import FunctionNumber, Number
from carillon.users.models import CallForward

pytestmark = pytest.mark.django_db

GROUP = {
    "name": "Sales",
    "number": "9012",
    "strategy": "sequential",
    "ring_seconds": "25",
    "on_no_answer": "forward",
    "on_no_answer_number": "0470 12 34 56",
    "on_busy": "hangup",
    "on_unreachable": "hangup",
}


@pytest.fixture
def function() -> FunctionNumber:
    return make_hunt_group(make_organization(), "second group", "9011")


@pytest.fixture
def admin(function: FunctionNumber) -> User:
    return make_person(function.organization, "alexandra.meuwissen", is_admin=True)


@pytest.fixture
def signed_in(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def address(name: str, *ids: int) -> str:
    return reverse(f"functions:{name}", args=ids)


def post(client: Client, name: str, /, *ids: int, **data: Any) -> Any:
    return client.post(address(name, *ids), data, follow=True)


def members(function: FunctionNumber) -> list[str]:
    return [str(member) for member in function.hunt_group.members.all()]


def with_members(function: FunctionNumber) -> list[int]:
    rows = [
        function.hunt_group.members.create(position=place, user=make_person(function.organization, name, extension))
        for place, (name, extension) in enumerate([("anna", "601"), ("bram", "602"), ("chris", "603")], start=1)
    ]
    return [row.pk for row in rows]


def test_a_new_hunt_group_is_closed_and_the_page_says_so(signed_in: Client, function: FunctionNumber) -> None:
    page = signed_in.post(address("create"), GROUP, follow=True).content.decode()
    sales = FunctionNumber.objects.get(name="Sales")
    assert (sales.number.value, sales.number.kind, sales.organization) == ("9012", "extension", function.organization)
    assert (sales.hunt_group.strategy, sales.hunt_group.ring_seconds) == ("sequential", 25)
    assert sales.hunt_group.on_no_answer_number == "+32470123456"
    assert [(row.is_default, row.action) for row in sales.schedule.events.all()] == [(True, "closed")]
    assert "This number is closed." in page


@pytest.mark.parametrize(
    ("hours", "windows"),
    [
        ("halves", [("pm", "13:30", "18:00"), ("am", "08:30", "12:30")]),
        ("nine", [("9-17", "09:00", "17:00")]),
        ("nonsense", []),
    ],
)
def test_one_click_opens_it_from_monday_to_friday(
    signed_in: Client, function: FunctionNumber, hours: str, windows: list[tuple[str, str, str]]
) -> None:
    page = post(signed_in, "open_hours", function.pk, hours=hours).content.decode()
    events = function.schedule.events.filter(is_default=False)
    assert [(row.name, f"{row.time_from:%H:%M}", f"{row.time_to:%H:%M}") for row in events] == windows
    assert {(row.action, row.repeat, row.weekdays) for row in events} == ({("open", "week", 31)} if windows else set())
    assert ("This number is closed." in page) is not bool(windows)


def test_settings_name_and_number_are_saved_with_one_audit_row(signed_in: Client, function: FunctionNumber) -> None:
    post(signed_in, "detail", function.pk, **GROUP | {"number": "+3227811502", "language": "fr"})
    function = FunctionNumber.objects.get(pk=function.pk)
    assert (function.name, function.number.value, function.language) == ("Sales", "+3227811502", "fr")
    assert function.number.kind == Number.Kind.E164
    assert function.organization.audit_entries.count() == 1


def test_a_slip_keeps_what_was_typed(signed_in: Client, function: FunctionNumber) -> None:
    page = post(signed_in, "detail", function.pk, **GROUP | {"number": "112"}).content.decode()
    assert 'value="112"' in page
    assert 'value="Sales"' in page
    assert "emergency or short public number" in page


def test_members_are_added_by_name_and_by_number(signed_in: Client, function: FunctionNumber) -> None:
    make_person(function.organization, "adel.alkoubaisy", "601")
    post(signed_in, "member_add", function.pk, member="Adel Alkoubaisy")
    post(signed_in, "member_add", function.pk, member="0470/12.34.56")
    page = post(signed_in, "member_add", function.pk, member="601").content.decode()
    assert members(function) == ["Adel Alkoubaisy", "+32470123456"]
    assert "Is a member already." in page


def test_members_move_by_buttons_and_by_dragging(signed_in: Client, function: FunctionNumber) -> None:
    anna, bram, chris = with_members(function)
    post(signed_in, "members_order", function.pk, seen=[anna, bram, chris], move=f"{chris}:up")
    assert members(function) == ["Anna", "Chris", "Bram"]
    post(signed_in, "members_order", function.pk, seen=[anna, chris, bram], order=[bram, anna, chris])
    assert members(function) == ["Bram", "Anna", "Chris"]


@pytest.mark.parametrize("move", ["", "x:up", "999999999999999999:down", "up"])
def test_a_move_that_is_none_changes_nothing(signed_in: Client, function: FunctionNumber, move: str) -> None:
    seen = with_members(function)
    assert post(signed_in, "members_order", function.pk, seen=seen, move=move).status_code == 200
    assert members(function) == ["Anna", "Bram", "Chris"]


def test_an_order_of_yesterdays_members_is_refused(signed_in: Client, function: FunctionNumber) -> None:
    anna, bram, chris = with_members(function)
    page = post(signed_in, "members_order", function.pk, seen=[bram, anna, chris], order=[chris, bram, anna])
    assert "Somebody else changed the members meanwhile" in page.content.decode()
    assert members(function) == ["Anna", "Bram", "Chris"]


def test_a_member_is_removed(signed_in: Client, function: FunctionNumber) -> None:
    _anna, bram, _chris = with_members(function)
    post(signed_in, "member_remove", function.pk, bram)
    assert members(function) == ["Anna", "Chris"]


def test_deleting_is_refused_while_forwards_lead_there(signed_in: Client, function: FunctionNumber) -> None:
    other = make_hunt_group(function.organization, "Sales", "9012", on_busy="forward", on_busy_number="9011")
    other.schedule.events.update(action="forward", destination="9011")
    anna = make_person(function.organization, "anna", "601")
    CallForward.objects.create(user=anna, number="9011")
    page = post(signed_in, "delete", function.pk).content.decode()
    assert FunctionNumber.objects.filter(pk=function.pk).exists()
    for words in ("Schedule of Sales, 9012", "Hunt group Sales, 9012", "Forward of Anna"):
        assert words in page


def test_changing_the_number_is_refused_while_forwards_lead_there(signed_in: Client, function: FunctionNumber) -> None:
    CallForward.objects.create(user=make_person(function.organization, "anna", "601"), number="9011")
    page = post(signed_in, "detail", function.pk, **GROUP).content.decode()
    assert "Forward of Anna" in page
    function.number.refresh_from_db()
    assert function.number.value == "9011"


def test_a_deleted_group_comes_back_whole_with_undo(signed_in: Client, admin: User, function: FunctionNumber) -> None:
    with_members(function)
    function.schedule.events.create(position=1, name="am", repeat="day", action="open")
    post(signed_in, "delete", function.pk)
    assert not Number.objects.filter(value="9011").exists()
    undo(function.organization.audit_entries.get(), Actor(admin.organization, admin))
    back = FunctionNumber.objects.get(pk=function.pk)
    assert (back.number.value, members(back)) == ("9011", ["Anna", "Bram", "Chris"])
    assert [row.name for row in back.schedule.events.all()] == ["am", "Default"]


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("detail", GROUP),
    ("open_hours", {"hours": "nine"}),
    ("member_add", {"member": "0470 12 34 56"}),
    ("members_order", {"order": "reversed"}),
]


def snapshot(function: FunctionNumber) -> list[Any]:
    group = HuntGroup.objects.filter(pk=function.pk).values().get()
    numbers = FunctionNumber.objects.filter(pk=function.pk).values_list("name", "language", "number__value")
    events = function.schedule.events.values_list("pk", "name", "position")
    return [group, *numbers, *events, *function.hunt_group.members.values_list("pk", "position", "user", "number")]


@pytest.mark.parametrize(("name", "data"), CHANGES, ids=[name for name, _data in CHANGES])
def test_each_change_is_one_audit_row_and_undo_takes_it_back(
    signed_in: Client, admin: User, function: FunctionNumber, name: str, data: dict[str, Any]
) -> None:
    seen = with_members(function)
    before, revision = snapshot(function), function.organization.revision
    post(signed_in, name, function.pk, **(data | ({"seen": seen, "order": seen[::-1]} if "order" in data else {})))
    assert snapshot(function) != before
    function.organization.refresh_from_db()
    assert function.organization.revision > revision
    undo(function.organization.audit_entries.get(), Actor(admin.organization, admin))
    assert snapshot(function) == before


def every_address(function: FunctionNumber) -> list[str]:
    return [address("list"), address("create"), address("detail", function.pk), address("delete", function.pk)]


def test_only_administrators_and_only_their_own(client: Client, function: FunctionNumber) -> None:
    plain = make_person(function.organization, "plain")
    make_schedules_admin(plain)
    for person, status in [
        (plain, 403),
        (make_person(make_organization("other"), "stranger", is_admin=True), 404),
        (make_person(function.organization, "admin", is_admin=True), 200),
    ]:
        client.force_login(person)
        assert {client.get(page).status_code for page in every_address(function)[2:]} == {status}


def test_the_list_costs_the_same_queries_with_2_and_200_rows(signed_in: Client, function: FunctionNumber) -> None:
    make_hunt_group(function.organization, "Sales", "9012")
    two = queries(signed_in, address("list"))
    for number in range(198):
        make_hunt_group(function.organization, f"group {number:03}", f"7{number:03}")
    assert queries(signed_in, address("list")) == two
    assert two <= 5


def test_a_group_costs_the_same_queries_with_2_and_100_members(signed_in: Client, function: FunctionNumber) -> None:
    with_members(function)
    few = queries(signed_in, address("detail", function.pk))
    for number in range(97):
        person = make_person(function.organization, f"p{number}", f"7{number:03}")
        function.hunt_group.members.create(position=number + 4, user=person)
    assert queries(signed_in, address("detail", function.pk)) == few


def test_the_list_is_searched_by_name_and_number(signed_in: Client, function: FunctionNumber) -> None:
    make_hunt_group(function.organization, "Sales", "9012")
    for text in ("sale", "9012"):
        page = signed_in.get(address("list"), {"q": text}).content.decode()
        assert "Sales" in page
        assert "second group" not in page
    assert "No hunt group matches" in signed_in.get(address("list"), {"q": "<b>nobody"}).content.decode()


def test_two_people_who_save_the_same_group_are_told(signed_in: Client, function: FunctionNumber) -> None:
    page = signed_in.get(address("detail", function.pk))
    seen = page.context["seen"]
    post(signed_in, "detail", function.pk, **GROUP | {"name": "First", "seen": seen})
    answer = post(signed_in, "detail", function.pk, **GROUP | {"name": "Second", "seen": seen})
    assert "Somebody else changed this hunt group meanwhile" in answer.content.decode()
    assert 'value="Second"' in answer.content.decode()
    assert FunctionNumber.objects.get(pk=function.pk).name == "First"
    post(signed_in, "detail", function.pk, **GROUP | {"name": "Second", "seen": answer.context["seen"]})
    assert FunctionNumber.objects.get(pk=function.pk).name == "Second"


def test_a_number_that_was_taken_in_between_is_answered_beside_its_field(
    signed_in: Client, function: FunctionNumber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "read_own_number", lambda *_args: ("extension", "9011"))
    page = signed_in.post(address("create"), GROUP).content.decode()
    assert "Somebody else just took this number" in page
    assert not FunctionNumber.objects.filter(name="Sales").exists()


def test_undo_of_a_new_group_leads_back_to_the_list(signed_in: Client, function: FunctionNumber) -> None:
    page = signed_in.post(address("create"), GROUP, follow=True)
    assert f'name="next" value="{address("list")}"' in page.content.decode()
    entry = function.organization.audit_entries.get()
    back = signed_in.post(reverse("accounts:undo", args=[entry.pk]), {"next": address("list")}, follow=True)
    assert back.status_code == 200
    assert not FunctionNumber.objects.filter(name="Sales").exists()
    assert not Number.objects.filter(value="9012").exists()
