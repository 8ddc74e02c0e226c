"""Temporary changes on the pages: made, shown as temporary, ended, undone; each field changes what is decided."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from carillon.accounts import audit
from carillon.accounts.audit import Actor
from carillon.facts.calls import Ask, load
from carillon.facts.schedules import schedule_facts
from carillon.functions.tests.builders import (
    chapter_five,
    make_hunt_group,
    make_organization,
    make_person,
    make_schedules_admin,
    queries,
)
from carillon.numbers.models import FunctionNumber
from carillon.routing.facts import Live
from carillon.routing.plan import plan_call
from carillon.schedules.models import TemporaryChange, may_change_schedule, schedules_given_to
from carillon.schedules.temporary_form import TemporaryForm

pytestmark = pytest.mark.django_db

#: A Monday morning: open by "am" until 12:30.
TEN = datetime(2030, 11, 18, 9, 0, 20, tzinfo=UTC)
UNTIL_FIVE = {"action": "closed", "begins": "now", "ends": "time", "to_date": "2030-11-18", "to_time": "17:00"}
LATER = {
    "action": "closed",
    "begins": "later",
    "from_date": "2030-11-19",
    "from_time": "10:00",
    "to_date": "2030-11-19",
    "to_time": "11:00",
}


@pytest.fixture
def function() -> FunctionNumber:
    return chapter_five(make_organization())


@pytest.fixture
def signed_in(client: Client, function: FunctionNumber) -> Client:
    client.force_login(make_person(function.organization, "greet.wouters", is_admin=True))
    return client


@pytest.fixture
def ten(monkeypatch: pytest.MonkeyPatch, signed_in: Client, function: FunctionNumber) -> datetime:
    """It is ten o'clock for everything that asks Django for the time, also for who is signed in."""
    monkeypatch.setattr(timezone, "now", lambda: TEN)
    signed_in.force_login(function.organization.users.get(username="greet.wouters"))
    return TEN


def form_of(function: FunctionNumber, data: dict[str, Any], now: datetime = TEN) -> TemporaryForm:
    facts = schedule_facts(function.schedule, function.schedule.events.all())
    return TemporaryForm(data, function=function, facts=facts, now=now)


def post(client: Client, function: FunctionNumber, data: dict[str, Any]) -> Any:
    function.schedule.refresh_from_db()
    address = reverse("schedules:temporary", args=[function.pk])
    return client.post(address, {"version": function.schedule.version} | data, follow=True)


def end(client: Client, function: FunctionNumber, change: TemporaryChange, **data: Any) -> Any:
    function.schedule.refresh_from_db()
    address = reverse("schedules:temporary_end", args=[function.pk, change.pk])
    return client.post(address, {"version": function.schedule.version} | data, follow=True)


def the_change(function: FunctionNumber) -> TemporaryChange:
    return function.schedule.temporary_changes.get()


def add(function: FunctionNumber, start: datetime, stop: datetime, **fields: Any) -> TemporaryChange:
    data = {"action": "closed", "made_by": "Steven Claes", "starts_at": start, "ends_at": stop} | fields
    return function.schedule.temporary_changes.create(**data)


def around_now(function: FunctionNumber, **fields: Any) -> TemporaryChange:
    now = timezone.now()
    return add(function, now - timedelta(minutes=5), now + timedelta(days=9), **fields)


def test_the_dialog_says_until_when_the_next_change_is_before_anything_is_saved(
    signed_in: Client, function: FunctionNumber, ten: datetime
) -> None:
    page = signed_in.get(reverse("schedules:temporary", args=[function.pk])).content.decode()
    assert "With the next change: 12:30" in page
    assert "Times are of Europe/Brussels" in page


def test_closing_until_the_next_change_counts_at_once_and_ends_with_it(
    signed_in: Client, function: FunctionNumber, ten: datetime
) -> None:
    answer = post(signed_in, function, {"action": "closed", "begins": "now", "ends": "next"})
    change = the_change(function)
    assert (change.starts_at, change.ends_at) == (TEN.replace(second=0), datetime(2030, 11, 18, 11, 30, tzinfo=UTC))
    assert (change.action, change.made_by) == ("closed", "Greet Wouters")
    page = answer.content.decode()
    assert "Main number is closed until 12:30. It counts from the next call." in page
    assert "a temporary change by Greet Wouters" in page
    assert "badge-temporary" in page


