"""From an event's dialog to a new prompt and back: nothing typed is lost, with and without scripts."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import AuditEntry
from carillon.demo import people
from carillon.demo.world import World
from carillon.schedules.models import ScheduleEvent
from conftest import SignIn

TYPED = {
    "name": "fair",
    "repeat": "week",
    "weekdays": ["5", "6"],
    "set_start_date": "on",
    "start_date": "2027-05-xx",
    "time_from": "9h3",
    "time_to": "",
    "end": "never",
    "action": "forward",
    "destination": "second gro",
    "version": "7",
}


@pytest.fixture
def steven(as_user: SignIn, world: World) -> Client:
    return as_user(people.SCHEDULES_ADMIN)


def leave(client: Client, world: World, event: ScheduleEvent | None = None) -> str:
    """Press the button; return the address of the schedule that the new prompt comes back to."""
    address = reverse("schedules:new_prompt", args=[world.main.pk])
    sent = client.post(address, TYPED | {"event": str(event.pk) if event else ""})
    back = f"/schedules/{world.main.pk}/?draft=1"
    assert sent["Location"] == f"/prompts/new/?next=%2Fschedules%2F{world.main.pk}%2F%3Fdraft%3D1"
    in_dialog = client.post(address, TYPED | {"event": ""}, headers={"HX-Request": "true"}) if not event else sent
    assert (in_dialog.headers.get("HX-Redirect") or sent["Location"]) == sent["Location"]
    return back


def test_what_was_typed_comes_back_with_the_new_prompt_chosen(world: World, steven: Client) -> None:
    prompt = world.organization.prompts.create(name="Fair")
    page = steven.get(f"{leave(steven, world)}&prompt={prompt.pk}").content.decode()
    add = reverse("schedules:event_add", args=[world.main.pk])
    assert f'hx-get="{add}?draft=1&amp;prompt={prompt.pk}"' in page
    assert f'<noscript><p><a href="{add}?draft=1&amp;prompt={prompt.pk}">' in page
    dialog = steven.get(add, {"draft": "1", "prompt": str(prompt.pk)}).content.decode()
    for part in ('value="fair"', 'value="2027-05-xx"', 'value="9h3"', 'value="second gro"', 'name="version" value="7"'):
        assert part in dialog
    assert f'<option value="{prompt.pk}" selected>' in dialog
    assert dialog.count("checked") == 3
    assert 'value="forward" selected' in dialog


def test_an_event_that_is_there_already_comes_back_as_itself(world: World, steven: Client) -> None:
    event = world.main.schedule.events.get(name="am")
    page = steven.get(leave(steven, world, event)).content.decode()
    edit = reverse("schedules:event_edit", args=[world.main.pk, event.pk])
    assert f'hx-get="{edit}?draft=1"' in page
    assert 'value="fair"' in steven.get(f"{edit}?draft=1").content.decode()
    assert 'value="fair"' not in steven.get(edit).content.decode()
    other = world.main.schedule.events.get(name="pm")
    there = reverse("schedules:event_edit", args=[world.main.pk, other.pk])
    assert 'value="fair"' not in steven.get(f"{there}?draft=1").content.decode()
    event.delete()
    assert 'hx-trigger="load"' not in steven.get(f"/schedules/{world.main.pk}/?draft=1").content.decode()


def test_nothing_is_stored_by_leaving_and_a_save_forgets_the_draft(world: World, steven: Client) -> None:
    events = world.main.schedule.events.count()
    leave(steven, world)
    assert world.main.schedule.events.count() == events
    assert not AuditEntry.objects.exists()
    good = TYPED | {"start_date": "2027-05-01", "time_from": "9:00", "time_to": "17:00", "destination": "9011"}
    good["version"] = str(world.main.schedule.version)
    steven.post(reverse("schedules:event_add", args=[world.main.pk]), good)
    assert world.main.schedule.events.filter(name="fair").exists()
    assert 'hx-trigger="load"' not in steven.get(f"/schedules/{world.main.pk}/?draft=1").content.decode()


def test_the_draft_of_one_number_is_none_of_another(world: World, steven: Client) -> None:
    leave(steven, world)
    assert 'hx-trigger="load"' not in steven.get(f"/schedules/{world.second.pk}/?draft=1").content.decode()
    event = world.second.schedule.events.first()
    assert event
    address = reverse("schedules:new_prompt", args=[world.main.pk])
    assert steven.post(address, TYPED | {"event": str(event.pk)}).status_code == 404
    for strange in ("x", "9" * 30, "²"):
        assert steven.post(address, TYPED | {"event": strange}).status_code == 302
