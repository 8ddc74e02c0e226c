"""Each change leaves one row, and undo brings back what was: the same rows with the same ids, or a clear refusal."""

from __future__ import annotations

import json
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.forms.models import model_to_dict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from carillon.accounts import audit
from carillon.accounts.audit import Actor, UndoRefusedError, Verb
from carillon.accounts.models import AuditEntry, User
from carillon.demo import people
from carillon.demo.world import SECOND_GROUP, World
from carillon.devices.models import SipDevice
from carillon.devices.vault import unseal
from carillon.functions.models import HuntGroupMember
from carillon.numbers.models import FunctionNumber, Number
from carillon.schedules.models import Schedule, ScheduleEvent
from conftest import SignIn


@pytest.fixture
def greet(world: World) -> Actor:
    """The administrator, acting."""
    user = world.user(people.ADMIN)
    return Actor(world.organization, user, str(user))


def _events(schedule: Schedule) -> list[dict[str, object]]:
    return [model_to_dict(event) for event in schedule.events.order_by("pk")]


def _revision(world: World) -> int:
    world.organization.refresh_from_db()
    return world.organization.revision


def test_a_change_of_an_event_is_one_row_of_its_schedule_and_raises_the_revision(world: World, greet: Actor) -> None:
    schedule, before = world.main.schedule, _revision(world)
    with audit.change(greet, schedule) as done:
        schedule.events.filter(name="am").update(name="morning")
    assert done.entry is not None
    assert (done.entry.kind, done.entry.object_id, done.entry.verb) == ("schedules.schedule", schedule.pk, "change")
    assert done.entry.actor_name == "Greet Wouters"
    assert _revision(world) == before + 1


def test_a_save_without_a_difference_leaves_no_row(world: World, greet: Actor) -> None:
    with audit.change(greet, world.main.schedule) as done:
        world.main.schedule.save()
    assert done.entry is None
    assert not world.organization.audit_entries.exists()


def test_a_failed_change_leaves_no_row_and_no_revision(world: World, greet: Actor) -> None:
    before = _revision(world)
    with pytest.raises(ZeroDivisionError), audit.change(greet, world.main.schedule):
        world.main.schedule.events.all().delete()
        raise ZeroDivisionError
    assert _revision(world) == before
    assert world.main.schedule.events.count() == 4
    assert not world.organization.audit_entries.exists()


def test_undo_of_a_change_restores_fields_order_deleted_and_added_events(world: World, greet: Actor) -> None:
    schedule = world.main.schedule
    was = _events(schedule)
    with audit.change(greet, schedule) as done:
        schedule.events.filter(name="pm").delete()
        schedule.events.filter(name="am").update(position=9, name="x", time_from="07:15")
        schedule.events.create(name="new", position=1, action="open")
    assert done.entry
    version = Schedule.objects.get(pk=schedule.pk).version
    undone = audit.undo(done.entry, greet)
    assert _events(schedule) == was
    assert undone.verb == Verb.UNDO
    assert Schedule.objects.get(pk=schedule.pk).version == version + 1, "a page from before the undo is stale"
    audit.undo(undone, greet)
    assert schedule.events.filter(name="new").exists(), "an undo can be undone"


def _delete_main(world: World, greet: Actor) -> AuditEntry:
    function = world.main
    with audit.change(greet, function, Verb.DELETE) as done:
        number = function.number
        function.delete()
        number.delete()
    assert done.entry
    return done.entry


def test_undo_of_a_deletion_brings_everything_back_with_the_same_ids(world: World, greet: Actor) -> None:
    main = world.main
    events, group = _events(main.schedule), model_to_dict(main.hunt_group)
    members = [model_to_dict(member) for member in main.hunt_group.members.all()]
    assert members
    entry = _delete_main(world, greet)
    assert not ScheduleEvent.objects.filter(schedule__function_number_id=main.pk).exists()
    audit.undo(entry, greet)
    again = FunctionNumber.objects.get(pk=main.pk)
    assert again.number == main.number
    assert again.schedule.pk == main.schedule.pk
    assert _events(again.schedule) == events
    assert model_to_dict(again.hunt_group) == group
    assert [model_to_dict(member) for member in again.hunt_group.members.all()] == members