def test_a_schedule_that_never_changes_asks_for_a_time(signed_in: Client, function: FunctionNumber) -> None:
    function.schedule.events.filter(is_default=False).delete()
    page = signed_in.get(reverse("schedules:temporary", args=[function.pk])).content.decode()
    assert "With the next change" not in page
    answer = post(signed_in, function, {"action": "open", "begins": "now", "ends": "next"})
    assert "Type the time at which it ends." in answer.content.decode()
    assert not function.schedule.temporary_changes.exists()


def test_one_can_be_dated_ahead_with_a_prompt_and_a_destination(
    signed_in: Client, function: FunctionNumber, ten: datetime
) -> None:
    make_hunt_group(function.organization, "second group", "9011")
    greeting = function.organization.prompts.get(key="ooo_greeting")
    data = LATER | {"action": "forward", "destination": "second group", "prompt": greeting.pk}
    page = post(signed_in, function, data).content.decode()
    change = the_change(function)
    assert (change.destination, change.prompt, change.action) == ("9011", greeting, "forward")
    assert (change.starts_at, change.ends_at) == (
        datetime(2030, 11, 19, 9, tzinfo=UTC),
        datetime(2030, 11, 19, 10, tzinfo=UTC),
    )
    assert "Main number will be forwarded from tomorrow 10:00 until tomorrow 11:00." in page
    assert "second group, 9011" in page
    # Nothing is temporary yet.
    assert "badge-temporary" not in page


@pytest.mark.parametrize(
    ("data", "field", "sentence"),
    [
        ({"to_time": ""}, "to_time", "Type the time at which it ends."),
        ({"to_date": ""}, "to_date", "Type the day on which it ends."),
        ({"to_time": "09:00"}, "to_time", "That time is over."),
        ({"to_time": "nonsense"}, "to_time", "Type a time as 08:30."),
        ({"to_date": "2032-11-23"}, "to_date", "A temporary change lasts a year at most: add an event instead."),
        ({"action": ""}, "action", "This field is required."),
        (
            {"action": "forward"},
            "destination",
            "Say where the calls go: choose a number or a person, or type a number.",
        ),
        ({"begins": "later"}, "from_time", "Type the time at which it begins."),
        (LATER | {"from_time": "12:00"}, "to_time", "The end has to come after the begin."),
        (
            LATER | {"from_date": "2030-11-18", "from_time": "10:00"},
            "from_time",
            "That time is over. Choose a later one, or that it begins now.",
        ),
    ],
)
def test_each_slip_is_told_beside_its_field(
    function: FunctionNumber, data: dict[str, Any], field: str, sentence: str
) -> None:
    form = form_of(function, UNTIL_FIVE | data)
    assert not form.is_valid()
    assert form.errors[field] == [sentence]


def test_what_the_dialog_hides_does_not_stand_in_the_way(function: FunctionNumber) -> None:
    data = {"action": "closed", "begins": "now", "ends": "next", "to_time": "nonsense", "from_date": "never"}
    assert form_of(function, data).is_valid()


def test_the_two_oclock_of_an_autumn_night_ends_with_the_second_one(function: FunctionNumber) -> None:
    now = datetime(2026, 10, 24, 20, tzinfo=UTC)
    form = form_of(function, UNTIL_FIVE | {"to_date": "2026-10-25", "to_time": "02:30"}, now)
    assert form.is_valid()
    assert form.change().ends_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


