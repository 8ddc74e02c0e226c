"""What if and cases in a real chromium: ask, assume, click on the day, keep a case, and be asked before it flips."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from carillon.demo import people
from carillon.demo.world import World
from tests.browser.conftest import Enter, axe, overflow, shoot
from tests.browser.test_schedules import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ASK = "/calls/what-if/?number=%2B3227811501&date=2026-11-30&time=10:00"
SUNDAY = "/calls/what-if/?number=%2B3227811501&date=2026-11-29&time=10:00"


def sentence(page: Page) -> Locator:
    return page.locator("#answer-sentence")


def test_ask_assume_and_click_on_the_day(world: World, enter: Enter) -> None:
    page = enter(people.ADMIN)
    page.goto("/calls/what-if/")
    assert axe(page) == []
    shoot(page, "what-if-empty")
    page.reload()  # axe leaves empty style attributes behind, which htmx would carry over
    page.get_by_label("Called number").fill("Main number")
    page.get_by_label("Date").fill("2026-11-30")
    page.get_by_label("Time", exact=True).fill("10:00")
    page.get_by_label("Time", exact=True).press("Enter")
    expect(sentence(page)).to_contain_text("the first to pick up has the call")
    for person in ("An Peeters", "Chloe Lambert", "Greet Wouters"):
        page.locator(".legs").get_by_label(person).select_option(label="is busy")
    expect(sentence(page)).to_contain_text("Busy greeting")
    assert page.url.count("assume=") == 3
    box = page.locator(".day-strip").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 9.25 / 24, box["y"] + 20)
    expect(page.get_by_label("Time", exact=True)).to_have_value("09:15")
    page.mouse.click(box["x"] + box["width"] * 12.75 / 24, box["y"] + 20)
    expect(sentence(page)).to_contain_text("On Monday 30 November at 12:45 the caller hears")
    page.locator(".day-bar").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Time", exact=True)).to_have_value("08:30")
    page.locator("#day-previous").click()
    expect(page.get_by_label("Date")).to_have_value("2026-11-29")
    expect(sentence(page)).to_contain_text("On Sunday 29 November at 08:30")


@pytest.mark.parametrize(
    ("name", "address"),
    [("what-if", ASK), ("what-if-closed", SUNDAY), ("what-if-25h", SUNDAY.replace("11-29", "10-25"))],
)
def test_the_page_is_accessible_and_fits(world: World, enter: Enter, name: str, address: str) -> None:
    page = enter(people.ADMIN)
    page.goto(address)
    page.set_viewport_size({"width": 1440, "height": 1300})
    faults = {}
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for theme in ("light", "dark"):
            page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
            faults[f"{width} {theme}"] = axe(page) + (["too wide"] if overflow(page) > 0 else [])
    shoot(page, name)
    page.set_viewport_size({"width": 1440, "height": 1300})
    if name == "what-if":
        picture(page, name)
    assert {key: found for key, found in faults.items() if found} == {}


def test_a_long_way_through_forwards_stays_readable(world: World, enter: Enter) -> None:
    world.main.schedule.events.filter(is_default=True).update(action="forward", destination="9011")
    world.organization.function_numbers.filter(pk=world.second.pk).update(name="N" * 80)
    who = "".join(f"&assume=u{row.user_id}:no_answer" for row in world.second.hunt_group.members.all())
    page = enter(people.ADMIN)
    page.goto(SUNDAY + who)
    expect(page.locator(".way-block")).to_have_count(2)
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert overflow(page) <= 0
    assert axe(page) == []
    shoot(page, "what-if-forward")


def keep(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Keep this as a case").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name")).to_have_value(re.compile("the caller hears|ring"))
    dialog.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("status")).to_contain_text("The case is kept.")


def test_a_case_is_kept_and_asked_about_before_it_flips(world: World, enter: Enter) -> None:
    page = enter(people.ADMIN)
    page.goto("/calls/cases/")
    assert axe(page) == []
    shoot(page, "cases-empty")
    keep(page, SUNDAY)
    page.goto(f"/schedules/{world.main.pk}/")
    page.get_by_role("link", name="am", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Sunday").check(force=True)
    dialog.get_by_label("Name of the event").fill("mornings")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("This flips a case")
    expect(dialog.get_by_role("link", name="Back")).to_be_focused()
    expect(dialog.get_by_label("Name of the event")).to_be_hidden()
    assert axe(page) == []
    shoot(page, "cases-ask")
    picture(page, "cases-ask")
    dialog.get_by_role("link", name="Back").click()
    expect(dialog.get_by_label("Name of the event")).to_have_value("mornings")
    expect(dialog.get_by_label("Sunday")).to_be_checked()
    assert not world.main.schedule.events.filter(name="mornings").exists()
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_role("button", name="Save anyway").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    assert world.main.schedule.events.filter(name="mornings").exists()
    page.goto("/calls/cases/")
    expect(page.get_by_role("main")).to_contain_text("differs")
    assert axe(page) == []
    keep(page, ASK)
    shoot(page, "cases")
    picture(page, "cases")
    page.get_by_role("button", name=re.compile("^Accept what")).click()
    expect(page.get_by_role("main")).not_to_contain_text("differs")


def test_a_page_without_dialog_asks_and_comes_back_as_typed(world: World, enter: Enter) -> None:
    page = enter(people.ADMIN)
    keep(page, ASK)
    page.goto(f"/hunt-groups/{world.main.pk}/")
    page.get_by_label("Name", exact=True).fill("Reception desk")
    page.get_by_label("Ring time in seconds").fill("33")
    page.get_by_label("Strategy").select_option("sequential")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("This flips a case")
    assert axe(page) == []
    shoot(page, "cases-ask-page")
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Reception desk")
    expect(page.get_by_label("Ring time in seconds")).to_have_value("33")
    expect(page.get_by_label("Strategy")).to_have_value("sequential")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save anyway").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    assert world.main.name == "Reception desk"


def test_moving_an_event_by_its_button_asks_in_a_dialog_over_the_page(world: World, enter: Enter) -> None:
    events = world.main.schedule.events
    events.create(
        name="lunch", position=9, action="closed", repeat="day", weekdays=127, time_from="09:00", time_to="12:00"
    )
    page = enter(people.ADMIN)
    keep(page, ASK)
    page.goto(f"/schedules/{world.main.pk}/")
    page.get_by_role("button", name="Move “lunch” up").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("This flips a case")
    dialog.get_by_role("link", name="Back").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Move “lunch” up").click()
    dialog.get_by_role("button", name="Save anyway").click()
    expect(page.get_by_role("status")).to_contain_text("“lunch” is moved.")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("Undone")