def test_undo_of_a_creation_deletes_it_and_its_number(world: World, greet: Actor) -> None:
    function = FunctionNumber(organization=world.organization, name="Sales")
    with audit.change(greet, function, Verb.CREATE) as done:
        function.number = Number.objects.create(organization=world.organization, kind="extension", value="9555")
        function.save()
        Schedule.objects.create(function_number=function)
    assert done.entry
    audit.undo(done.entry, greet)
    assert not FunctionNumber.objects.filter(name="Sales").exists()
    assert not Number.objects.filter(value="9555").exists()


def test_undo_is_refused_when_the_object_was_changed_again(world: World, greet: Actor) -> None:
    schedule = world.main.schedule
    with audit.change(greet, schedule) as first:
        schedule.events.filter(name="am").update(name="morning")
    with audit.change(greet, schedule):
        schedule.events.filter(name="pm").update(name="afternoon")
    assert first.entry
    with pytest.raises(UndoRefusedError, match="changed again"):
        audit.undo(first.entry, greet)
    assert schedule.events.filter(name="morning").exists()


def test_undo_is_refused_twice_over(world: World, greet: Actor) -> None:
    entry = _delete_main(world, greet)
    audit.undo(entry, greet)
    with pytest.raises(UndoRefusedError, match="undone already"):
        audit.undo(entry, greet)


@pytest.mark.django_db(transaction=True)
def test_undo_says_so_when_the_number_is_taken_by_now(world: World, greet: Actor) -> None:
    entry = _delete_main(world, greet)
    Number.objects.create(organization=world.organization, kind="e164", value=people.BKM.main_number)
    with pytest.raises(UndoRefusedError, match="taken"):
        audit.undo(entry, greet)
    assert not FunctionNumber.objects.filter(name="Main number").exists()


@pytest.mark.django_db(transaction=True)
def test_undo_says_so_when_a_prompt_is_gone_by_now(world: World, greet: Actor) -> None:
    prompt = world.organization.prompts.create(name="Bells")
    world.main.schedule.events.filter(name="1 jan").update(prompt=prompt)
    entry = _delete_main(world, greet)
    prompt.delete()
    with pytest.raises(UndoRefusedError):
        audit.undo(entry, greet)
    assert not FunctionNumber.objects.filter(name="Main number").exists()


def test_undo_of_a_deleted_person_brings_groups_memberships_and_phones_back(world: World, greet: Actor) -> None:
    person = world.user("bram.janssens@bkm.example")
    groups = set(person.user_groups.values_list("pk", flat=True))
    hunts = set(person.hunt_memberships.values_list("pk", flat=True))
    phones = set(person.sip_devices.values_list("pk", flat=True))
    assert groups
    assert phones
    with audit.change(greet, person, Verb.DELETE) as done:
        person.delete()
    assert not HuntGroupMember.objects.filter(pk__in=hunts).exists()
    assert done.entry
    audit.undo(done.entry, greet)
    again = world.user("bram.janssens@bkm.example")
    assert set(again.user_groups.values_list("pk", flat=True)) == groups
    assert set(again.hunt_memberships.values_list("pk", flat=True)) == hunts
    assert set(again.sip_devices.values_list("pk", flat=True)) == phones
    assert not again.has_usable_password(), "the password is not kept"


def test_secrets_are_never_stored_and_their_change_cannot_be_undone(world: World, greet: Actor) -> None:
    device = SipDevice.objects.filter(organization=world.organization)[0]
    with audit.change(greet, device) as done:
        device.secret = "sealed-secret"
        device.save()
    person = world.user(people.PLAIN_USER)
    with audit.change(greet, person):
        person.set_password("my cat is Minoes")
        person.save()
    assert done.entry
    stored = json.dumps([[each.before, each.after] for each in AuditEntry.objects.all()])
    assert "sealed-secret" not in stored
    assert person.password not in stored
    with pytest.raises(UndoRefusedError, match="not kept"):
        audit.undo(done.entry, greet)


def test_a_phone_that_is_brought_back_has_a_new_secret(world: World, greet: Actor) -> None:
    device = SipDevice.objects.filter(organization=world.organization)[0]
    old = unseal(device.secret)
    with audit.change(greet, device, Verb.DELETE) as done:
        device.delete()
    assert done.entry
    audit.undo(done.entry, greet)
    again = SipDevice.objects.get(endpoint=device.endpoint)
    assert unseal(again.secret) not in {"", old}


