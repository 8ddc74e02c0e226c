"""Chapter 5 of the manual, followed step by step in a real chromium; then a new hunt group."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from carillon.accounts.models import User
from carillon.demo.world import World
from carillon.schedules.models import ScheduleEvent
from tests.browser.conftest import axe, overflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


IMAGES = Path(settings.PROJECT) / "docs" / "manual" / "images"
Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer) -> Iterator[Visit]:
    """Open a page as somebody; whatever chromium logs as an error fails the test."""
    contexts, faults = [], []

    def open_page(person: User, address: str, *, width: int = 1440, dark: bool = False, script: bool = True) -> Page:
        client = Client()
        client.force_login(person)
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            locale="en-GB",
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    # That something is gone is what a test of it is about; the page has to mend itself.
    assert not [fault for fault in faults if "404" not in fault]


@pytest.fixture
def admin(world: World) -> User:
    found = world.organization.users.filter(is_admin=True).first()
    assert found
    return found


@pytest.fixture
def page(world: World, admin: User, visit: Visit) -> Page:
    """The schedule of the main number."""
    opened = visit(admin, "/schedules/")
    opened.get_by_role("link", name="Main number", exact=True).click()
    return opened


def picture(page: Page, name: str) -> None:
    """Keep a picture for the manual; it is made anew on request, since each one differs in its clock."""
    path = IMAGES / f"{name}.png"
    if os.environ.get("CARILLON_IMAGES") or not path.exists():
        page.wait_for_timeout(150)
        page.screenshot(path=path)


def names(page: Page) -> list[str]:
    return page.locator("tbody[data-sortable] th[scope=row] a").all_inner_texts()


def test_the_list_shows_the_states(world: World, admin: User, visit: Visit) -> None:
    page = visit(admin, "/schedules/")
    row = page.get_by_role("row").filter(has_text="Main number")
    expect(row).to_contain_text("+3227811501")
    expect(row).to_contain_text("Hunt group")
    expect(row.locator(".state")).to_have_text(["open"] if row.locator(".state-open").count() else ["closed"])
    picture(page, "schedules")


def test_opening_hours_of_the_week_are_changed(page: Page) -> None:
    assert names(page) == ["1 jan", "pm", "am"]
    picture(page, "schedule")
    page.get_by_role("link", name="am", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Edit schedule event")
    expect(dialog.get_by_label("Repeat")).to_have_value("week")
    picture(page, "schedule-event")
    dialog.get_by_label("Time from").fill("9:00")
    dialog.get_by_label("Saturday").check(force=True)
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="am", exact=True))
    expect(row).to_contain_text("Per week, 09:00 - 12:30")
    expect(row).to_contain_text("Monday to Saturday")
    expect(page.get_by_role("status")).to_contain_text("Saved")


def test_an_event_that_a_colleague_deleted_goes_from_the_page_when_it_is_clicked(page: Page) -> None:
    expect(page.get_by_role("link", name="am", exact=True)).to_be_visible()
    ScheduleEvent.objects.filter(name="am").delete()
    page.get_by_role("link", name="am", exact=True).click()
    expect(page.get_by_role("link", name="am", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="pm", exact=True)).to_be_visible()


def test_a_slip_is_shown_beside_its_field_and_nothing_typed_is_lost(page: Page) -> None:
    page.get_by_role("link", name="am", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name of the event").fill("morning")
    dialog.get_by_label("Time to").fill("25:00")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_label("Time to")).to_be_focused()
    expect(dialog.locator(".field-error")).to_contain_text("Type a time as 08:30.")
    expect(dialog.get_by_label("Name of the event")).to_have_value("morning")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert "am" in names(page)


def test_a_holiday_with_its_prompt_is_added_on_top(page: Page) -> None:
    page.get_by_role("link", name="Add new schedule event").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name of the event").fill("1jan")
    dialog.get_by_label("Repeat").select_option(label="Every year")
    expect(dialog.get_by_label("Time from")).to_be_hidden()
    dialog.get_by_label("From date").fill("2020-01-01")
    dialog.get_by_label("To date").fill("2020-01-02")
    expect(dialog.get_by_label("End", exact=True)).to_have_value("never")
    dialog.get_by_label("Prompt").select_option(label="Ooo greeting")
    dialog.get_by_label("Action").select_option(label="Closed")
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="1jan", exact=True))
    expect(row).to_contain_text("Every year 2020-01-01 00:00 - 2020-01-02 00:00")
    expect(row).to_contain_text("Ooo greeting")
    expect(row).to_contain_text("Closed")
    assert names(page)[0] == "1jan"


def test_a_forward_asks_for_its_destination_and_suggests_who_is_there(page: Page) -> None:
    page.get_by_role("link", name="Add new schedule event").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Destination")).to_be_hidden()
    dialog.get_by_label("Name of the event").fill("inventory")
    dialog.get_by_label("Time from").fill("20:00")
    dialog.get_by_label("Time to").fill("21:00")
    dialog.get_by_label("Action").select_option(label="Forward")
    dialog.get_by_label("Destination").press_sequentially("second")
    expect(page.locator("#destinations option[value='9011']")).to_have_count(1)
    dialog.get_by_label("Destination").fill("second group")
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="inventory"))
    expect(row).to_contain_text("second group, 9011")


def test_events_are_reordered_by_keyboard_and_the_focus_stays(page: Page) -> None:
    page.get_by_role("button", name="Move “am” up").focus()
    page.keyboard.press("Enter")
    expect(page.locator("tbody[data-sortable] th[scope=row] a")).to_have_text(["1 jan", "am", "pm"])
    expect(page.get_by_role("button", name="Move “am” up")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("tbody[data-sortable] th[scope=row] a")).to_have_text(["am", "1 jan", "pm"])
    page.reload()
    assert names(page) == ["am", "1 jan", "pm"]


def test_events_are_reordered_by_dragging(page: Page) -> None:
    handles = page.locator(".drag-handle")
    handles.nth(2).drag_to(handles.nth(0), target_position={"x": 5, "y": 1})
    expect(page.get_by_role("status")).to_contain_text("The new order is saved.")
    page.reload()
    assert names(page)[0] == "am"


def test_an_event_is_deleted_and_comes_back_with_undo(page: Page) -> None:
    page.get_by_role("link", name="Delete “pm”").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete “pm”?")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator("tbody[data-sortable] th[scope=row] a")).to_have_text(["1 jan", "am"])
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("tbody[data-sortable] th[scope=row] a")).to_have_text(["1 jan", "pm", "am"])


def test_the_default_event_is_edited_and_stays_last(page: Page) -> None:
    page.get_by_role("link", name="Edit default schedule event").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Repeat")).to_have_count(0)
    dialog.get_by_label("Action").select_option(label="Open")
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has_text="Edit default schedule event")
    expect(row).to_contain_text("Always")
    expect(row).to_contain_text("Open")


def test_everything_works_without_javascript(world: World, admin: User, visit: Visit) -> None:
    page = visit(admin, f"/schedules/{world.main.pk}/", script=False)
    page.get_by_role("link", name="am", exact=True).click()
    page.get_by_label("Time from").fill("09:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("main")).to_contain_text("Per week, 09:00 - 12:30")
    page.get_by_role("button", name="Move “am” up").click()
    assert names(page) == ["1 jan", "am", "pm"]
    page.get_by_role("link", name="Delete “pm”").click()
    page.get_by_role("button", name="Delete").click()
    assert names(page) == ["1 jan", "am"]


def test_a_new_hunt_group_is_created_opened_and_given_members(world: World, admin: User, visit: Visit) -> None:
    page = visit(admin, "/hunt-groups/")
    page.get_by_role("link", name="New hunt group").click()
    page.get_by_label("Name", exact=True).fill("Night desk")
    page.get_by_label("Number", exact=True).fill("9055")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("main")).to_contain_text("This number is closed.")
    picture(page, "hunt-group")
    page.get_by_role("button", name="Open Monday to Friday 08:30 - 12:30 and 13:30 - 18:00").click()
    expect(page.get_by_text("This number is closed.")).to_have_count(0)
    for member in (str(admin), "0470 12 34 56"):
        page.get_by_label("Add a member").fill(member)
        page.get_by_role("button", name="Add member").click()
    members = page.locator("table.members th[scope=row]")
    expect(members).to_contain_text([str(admin), "+32470123456"])
    page.locator(".members .drag-handle").nth(1).drag_to(
        page.locator(".members .drag-handle").nth(0), target_position={"x": 5, "y": 1}
    )
    expect(members).to_contain_text(["+32470123456", str(admin)])


def test_a_plain_user_sets_the_own_forward(world: World, visit: Visit) -> None:
    person = world.organization.users.filter(is_admin=False, user_groups__schedules_admin=False).first()
    assert person
    person.language = "en"
    person.save()
    page = visit(person, "/my-calls/")
    page.get_by_label("Forward all calls to").fill("+33 1 42 68 53 00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field-error")).to_contain_text("abroad")
    page.get_by_label("Forward all calls to").fill("9011")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("main")).to_contain_text("All calls go to second group, 9011.")
    page.get_by_role("button", name="End the forward").click()
    expect(page.get_by_role("main")).to_contain_text("No forward")


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (390, False), (390, True)])
def test_no_page_has_a_fault_of_access_or_is_too_wide(
    world: World, admin: User, visit: Visit, *, width: int, dark: bool
) -> None:
    world.organization.function_numbers.filter(pk=world.second.pk).update(name="N" * 80)
    main, event = world.main.pk, world.main.schedule.events.get(name="am").pk
    pages = [
        *("/schedules/", f"/schedules/{main}/", f"/schedules/{main}/events/{event}/", f"/schedules/{main}/timezone/"),
        *("/hunt-groups/", "/hunt-groups/add/", f"/hunt-groups/{world.second.pk}/", f"/hunt-groups/{main}/delete/"),
        *("/users/", f"/users/{admin.pk}/", "/my-calls/", "/help/schedules/"),
    ]
    page = visit(admin, "/users/", width=width, dark=dark)
    if width == 1440 and not dark:
        picture(page, "users")
    faults: dict[str, list[str]] = {}
    for address in pages:
        page.goto(address)
        faults[address] = axe(page) + (["too wide"] if overflow(page) > 0 else [])
    page.goto(f"/schedules/{main}/")
    page.get_by_role("link", name="am", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    faults["dialog"] = axe(page)
    assert {address: found for address, found in faults.items() if found} == {}
