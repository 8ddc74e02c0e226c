"""Tenants never meet: every address is walked as stranger, as plain user, as owner and as nobody."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import Organization, User
from carillon.demo import people
from carillon.demo.world import World
from conftest import SignIn
from tests.walk import OPEN, Route, body, own_keys, routes

pytestmark = pytest.mark.usefixtures("own_store")
ROUTES = list(routes())
#: What plain users may open, too.
HELP = {"portal:help_index", "portal:help", "portal:help_picture"}
FOR_ALL = {"home", "users:my_calls", "numbers:suggest", "accounts:undo"} | HELP
#: Nobody but the platform's operator.
FOR_OPERATORS = {"accounts:outbox"}
KEYED = [route for route in ROUTES if any(key != "name" for key in route.keys)]


def test_the_walk_knows_enough_addresses() -> None:
    assert len(ROUTES) > 20
    assert len(KEYED) > 10


def _both(client: Client, route: Route, keys: dict[str, object]) -> set[int]:
    address = reverse(route.name, kwargs=keys)
    return {client.get(address).status_code, client.post(address, {}).status_code}


@pytest.mark.parametrize("route", KEYED, ids=lambda route: route.name)
def test_a_stranger_finds_nothing(world: World, as_user: SignIn, route: Route) -> None:
    answers = _both(as_user(people.OTHER_ADMIN), route, own_keys(route, world.organization))
    assert 404 in answers
    assert answers <= {404, 405}


@pytest.mark.parametrize("route", [each for each in ROUTES if each.name not in OPEN], ids=lambda route: route.name)
def test_nobody_is_sent_to_sign_in(world: World, route: Route) -> None:
    client, address = Client(), reverse(route.name, kwargs=own_keys(route, world.organization))
    for answer in (client.get(address), client.post(address, {})):
        assert answer.status_code in {302, 405}
        if answer.status_code == 302:
            assert answer["Location"].startswith(reverse("account_login") + "?next=")


@pytest.mark.parametrize(
    "route", [each for each in ROUTES if each.name not in OPEN | FOR_ALL], ids=lambda route: route.name
)
def test_a_plain_user_is_refused(world: World, as_user: SignIn, route: Route) -> None:
    answers = _both(as_user(people.PLAIN_USER), route, own_keys(route, world.organization))
    assert 403 in answers
    assert answers <= {403, 405}


@pytest.mark.parametrize(
    "route", [each for each in ROUTES if each.name not in OPEN | FOR_OPERATORS], ids=lambda route: route.name
)
def test_the_owner_gets_the_page(world: World, as_user: SignIn, route: Route) -> None:
    address = reverse(route.name, kwargs=own_keys(route, world.organization))
    answer = as_user(people.ADMIN).get(address)
    assert answer.status_code in {200, 302, 405}


def test_a_schedules_admin_gets_schedules_and_no_users(world: World, as_user: SignIn) -> None:
    client = as_user(people.SCHEDULES_ADMIN)
    assert client.get(reverse("schedules:list")).status_code == 200
    assert client.get(reverse("users:list")).status_code == 403
    assert client.get(reverse("accounts:changes")).status_code == 403


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_view_says_who_may_pass(route: Route) -> None:
    guarded = hasattr(route.view, "guard") or route.name in OPEN | HELP
    assert guarded, f"{route.name} has no guard of accounts/http.py"


def test_lists_of_one_organization_never_name_the_other(world: World, as_user: SignIn) -> None:
    client = as_user(people.OTHER_ADMIN)
    mine = Organization.objects.get(slug="bkm")
    secrets = [mine.name, mine.main_number, *User.objects.filter(organization=mine).values_list("username", flat=True)]
    for route in ROUTES:
        if route.keys or route.name in OPEN | FOR_OPERATORS:
            continue
        text = body(client.get(reverse(route.name)))
        assert not [secret for secret in secrets if secret in text], route.name
