"""Headers, cookies, methods and hostile names: what every page of the portal keeps to."""

from __future__ import annotations

import re
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import User
from carillon.calls import relay
from carillon.calls.tests.door import Door
from carillon.demo import people
from carillon.demo.world import World
from conftest import SignIn
from tests.test_tenancy import FOR_OPERATORS
from tests.walk import OPEN, Route, body, own_keys, routes

pytestmark = pytest.mark.usefixtures("own_store")
ROUTES = list(routes())
HOSTILE = "<script>alert(1)</script>\"'{{7*7}}{% x %}"


def test_every_page_forbids_foreign_scripts_and_frames(world: World, as_user: SignIn) -> None:
    for client, address in ((as_user(people.ADMIN), reverse("schedules:list")), (Client(), reverse("account_login"))):
        answer = client.get(address)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_page_gets_no_device_of_the_machine_but_the_microphone_where_it_records(
    world: World, as_user: SignIn, route: Route
) -> None:
    client = Client() if route.name in OPEN else as_user(people.ADMIN)
    policy = client.get(reverse(route.name, kwargs=own_keys(route, world.organization)))["Permissions-Policy"]
    records = route.name in {"prompts:new", "prompts:record", "prompts:making", "calls:try_it"}
    assert ("microphone=(self)" if records else "microphone=()") in policy
    assert "camera=()" in policy
    assert "*" not in policy


@pytest.mark.parametrize(
    "route", [each for each in ROUTES if each.name not in FOR_OPERATORS], ids=lambda route: route.name
)
def test_no_page_has_inline_scripts_or_styles_or_posts_without_token(
    world: World, as_user: SignIn, route: Route
) -> None:
    client = Client() if route.name in OPEN else as_user(people.ADMIN)
    answer = client.get(reverse(route.name, kwargs=own_keys(route, world.organization)), follow=True)
    text = body(answer)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)
    for form in re.findall(r"<form.*?</form>", text, re.S):
        if 'method="post"' in form:
            assert "csrfmiddlewaretoken" in form, form[:200]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_post_without_token_is_refused(world: World, route: Route) -> None:
    client = Client(enforce_csrf_checks=True)
    if route.name not in OPEN:
        client.force_login(world.user(people.ADMIN))
    answer = client.post(reverse(route.name, kwargs=own_keys(route, world.organization)), {"x": "1"})
    assert answer.status_code in {403, 405}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_looking_changes_nothing(world: World, as_user: SignIn, route: Route) -> None:
    keys = own_keys(route, world.organization)
    client = as_user(people.ADMIN)
    world.organization.refresh_from_db()
    before = (world.organization.revision, world.organization.audit_entries.count())
    client.get(reverse(route.name, kwargs=keys))
    world.organization.refresh_from_db()
    assert (world.organization.revision, world.organization.audit_entries.count()) == before


def test_cookies_are_hidden_from_scripts_and_bound_to_this_site(world: World) -> None:
    client = Client()
    _set_password(world.user(people.ADMIN))
    client.get(reverse("account_login"))
    client.post(reverse("account_login"), {"login": people.ADMIN, "password": "correct horse"})
    client.post(reverse("accounts:theme"), {"theme": "dark"})
    assert {"sessionid", "csrftoken", "theme"} <= set(client.cookies)
    for cookie in client.cookies.values():
        assert cookie["httponly"], cookie.key
        assert cookie["samesite"] == "Lax", cookie.key


def test_cookies_are_secure_where_https_is_spoken(world: World, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.HTTPS = True
    client = Client()
    _set_password(world.user(people.ADMIN))
    client.get(reverse("account_login"), secure=True)
    client.post(reverse("account_login"), {"login": people.ADMIN, "password": "correct horse"}, secure=True)
    client.post(reverse("accounts:theme"), {"theme": "dark"}, secure=True)
    assert all(cookie["secure"] for cookie in client.cookies.values())


def test_hostile_names_are_shown_as_text(world: World, as_user: SignIn) -> None:
    world.organization.name = HOSTILE
    world.organization.save()
    User.objects.filter(organization=world.organization).update(first_name=HOSTILE, last_name=HOSTILE[:80])
    function = world.main
    function.name = HOSTILE
    function.save()
    function.schedule.events.update(name=HOSTILE)
    client = as_user(people.ADMIN)
    for route in ROUTES:
        if route.name in OPEN | FOR_OPERATORS:
            continue
        answer = client.get(reverse(route.name, kwargs=own_keys(route, world.organization)), follow=True)
        # A file is no page: names stand in it as they are.
        is_file = answer.headers.get("Content-Disposition", "").startswith("attachment")
        text = "" if is_file else body(answer)
        assert "<script>alert" not in text, route.name
        assert "{49" not in text, route.name


def _set_password(user: User) -> None:
    user.set_password("correct horse")
    user.save()


@pytest.mark.parametrize("path", ["/", "/sip", "/sip/", "/calls/try/", "/ws", "/static/ui/app.js"])
def test_a_web_socket_of_nobody_is_refused_whatever_it_asks_for(
    db: None, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    # The test's own transaction is on this connection.
    monkeypatch.setattr(relay, "close_old_connections", lambda: None)

    async def knock() -> dict[str, Any]:
        door = Door(path, {"host": "portal.example", "origin": "http://portal.example"})
        return await door.hears()

    assert async_to_sync(knock)() == {"type": "websocket.close", "code": 1008, "reason": None}
