"""Signing in: by any name of a person, slow for those who guess, silent about who exists."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import Organization
from carillon.accounts.roles import RIGHTS, Right, Role, can, role_of
from carillon.demo import people
from carillon.demo.world import World

PASSWORD = "correct horse battery"
FARID = "farid.benali@bkm.example"


@pytest.fixture(autouse=True)
def open_door(world: World) -> None:
    """Two people have a password, one also an address; nobody has failed yet."""
    cache.clear()
    for username in (people.ADMIN, FARID):
        user = world.user(username)
        user.set_password(PASSWORD)
        user.email = f"mail-{username}"
        user.save()


def _try(client: Client, login: str, password: str = PASSWORD, **data: str) -> str:
    """Sign in and return where it led, "" for the form again."""
    answer = client.post(reverse("account_login"), {"login": login, "password": password, **data})
    assert answer.status_code in {200, 302}, answer.status_code
    return answer["Location"] if answer.status_code == 302 else ""


@pytest.mark.parametrize(
    "login",
    [
        FARID,
        FARID.upper(),
        f"  {FARID} ",
        f"mail-{FARID}",
        "+32470555014",
        "0470 55 50 14",
        "0470/55.50.14",
        "00 32 470 55 50 14",
        "+32 (470) 555 014",
    ],
)
def test_a_person_signs_in_by_name_mail_and_mobile_in_any_spelling(login: str) -> None:
    assert _try(Client(), login) == "/"


def test_signing_in_lands_on_the_home_page() -> None:
    client = Client()
    answer = client.post(reverse("account_login"), {"login": people.ADMIN, "password": PASSWORD}, follow=True)
    assert answer.request["PATH_INFO"] == reverse("home")


def test_a_plain_user_lands_on_a_page_of_their_own() -> None:
    answer = Client().post(reverse("account_login"), {"login": FARID, "password": PASSWORD}, follow=True)
    assert answer.request["PATH_INFO"] == reverse("users:my_calls")
    assert answer.status_code == 200


def test_the_session_gets_a_new_id_and_ends_at_sign_out() -> None:
    client = Client()
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = "by an attacker"
    session.save()
    before = client.session.session_key
    _try(client, people.ADMIN)
    after = client.session.session_key
    assert before != after
    client.post(reverse("account_logout"))
    stolen = Client()
    stolen.cookies["sessionid"] = after or ""
    assert stolen.get(reverse("schedules:list")).status_code == 302


def test_signing_out_needs_a_post() -> None:
    client = Client()
    _try(client, people.ADMIN)
    assert client.get(reverse("account_logout")).status_code == 405
    assert client.get(reverse("schedules:list")).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        "\t//evil",
    ],
)
def test_signing_in_never_leads_elsewhere(address: str) -> None:
    where = _try(Client(), people.ADMIN, next=address)
    assert where.startswith("/")
    assert not where.startswith(("//", "/\\"))
    for name in ("accounts:language", "accounts:theme"):
        answer = Client().post(reverse(name), {"next": address, "language": "nl", "theme": "dark"})
        assert answer["Location"] == "/"


def test_a_wanted_page_is_reached_after_signing_in() -> None:
    assert _try(Client(), people.ADMIN, next="/users/") == "/users/"


def test_wrong_name_and_wrong_password_get_the_same_answer(world: World) -> None:
    sleeper = world.user("jonas.desmet@bkm.example")
    sleeper.set_password(PASSWORD)
    sleeper.is_active = False
    sleeper.save()
    texts = set()
    for login, password in (
        (people.ADMIN, "wrong"),
        ("nobody@bkm.example", "wrong"),
        ("nobody", "wrong"),
        ("0470 99 99 99", "wrong"),
        (sleeper.username, PASSWORD),
    ):
        page = Client().post(reverse("account_login"), {"login": login, "password": password})
        assert page.status_code == 200
        texts.add(str(page.context["form"].non_field_errors()))
    assert len(texts) == 1


def test_after_five_wrong_passwords_the_account_waits_whatever_it_is_called() -> None:
    client = Client()
    for login in (FARID, "+32470555014", "0470 55 50 14", f"mail-{FARID}", FARID.upper()):
        assert _try(client, login, "wrong") == ""
    assert _try(Client(), FARID) == "", "the right password has to wait, too"
    assert _try(Client(), people.ADMIN) == "/", "others do not"


def test_a_source_that_tries_many_names_has_to_wait() -> None:
    answers = [
        Client().post(reverse("account_login"), {"login": f"user{n}", "password": "x"}).status_code for n in range(40)
    ]
    assert answers[0] == 200
    assert answers[-1] == 429


def test_a_password_that_is_odd_is_only_wrong() -> None:
    for login, password in (("\x00", "x"), ("a" * 5000, "x"), ("x", "é" * 5000), ("", ""), ("😀", "😀")):
        assert _try(Client(), login, password) == ""


def test_people_who_are_switched_off_are_out_at_once(world: World) -> None:
    client = Client()
    _try(client, FARID)
    user = world.user(FARID)
    user.is_active = False
    user.save()
    assert client.get(reverse("users:my_calls")).status_code == 302


def test_the_address_of_no_other_allauth_page_exists() -> None:
    for address in (
        "/accounts/signup/",
        "/accounts/login/",
        "/accounts/password/reset/",
        "/accounts/email/",
        "/admin/",
    ):
        assert Client().get(address).status_code == 404


def test_the_language_is_kept_on_the_person_and_before_that_in_a_cookie(world: World) -> None:
    client = Client()
    client.post(reverse("accounts:language"), {"language": "fr"})
    assert 'lang="fr"' in client.get(reverse("account_login")).content.decode()
    _try(client, people.ADMIN)
    client.post(reverse("accounts:language"), {"language": "de", "next": "/users/"})
    assert world.user(people.ADMIN).language == "de"
    assert 'lang="de"' in client.get(reverse("schedules:list")).content.decode()
    client.post(reverse("accounts:language"), {"language": "xx"})
    assert world.user(people.ADMIN).language == "de"


def test_the_table_of_roles_grows_from_user_to_operator(world: World) -> None:
    assert RIGHTS[Role.USER] < RIGHTS[Role.SCHEDULES_ADMIN] < RIGHTS[Role.ADMINISTRATOR] < RIGHTS[Role.OPERATOR]
    assert RIGHTS[Role.OPERATOR] == set(Right)
    assert role_of(world.user(people.ADMIN)) == Role.ADMINISTRATOR
    assert role_of(world.user(people.SCHEDULES_ADMIN)) == Role.SCHEDULES_ADMIN
    assert role_of(world.user(people.PLAIN_USER)) == Role.USER
    assert not can(world.user(people.PLAIN_USER), Right.SCHEDULES_VIEW)
    away = world.user(people.ADMIN)
    away.is_active = False
    assert not can(away, Right.SCHEDULES_VIEW)


def test_an_operator_reads_the_outbox(world: World) -> None:
    boss = world.user(people.ADMIN)
    boss.is_operator = True
    boss.save()
    world.other.mails.create(to="x@y.example", subject="<i>Hello</i>", text="a\nb", message_id="<1@x>", state="kept")
    client = Client()
    client.force_login(boss)
    assert "&lt;i&gt;Hello&lt;/i&gt;" in client.get(reverse("accounts:outbox")).content.decode()
    assert Organization.objects.count() == 2


def test_times_are_told_in_the_persons_zone(world: World) -> None:
    boss = world.user(people.ADMIN)
    world.organization.audit_entries.create(
        actor=boss, actor_name="x", verb="change", label="x", kind="numbers.functionnumber", object_id=1
    )
    world.organization.audit_entries.update(at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
    client = Client()
    client.force_login(boss)
    assert "2026-07-02 00:30" in client.get(reverse("accounts:changes")).content.decode()
    boss.timezone = "Mars/Olympus"
    boss.save()
    assert "2026-07-01 22:30" in client.get(reverse("accounts:changes")).content.decode()
