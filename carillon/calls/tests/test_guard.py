"""Before a change flips a case the portal asks: nothing is stored, nothing typed is lost, and only own flips count."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from carillon.accounts.models import AuditEntry, Organization
from carillon.calls import guard
from carillon.calls.cases import judge_all
from carillon.calls.guard import CaseGuardMiddleware
from carillon.calls.tests.test_cases import kept, open_on_sundays
from carillon.demo import people
from carillon.demo.world import World
from carillon.schedules.models import ScheduleEvent
from conftest import SignIn

SUNDAY = "number=%2B3227811501&date=2026-11-29&time=10:00"
MONDAY = SUNDAY.replace("11-29", "11-30")
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-content"}


@pytest.fixture
def admin(world: World, as_user: SignIn) -> Client:
    return as_user(people.ADMIN)


def typed(text: str) -> dict[str, list[str]]:
    """Return what the question sends along."""
    found: dict[str, list[str]] = {}
    for name, value in HIDDEN.findall(text.partition('class="cases-ask"')[2]):
        if name != "csrfmiddlewaretoken":
            found.setdefault(unescape(name), []).append(unescape(value))
    return found


def event_form(world: World, **fields: Any) -> tuple[str, dict[str, Any]]:
    event = world.main.schedule.events.get(name="am")
    data: dict[str, Any] = {
        "name": "mornings",
        "repeat": "week",
        "weekdays": ["0", "1", "6"],
        "time_from": "08:30",
        "time_to": "12:30",
    }
    data |= {"action": "open", "version": world.main.schedule.version} | fields
    return reverse("schedules:event_edit", args=[world.main.pk, event.pk]), data


def answered(answer: Any) -> str:
    assert answer.status_code == 200
    text: str = answer.content.decode()
    assert "Nothing is saved yet." in text
    return text


def test_an_event_that_flips_a_case_is_not_stored_until_somebody_says_so(admin: Client, world: World) -> None:
    kept(admin, SUNDAY)
    address, data = event_form(world)
    entries, revision = AuditEntry.objects.count(), Organization.objects.get(pk=world.organization.pk).revision
    offer = dict(admin.session["undo"])
    answer = admin.post(address, data, headers=DIALOG)
    text = answered(answer)
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#dialog-content", "afterbegin")
    assert "Sunday closed" in text
    assert "The caller hears “General greeting” and the call ends" in text
    assert "An Peeters, Chloe Lambert and Greet Wouters ring" in text
    assert world.main.schedule.events.filter(name="am").exists()
    assert AuditEntry.objects.count() == entries
    assert Organization.objects.get(pk=world.organization.pk).revision == revision
    assert admin.session["undo"] == offer
    assert "Saved. It counts" not in admin.get(reverse("calls:cases")).content.decode()
    again = typed(text)
    assert again["weekdays"] == ["0", "1", "6"]
    assert set(again) == {*data, guard.CONFIRMED} | {"version"}
    done = admin.post(address, again, headers=DIALOG)
    changed = world.main.schedule.events.get(name="mornings")
    assert done["HX-Redirect"] == f"{reverse('schedules:detail', args=[world.main.pk])}#event-{changed.pk}"
    assert "differs" in admin.get(reverse("calls:cases")).content.decode()


def test_a_change_that_flips_nothing_is_stored_at_once(admin: Client, world: World) -> None:
    kept(admin, SUNDAY)
    address, data = event_form(world, weekdays=["0", "1", "2"])
    assert admin.post(address, data).status_code == 302
    assert world.main.schedule.events.filter(name="mornings").exists()


def test_a_case_that_differs_already_is_not_asked_about_again(admin: Client, world: World) -> None:
    kept(admin, SUNDAY)
    open_on_sundays(world.main)
    address, data = event_form(world, action="closed")
    assert admin.post(address, data).status_code == 302


def test_a_confirmation_counts_for_exactly_the_flips_that_were_shown(admin: Client, world: World) -> None:
    kept(admin, SUNDAY)
    address, data = event_form(world)
    again = typed(answered(admin.post(address, data)))
    kept(admin, SUNDAY.replace("10:00", "11:00"), name="Sunday at eleven")
    text = answered(admin.post(address, again))
    assert "This flips 2 cases" in text
    assert admin.post(address, typed(text)).status_code == 302


def test_a_hunt_group_an_order_and_an_undo_are_asked_about(admin: Client, world: World) -> None:
    kept(admin, MONDAY)
    member = world.main.hunt_group.members.order_by("position")[0]
    remove = reverse("functions:member_remove", args=[world.main.pk, member.pk])
    answered(admin.post(remove))
    assert world.main.hunt_group.members.filter(pk=member.pk).exists()
    lunch = world.main.schedule.events.create(
        name="lunch", position=0, action="closed", repeat="day", weekdays=127, time_from="18:00", time_to="20:00"
    )
    order = [event.pk for event in world.main.schedule.events.filter(is_default=False)]
    ScheduleEvent.objects.filter(pk=lunch.pk).update(time_from="09:00", time_to="11:00", position=99)
    order.append(order.pop(0))
    world.main.schedule.refresh_from_db()
    reorder = reverse("schedules:reorder", args=[world.main.pk])
    data: dict[str, Any] = {"order": [lunch.pk, *order[:-1]], "version": world.main.schedule.version}
    text = answered(admin.post(reorder, data))
    assert typed(text)["order"] == [str(pk) for pk in data["order"]]
    assert admin.post(reorder, typed(text)).status_code == 302


def test_an_undo_goes_through_the_same_door(admin: Client, world: World) -> None:
    address, data = event_form(world)
    assert admin.post(address, data).status_code == 302
    entry = AuditEntry.objects.latest("pk")
    kept(admin, SUNDAY, name="Sunday open")
    undo = reverse("accounts:undo", args=[entry.pk])
    text = answered(admin.post(undo, {"next": "/schedules/"}))
    assert world.main.schedule.events.filter(name="mornings").exists()
    assert admin.post(undo, typed(text))["Location"] == "/schedules/"
    assert world.main.schedule.events.filter(name="am").exists()


def test_a_persons_own_forward_is_asked_about(admin: Client, as_user: SignIn) -> None:
    kept(admin, "number=9101&date=2026-11-30&time=10:00", name="An is reached")
    client = as_user(people.PLAIN_USER)
    client.post(reverse("accounts:language"), {"language": "en"})
    own = reverse("users:my_calls")
    text = answered(client.post(own, {"number": "9011"}, headers={"Referer": f"http://testserver{own}"}))
    assert f'data-back autofocus href="{own}" data-typed' in re.sub(r"\s+", " ", text)
    assert client.post(own, typed(text)).status_code == 302


def test_a_moved_event_is_asked_about_in_a_dialog_over_the_page(admin: Client, world: World) -> None:
    kept(admin, MONDAY)
    lunch = world.main.schedule.events.create(
        name="lunch", position=9, action="closed", repeat="day", weekdays=127, time_from="09:00", time_to="11:00"
    )
    move = reverse("schedules:event_move", args=[world.main.pk, lunch.pk])
    data = {"direction": "up", "version": world.main.schedule.version}
    answer = admin.post(move, data, headers={"HX-Request": "true", "HX-Boosted": "true"})
    text = answered(answer)
    assert answer["HX-Reswap"] == "innerHTML"
    assert "hx-post" not in text.partition("<form")[2].partition(">")[0]
    assert "<html" not in text


def test_a_file_cannot_wait_for_the_answer(admin: Client, world: World) -> None:
    kept(admin, SUNDAY)
    address, data = event_form(world)
    text = answered(admin.post(address, data | {"sound": SimpleUploadedFile("a.wav", b"x")}))
    assert "A file was sent along" in text
    assert "Save anyway" not in text


def test_without_cases_a_change_costs_one_small_query_more(admin: Client, world: World) -> None:
    address, data = event_form(world)
    with CaptureQueriesContext(connection) as captured:
        assert admin.post(address, data).status_code == 302
    assert sum("calls_case" in row["sql"] for row in captured) == 1
    assert "LIMIT 1" in next(row["sql"] for row in captured if "calls_case" in row["sql"])


def test_switches_of_the_frame_and_reading_judge_no_case(admin: Client) -> None:
    kept(admin, SUNDAY)
    with CaptureQueriesContext(connection) as captured:
        admin.post(reverse("accounts:theme"), {"theme": "dark"})
        admin.get(reverse("schedules:list"))
    assert not any("calls_case" in row["sql"] for row in captured)


def test_another_organization_is_neither_asked_nor_judged(admin: Client, as_user: SignIn, world: World) -> None:
    kept(admin, SUNDAY)
    stranger = as_user(people.OTHER_ADMIN)
    shop = world.other.function_numbers.get()
    with CaptureQueriesContext(connection) as captured:
        answer = stranger.post(reverse("functions:open_hours", args=[shop.pk]), {"hours": "nine"})
    assert answer.status_code == 302
    assert sum("calls_case" in row["sql"] for row in captured) == 1


def request_of(world: World, **data: str) -> HttpRequest:
    request = RequestFactory().post("/schedules/1/order/", data)
    request.user = world.user(people.ADMIN)
    request.session = {}  # type: ignore[assignment]  # as much of a session as is needed
    request.htmx = None  # type: ignore[attr-defined]  # no htmx
    request._messages = default_storage(request)  # type: ignore[attr-defined]  # what MessageMiddleware does
    return request


def test_what_somebody_else_flips_meanwhile_is_not_asked_of_me(admin: Client, world: World) -> None:
    kept(admin, SUNDAY)
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    before = guard._standing(Organization.objects.get(pk=world.organization.pk), now)
    # The other one confirmed and saved after the cases were judged for me, and before my turn came.
    open_on_sundays(world.main)
    world.organization.touch()

    def mine(_request: HttpRequest) -> HttpResponse:
        world.organization.touch()
        return HttpResponse("mine")

    answer = CaseGuardMiddleware(mine)._guarded(request_of(world), world.organization.pk, before, now)
    assert answer.status_code == 200
    assert not judge_all(Organization.objects.get(pk=world.organization.pk), now)[0].ok


def test_a_view_that_fails_is_told_as_it_is(admin: Client, world: World) -> None:
    kept(admin, SUNDAY)
    middleware = CaseGuardMiddleware(lambda _request: HttpResponse(status=500))
    assert middleware(request_of(world)).status_code == 500
    nobody = request_of(world)
    nobody.user = AnonymousUser()
    assert middleware(nobody).status_code == 500
    nowhere = request_of(world)
    nowhere.path_info = "/nowhere/"
    assert middleware(nowhere).status_code == 500
