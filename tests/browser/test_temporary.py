"""Temporary changes in a real chromium: from the list, the schedule and the home page, and ended by one click."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from carillon.demo import people
from carillon.demo.world import World
from tests.browser.conftest import Enter, axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def open_dialog(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("row", name="Main number").get_by_role("link", name="Change for a time").click()
    expect(page.locator("#dialog")).to_be_visible()


def save(page: Page) -> None:
    page.locator("#dialog").get_by_role("button", name="Save").click()
    expect(page.locator("#dialog")).to_be_hidden()


def test_from_the_list_until_the_next_change_and_ended_by_one_click(enter: Enter, world: World) -> None:
    page = enter(people.SCHEDULES_ADMIN)
    open_dialog(page, "/schedules/")
    dialog = page.locator("#dialog")
    expect(dialog.get_by_label("Ends")).to_contain_text("With the next change: ")
    expect(dialog.get_by_label("To time")).to_be_hidden()
    dialog.get_by_label("Action").select_option("forward")
    dialog.get_by_label("Destination").fill("9011")
    assert axe(page) == []
    shoot(page, "temporary-dialog")
    save(page)
    row = page.get_by_role("row", name="Main number")
    expect(row.get_by_text("temporary", exact=True)).to_be_visible()
    expect(row.get_by_text("forwarded")).to_be_visible()
    assert axe(page) == []
    shoot(page, "temporary-list")
    row.get_by_role("button", name="End now: Main number").click()
    expect(page.get_by_text("The temporary change of Main number is ended.")).to_be_visible()
    expect(page.get_by_text("temporary", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("temporary", exact=True)).to_be_visible()


def test_a_mistake_keeps_what_was_typed_and_says_what_is_wrong(enter: Enter) -> None:
    page = enter(people.ADMIN)
    open_dialog(page, "/schedules/")
    dialog = page.locator("#dialog")
    dialog.get_by_label("Ends").select_option("time")
    dialog.get_by_label("To time").fill("25:99")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Type a time as 08:30.")).to_be_visible()
    expect(dialog.get_by_label("To time")).to_have_value("25:99")
    expect(dialog.get_by_label("To time")).to_be_focused()
    assert axe(page) == []
    shoot(page, "temporary-mistake")


def test_dated_ahead_and_of_several_the_schedule_says_which_decides(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    page.goto(f"/schedules/{world.main.pk}/")
    tomorrow = timezone.localdate() + timedelta(days=1)
    for action, day in (("closed", ""), ("open", ""), ("closed", f"{tomorrow:%Y-%m-%d}")):
        page.get_by_role("link", name="Change for a time").click()
        dialog = page.locator("#dialog")
        dialog.get_by_label("Action").select_option(action)
        if day:
            dialog.get_by_label("Begins").select_option("later")
            expect(dialog.get_by_label("Ends")).to_be_hidden()
            dialog.get_by_label("From date").fill(day)
            dialog.get_by_label("From time").fill("14:00")
            dialog.get_by_label("To date").fill(day)
            dialog.get_by_label("To time").fill("15:30")
        save(page)
    changes = page.get_by_role("region", name="Temporary changes")
    expect(changes.get_by_role("listitem")).to_have_count(3)
    expect(changes.get_by_role("listitem").nth(0)).to_contain_text("Open")
    expect(changes.get_by_role("listitem").nth(0)).to_contain_text("now")
    expect(changes.get_by_role("listitem").nth(2)).to_contain_text("tomorrow 14:00 until tomorrow 15:30")
    expect(changes).to_contain_text("the one that begins last decides")
    page.get_by_text("Change it from a phone").click()
    expect(page.get_by_text("*62*3227811501")).to_be_visible()
    page.get_by_text("Change it from a phone").scroll_into_view_if_needed()
    assert axe(page) == []
    shoot(page, "temporary-codes")
    page.evaluate("window.scrollTo(0, 0)")
    shoot(page, "temporary-schedule")
    assert overflow(page) == 0
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0
    changes.get_by_role("button", name="Take back").click()
    expect(changes.get_by_role("listitem")).to_have_count(2)


def test_from_the_home_page_by_keyboard(enter: Enter) -> None:
    page = enter(people.ADMIN)
    page.goto("/")
    page.get_by_role("row", name="Main number").get_by_role("link", name="Change for a time").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#dialog").get_by_label("Action")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("#dialog").get_by_role("button", name="Save").press("Enter")
    expect(page).to_have_url("/")
    expect(page.get_by_text("temporary", exact=True)).to_be_visible()
    assert axe(page) == []
    shoot(page, "temporary-home")
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0


def test_without_scripts_it_is_a_page_of_its_own(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    page.goto(f"/schedules/{world.main.pk}/temporary/")
    assert axe(page) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It counts from the next call.")).to_be_visible()
