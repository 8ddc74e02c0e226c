"""Many users at once: what is shown before, what becomes of each, nobody is locked out, and all is taken back."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.audit import Actor, change, undo
from carillon.accounts.models import Organization, User
from carillon.functions.tests.builders import PASSWORD, make_hunt_group, make_organization, make_person
from carillon.users import index, many
from carillon.users.tests.test_list import add_phone, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization() -> Organization:
    return make_organization()


@pytest.fixture
def admin(organization: Organization) -> User:
    return make_person(organization, "zoe.admin", "699", is_admin=True)


@pytest.fixture
def adel(organization: Organization) -> User:
    return make_person(organization, "adel.alkoubaisy", "601")


@pytest.fixture
def signed_in(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def preview(client: Client, what: str, *people: User) -> str:
    return client.get(reverse(f"users:{what}"), {"pk": [person.pk for person in people]}, follow=True).content.decode()


def apply(client: Client, what: str, *people: User, **fields: object) -> str:
    data = {"step": "apply", "chosen": " ".join(str(person.pk) for person in people)} | fields
    return client.post(reverse(f"users:{what}"), data).content.decode()


def results(page: str) -> list[str]:
    return re.findall(r'<span class="state[^"]*"><svg.*?</svg>([a-z ]+)</span>', page)


def test_what_a_deactivation_touches_is_shown_first_and_nothing_is_done(
    signed_in: Client, organization: Organization, adel: User
) -> None:
    make_hunt_group(organization, "Main number", "+3227811501").hunt_group.members.create(position=1, user=adel)
    add_phone(adel)
    page = preview(signed_in, "deactivate", adel)
    for words in (
        "Cannot sign in, open sessions end.",
        "Callers of 601 hear that nobody has the number.",
        "No longer rings in: Main number.",
        "1 phone stays registered: calls can still be made with it.",
        "Change 1 user",
    ):
        assert words in page
    adel.refresh_from_db()
    assert adel.is_active


def test_each_gets_a_result_and_all_is_taken_back(signed_in: Client, organization: Organization, adel: User) -> None:
    bram, off = make_person(organization, "bram.zeta"), make_person(organization, "off.before", is_active=False)
    admin = User.objects.get(username="zoe.admin")
    before = preview(signed_in, "deactivate", adel, bram, off, admin)
    assert sorted(results(before)) == ["refused", "skipped", "will change", "will change"]
    page = apply(signed_in, "deactivate", adel, bram, off, admin)
    assert sorted(results(page)) == ["done", "done", "refused", "skipped"]
    assert "You cannot deactivate yourself." in page
    assert sorted(shown(signed_in, state="inactive")) == ["adel.alkoubaisy", "bram.zeta", "off.before"]
    entries = re.search(r'name="entries" value="([\d ]+)"', page)
    assert entries
    page = signed_in.post(reverse("users:take_back"), {"entries": entries[1]}, follow=True).content.decode()
    assert "2 changes are taken back." in page
    assert shown(signed_in, state="inactive") == ["off.before"]
    again = signed_in.post(reverse("users:take_back"), {"entries": entries[1]}, follow=True).content.decode()
    assert "2 changes could not be taken back" in again


def test_somebody_who_is_switched_off_is_signed_out_and_stays_out(
    signed_in: Client, organization: Organization, adel: User
) -> None:
    adel.set_password(PASSWORD)
    adel.save()
    theirs = Client()
    theirs.force_login(adel)
    assert theirs.get(reverse("users:my_calls")).status_code == 200
    apply(signed_in, "deactivate", adel)
    assert theirs.get(reverse("users:my_calls")).status_code == 302
    signs_in = Client()
    signs_in.post(reverse("account_login"), {"login": adel.username, "password": PASSWORD})
    assert signs_in.get(reverse("users:my_calls")).status_code == 302
    apply(signed_in, "activate", adel)
    assert theirs.get(reverse("users:my_calls")).status_code == 302, "the session of before came back to life"
    signs_in.post(reverse("account_login"), {"login": adel.username, "password": PASSWORD})
    assert signs_in.get(reverse("users:my_calls")).status_code == 200


def test_a_session_of_before_is_not_woken_by_an_undo(signed_in: Client, admin: User, adel: User) -> None:
    theirs = Client()
    theirs.force_login(adel)
    apply(signed_in, "deactivate", adel)
    undo(admin.organization.audit_entries.latest("pk"), Actor(admin.organization, admin))
    adel.refresh_from_db()
    assert adel.is_active
    assert theirs.get(reverse("users:my_calls")).status_code == 302


def test_the_last_administrator_stays(client: Client, organization: Organization) -> None:
    first = make_person(organization, "first.admin", is_admin=True)
    second = make_person(organization, "second.admin", is_admin=True)
    client.force_login(make_person(organization, "the.operator", is_operator=True))
    page = apply(client, "deactivate", first, second)
    assert sorted(results(page)) == ["done", "refused"]
    assert "Is the last active administrator." in page
    assert organization.users.filter(is_admin=True, is_active=True).count() == 1


def test_an_administrator_switches_no_operator_off(signed_in: Client, organization: Organization) -> None:
    operator = make_person(organization, "the.operator", is_operator=True)
    assert "only an operator may do that" in apply(signed_in, "deactivate", operator)
    operator.refresh_from_db()
    assert operator.is_active


def test_two_active_people_never_have_one_mobile(signed_in: Client, organization: Organization) -> None:
    off = [make_person(organization, f"off{n}", mobile="+32470000001", is_active=False) for n in range(2)]
    page = apply(signed_in, "activate", *off)
    assert sorted(results(page)) == ["done", "refused"]
    assert "Somebody active has the same mobile phone: +32470000001." in page


def test_people_join_and_leave_a_group_in_one_change(signed_in: Client, organization: Organization, adel: User) -> None:
    bram = make_person(organization, "bram.zeta")
    group = organization.user_groups.create(name="Night shift", priority=1, schedules_admin=True)
    group.members.add(bram)
    page = signed_in.get(reverse("users:join"), {"pk": [adel.pk, bram.pk]}).content.decode()
    assert "For 2 users" in page
    chosen = {"chosen": f"{adel.pk} {bram.pk}", "group": group.pk}
    page = signed_in.post(reverse("users:join"), chosen).content.decode()
    assert sorted(results(page)) == ["skipped", "will change"]
    assert "May then change the schedules that are given to this group." in page
    assert list(group.members.all()) == [bram]
    page = apply(signed_in, "join", adel, bram, group=group.pk)
    assert sorted(results(page)) == ["done", "skipped"]
    assert set(group.members.all()) == {adel, bram}
    assert shown(signed_in, group=group.pk) == ["adel.alkoubaisy", "bram.zeta"]
    entry = re.search(r'name="entries" value="(\d+)"', page)
    assert entry
    signed_in.post(reverse("users:take_back"), {"entries": entry[1]})
    assert list(group.members.all()) == [bram]
    assert results(apply(signed_in, "leave", bram, group=group.pk)) == ["done"]
    assert not group.members.exists()


def test_a_group_has_to_be_chosen_and_be_the_organizations_own(
    signed_in: Client, organization: Organization, adel: User
) -> None:
    theirs = make_organization("other").user_groups.create(name="Theirs", priority=1)
    for group in ("", str(theirs.pk), "x"):
        page = apply(signed_in, "join", adel, group=group)
        assert "field-error" in page
        assert not theirs.members.exists()


@pytest.mark.parametrize("what", ["activate", "deactivate", "join", "leave"])
def test_strangers_are_left_out_and_nothing_chosen_is_said(signed_in: Client, what: str) -> None:
    stranger = make_person(make_organization("other"), "their.person")
    assert "Tick at least one person first." in preview(signed_in, what, stranger)
    for text in ("", "x", "-1", "9" * 40):
        page = signed_in.get(reverse(f"users:{what}"), {"pk": text}, follow=True).content.decode()
        assert "Tick at least one person first." in page


def test_all_that_match_are_meant_with_one_tick(signed_in: Client, organization: Organization) -> None:
    for n in range(3):
        make_person(organization, f"p{n}.number", department="Sales")
    make_person(organization, "q.other")
    page = signed_in.get(reverse("users:deactivate"), {"all": "1", "query": "department=Sales"}).content.decode()
    assert results(page) == ["will change"] * 3


def test_too_many_at_once_are_refused_in_words(
    signed_in: Client, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "MOST", 2)
    people = [make_person(organization, f"p{n}.number") for n in range(3)]
    page = preview(signed_in, "deactivate", *people)
    assert "At most 2 people are changed at once." in page


def test_who_was_changed_meanwhile_is_skipped(signed_in: Client, adel: User) -> None:
    preview(signed_in, "deactivate", adel)
    User.objects.filter(pk=adel.pk).update(is_active=False)
    index.refresh([adel.pk])
    assert results(apply(signed_in, "deactivate", adel)) == ["skipped"]


def test_an_administrator_does_not_take_back_what_was_done_to_an_operator(
    signed_in: Client, organization: Organization
) -> None:
    operator = make_person(organization, "olga.operator", is_operator=True)
    with change(Actor(organization), operator) as changed:
        operator.last_name = "Renamed"
        operator.save()
    assert changed.entry
    signed_in.post(reverse("users:take_back"), {"entries": changed.entry.pk})
    operator.refresh_from_db()
    assert operator.last_name == "Renamed"
