"""A new user, one who is switched off and on, and one who is deleted: what it touches, and the way back of each."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.audit import Actor, undo
from carillon.accounts.models import AuditEntry, Organization, User
from carillon.calls.tests.builders import make_call
from carillon.devices.models import SipDevice
from carillon.functions.tests.builders import make_hunt_group, make_organization, make_person
from carillon.numbers.models import Site
from carillon.users.models import CallForward
from carillon.users.tests.test_edit import PASSWORD, latest, signs_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization() -> Organization:
    return make_organization(timezone="Europe/Brussels", language="nl")


@pytest.fixture
def admin(organization: Organization) -> User:
    return make_person(organization, "alexandra.meuwissen", "602", is_admin=True)


@pytest.fixture
def adel(organization: Organization) -> User:
    return make_person(organization, "adel.alkoubaisy", "601", email="adel@bkm.example")


@pytest.fixture
def signed_in(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def typed(**changed: Any) -> dict[str, Any]:
    return {
        "username": "bram.janssens", "first_name": "Bram", "last_name": "Janssens", "email": "bram@bkm.example",
        "language": "fr", "timezone": "Europe Paris", "visibility": "always_show",
        "password": PASSWORD, "retype": PASSWORD, **changed,
    }  # fmt: skip


def create(client: Client, **changed: Any) -> str:
    return client.post(reverse("users:new"), typed(**changed), follow=True).content.decode()


def switch(client: Client, person: User, active: str) -> str:
    answer = client.post(reverse("users:active", args=[person.pk]), {"active": active}, follow=True)
    person.refresh_from_db()
    return answer.content.decode()


def test_a_new_user_signs_in_and_has_what_was_typed(signed_in: Client, organization: Organization) -> None:
    group = organization.user_groups.create(name="Steven", priority=1, schedules_admin=True)
    create(signed_in, groups=[group.pk], department="Workshop", cost_center="4711", field1="a", field2="b", field3="c")
    person = User.objects.get(username="bram.janssens")
    assert (person.organization, person.language, person.timezone) == (organization, "fr", "Europe/Paris")
    assert (person.department, person.cost_center, person.field3) == ("Workshop", "4711", "c")
    assert signs_in("bram.janssens")
    theirs = Client()
    theirs.force_login(person)
    assert theirs.get(reverse("schedules:list")).status_code == 200
    assert PASSWORD not in str(latest(organization).after)


def test_the_form_of_a_new_user_begins_with_the_organizations_language_and_zone(signed_in: Client) -> None:
    page = signed_in.get(reverse("users:new")).content.decode()
    assert '<option value="nl" selected>' in page
    assert 'value="Europe Brussels (+0' in page


def test_without_a_password_nobody_signs_in_until_one_is_set(signed_in: Client) -> None:
    page = create(signed_in, password="", retype="")
    assert "No password is set" in page
    assert not signs_in("bram.janssens")
    person = User.objects.get(username="bram.janssens")
    signed_in.post(reverse("users:password", args=[person.pk]), {"password": PASSWORD, "retype": PASSWORD})
    assert signs_in("bram.janssens")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("username", "Alexandra.Meuwissen"), ("username", ""), ("first_name", ""), ("last_name", ""), ("email", ""),
        ("email", "nobody"), ("language", "xx"), ("timezone", "Mars"), ("visibility", "internal_only"),
        ("first_name", "x" * 81), ("department", "a\tb"), ("password", "short"), ("retype", "another"),
        ("groups", "9999"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(signed_in: Client, field: str, text: str) -> None:
    page = create(signed_in, cost_center="4711-long", **{field: text})
    assert "field-error" in page
    assert "4711-long" in page
    assert not User.objects.filter(email="bram@bkm.example").exists()


def test_a_new_user_is_taken_back_by_undo(signed_in: Client, organization: Organization) -> None:
    group = organization.user_groups.create(name="Sales", priority=1)
    create(signed_in, groups=[group.pk])
    undo(latest(organization), Actor(organization))
    assert not User.objects.filter(username="bram.janssens").exists()
    assert group.members.count() == 0


def test_an_inactive_person_is_signed_out_everywhere_and_old_sessions_never_come_back(
    signed_in: Client, organization: Organization, adel: User
) -> None:
    adel.set_password(PASSWORD)
    adel.save()
    theirs = Client()
    theirs.force_login(adel)
    assert theirs.get(reverse("users:my_calls")).status_code == 200
    switch(signed_in, adel, "0")
    assert not adel.is_active
    assert theirs.get(reverse("users:my_calls")).status_code == 302
    assert not signs_in("adel.alkoubaisy")
    undo(latest(organization), Actor(organization))
    assert signs_in("adel.alkoubaisy")
    assert theirs.get(reverse("users:my_calls")).status_code == 302


def test_activate_lets_a_person_in_again(signed_in: Client, adel: User) -> None:
    switch(signed_in, adel, "0")
    page = switch(signed_in, adel, "1")
    assert adel.is_active
    assert "is active again" in page


def test_nobody_switches_off_or_deletes_themselves_nor_the_last_administrator(
    signed_in: Client, organization: Organization, admin: User
) -> None:
    assert "You cannot do this to yourself" in switch(signed_in, admin, "0")
    assert admin.is_active
    signed_in.post(reverse("users:delete", args=[admin.pk]))
    assert User.objects.filter(pk=admin.pk).exists()
    operator = make_person(organization, "olga.operator", is_operator=True)
    client = Client()
    client.force_login(operator)
    assert "the last administrator" in switch(client, admin, "0")
    client.post(reverse("users:delete", args=[admin.pk]))
    assert User.objects.filter(pk=admin.pk, is_active=True).exists()
    make_person(organization, "second.admin", is_admin=True)
    switch(client, admin, "0")
    assert not admin.is_active


def test_a_mobile_that_somebody_else_has_by_now_keeps_a_person_out(signed_in: Client, adel: User) -> None:
    User.objects.filter(pk=adel.pk).update(is_active=False, mobile="+32470555014")
    make_person(adel.organization, "farid.benali", mobile="+32470555014")
    assert "same mobile phone" in switch(signed_in, adel, "1")
    assert not adel.is_active


def _life(organization: Organization, admin: User, adel: User) -> SipDevice:
    """Adel has a phone, a forward, a place in a hunt group and a group, and has called."""
    site = Site.objects.create(organization=organization, name="Brussels")
    phone: SipDevice = adel.sip_devices.create(
        organization=organization, site=site, description="Desk phone", secret="x"
    )
    CallForward.objects.create(user=adel, number="602")
    make_hunt_group(organization, "second group", "9011").hunt_group.members.create(position=1, user=adel)
    organization.user_groups.create(name="Sales", priority=1).members.add(adel)
    make_call(organization, people=(adel,), caller_user=adel, caller_name=str(adel))
    return phone


def test_what_a_deletion_touches_is_shown_before_and_comes_back_by_undo(
    signed_in: Client, organization: Organization, admin: User, adel: User
) -> None:
    phone = _life(organization, admin, adel)
    for name in ("delete", "active"):
        page = signed_in.get(reverse(f"users:{name}", args=[adel.pk])).content.decode()
        for words in ("601", "Desk phone", "second group", "602"):
            assert words in page
    signed_in.post(reverse("users:delete", args=[adel.pk]))
    assert not User.objects.filter(username="adel.alkoubaisy").exists()
    assert not organization.numbers.filter(value="601").exists()
    phone.refresh_from_db()
    assert phone.user is None
    assert organization.calls.get().caller_name == "Adel Alkoubaisy"
    undo(latest(organization), Actor(organization))
    again = User.objects.get(username="adel.alkoubaisy")
    phone.refresh_from_db()
    assert phone.user == again
    assert again.lines.get().number.value == "601"
    assert again.call_forward.number == "602"
    assert again.user_groups.get().name == "Sales"
    assert organization.function_numbers.get().hunt_group.members.get().user == again
    assert not again.has_usable_password()


def test_changes_that_a_deleted_person_made_stay_with_the_name(
    signed_in: Client, organization: Organization, adel: User
) -> None:
    theirs = Client()
    theirs.force_login(adel)
    theirs.post(reverse("users:my_calls"), {"number": "602"})
    made = latest(organization)
    signed_in.post(reverse("users:delete", args=[adel.pk]))
    kept = AuditEntry.objects.get(pk=made.pk)
    assert kept.actor_name == "Adel Alkoubaisy"
    assert kept.actor_id is None


def test_a_person_to_whom_calls_are_forwarded_is_not_deleted(
    signed_in: Client, organization: Organization, admin: User, adel: User
) -> None:
    CallForward.objects.create(user=admin, number="601")
    address = reverse("users:delete", args=[adel.pk])
    page = signed_in.get(address).content.decode()
    assert "Forward of Alexandra Meuwissen" in page
    signed_in.post(address)
    assert User.objects.filter(pk=adel.pk).exists()
    assert "will end nowhere" in signed_in.get(reverse("users:active", args=[adel.pk])).content.decode()


def test_looking_at_the_questions_changes_nothing(signed_in: Client, adel: User) -> None:
    for name in ("delete", "active"):
        assert signed_in.get(reverse(f"users:{name}", args=[adel.pk])).status_code == 200
    adel.refresh_from_db()
    assert adel.is_active
