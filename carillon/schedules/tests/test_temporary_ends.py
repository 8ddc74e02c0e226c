"""Temporary changes that end: by themselves, early or by a code; what has ended is in the way of nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from carillon.accounts import audit
from carillon.accounts.audit import Actor, UndoRefusedError
from carillon.accounts.models import AuditEntry
from carillon.facts.schedules import schedule_facts
from carillon.functions.tests.builders import chapter_five, make_hunt_group, make_organization, make_person
from carillon.numbers.models import FunctionNumber
from carillon.routing.schedule import decide
from carillon.schedules import temporary
from carillon.schedules.models import TemporaryChange
from carillon.schedules.tests.test_temporary import TEN, add, around_now, post, the_change

pytestmark = pytest.mark.django_db


@pytest.fixture
def function() -> FunctionNumber:
    return chapter_five(make_organization())


@pytest.fixture
def signed_in(client: Client, function: FunctionNumber) -> Client:
    client.force_login(make_person(function.organization, "greet.wouters", is_admin=True))
    return client


def test_an_ended_change_is_shown_nowhere_and_cleared_with_the_next_one(
    signed_in: Client, function: FunctionNumber
) -> None:
    now = timezone.now()
    ended = add(function, now - timedelta(hours=2), now - timedelta(hours=1), made_by="Somebody Gone")
    page = signed_in.get(reverse("schedules:detail", args=[function.pk])).content.decode()
    assert "Somebody Gone" not in page
    post(signed_in, function, {"action": "closed", "begins": "now", "ends": "next"})
    assert ended not in function.schedule.temporary_changes.all()
    lines = signed_in.get(reverse("accounts:changes")).content.decode()
    assert lines.count("Temporary change") == 1


def test_what_has_ended_is_in_the_way_of_no_undo(signed_in: Client, function: FunctionNumber) -> None:
    now = timezone.now()
    lasting = add(function, now - timedelta(hours=2), now + timedelta(hours=1))
    event = function.schedule.events.get(name="am")
    signed_in.post(reverse("schedules:event_delete", args=[function.pk, event.pk]), {"version": 1})
    entry = function.organization.audit_entries.order_by("-pk")[0]
    TemporaryChange.objects.filter(pk=lasting.pk).update(ends_at=now - timedelta(minutes=1))
    for snapshot in (entry.before, entry.after):
        assert snapshot
        snapshot["rows"] = [_ended(row) for row in snapshot["rows"]]
    entry.save()
    assert temporary.clear_ended() == 1
    audit.undo(entry, Actor(function.organization))
    assert function.schedule.events.filter(name="am").exists()
    assert not function.schedule.temporary_changes.exists()


def _ended(row: dict[str, Any]) -> dict[str, Any]:
    """The row as time makes it: the end that was stored is over."""
    if row["model"] == "schedules.temporarychange":
        row["fields"]["ends_at"] = (timezone.now() - timedelta(minutes=1)).isoformat()
    return row


def test_a_change_that_still_counts_is_in_the_way_of_an_older_undo(signed_in: Client, function: FunctionNumber) -> None:
    event = function.schedule.events.get(name="am")
    signed_in.post(reverse("schedules:event_delete", args=[function.pk, event.pk]), {"version": 1})
    entry = function.organization.audit_entries.order_by("-pk")[0]
    post(signed_in, function, {"action": "closed", "begins": "now", "ends": "next"})
    with pytest.raises(UndoRefusedError, match="changed again since"):
        audit.undo(entry, Actor(function.organization))


def test_the_prompt_of_an_ended_change_can_be_deleted_after_housekeeping(function: FunctionNumber) -> None:
    greeting = function.organization.prompts.get(key="general_greeting")
    now = timezone.now()
    add(function, now - timedelta(hours=2), now - timedelta(hours=1), prompt=greeting)
    around_now(function)
    assert temporary.clear_ended() == 1
    greeting.delete()
    assert function.schedule.temporary_changes.count() == 1


def test_a_forward_of_a_change_is_told_before_its_number_is_deleted(
    signed_in: Client, function: FunctionNumber
) -> None:
    other = make_hunt_group(function.organization, "second group", "9011")
    around_now(function, action="forward", destination="9011")
    page = signed_in.get(reverse("functions:delete", args=[other.pk])).content.decode()
    assert "Schedule of Main number, +3227811501, temporary change by Steven Claes" in page


def switch(function: FunctionNumber, action: Any, until: datetime | None) -> bool:
    person = make_person(function.organization, "steven.claes", is_admin=True)
    actor = Actor(function.organization, person, str(person))
    return temporary.switch(actor, function.schedule, action, until, lambda: None)


def test_a_code_stores_a_change_of_the_person_through_the_audit(function: FunctionNumber) -> None:
    assert switch(function, "closed", timezone.now() + timedelta(hours=1))
    assert the_change(function).made_by == "Steven Claes"
    entry = function.organization.audit_entries.get()
    assert (entry.actor_name, entry.verb) == ("Steven Claes", AuditEntry.Verb.CHANGE)


def test_back_to_the_schedule_ends_what_counts_and_keeps_what_is_ahead(function: FunctionNumber) -> None:
    around_now(function)
    around_now(function, action="open")
    now = timezone.now()
    ahead = add(function, now + timedelta(days=1), now + timedelta(days=2))
    assert switch(function, None, None)
    assert the_change(function) == ahead


def test_the_check_comes_last_and_stores_nothing_where_it_raises(function: FunctionNumber) -> None:
    def late() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        temporary.switch(Actor(function.organization), function.schedule, None, None, late)
    assert not function.organization.audit_entries.exists()


def test_a_change_decides_in_the_facts_only_between_its_instants(function: FunctionNumber) -> None:
    change = add(function, TEN, TEN + timedelta(hours=1))
    facts = schedule_facts(function.schedule, function.schedule.events.all())
    assert decide(facts, TEN).event.id == change.pk
    assert not decide(facts, TEN + timedelta(hours=1)).temporary
