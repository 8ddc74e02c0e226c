"""The history of a schedule: every change with old and new value in words, and undo where it can be."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from carillon.accounts import audit
from carillon.accounts.models import AuditEntry
from carillon.accounts.wording import PER_PAGE
from carillon.demo import people
from carillon.demo.world import World
from conftest import SignIn


@pytest.fixture
def admin(as_user: SignIn, world: World) -> Client:
    return as_user(people.ADMIN)


def history(client: Client, world: World, **query: str) -> str:
    return client.get(reverse("schedules:history", args=[world.main.pk]), query).content.decode()


def rename(world: World, name: str, username: str = people.ADMIN) -> None:
    user, schedule = world.user(username), world.main.schedule
    with audit.change(audit.Actor(world.organization, user, str(user)), schedule):
        schedule.events.filter(position=1, is_default=False).update(name=name)


def test_a_change_is_told_with_who_what_and_when(world: World, admin: Client) -> None:
    assert "Nothing has been changed yet" in history(admin, world)
    rename(world, "New Year")
    page = history(admin, world)
    assert "Greet Wouters" in page
    assert "<del>1 jan</del>" in page
    assert "<ins>New Year</ins>" in page


def test_a_new_order_is_one_line_with_the_names(world: World, admin: Client) -> None:
    events = list(world.main.schedule.events.filter(is_default=False))
    order = [event.pk for event in reversed(events)]
    version = world.main.schedule.version
    admin.post(reverse("schedules:reorder", args=[world.main.pk]), {"order": order, "version": version})
    page = history(admin, world)
    assert "<del>1 jan, pm, am</del>" in page
    assert "<ins>am, pm, 1 jan</ins>" in page
    assert "Position" not in page


def test_only_the_last_change_offers_undo_and_the_others_say_why_not(world: World, admin: Client) -> None:
    rename(world, "one")
    rename(world, "two")
    page = history(admin, world)
    assert page.count("Undo the change of") == 1
    assert page.count("Changed again since: undo the later changes first.") == 1
    last = AuditEntry.objects.latest("pk")
    here = reverse("schedules:history", args=[world.main.pk])
    assert admin.post(reverse("accounts:undo", args=[last.pk]), {"next": here})["Location"] == here
    assert world.main.schedule.events.filter(name="one").exists()
    # Now the first can be taken back, too, and so can the undo itself.
    assert history(admin, world).count("Undo the change of") == 2


def test_a_schedules_admin_undoes_the_own_changes_and_is_told_whose_the_others_are(
    world: World, as_user: SignIn
) -> None:
    steven = as_user(people.SCHEDULES_ADMIN)
    rename(world, "mine", people.SCHEDULES_ADMIN)
    assert "Undo the change of" in history(steven, world)
    rename(world, "hers")
    page = history(steven, world)
    assert "Only Greet Wouters or an administrator can undo this." in page
    assert "Undo the change of" not in page


def test_pages_cost_the_same_however_many_changes_there_are(world: World, admin: Client) -> None:
    rename(world, "0")
    history(admin, world)
    with CaptureQueriesContext(
        connection,
    ) as few:
        history(admin, world)
    for number in range(PER_PAGE + 5):
        rename(world, f"name {number}")
    with CaptureQueriesContext(connection) as many:
        page = history(admin, world)
    assert len(many) == len(few)
    assert page.count('<li class="change"') == PER_PAGE
    after = page.partition("?after=")[2].partition('"')[0]
    assert history(admin, world, after=after).count('<li class="change"') == 6


def test_another_schedule_has_its_own_history(world: World, admin: Client) -> None:
    rename(world, "only here")
    page = admin.get(reverse("schedules:history", args=[world.second.pk])).content.decode()
    assert "only here" not in page