FIELDS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("action", UNTIL_FIVE, {"action": "open"}, "2030-11-18T14:00"),
    ("prompt", UNTIL_FIVE, {"prompt": "ooo_greeting"}, "2030-11-18T14:00"),
    (
        "destination",
        UNTIL_FIVE | {"action": "forward", "destination": "9011"},
        {"destination": "9012"},
        "2030-11-18T14:00",
    ),
    ("begins", UNTIL_FIVE | {"from_date": "2030-11-18", "from_time": "15:00"}, {"begins": "later"}, "2030-11-18T14:00"),
    ("from_date", LATER, {"from_date": "2030-11-18", "from_time": "11:00"}, "2030-11-18T14:00"),
    ("from_time", LATER, {"from_time": "10:30"}, "2030-11-19T10:15"),
    ("ends", UNTIL_FIVE, {"ends": "next"}, "2030-11-18T14:00"),
    ("to_date", UNTIL_FIVE, {"to_date": "2030-11-19"}, "2030-11-18T17:30"),
    ("to_time", UNTIL_FIVE, {"to_time": "13:45"}, "2030-11-18T14:00"),
]


@pytest.mark.parametrize(("field", "data", "change", "at"), FIELDS, ids=[row[0] for row in FIELDS])
def test_each_field_of_a_temporary_change_changes_a_call(
    signed_in: Client,
    function: FunctionNumber,
    ten: datetime,
    field: str,
    data: dict[str, Any],
    change: dict[str, Any],
    at: str,
) -> None:
    for name, number in (("second group", "9011"), ("third group", "9012")):
        make_hunt_group(function.organization, name, number)
    found = []
    for fields in (data, data | change):
        function.schedule.temporary_changes.all().delete()
        prompt = function.organization.prompts.filter(key=fields.get("prompt", "none")).first()
        typed = fields | {"prompt": prompt.pk if prompt else ""}
        assert post(signed_in, function, typed).redirect_chain
        facts = load(Ask("trunk-1", "", "+3227811501"))
        plan = plan_call(facts, Live(), datetime.fromisoformat(f"{at}+01:00"), 0)
        found.append((plan.root, plan.steps[-1].kind))
    assert found[0] != found[1]


def test_one_click_ends_it_and_undo_brings_it_back(signed_in: Client, function: FunctionNumber) -> None:
    change = around_now(function)
    page = end(signed_in, function, change).content.decode()
    assert "The temporary change of Main number is ended." in page
    assert not function.schedule.temporary_changes.exists()
    entry = function.organization.audit_entries.order_by("-pk")[0]
    assert (entry.kind, entry.actor_name) == ("schedules.schedule", "Greet Wouters")
    audit.undo(entry, Actor(function.organization))
    assert the_change(function).pk == change.pk


def test_undo_of_a_new_change_takes_it_back(signed_in: Client, function: FunctionNumber) -> None:
    post(signed_in, function, {"action": "closed", "begins": "now", "ends": "next"})
    entry = function.organization.audit_entries.order_by("-pk")[0]
    audit.undo(entry, Actor(function.organization))
    assert not function.schedule.temporary_changes.exists()


def test_from_the_list_and_the_home_page_one_comes_back_to_them(signed_in: Client, function: FunctionNumber) -> None:
    data = {"action": "closed", "begins": "now", "ends": "next"}
    for name, page in (("list", "schedules:list"), ("home", "home"), ("elsewhere", "")):
        expected = reverse(page) if page else reverse("schedules:detail", args=[function.pk])
        assert post(signed_in, function, data | {"came_from": name}).redirect_chain[-1][0] == expected
        change = function.schedule.temporary_changes.all()[0]
        assert end(signed_in, function, change, came_from=name).redirect_chain[-1][0] == expected


