"""Two people at once, undo, and what the audit keeps of each change of a schedule."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from carillon.accounts.audit import Actor, undo
from carillon.accounts.models import User
from carillon.functions.tests.builders import chapter_five, make_organization, make_person
from carillon.numbers.models import FunctionNumber

pytestmark = pytest.mark.django_db

LUNCH = {"name": "lunch", "repeat": "day", "time_from": "12:30", "time_to": "13:30", "action": "closed"}


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


def snapshot(function: FunctionNumber) -> list[Any]:
    fields = ("pk", "position", "is_default", "name", "action", "repeat", "time_from", "starts_at", "prompt_id")
    function.schedule.refresh_from_db()
    return [function.schedule.timezone, *function.schedule.events.values_list(*fields)]


CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("event_add", "", LUNCH),
    ("event_edit", "am", LUNCH),
    ("event_edit", "Default", {"action": "open"}),
    ("event_delete", "pm", {}),
    ("event_move", "am", {"direction": "up"}),
    ("reorder", "", {"order": ["am", "1 jan", "pm"]}),
    ("timezone", "", {"timezone": "Asia/Tokyo"}),
]
NAMES = [f"{name} {event}".strip() for name, event, _data in CHANGES]


def change(client: Client, function: FunctionNumber, name: str, event: str, data: dict[str, Any], version: int) -> Any:
    events = {row.name: row.pk for row in function.schedule.events.all()}
    ids = [function.pk, events[event]] if event else [function.pk]
    data = data | ({"order": [events[key] for key in data["order"]]} if "order" in data else {})
    return client.post(reverse(f"schedules:{name}", args=ids), data | {"version": version}, follow=True)


@pytest.mark.parametrize(("name", "event", "data"), CHANGES, ids=NAMES)
def test_each_change_is_one_audit_row_and_undo_takes_it_back(
    signed_in: Client, admin: User, function: FunctionNumber, name: str, event: str, data: dict[str, Any]
) -> None:
    before, revision = snapshot(function), function.organization.revision
    change(signed_in, function, name, event, data, 1)
    after = snapshot(function)
    assert after != before
    function.organization.refresh_from_db()
    assert function.organization.revision > revision
    (entry,) = function.organization.audit_entries.all()
    assert entry.actor_name == "Alexandra Meuwissen"
    undo(entry, Actor(admin.organization, admin))
    assert snapshot(function) == before
    function.schedule.refresh_from_db()
    assert function.schedule.version > 2, "a page from before the undo is stale"


@pytest.mark.parametrize(("name", "event", "data"), CHANGES, ids=NAMES)
def test_who_was_slower_is_told_and_nothing_is_overwritten(
    signed_in: Client, function: FunctionNumber, name: str, event: str, data: dict[str, Any]
) -> None:
    change(signed_in, function, "event_edit", "1 jan", LUNCH | {"name": "1 jan"}, 1)
    before = snapshot(function)
    page = change(signed_in, function, name, event, data, 1).content.decode()
    assert "Alexandra Meuwissen changed this schedule" in page
    assert snapshot(function) == before
    assert function.organization.audit_entries.count() == 1


def test_saving_again_after_the_warning_stores_what_was_typed(signed_in: Client, function: FunctionNumber) -> None:
    change(signed_in, function, "event_edit", "am", LUNCH, 1)
    page = change(signed_in, function, "event_edit", "pm", LUNCH | {"name": "tea"}, 1).content.decode()
    assert 'value="tea"' in page
    assert 'name="version" value="2"' in page
    change(signed_in, function, "event_edit", "pm", LUNCH | {"name": "tea"}, 2)
    assert function.schedule.events.filter(name="tea").exists()


@pytest.mark.parametrize("version", ["", "x", "-1", "1.5", "9" * 40, "１"])
def test_a_mangled_version_is_a_stale_one(signed_in: Client, function: FunctionNumber, version: str) -> None:
    address = reverse("schedules:timezone", args=[function.pk])
    signed_in.post(address, {"timezone": "Asia/Tokyo", "version": version})
    function.schedule.refresh_from_db()
    assert function.schedule.timezone == "Europe/Brussels"


def test_a_prompt_in_use_cannot_vanish_under_an_event(function: FunctionNumber) -> None:
    with pytest.raises(ProtectedError):
        function.organization.prompts.get(key="ooo_greeting").delete()
