"""Public holidays in a real chromium: chosen by country and region, added together, seen on the schedule's page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from carillon.demo import people
from carillon.demo.world import World
from tests.browser.conftest import Enter, axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def choose(page: Page, world: World) -> None:
    page.goto(f"/schedules/{world.main.pk}/")
    page.get_by_role("link", name="Add public holidays").first.click()
    expect(page.get_by_role("heading", name="Add public holidays")).to_be_visible()


def test_the_holidays_of_a_community_are_added_together(world: World, enter: Enter) -> None:
    page = enter(people.ADMIN)
    choose(page, world)
    expect(page.get_by_label("Country")).to_have_value("BE")
    assert page.get_by_label("Country").locator("option").first.inner_text() == "Belgium"
    assert axe(page) == []
    shoot(page, "holidays-choose")
    page.reload()
    page.get_by_label("Prompt").select_option(label="Ooo greeting")
    page.get_by_label("Easter Sunday").uncheck()
    page.get_by_label("Region").select_option(label="Flemish Community")
    expect(page.get_by_label("Day of the Flemish Community")).to_be_checked()
    assert "region=VLG" in page.url
    # What was filled in before stays.
    expect(page.get_by_label("Easter Sunday")).not_to_be_checked()
    page.get_by_role("button", name="Add the chosen holidays").click()
    expect(page.get_by_role("status")).to_contain_text("12 public holidays are added.")
    rows = page.locator("tbody[data-sortable] th[scope=row] a").all_inner_texts()
    assert rows[:3] == ["New Year's Day", "Easter Monday", "Labor Day"]
    monday = page.locator("tbody[data-sortable] tr").filter(has_text="Easter Monday")
    expect(monday).to_contain_text("Public holiday: Easter Monday (Belgium)")
    expect(monday).to_contain_text("next 20")
    community = page.locator(".next-holidays tr").filter(has_text="Day of the Flemish Community")
    expect(community).to_contain_text("A caller hears “Ooo greeting”, then the call ends.")
    sunday = page.locator(".next-holidays tr").filter(has_text="Easter Sunday")
    expect(sunday).to_contain_text("no event of its own")
    assert axe(page) == []
    shoot(page, "holidays-schedule")


def test_a_holiday_is_changed_in_the_dialog_and_shown_where_it_is_chosen(world: World, enter: Enter) -> None:
    page = enter(people.ADMIN)
    page.goto(f"/schedules/{world.main.pk}/holidays/?country=BE&region=VLG")
    page.get_by_label("Choose all").uncheck()
    expect(page.locator("[name=chosen]:checked")).to_have_count(0)
    page.get_by_role("button", name="Add the chosen holidays").click()
    expect(page.locator(".field-error")).to_contain_text("Choose at least one public holiday.")
    page.get_by_label("Choose all").check()
    page.get_by_label("Easter Sunday").uncheck()
    assert page.get_by_label("Choose all").evaluate("it => it.indeterminate")
    page.get_by_role("button", name="Add the chosen holidays").click()
    page.get_by_role("link", name="Easter Monday", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Public holiday: Easter Monday (Belgium)")
    dialog.get_by_label("Time from").fill("12:00")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator(".field-error")).to_contain_text("leave both empty for the whole day")
    assert axe(page) == []
    shoot(page, "holidays-dialog")
    dialog.get_by_label("Time to").fill("18:00")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("tbody[data-sortable] tr").filter(has_text="Easter Monday")).to_contain_text("12:00 - 18:00")
    choose(page, world)
    expect(page.get_by_label("Region")).to_have_value("VLG")
    expect(page.locator(".holiday-there")).to_have_count(12)
    shoot(page, "holidays-again")


@pytest.mark.parametrize("country", ["BE", "MA", "US", "RU", "ZZ"])
def test_the_page_of_a_country_fits_a_phone(world: World, enter: Enter, country: str) -> None:
    page = enter(people.ADMIN)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/schedules/{world.main.pk}/holidays/?country={country}")
    assert overflow(page) <= 0
    assert axe(page) == []
    page.goto(f"/schedules/{world.main.pk}/")
    assert overflow(page) <= 0
