"""The Users pages and My calls: who may see them, how people are found, and where calls may be forwarded."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.audit import Actor, undo
from carillon.accounts.models import Organization, User
from carillon.functions.tests.builders import make_hunt_group, make_organization, make_person
from carillon.users import index
from carillon.users.models import CallForward

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization() -> Organization:
    return make_organization()


@pytest.fixture
def admin(organization: Organization) -> User:
    return make_person(organization, "alexandra.meuwissen", "602", is_admin=True)


@pytest.fixture
def adel(organization: Organization) -> User:
    return make_person(organization, "adel.alkoubaisy", "601", department="Sales")


@pytest.fixture
def signed_in(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def choose(client: Client, *columns: str, size: int = 50) -> None:
    """Have the list show these columns."""
    answer = client.post(reverse("users:columns"), {"columns": columns, "size": size})
    assert answer.status_code == 302


def forward_of(person: User) -> str:
    return CallForward.objects.filter(user=person).values_list("number", flat=True).first() or ""


def test_the_list_shows_numbers_phones_and_forward(signed_in: Client, organization: Organization, adel: User) -> None:
    make_hunt_group(organization, "second group", "9011")
    CallForward.objects.create(user=adel, number="9011")
    index.refresh([adel.pk])
    choose(signed_in, "last_name", "username", "primary", "phones", "forward")
    page = signed_in.get(reverse("users:list")).content.decode()
    for words in ("adel.alkoubaisy</a>", "Alkoubaisy", "601", "second group, 9011"):
        assert words in page


@pytest.mark.parametrize("text", ["adel", "ALKOU", "601", "sales", "adel 601"])
def test_people_are_found_by_any_word(signed_in: Client, adel: User, text: str) -> None:
    page = signed_in.get(reverse("users:list"), {"q": text}).content.decode()
    assert "adel.alkoubaisy" in page
    assert "alexandra.meuwissen</a>" not in page


@pytest.mark.parametrize("text", ["nobody", "%", "' OR 1=1 --", "\x00", "a " * 200])
def test_nonsense_finds_nobody_and_breaks_nothing(signed_in: Client, adel: User, text: str) -> None:
    answer = signed_in.get(reverse("users:list"), {"q": text})
    assert answer.status_code == 200


def test_an_administrator_sets_changes_and_ends_a_forward(signed_in: Client, admin: User, adel: User) -> None:
    page = reverse("users:detail", args=[adel.pk])
    for typed, stored in [("02 711 88 92", "+3227118892"), ("Alexandra Meuwissen", "602"), ("", "")]:
        assert signed_in.post(page, {"number": typed}, follow=True).status_code == 200
        assert forward_of(adel) == stored
    assert admin.organization.audit_entries.count() == 3


def test_each_change_of_a_forward_is_undone(signed_in: Client, admin: User, adel: User) -> None:
    page = reverse("users:detail", args=[adel.pk])
    for typed in ("602", "+3227118892", ""):
        before = forward_of(adel)
        signed_in.post(page, {"number": typed})
        undo(admin.organization.audit_entries.latest("pk"), Actor(admin.organization, admin))
        assert forward_of(adel) == before
        signed_in.post(page, {"number": typed})


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("+33142685300", "abroad"),
        ("0900 12 345", "premium"),
        ("112", "Emergency"),
        ("601", "in circles"),
        ("8888", "Nobody has the number"),
        ("<b>", "Nobody is called"),
    ],
)
def test_a_forward_that_cannot_be_is_refused_in_words(client: Client, adel: User, typed: str, words: str) -> None:
    client.force_login(adel)
    page = client.post(reverse("users:my_calls"), {"number": typed}).content.decode()
    assert words in page
    assert forward_of(adel) == ""


def test_a_plain_user_sets_the_own_forward_and_no_other(client: Client, admin: User, adel: User) -> None:
    client.force_login(adel)
    client.post(reverse("users:my_calls"), {"number": "602"})
    assert forward_of(adel) == "602"
    for page in (reverse("users:list"), reverse("users:detail", args=[admin.pk])):
        assert client.get(page).status_code == 403
    assert client.post(reverse("users:detail", args=[admin.pk]), {"number": "601"}).status_code == 403
    assert forward_of(admin) == ""


def test_people_of_another_organization_are_not_found(client: Client, adel: User) -> None:
    client.force_login(make_person(make_organization("other"), "stranger", is_admin=True))
    assert client.get(reverse("users:detail", args=[adel.pk])).status_code == 404
    assert "adel" not in client.get(reverse("users:list")).content.decode()
    suggestions = client.get(reverse("numbers:suggest"), {"field": "number", "number": "adel"})
    assert suggestions.content.decode().strip() == ""


def test_suggestions_follow_what_is_typed(signed_in: Client, organization: Organization, adel: User) -> None:
    make_hunt_group(organization, "second group", "9011")
    answer = signed_in.get(reverse("numbers:suggest"), {"field": "member", "member": "a"}).content.decode()
    assert '<option value="601">Adel Alkoubaisy</option>' in answer
    answer = signed_in.get(reverse("numbers:suggest"), {"field": "member", "member": "901"}).content.decode()
    assert '<option value="9011">second group</option>' in answer
