"""The list of users follows every change of what it is made of, and is searched through an index on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from carillon.accounts import audit
from carillon.accounts.audit import Actor
from carillon.accounts.models import AuditEntry, Organization, User
from carillon.demo.world import World
from carillon.devices.vault import new_secret, seal
from carillon.functions.tests.builders import make_organization, make_person
from carillon.numbers.models import Number
from carillon.users import index, search
from carillon.users.models import CallForward, ListedPerson, PersonalLine
from carillon.users.search import Wanted

pytestmark = pytest.mark.django_db
Verb = AuditEntry.Verb


@pytest.fixture
def organization() -> Organization:
    return make_organization()


@pytest.fixture
def adel(organization: Organization) -> User:
    return make_person(organization, "adel.alkoubaisy", "601")


def row(person: User) -> ListedPerson:
    return ListedPerson.objects.get(user=person)


def found(organization: Organization, *words: str) -> set[str]:
    return {each.user.username for each in search.read(organization, Wanted(words=words), 50)}


def set_field(name: str, value: object) -> Callable[[Actor, User], None]:
    def change(actor: Actor, person: User) -> None:
        with audit.change(actor, person):
            setattr(person, name, value)
            person.save()

    return change


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("username", "new.person", "new person"), ("first_name", "Élodie", "elodie"), ("last_name", "Okafor", "okafor"),
        ("email", "box@example.com", "box example com"), ("department", "Logistics", "logistics"),
        ("mobile", "+32470123456", "70123"), ("cost_center", "CC 42", "cc 42"),
    ],
)  # fmt: skip
def test_each_word_of_a_person_is_found_after_its_change_and_no_longer_after_the_undo(
    organization: Organization, adel: User, name: str, value: str, word: str
) -> None:
    actor = Actor(organization)
    assert found(organization, word) == set()
    set_field(name, value)(actor, adel)
    assert len(found(organization, word)) == 1
    audit.undo(organization.audit_entries.latest("pk"), actor)
    assert found(organization, word) == set()


def test_a_line_is_found_once_it_is_there_until_it_is_gone(organization: Organization, adel: User) -> None:
    actor = Actor(organization)
    number = Number(organization=organization, kind=Number.Kind.E164, value="+3227811555")
    line = PersonalLine(user=adel, number=number)
    with audit.change(actor, line, Verb.CREATE):
        number.save()
        line.number = number
        line.save()
    assert found(organization, "7811555") == {"adel.alkoubaisy"}
    assert row(adel).primary == "+3227811555"
    with audit.change(actor, number):
        number.value = "+3227811556"
        number.save()
    assert found(organization, "7811556") == {"adel.alkoubaisy"}
    assert found(organization, "7811555") == set()
    with audit.change(actor, line, Verb.DELETE):
        line.delete()
        number.delete()
    assert found(organization, "7811556") == set()
    assert row(adel).primary == "601"
    audit.undo(organization.audit_entries.latest("pk"), actor)
    assert found(organization, "7811556") == {"adel.alkoubaisy"}


def test_a_phone_moves_with_its_person(organization: Organization, adel: User) -> None:
    actor, other = Actor(organization), make_person(organization, "bram.zeta")
    site = organization.sites.create(name="Office", address="x", emergency_number="")
    phone = organization.sip_devices.create(user=adel, site=site, secret=seal(new_secret()))
    index.refresh([adel.pk])
    assert (row(adel).phones, row(other).phones) == (1, 0)
    with audit.change(actor, phone):
        phone.user = other
        phone.save()
    assert (row(adel).phones, row(other).phones) == (0, 1)
    with audit.change(actor, phone, Verb.DELETE):
        phone.delete()
    assert row(other).phones == 0


def test_a_forward_that_is_set_on_its_screen_sorts_the_list(
    client: Client, organization: Organization, adel: User
) -> None:
    other = make_person(organization, "bram.zeta", "602", is_admin=True)
    client.force_login(other)
    client.post(reverse("users:detail", args=[other.pk]), {"number": "601"})
    people = search.read(organization, Wanted(sort="forward"), 50)
    assert [each.user for each in people] == [other, adel]
    client.post(reverse("users:detail", args=[other.pk]), {"number": ""})
    assert [each.user for each in search.read(organization, Wanted(sort="forward"), 50)] == [adel, other]
    assert not CallForward.objects.exists()


def test_a_person_comes_and_goes_with_the_row_of_the_list(organization: Organization) -> None:
    actor = Actor(organization)
    person = User(organization=organization, username="new.person", last_name="Person")
    with audit.change(actor, person, Verb.CREATE):
        person.save()
    assert found(organization, "person") == {"new.person"}
    with audit.change(actor, person, Verb.DELETE):
        person.delete()
    assert found(organization, "person") == set()
    entry = organization.audit_entries.latest("pk")
    assert "listedperson" not in str(entry.before)
    audit.undo(entry, actor)
    assert found(organization, "person") == {"new.person"}


def test_who_was_written_past_the_audit_is_found_after_the_next_look(organization: Organization) -> None:
    User.objects.create_user("past.audit", organization=organization)
    assert found(organization, "past") == set()
    index.complete()
    assert found(organization, "past") == {"past.audit"}


def test_an_update_brings_everybody_into_the_list(organization: Organization, adel: User) -> None:
    ListedPerson.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert found(organization, "adel") == {"adel.alkoubaisy"}


def test_the_demo_world_is_listed(world: World) -> None:
    assert world.organization.listed_people.count() == world.organization.users.count()


def test_the_index_is_there_and_is_used(organization: Organization, adel: User) -> None:
    index.ensure()
    index.ensure()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT COUNT(*) FROM users_search WHERE users_search MATCH %s", ['"alkoubaisy"'])
            assert cursor.fetchone() == (1,)
        else:
            cursor.execute("SELECT COUNT(*) FROM pg_indexes WHERE indexname = 'users_search'")
            assert cursor.fetchone() == (1,)


@pytest.mark.parametrize("near", [0, 1, 1000])
def test_what_is_found_does_not_depend_on_how(
    organization: Organization, monkeypatch: pytest.MonkeyPatch, near: int
) -> None:
    """What is near is read along the order, what is rare through the index: together they give each person once."""
    monkeypatch.setattr(search, "NEAR", near)
    for n in range(20):
        make_person(organization, f"p{n:02}.{'even' if n % 2 == 0 else 'odd'}", department="Sales" if n < 10 else "")
    wanted = Wanted(words=("even",), department="Sales", sort="username")
    first = search.read(organization, wanted, 2)
    second = search.read(organization, wanted, 2, after=first[-1].by_username)
    back = search.read(organization, wanted, 2, before=second[0].by_username)
    last = search.read(organization, wanted, 2, last=True)
    names = [[each.user.username[:3] for each in part] for part in (first, second, back, last)]
    assert names == [["p00", "p02"], ["p04", "p06"], ["p00", "p02"], ["p06", "p08"]]
    assert search.count(organization, wanted) == (5, True)
