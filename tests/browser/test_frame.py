"""The frame in a real browser: accessible, fits a phone, keeps light and dark, works by keyboard, weighs little."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, Response, expect

from carillon.accounts import audit
from carillon.demo import people
from carillon.demo.world import World
from tests.browser.conftest import Enter, axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = {
    "schedules": "/schedules/",
    "hunt-groups": "/hunt-groups/",
    "users": "/users/",
    "changes": "/changes/",
    "help": "/help/schedules/",
    "my-calls": "/my-calls/",
}


@pytest.fixture(autouse=True)
def bundle() -> None:
    """The pages are looked at as people get them."""
    assert (Path(settings.PROJECT) / "build" / "static" / "ui" / "app.css").exists(), "run tools/frontend.py first"


def _make_changes(world: World) -> None:
    boss = world.user(people.ADMIN)
    with audit.change(audit.Actor(world.organization, boss, str(boss)), world.main.schedule):
        world.main.schedule.events.filter(name="am").update(time_from="09:00")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_fits_a_phone(enter: Enter, world: World, name: str) -> None:
    page = enter(people.ADMIN)
    _make_changes(world)
    page.goto(PAGES[name])
    assert axe(page) == []
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    assert axe(page) == []
    shoot(page, name)
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0


def test_the_sign_in_page_is_accessible_and_signs_in(page: Page, world: World) -> None:
    user = world.user(people.ADMIN)
    user.set_password("correct horse battery")
    user.save()
    page.goto("/")
    assert axe(page) == []
    shoot(page, "sign-in")
    page.get_by_label("Username or mobile phone").fill(people.ADMIN)
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    assert axe(page) == []
    page.get_by_label("Password").fill("correct horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")


def test_dark_is_kept_and_drawn_from_the_first_byte(enter: Enter) -> None:
    page = enter(people.ADMIN)
    page.goto("/schedules/")
    with page.expect_response("**/theme/"):
        page.get_by_role("button", name="Dark colours").click()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    answer = page.goto("/users/")
    assert answer is not None
    assert 'data-bs-theme="dark"' in answer.text()[:200]


def test_the_language_is_kept_on_the_person(enter: Enter) -> None:
    page = enter(people.ADMIN)
    page.goto("/schedules/")
    page.get_by_role("button", name="Language").click()
    page.get_by_role("button", name="Nederlands").click()
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.lang") == "nl"


def test_the_keyboard_skips_to_the_content(enter: Enter) -> None:
    page = enter(people.ADMIN)
    page.goto("/schedules/")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_on_a_phone_the_menu_opens_and_closes_by_escape(enter: Enter) -> None:
    page = enter(people.ADMIN)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/schedules/")
    menu = page.get_by_role("navigation", name="Menu")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Open the menu").click()
    expect(menu).to_be_visible()
    assert axe(page) == []
    shoot(page, "menu-open")
    page.set_viewport_size({"width": 390, "height": 844})
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()


def test_a_page_needs_at_most_eight_requests_and_nobody_elses_server(enter: Enter, live_server: object) -> None:
    page = enter(people.ADMIN)
    seen: list[Response] = []
    page.on("response", lambda response: seen.append(response))  # noqa: PLW0108  # playwright marks the function
    page.goto("/schedules/", wait_until="networkidle")
    assert 3 <= len(seen) <= 8, [each.url for each in seen]
    assert {each.url.split("/")[2] for each in seen} == {page.url.split("/")[2]}
    assert all(each.ok for each in seen)