def test_in_the_dialog_the_whole_page_goes_there(signed_in: Client, function: FunctionNumber) -> None:
    address = reverse("schedules:temporary", args=[function.pk])
    assert "<html" not in signed_in.get(address, headers={"HX-Request": "true"}).content.decode()
    data = {"version": 1, "action": "closed", "begins": "now", "ends": "next"}
    answer = signed_in.post(address, data, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == reverse("schedules:detail", args=[function.pk])


def test_who_was_slower_is_told_and_nothing_typed_is_lost(signed_in: Client, function: FunctionNumber) -> None:
    data = {"action": "open", "begins": "now", "ends": "next", "version": 99}
    address = reverse("schedules:temporary", args=[function.pk])
    page = signed_in.post(address, data).content.decode()
    assert "This schedule was changed meanwhile." in page
    assert 'value="open" selected' in page
    assert not function.schedule.temporary_changes.exists()
    change = around_now(function)
    assert (
        "was changed meanwhile"
        in signed_in.post(
            reverse("schedules:temporary_end", args=[function.pk, change.pk]), {"version": 99}, follow=True
        ).content.decode()
    )
    assert function.schedule.temporary_changes.exists()


def test_one_that_is_gone_already_is_not_found(signed_in: Client, function: FunctionNumber) -> None:
    change = around_now(function)
    other = make_hunt_group(function.organization, "second group", "9011")
    assert signed_in.post(reverse("schedules:temporary_end", args=[other.pk, change.pk])).status_code == 404


def test_a_schedules_admin_may_and_a_plain_user_may_not(client: Client, function: FunctionNumber) -> None:
    person = make_person(function.organization, "bram.janssens")
    client.force_login(person)
    assert client.get(reverse("schedules:temporary", args=[function.pk])).status_code == 403
    assert not may_change_schedule(person, function.pk)
    make_schedules_admin(person)
    person = type(person).objects.get(pk=person.pk)
    assert client.get(reverse("schedules:temporary", args=[function.pk])).status_code == 200
    assert may_change_schedule(person, function.pk)
    stranger = make_person(make_organization("ardenne"), "lucie", is_admin=True)
    assert not schedules_given_to(stranger).filter(pk=function.pk).exists()


def test_list_page_and_home_show_it_as_temporary_with_one_click_to_end_it(
    signed_in: Client, function: FunctionNumber
) -> None:
    change = around_now(function)
    ending = reverse("schedules:temporary_end", args=[function.pk, change.pk])
    for address in (reverse("schedules:list"), reverse("home"), reverse("schedules:detail", args=[function.pk])):
        page = signed_in.get(address).content.decode()
        assert "badge-temporary" in page, address
        assert ending.removeprefix(address) in page, address
    assert "Temporary, by Steven Claes" in page


def test_the_page_says_which_of_several_decides(signed_in: Client, function: FunctionNumber) -> None:
    around_now(function)
    now = timezone.now()
    add(function, now - timedelta(minutes=1), now + timedelta(hours=2), action="open", made_by="An Peeters")
    add(function, now + timedelta(days=2), now + timedelta(days=3), made_by="Chloe Lambert")
    page = signed_in.get(reverse("schedules:detail", args=[function.pk])).content.decode()
    assert "a temporary change by An Peeters" in page
    assert (
        page.index("by An Peeters</div>") < page.index("by Steven Claes</div>") < page.index("by Chloe Lambert</div>")
    )
    assert "Where several overlap, the one that begins last decides." in page
    assert page.count("temporary-decides") == 1
    assert "Take back" in page


def test_the_page_and_the_list_cost_as_many_queries_with_many_changes(
    signed_in: Client, function: FunctionNumber
) -> None:
    greeting = function.organization.prompts.get(key="ooo_greeting")
    around_now(function, prompt=greeting)
    pages = [reverse("schedules:list"), reverse("schedules:detail", args=[function.pk]), reverse("home")]
    pages.append(reverse("schedules:temporary", args=[function.pk]))
    signed_in.get(reverse("home"))  # which begins to look
    before = [queries(signed_in, page) for page in pages]
    for _each in range(5):
        around_now(function, prompt=greeting)
    function.organization.touch()  # as whoever makes a change does: the list keeps its states until then
    assert [queries(signed_in, page) for page in pages] == before


def test_the_audit_says_from_when_until_when(signed_in: Client, function: FunctionNumber, ten: datetime) -> None:
    post(signed_in, function, UNTIL_FIVE)
    page = signed_in.get(reverse("accounts:changes")).content.decode()
    assert "Closed, 2030-11-18 10:00 - 2030-11-18 17:00" in page


def test_an_open_home_page_is_told_only_what_changed(signed_in: Client, function: FunctionNumber) -> None:
    around_now(function)
    page = signed_in.get(reverse("home")).content.decode()
    has = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', page))
    told = signed_in.get(reverse("calls:home_live"), has | {"mark": "older"}).content.decode()
    assert 'id="home-numbers"' not in told
