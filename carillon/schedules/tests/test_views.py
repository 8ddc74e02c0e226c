"""The Schedules pages: who may see them, what they say, and what each button does."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import User
from carillon.functions.tests.builders import (
    add_week,
    chapter_five,
    make_hunt_group,
    make_organization,
    make_person,
    make_schedules_admin,
    queries,
)
from carillon.numbers.models import FunctionNumber
from carillon.schedules.models import ScheduleEvent

pytestmark = pytest.mark.django_db

LUNCH = {
    "name": "lunch",
    "repeat": "week",
    "weekdays": ["0", "1"],
    "time_from": "12:30",
    "time_to": "13:30",
    "action": "closed",
}


@pytest.fixture
def function() -> FunctionNumber:
    return chapter_five(make_organization())


@pytest.fixture
def admin(function: FunctionNumber) -> User:
    return make_person(function.organization, "alexandra.meuwissen", is_admin=True)


@pytest.fixture
def signed_in(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def address(function: FunctionNumber, name: str, *more: int) -> str:
    return reverse(f"schedules:{name}", args=[function.pk, *more])


def order(function: FunctionNumber) -> list[str]:
    return [event.name for event in function.schedule.events.filter(is_default=False)]


def event(function: FunctionNumber, name: str) -> ScheduleEvent:
    return function.schedule.events.get(name=name)


def post(client: Client, function: FunctionNumber, name: str, /, *more: int, **data: Any) -> Any:
    function.schedule.refresh_from_db()
    return client.post(address(function, name, *more), {"version": function.schedule.version} | data, follow=True)


def every_address(function: FunctionNumber) -> list[str]:
    am = event(function, "am").pk
    return [
        reverse("schedules:list"),
        address(function, "detail"),
        address(function, "event_add"),
        address(function, "event_edit", am),
        address(function, "event_delete", am),
        address(function, "timezone"),
    ]


def test_the_list_has_name_number_type_and_state(signed_in: Client, function: FunctionNumber) -> None:
    function.schedule.events.filter(is_default=False).delete()
    page = signed_in.get(reverse("schedules:list")).content.decode()
    for words in ("Main number", "+3227811501", "Hunt group", "closed", "always"):
        assert words in page


def test_a_schedule_shows_the_manuals_lines_in_order(signed_in: Client, function: FunctionNumber) -> None:
    page = signed_in.get(address(function, "detail")).content.decode()
    lines = [
        "Schedules (Main number, +3227811501)",
        "Add new schedule event",
        "1 jan",
        "Every year 2021-01-01 00:00 - 2021-01-02 00:00",
        "Per week, 13:30 - 18:00",
        "Monday to Friday",
        "Per week, 08:30 - 12:30",
        "Edit default schedule event",
        "Always",
        "Europe/Brussels",
    ]
    places = [page.index(line) for line in lines]
    assert places == sorted(places)


@pytest.mark.parametrize("role", ["admin", "schedules admin"])
def test_administrators_and_schedules_admins_see_every_page(
    client: Client, function: FunctionNumber, role: str
) -> None:
    person = make_person(function.organization, "somebody", is_admin=role == "admin")
    if role == "schedules admin":
        make_schedules_admin(person)
    client.force_login(person)
    assert [client.get(page).status_code for page in every_address(function)] == [200] * 6


def test_a_plain_user_may_not_and_a_stranger_finds_nothing(client: Client, function: FunctionNumber) -> None:
    client.force_login(make_person(function.organization, "plain"))
    assert {client.get(page).status_code for page in every_address(function)} == {403}
    client.force_login(make_person(make_organization("other"), "stranger", is_admin=True))
    assert {client.get(page).status_code for page in every_address(function)[1:]} == {404}
    assert "Main number" not in client.get(reverse("schedules:list")).content.decode()


def test_somebody_who_is_not_signed_in_is_asked_to(client: Client, function: FunctionNumber) -> None:
    for page in every_address(function):
        assert client.get(page).status_code == 302


def test_an_event_of_another_schedule_is_not_found_through_this_one(
    signed_in: Client, function: FunctionNumber
) -> None:
    other = make_hunt_group(function.organization, "second group", "9011")
    strange = event(function, "am").pk
    assert signed_in.get(address(other, "event_edit", strange)).status_code == 404
    assert post(signed_in, other, "event_delete", strange).status_code == 404


def test_an_event_can_still_be_deleted_after_a_slip(signed_in: Client, function: FunctionNumber) -> None:
    event_pk = event(function, "pm").pk
    page = post(signed_in, function, "event_edit", event_pk, **LUNCH | {"time_to": "25:00"}).content.decode()
    assert address(function, "event_delete", event_pk) in page


def test_a_new_event_stands_on_top(signed_in: Client, function: FunctionNumber) -> None:
    page = post(signed_in, function, "event_add", **LUNCH)
    assert order(function) == ["lunch", "1 jan", "pm", "am"]
    assert "Saved" in page.content.decode()


def test_what_was_typed_stays_when_something_is_wrong(signed_in: Client, function: FunctionNumber) -> None:
    page = post(signed_in, function, "event_add", **LUNCH | {"time_to": "25:00"}).content.decode()
    assert 'value="lunch"' in page
    assert 'value="25:00"' in page
    assert "Type a time as 08:30." in page
    assert order(function) == ["1 jan", "pm", "am"]


def test_an_edited_event_keeps_its_place(signed_in: Client, function: FunctionNumber) -> None:
    post(signed_in, function, "event_edit", event(function, "pm").pk, **LUNCH)
    assert order(function) == ["1 jan", "lunch", "am"]


def test_the_default_event_is_edited_but_never_moved_or_deleted(signed_in: Client, function: FunctionNumber) -> None:
    default = function.schedule.events.get(is_default=True)
    post(signed_in, function, "event_edit", default.pk, action="open")
    default.refresh_from_db()
    assert default.action == "open"
    assert post(signed_in, function, "event_delete", default.pk).status_code == 404
    assert post(signed_in, function, "event_move", default.pk, direction="up").status_code == 404


def test_an_event_is_deleted_after_a_question(signed_in: Client, function: FunctionNumber) -> None:
    question = signed_in.get(address(function, "event_delete", event(function, "pm").pk)).content.decode()
    assert "Delete “pm”?" in question
    post(signed_in, function, "event_delete", event(function, "pm").pk)
    assert order(function) == ["1 jan", "am"]


def test_events_move_by_buttons_and_stop_at_the_edge(signed_in: Client, function: FunctionNumber) -> None:
    post(signed_in, function, "event_move", event(function, "am").pk, direction="up")
    assert order(function) == ["1 jan", "am", "pm"]
    post(signed_in, function, "event_move", event(function, "am").pk, direction="down")
    post(signed_in, function, "event_move", event(function, "am").pk, direction="down")
    assert order(function) == ["1 jan", "pm", "am"]


def test_dragging_posts_the_whole_order(signed_in: Client, function: FunctionNumber) -> None:
    wanted = [event(function, name).pk for name in ("am", "1 jan", "pm")]
    post(signed_in, function, "reorder", order=wanted)
    assert order(function) == ["am", "1 jan", "pm"]


@pytest.mark.parametrize("ids", [[], ["1", "1"], ["x"], ["999999999999999999999999"], ["-1"]])
def test_an_order_that_is_none_changes_nothing(signed_in: Client, function: FunctionNumber, ids: list[str]) -> None:
    page = post(signed_in, function, "reorder", order=ids)
    assert page.status_code == 200
    assert order(function) == ["1 jan", "pm", "am"]


def test_the_default_event_is_not_reordered(signed_in: Client, function: FunctionNumber) -> None:
    everything = [row.pk for row in function.schedule.events.all()]
    post(signed_in, function, "reorder", order=[everything[-1], *everything[:-1]])
    assert order(function) == ["1 jan", "pm", "am"]


def test_the_time_zone_is_changed(signed_in: Client, function: FunctionNumber) -> None:
    post(signed_in, function, "timezone", timezone="Asia/Kathmandu")
    function.schedule.refresh_from_db()
    assert function.schedule.timezone == "Asia/Kathmandu"
    assert post(signed_in, function, "timezone", timezone="Mars/Olympus").status_code == 200


def test_the_dialog_is_a_part_for_htmx_and_a_page_without(signed_in: Client, function: FunctionNumber) -> None:
    page = address(function, "event_add")
    assert "<html" in signed_in.get(page).content.decode()
    part = signed_in.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Add schedule event" in part
    done = signed_in.post(page, LUNCH | {"version": 1}, headers={"HX-Request": "true"})
    added = function.schedule.events.get(name=LUNCH["name"])
    assert done.headers["HX-Redirect"] == f"{address(function, 'detail')}#event-{added.pk}"


def test_names_are_shown_and_never_run(signed_in: Client, function: FunctionNumber) -> None:
    event(function, "am").delete()
    post(signed_in, function, "event_add", **LUNCH | {"name": "<script>alert(1)</script>"})
    page = signed_in.get(address(function, "detail")).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_schedule_costs_the_same_queries_with_2_and_200_events(signed_in: Client, function: FunctionNumber) -> None:
    few = queries(signed_in, address(function, "detail"))
    for number in range(198):
        add_week(function, f"event {number}", "09:00", "10:00")
    assert queries(signed_in, address(function, "detail")) == few
    assert few <= 6
