"""Edit user: every field counts, passwords end sessions, groups give rights, and nothing leaves the organization."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.audit import Actor, UndoRefusedError, may_undo, undo
from carillon.accounts.models import AuditEntry, Mail, Organization, User
from carillon.accounts.zones import find
from carillon.functions.tests.builders import (
    make_hunt_group,
    make_organization,
    make_person,
    make_schedules_admin,
    queries,
)
from carillon.users.models import CallForward

pytestmark = pytest.mark.django_db

PASSWORD = "purple lantern over water"


@pytest.fixture
def organization() -> Organization:
    return make_organization()


@pytest.fixture
def admin(organization: Organization) -> User:
    return make_person(organization, "alexandra.meuwissen", "602", is_admin=True, email="alexandra@bkm.example")


@pytest.fixture
def adel(organization: Organization) -> User:
    return make_person(organization, "adel.alkoubaisy", "601", department="Sales", email="adel@bkm.example")


@pytest.fixture
def signed_in(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def typed(person: User, **changed: Any) -> dict[str, Any]:
    """What the page holds, with some of it changed."""
    names = ("username", "cost_center", "language", "visibility", "first_name", "last_name", "department", "email")
    data = {name: getattr(person, name) for name in (*names, "field1", "field2", "field3")}
    return {**data, "timezone": "Europe Brussels (+01:00)", "groups": [], **changed}


def save(client: Client, person: User, **changed: Any) -> str:
    answer = client.post(reverse("users:details", args=[person.pk]), typed(person, **changed), follow=True)
    person.refresh_from_db()
    return answer.content.decode()


def signs_in(name: str, password: str = PASSWORD) -> bool:
    client = Client()
    client.post(reverse("account_login"), {"login": name, "password": password})
    return client.get(reverse("users:my_calls")).status_code == 200


def latest(organization: Organization) -> AuditEntry:
    return organization.audit_entries.latest("pk")


def test_a_person_signs_in_with_the_new_user_name_and_no_longer_with_the_old(signed_in: Client, adel: User) -> None:
    adel.set_password(PASSWORD)
    adel.save()
    save(signed_in, adel, username="adel@bkm.example")
    assert signs_in("Adel@BKM.example")
    assert not signs_in("adel.alkoubaisy")


@pytest.mark.parametrize(
    "name", ["ALEXANDRA.meuwissen", "stranger", "Stranger", "boss@other.example", "BOSS@other.example"]
)
def test_a_user_name_is_taken_whoever_has_it(signed_in: Client, adel: User, name: str) -> None:
    make_person(make_organization("other"), "stranger", email="boss@other.example")
    page = save(signed_in, adel, username=name, first_name="Adèle")
    assert "This user name is taken" in page
    assert "OTHER" not in page
    assert 'value="Adèle"' in page
    assert adel.username == "adel.alkoubaisy"


@pytest.mark.parametrize(
    "name", ["", "two words", "0470555014", "+32470555014", "adèl", "<b>", "a\x00b", "-x", "x" * 151]
)
def test_a_user_name_that_cannot_be_is_refused_beside_its_field(signed_in: Client, adel: User, name: str) -> None:
    page = save(signed_in, adel, username=name, department="Nothing is lost")
    assert 'id="id_username_error"' in page
    assert "Nothing is lost" in page
    assert adel.username == "adel.alkoubaisy"


def test_names_are_what_the_called_phone_shows_and_the_search_finds(signed_in: Client, adel: User) -> None:
    save(signed_in, adel, first_name="Adèle", last_name="Courtois")
    assert str(adel) == "Adèle Courtois"
    assert "Courtois" in signed_in.get(reverse("users:list"), {"q": "courtois"}).content.decode()


@pytest.mark.parametrize("field", ["department", "field1", "field2", "field3"])
def test_each_field_of_the_directory_is_found_in_the_list(signed_in: Client, adel: User, field: str) -> None:
    save(signed_in, adel, **{field: "1-ABC-234"})
    found = signed_in.get(reverse("users:list"), {"q": "1-abc-234"}).content.decode()
    assert "adel.alkoubaisy" in found
    assert "Alexandra Meuwissen</a>" not in found


def test_a_person_reads_the_portal_in_the_language_and_zone_that_are_set(signed_in: Client, adel: User) -> None:
    make_schedules_admin(adel)
    group = adel.user_groups.get()
    save(signed_in, adel, language="nl", timezone="tokyo", groups=[group.pk])
    assert adel.timezone == "Asia/Tokyo"
    theirs = Client()
    theirs.force_login(adel)
    answer = theirs.get(reverse("home"))
    assert '<html lang="nl"' in answer.content.decode()
    entry = latest(adel.organization)
    AuditEntry.objects.filter(pk=entry.pk).update(at=datetime(2026, 1, 1, 20, 0, tzinfo=UTC))
    User.objects.filter(pk=adel.pk).update(is_admin=True)
    assert "2026-01-02 05:00" in theirs.get(reverse("accounts:changes")).content.decode()


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Europe Brussels (+01:00)", "Europe/Brussels"),
        ("brussels", "Europe/Brussels"),
        ("america/new_york", "America/New_York"),
        ("new york", "America/New_York"),
        ("utc", "UTC"),
    ],
)
def test_a_zone_is_found_by_a_part_of_its_name(text: str, zone: str) -> None:
    assert find(text) == [zone]


@pytest.mark.parametrize(("text", "words"), [("Atlantis", "no time zone"), ("europe", "Several time zones"), ("", "")])
def test_a_zone_that_is_none_is_refused(signed_in: Client, adel: User, text: str, words: str) -> None:
    page = save(signed_in, adel, timezone=text)
    assert 'id="id_timezone_error"' in page
    assert words in page


def test_nobody_hidden_is_suggested_or_found_by_name_and_the_number_still_works(
    signed_in: Client, admin: User, adel: User
) -> None:
    suggest, forward = reverse("numbers:suggest"), reverse("users:detail", args=[admin.pk])
    assert "Adel" in signed_in.get(suggest, {"field": "n", "n": "adel"}).content.decode()
    save(signed_in, adel, visibility="hidden")
    assert "Adel" not in signed_in.get(suggest, {"field": "n", "n": "adel"}).content.decode()
    assert "Nobody is called" in signed_in.post(forward, {"number": "Adel Alkoubaisy"}).content.decode()
    signed_in.post(forward, {"number": "601"})
    assert CallForward.objects.get(user=admin).number == "601"


def test_a_box_of_a_group_gives_its_right_on_the_very_next_request(
    signed_in: Client, organization: Organization, adel: User
) -> None:
    group = organization.user_groups.create(name="Steven", priority=1, schedules_admin=True)
    theirs = Client()
    theirs.force_login(adel)
    assert theirs.get(reverse("schedules:list")).status_code == 403
    save(signed_in, adel, groups=[group.pk])
    assert theirs.get(reverse("schedules:list")).status_code == 200
    undo(latest(organization), Actor(organization))
    assert theirs.get(reverse("schedules:list")).status_code == 403
    save(signed_in, adel, groups=[group.pk])
    save(signed_in, adel, groups=[])
    assert theirs.get(reverse("schedules:list")).status_code == 403


def test_a_group_of_another_organization_is_no_choice(signed_in: Client, adel: User) -> None:
    foreign = make_organization("other").user_groups.create(name="Foreign", priority=1, schedules_admin=True)
    page = save(signed_in, adel, groups=[foreign.pk])
    assert "Foreign" not in page
    assert not adel.user_groups.exists()


def test_groups_stand_by_priority_and_say_what_they_give(
    signed_in: Client, organization: Organization, adel: User
) -> None:
    organization.user_groups.create(name="Zebra", priority=1, schedules_admin=True)
    organization.user_groups.create(name="Alpha", priority=2)
    page = signed_in.get(reverse("users:detail", args=[adel.pk])).content.decode()
    assert page.index("Zebra") < page.index("Alpha")
    assert page.count("Schedules admin: its members change") == 1


def test_a_save_is_one_change_with_its_groups_and_one_undo(
    signed_in: Client, organization: Organization, adel: User
) -> None:
    group = organization.user_groups.create(name="Sales", priority=1)
    save(signed_in, adel, last_name="Courtois", groups=[group.pk])
    assert organization.audit_entries.count() == 1
    page = signed_in.get(reverse("accounts:changes")).content.decode()
    assert "Courtois" in page
    assert "(Sales)" in page
    undo(latest(organization), Actor(organization))
    adel.refresh_from_db()
    assert (adel.last_name, adel.user_groups.count()) == ("Alkoubaisy", 0)


def test_a_page_that_is_stale_stores_nothing_and_loses_nothing(signed_in: Client, adel: User) -> None:
    page = reverse("users:detail", args=[adel.pk])
    seen = signed_in.get(page).context["seen"]
    save(signed_in, adel, last_name="Faster")
    answer = save(signed_in, adel, last_name="Slower", seen=seen)
    assert "Somebody else changed this person meanwhile" in answer
    assert "Slower" in answer
    assert adel.last_name == "Faster"


def test_saving_details_never_writes_an_old_password_back(
    signed_in: Client, adel: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(signed_in, adel, department="x")
    changed = latest(adel.organization)
    assert changed.before
    assert changed.after
    assert changed.before["rows"][0]["fields"]["password"] == changed.after["rows"][0]["fields"]["password"]
    assert "pbkdf2" not in str(changed.after)
    assert "md5" not in str(changed.after)


def test_a_new_password_counts_ends_every_session_and_is_told_by_mail(signed_in: Client, adel: User) -> None:
    theirs = Client()
    theirs.force_login(adel)
    address = reverse("users:password", args=[adel.pk])
    signed_in.post(address, {"password": PASSWORD, "retype": PASSWORD})
    assert theirs.get(reverse("users:my_calls")).status_code == 302
    assert signs_in("adel.alkoubaisy")
    letter = Mail.objects.get()
    assert letter.to == "adel@bkm.example"
    assert "Alexandra Meuwissen" in letter.text
    assert PASSWORD not in letter.text


def test_a_password_never_reaches_the_audit_and_offers_no_undo(signed_in: Client, adel: User) -> None:
    address = reverse("users:password", args=[adel.pk])
    page = signed_in.post(address, {"password": PASSWORD, "retype": PASSWORD}, follow=True).content.decode()
    entry = latest(adel.organization)
    assert PASSWORD not in str((entry.before, entry.after))
    assert User.objects.get(pk=adel.pk).password not in str((entry.before, entry.after))
    assert reverse("accounts:undo", args=[entry.pk]) not in page
    with pytest.raises(UndoRefusedError):
        undo(entry, Actor(adel.organization))


def test_the_mail_speaks_the_persons_language(signed_in: Client, adel: User) -> None:
    User.objects.filter(pk=adel.pk).update(language="nl")
    signed_in.post(reverse("users:password", args=[adel.pk]), {"password": PASSWORD, "retype": PASSWORD})
    assert "wachtwoord" in Mail.objects.get().subject


@pytest.mark.parametrize(
    ("password", "retype", "field"),
    [("short", "short", "password"), ("password1234", "password1234", "password"), (PASSWORD, "other", "retype"),
     (PASSWORD, "", "retype"), ("", "", "password"), ("x" * 201, "x" * 201, "password")],
)  # fmt: skip
def test_a_password_that_cannot_be_is_refused_beside_its_field(
    signed_in: Client, adel: User, password: str, retype: str, field: str
) -> None:
    address = reverse("users:password", args=[adel.pk])
    page = signed_in.post(address, {"password": password, "retype": retype}).content.decode()
    assert f'id="id_{field}_error"' in page
    assert not password or f'value="{password}"' not in page
    assert not User.objects.get(pk=adel.pk).has_usable_password()
    assert not Mail.objects.exists()


def test_who_resets_the_own_password_stays_signed_in_here_only(signed_in: Client, admin: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(admin)
    signed_in.post(reverse("users:password", args=[admin.pk]), {"password": PASSWORD, "retype": PASSWORD})
    assert signed_in.get(reverse("users:list")).status_code == 200
    assert elsewhere.get(reverse("users:list")).status_code == 302


def test_captions_are_what_the_fields_are_called_for_everybody(signed_in: Client, adel: User) -> None:
    captions = {"field1_caption": "Licence plate", "field2_caption": "Room", "field3_caption": "Badge"}
    signed_in.post(reverse("users:captions"), captions)
    page = signed_in.get(reverse("users:detail", args=[adel.pk])).content.decode()
    for caption in captions.values():
        assert caption in page
    undo(latest(adel.organization), Actor(adel.organization))
    assert "Licence plate" not in signed_in.get(reverse("users:new")).content.decode()


def test_a_plain_user_and_a_schedules_admin_reach_nothing_of_it(client: Client, admin: User, adel: User) -> None:
    for person in (adel, make_person(adel.organization, "bram.janssens")):
        if person != adel:
            make_schedules_admin(person)
        client.force_login(person)
        for name in ("detail", "details", "password", "active", "delete", "photo", "photo_edit", "photo_remove"):
            address = reverse(f"users:{name}", args=[admin.pk])
            assert {client.get(address).status_code, client.post(address, {"active": "0"}).status_code} <= {403, 405}
        for name in ("new", "captions"):
            assert client.post(reverse(f"users:{name}"), {}).status_code == 403
    admin.refresh_from_db()
    assert admin.is_active


def test_an_administrator_touches_no_operator(signed_in: Client, admin: User) -> None:
    operator = make_person(admin.organization, "olga.operator", is_operator=True, email="olga@platform.example")
    page = signed_in.get(reverse("users:detail", args=[operator.pk])).content.decode()
    assert "Only the provider changes this user" in page
    assert "Reset password" not in page
    words = {"password": PASSWORD, "retype": PASSWORD, "active": "0", "number": "602", **typed(operator)}
    for name in ("detail", "details", "password", "active", "delete", "photo_edit", "photo_remove"):
        assert signed_in.post(reverse(f"users:{name}", args=[operator.pk]), words).status_code == 403
    entry = AuditEntry(organization=admin.organization, kind="accounts.user", object_id=operator.pk, actor=operator)
    assert not may_undo(admin, entry)
    assert may_undo(operator, entry)
    client = Client()
    client.force_login(operator)
    client.post(reverse("users:password", args=[operator.pk]), {"password": PASSWORD, "retype": PASSWORD})
    assert signs_in("olga.operator")


def test_the_page_costs_the_same_queries_whatever_the_person_has(
    signed_in: Client, organization: Organization, adel: User
) -> None:
    address = reverse("users:detail", args=[adel.pk])
    few = queries(signed_in, address)
    for number in range(30):
        organization.user_groups.create(name=f"group {number}", priority=number).members.add(adel)
        make_hunt_group(organization, f"h{number}", f"90{number:02}").hunt_group.members.create(position=1, user=adel)
    assert queries(signed_in, address) == few
