"""What leaves the list of users as a file: what is shown, unchanged, and nothing that a spreadsheet would carry out."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import Organization, User
from carillon.functions.tests.builders import make_organization, make_person
from carillon.users import cells, index
from carillon.users.listing import COLUMNS
from carillon.users.tests.test_views import choose
from tests.walk import body

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization() -> Organization:
    return make_organization()


@pytest.fixture
def signed_in(client: Client, organization: Organization) -> Client:
    client.force_login(make_person(organization, "zoe.admin", "699", is_admin=True))
    return client


def exported(client: Client, **query: str | list[int]) -> list[list[str]]:
    answer = client.get(reverse("users:export"), query)
    assert answer["Content-Disposition"].startswith('attachment; filename="users-')
    text = body(answer)
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def test_what_is_shown_is_exported_and_reads_back_unchanged(
    signed_in: Client, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "CHUNK", 2)
    for n in range(5):
        name = f'Müller; "the {n}",\nof Liège'
        person = make_person(organization, f"p{n}", f"60{n}", department="Sales", mobile=f"+3247000000{n}")
        User.objects.filter(pk=person.pk).update(last_name=name)
        index.refresh([person.pk])
    choose(signed_in, "username", "last_name", "extension", "mobile", "groups")
    rows = exported(signed_in, department="Sales", sort="-username")
    assert rows[0] == ["Username", "Last name", "Extension", "Mobile phone", "User groups"]
    assert rows[1:] == [
        [f"p{n}", f'Müller; "the {n}",\nof Liège', f"60{n}", f"+3247000000{n}", ""] for n in (4, 3, 2, 1, 0)
    ]


def test_no_cell_of_the_export_is_a_formula(signed_in: Client, organization: Organization) -> None:
    for n, text in enumerate(("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", " =1")):
        person = make_person(organization, f"p{n}", department=text, cost_center=text)
        User.objects.filter(pk=person.pk).update(last_name=text, email=text)
        index.refresh([person.pk])
    choose(signed_in, *COLUMNS)
    for row in exported(signed_in)[1:]:
        assert all(not cell.lstrip().startswith(("=", "-", "@")) for cell in row)
        assert all(cell[1:].isdecimal() for cell in row if cell.startswith("+"))


def test_the_selection_is_exported_or_all_that_match(signed_in: Client, organization: Organization) -> None:
    people = [make_person(organization, f"p{n}.number") for n in range(4)]
    strange = make_person(make_organization("other"), "their.person")
    ticked = [people[0].pk, people[2].pk, strange.pk]
    query: dict[str, str | list[int]] = {"query": "q=number&sort=-username", "pk": ticked}
    assert [row[0] for row in exported(signed_in, **query)] == ["Username", "p2.number", "p0.number"]
    everybody = exported(signed_in, **query | {"all": "1"})
    assert [row[0] for row in everybody[1:]] == ["p3.number", "p2.number", "p1.number", "p0.number"]
    answer = signed_in.get(reverse("users:export"), {"query": ""}, follow=True)
    assert "Tick at least one person first." in answer.content.decode()


def test_another_organizations_people_are_not_listed_and_not_exported(
    signed_in: Client, organization: Organization
) -> None:
    make_person(make_organization("other"), "their.person", "601", department="Theirs")
    for page in (signed_in.get(reverse("users:list")), signed_in.get(reverse("users:list"), {"q": "person"})):
        assert "their" not in page.content.decode().lower().replace("theirs are", "")
    assert all("their" not in row[0] for row in exported(signed_in))
