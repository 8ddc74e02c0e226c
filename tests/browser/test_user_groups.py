"""Chapter 6 of the manual in a real browser: user groups are made, flagged and filled, by mouse and by keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from carillon.accounts.models import User, UserGroup
from carillon.demo import people
from carillon.demo.world import World
from tests.browser.conftest import Enter, axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

READER = "ingrid.leclercq@bkm.example"


@pytest.fixture(autouse=True)
def bundle() -> None:
    """The page is looked at as people get it."""
    assert (Path(settings.PROJECT) / "build" / "static" / "ui" / "app.css").exists(), "run tools/frontend.py first"


def columns(page: Page) -> list[str]:
    return [text.strip() for text in page.get_by_role("columnheader").all_inner_texts()]


def test_chapter_six_in_english(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    page.goto("/")
    page.get_by_role("navigation").get_by_role("link", name="User groups").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("User groups")
    expect(page.get_by_text("A user group is used to group a set of users based on a common property.")).to_be_visible()
    assert columns(page) == ["Name", "Schedules admin", "Reports", "Federated", "Members"]
    for name in people.GROUPS:
        expect(page.get_by_role("rowheader", name=name)).to_be_visible()
    page.get_by_label("Reports: Sales").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Farid Benali, Bram Janssens and Chloe Lambert see the call log now.")).to_be_visible()
    expect(page.get_by_label("Reports: Sales")).to_be_checked()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Reports: Sales")).not_to_be_checked()
    page.get_by_role("link", name="New", exact=True).click()
    page.get_by_label("Name").fill("Night shift")
    page.get_by_label("Schedules admin").check()
    page.get_by_role("button", name="Create").click()
    page.get_by_label("Search people to add or remove").fill("jonas")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Add “Jonas Desmet”").click()
    expect(page.get_by_text("Jonas Desmet changes schedules now.")).to_be_visible()
    page.get_by_role("link", name="Schedules given").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Night shift")


def test_chapter_six_in_french(enter: Enter, world: World) -> None:
    User.objects.filter(username=people.ADMIN).update(language="fr")
    page = enter(people.ADMIN)
    page.goto("/user-groups/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Groupes d'utilisateurs")
    page.get_by_label("Rapports: Support").check()
    page.get_by_role("button", name="Appliquer").click()
    expect(page.get_by_role("status").filter(has_text="Daan Vermeulen")).to_be_visible()
    assert UserGroup.objects.get(organization=world.organization, name="Support").reports
    page.get_by_role("link", name="Nouveau", exact=True).click()
    page.get_by_label("Nom").fill("Équipe de nuit")
    page.get_by_role("button", name="Créer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Équipe de nuit")
    assert axe(page) == []
    assert overflow(page) == 0


def test_a_reader_of_reports_sees_the_log_and_no_more(enter: Enter, world: World) -> None:
    User.objects.filter(username=READER).update(language="en")
    page = enter(READER)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Call log")
    links = page.get_by_role("navigation").get_by_role("link").all_inner_texts()
    assert {"Call log", "My calls"} <= {text.strip() for text in links}
    assert not {"Schedules", "Users", "User groups", "Home", "Hunt groups"} & {text.strip() for text in links}
    assert axe(page) == []
    shoot(page, "user-groups-reader")


def test_boxes_and_members_by_keyboard_alone(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    page.goto("/user-groups/")
    page.get_by_label("Federated: Sales").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    sales = UserGroup.objects.get(organization=world.organization, name="Sales")
    assert sales.federated
    page.goto(f"/user-groups/{sales.pk}/?q=jonas")
    page.get_by_role("button", name="Add “Jonas Desmet”").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Added: Jonas Desmet.")).to_be_visible()
    page.get_by_role("button", name="Remove “Jonas Desmet”").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Removed: Jonas Desmet.")).to_be_visible()


def test_every_page_is_accessible_and_fits_a_phone(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    groups = {group.name: group for group in world.organization.user_groups.all()}
    steven = groups["Steven"].pk
    pages = {
        "user-groups": "/user-groups/",
        "user-groups-new": "/user-groups/new/",
        "user-groups-group": f"/user-groups/{steven}/",
        "user-groups-search": f"/user-groups/{groups['Sales'].pk}/?q=e",
        "user-groups-delete": f"/user-groups/{steven}/delete/",
    }
    for name, address in pages.items():
        page.goto(address)
        assert axe(page) == []
        shoot(page, name)
    page.goto("/user-groups/new/")
    page.get_by_label("Name").fill("sales")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("There is already a user group with this name.")).to_be_visible()
    assert axe(page) == []
    shoot(page, "user-groups-error")
    page.goto("/user-groups/")
    page.get_by_label("Reports: Everybody").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("status").filter(has_text=re.compile("and . more see the call log"))).to_be_visible()
    shoot(page, "user-groups-applied")
    UserGroup.objects.filter(pk=steven).update(name="Klokkengietersvereniging" * 3)
    for address in pages.values():
        page.goto(address)
        page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
        assert axe(page) == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert overflow(page) == 0
        page.set_viewport_size({"width": 1440, "height": 900})