def test_the_page_tells_old_and_new_in_words_with_constant_queries(world: World, as_user: SignIn, greet: Actor) -> None:
    schedule = world.main.schedule
    with audit.change(greet, schedule):
        schedule.events.filter(name="am").update(action="closed", name="<b>am</b>", weekdays=3)
        schedule.events.filter(name="pm").delete()
    client = as_user(people.ADMIN)
    text = client.get(reverse("accounts:changes")).content.decode()
    assert "<del>Open</del>" in text
    assert "<ins>Closed</ins>" in text
    assert "&lt;b&gt;am&lt;/b&gt;" in text
    assert "<ins>Monday, Tuesday</ins>" in text
    assert "Schedule event: <del>pm</del>" in text
    few = _queries(client)
    for number in range(40):
        with audit.change(greet, schedule):
            schedule.events.filter(is_default=False).update(name=f"e{number}")
    assert _queries(client) == few
    page = client.get(reverse("accounts:changes"))
    older = client.get(reverse("accounts:changes") + f"?after={page.context['after']}")
    assert len(page.context["told"]) == 30
    assert len(older.context["told"]) == 11
    assert older.context["after"] is None


def _queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("accounts:changes"))
    return len(queries)


def test_the_page_shows_the_changes_of_one_object(world: World, as_user: SignIn, greet: Actor) -> None:
    for function in (world.main, world.second):
        with audit.change(greet, function):
            function.name += "!"
            function.save()
    address = reverse("accounts:changes") + f"?kind=numbers.functionnumber&object={world.main.pk}"
    assert [each.entry.object_id for each in as_user(people.ADMIN).get(address).context["told"]] == [world.main.pk]
    for odd in ("?object=x&kind=y", "?object=9999999999999999999&kind=a.b", "?after=x", "?after=99999"):
        assert as_user(people.ADMIN).get(reverse("accounts:changes") + odd).status_code == 200


def test_the_undo_button_undoes_and_says_so(world: World, as_user: SignIn, greet: Actor) -> None:
    entry = _delete_main(world, greet)
    client = as_user(people.ADMIN)
    answer = client.post(reverse("accounts:undo", args=[entry.pk]), {"next": "/changes/"}, follow=True)
    assert "is what it was before" in answer.content.decode()
    assert world.main.name
    answer = client.post(reverse("accounts:undo", args=[entry.pk]), follow=True)
    assert "undone already" in answer.content.decode()


def test_people_undo_their_own_changes_only(world: World, as_user: SignIn, greet: Actor) -> None:
    steven = world.user(people.SCHEDULES_ADMIN)
    entries = []
    for actor, name in ((greet, "a"), (Actor(world.organization, steven, "Steven"), "b")):
        with audit.change(actor, world.main.schedule) as done:
            world.main.schedule.events.filter(position=1, is_default=False).update(name=name)
        entries.append(done.entry)
    client = as_user(people.SCHEDULES_ADMIN)
    theirs, own = entries
    assert theirs
    assert own
    assert client.post(reverse("accounts:undo", args=[theirs.pk])).status_code == 404
    assert client.post(reverse("accounts:undo", args=[own.pk])).status_code == 302
    own.refresh_from_db()
    assert own.undone_by_id


def test_a_message_after_saving_offers_undo_once(world: World, as_user: SignIn) -> None:
    client = as_user(people.ADMIN)
    address = reverse("schedules:timezone", args=[world.main.pk])
    version = world.main.schedule.version
    answer = client.post(address, {"timezone": "Europe/London", "version": version}, follow=True)
    entry = world.organization.audit_entries.get()
    assert reverse("accounts:undo", args=[entry.pk]) in answer.content.decode()
    assert reverse("accounts:undo", args=[entry.pk]) not in client.get(reverse("schedules:list")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_undos_at_the_same_moment_undo_once(world: World, greet: Actor) -> None:
    entry = _delete_main(world, greet)
    outcomes: list[str] = []

    def attempt() -> None:
        try:
            audit.undo(entry, greet)
            outcomes.append("undone")
        except UndoRefusedError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "undone"]
    assert User.objects.count()


def test_a_unique_clash_inside_a_change_keeps_nothing(world: World, greet: Actor) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), audit.change(greet, world.second):
        Number.objects.create(organization=world.organization, kind="extension", value=SECOND_GROUP)
    assert not world.organization.audit_entries.exists()
