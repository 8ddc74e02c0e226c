"""The list of users in a real browser: found while one types, sorted, filtered, changed many at once, by keyboard."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from carillon.accounts.models import User
from carillon.demo import people
from carillon.demo.world import World
from carillon.functions.tests.builders import make_person
from carillon.users import index
from tests.browser.conftest import Enter, axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIRST = ("Élise", "Bram", "Chloé", "Daan", "Farid", "Greet", "Jonas", "Karin", "Lucie", "Noor", "Zoë")
LAST = ("Dubois", "Peeters", "Janssens", "Lambert", "Vermeulen", "Benali", "Van den Broeck")
DEPARTMENTS = ("Sales", "Support", "Logistics")


@pytest.fixture(autouse=True)
def bundle() -> None:
    """The page is looked at as people get it."""
    assert (Path(settings.PROJECT) / "build" / "static" / "ui" / "app.css").exists(), "run tools/frontend.py first"


@pytest.fixture
def staff(world: World) -> list[User]:
    """As many people as a company has, one with a very long name."""
    made = []
    for n in range(64):
        first, last = FIRST[n % len(FIRST)], LAST[n % len(LAST)]
        person = make_person(world.organization, f"user{n:02}@example.com", f"75{n:02}", department=DEPARTMENTS[n % 3])
        User.objects.filter(pk=person.pk).update(
            first_name=first, last_name=last, email=person.username, is_active=n % 9 != 4
        )
        made.append(person)
    User.objects.filter(pk=made[1].pk).update(last_name="Klokkengietersverenigingsvoorzitter" * 2)
    index.refresh(person.pk for person in made)
    return made


def rows(page: Page) -> list[str]:
    return page.locator("#list-rows th a").all_inner_texts()


def test_the_list_is_accessible_and_fits_a_phone(enter: Enter, staff: list[User]) -> None:
    page = enter(people.ADMIN)
    page.goto("/users/")
    assert axe(page) == []
    shoot(page, "users-list")
    page.get_by_label("Tools: Chloé Janssens").first.click()
    assert axe(page) == []
    shoot(page, "users-tools")
    page.keyboard.press("Escape")
    page.locator("summary", has_text="Columns").click()
    assert axe(page) == []
    shoot(page, "users-columns")
    page.goto("/users/?q=nothing+of+this+kind&state=active")
    assert axe(page) == []
    shoot(page, "users-empty")
    for address in ("/users/", "/users/?sort=-last_name&state=inactive"):
        page.goto(address)
        page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
        page.get_by_label("Choose: ").first.check()
        assert axe(page) == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert overflow(page) == 0
        page.set_viewport_size({"width": 1440, "height": 900})


def test_people_are_found_while_one_types_and_the_address_keeps_it(enter: Enter, staff: list[User]) -> None:
    page = enter(people.ADMIN)
    page.goto("/users/")
    search = page.get_by_label("Search users")
    search.focus()
    page.keyboard.type("elise 7500")
    expect(page).to_have_url(re.compile(r"\?q=elise\+7500$"))
    expect(page.locator("#list-rows tr")).to_have_count(1)
    expect(page.locator("#list-told")).to_have_text("1 user matches")
    expect(search).to_be_focused()
    search.fill("")
    page.get_by_role("combobox", name="Department").select_option("Support")
    page.get_by_role("combobox", name="State").select_option("Inactive")
    expect(page).to_have_url(re.compile(r"department=Support&state=inactive"))
    expect(page.locator("#list-count")).to_contain_text("match")
    found = rows(page)
    page.get_by_role("link", name="Username", exact=True).click()
    expect(page.get_by_role("columnheader", name="Username")).to_have_attribute("aria-sort", "ascending")
    assert sorted(found) == rows(page)
    page.get_by_role("link", name="Username", exact=True).click()
    expect(page.get_by_role("columnheader", name="Username")).to_have_attribute("aria-sort", "descending")
    assert sorted(found, reverse=True) == rows(page)


def test_pages_and_columns(enter: Enter, staff: list[User]) -> None:
    page = enter(people.ADMIN)
    page.goto("/users/?q=user")
    expect(page.get_by_text("1 to 50 of 64")).to_be_visible()
    first = rows(page)
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("51 to 64 of 64")).to_be_visible()
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_text("1 to 50 of 64")).to_be_visible()
    assert rows(page) == first
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("E-mail address").check()
    page.get_by_label("First name").uncheck()
    page.get_by_label("People on a page").select_option("25")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("1 to 25 of 64")).to_be_visible()
    heads = page.get_by_role("columnheader").all_inner_texts()
    assert [head for head in heads if head not in ("Tools", "Choose")] == [
        "Username", "Last name", "Primary line", "E-mail address",
    ]  # fmt: skip
    shoot(page, "users-other-columns")


def test_the_tools_menu_works_by_keyboard(enter: Enter, world: World, staff: list[User]) -> None:
    page = enter(people.ADMIN)
    page.goto("/users/?q=user00")
    tools = page.get_by_label("Tools: Élise Dubois")
    tools.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Edit user...")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Edit user...")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Call log of this user")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Edit user...")).to_be_hidden()
    expect(tools).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/users/{staff[0].pk}/$"))
    page.goto("/users/?q=user00")
    page.get_by_label("Tools: Élise Dubois").click()
    page.get_by_role("link", name="Call log of this user").click()
    expect(page.get_by_role("combobox", name="Person")).to_have_value("user00@example.com")


def test_many_are_switched_off_with_a_preview_and_an_undo(enter: Enter, staff: list[User]) -> None:
    page = enter(people.ADMIN)
    page.goto("/users/?department=Sales&state=active")
    page.get_by_label("Choose all on this page").check()
    chosen = page.locator("#list-rows tr").count()
    expect(page.get_by_text(f"{chosen} chosen")).to_be_visible()
    expect(page.locator(".people-many")).to_be_in_viewport()
    assert axe(page) == []
    shoot(page, "users-chosen")
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_text("Nothing is changed yet.")).to_be_visible()
    assert axe(page) == []
    shoot(page, "users-preview")
    ready = page.get_by_text("will change", exact=True).count()
    page.get_by_role("button", name=f"Change {ready} users").click()
    expect(page.get_by_text(f"{ready} users are changed.")).to_be_visible()
    assert axe(page) == []
    shoot(page, "users-result")
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0
    inactive = User.objects.filter(is_active=False).count()
    page.get_by_role("button", name="Undo all").click()
    expect(page.get_by_text(f"{ready} changes are taken back.")).to_be_visible()
    assert User.objects.filter(is_active=False).count() == inactive - ready


def test_a_group_is_joined_without_scripts(
    browser: Browser, context: BrowserContext, live_server: LiveServer, enter: Enter, world: World, staff: list[User]
) -> None:
    enter(people.ADMIN)
    plain = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, storage_state=context.storage_state(), locale="en-GB"
    )
    page = plain.new_page()
    page.goto("/users/")
    page.get_by_label("Search users").fill("user0")
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Choose: Élise Dubois").check()
    page.get_by_role("button", name="Add to a group").click()
    group = world.organization.user_groups.order_by("priority")[0]
    page.get_by_label("User group").select_option(str(group.pk))
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Change 1 user").click()
    expect(page.get_by_text("1 user is changed.")).to_be_visible()
    assert group.members.filter(username="user00@example.com").exists()
    page.goto("/users/?q=user00")
    page.get_by_label("Tools: Élise Dubois").click()
    expect(page.get_by_role("link", name="Edit user...")).to_be_visible()
    plain.close()


def test_what_is_shown_is_saved_as_a_file(enter: Enter, staff: list[User]) -> None:
    page = enter(people.ADMIN)
    page.goto("/users/?department=Support&sort=username")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Export what is shown").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert found[0] == ["Username", "First name", "Last name", "Primary line"]
    assert [row[0] for row in found[1:]] == rows(page)
