"""The picture of a schedule's result in a real chromium: seen, read in words, walked by its links, without a script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from carillon.demo import people
from carillon.demo.world import World
from carillon.numbers.models import FunctionNumber
from tests.browser.conftest import Enter, axe, overflow, shoot
from tests.browser.test_schedules import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: A day on which clocks change in Brussels.
SPRING, AUTUMN = "2027-03-28", "2027-10-31"
Open = Callable[..., Page]


@pytest.fixture
def function(world: World) -> FunctionNumber:
    """The main number with more in its schedule than the manual's: a forward, a holiday, nights, and some slips."""
    found = world.organization.function_numbers.get(number__value="+3227811501")
    events = found.schedule.events
    week: dict[str, Any] = {"repeat": "week", "weekdays": 0b0011111, "action": "open"}
    lines: list[dict[str, Any]] = [
        {"name": "Labour Day", "repeat": "holiday", "feast_country": "BE", "feast_name": "Labor Day",
         "time_from": time(0), "time_to": time(0)},
        {"name": "fair", "repeat": "none", "starts_at": "2025-03-02T00:00", "ends_at": "2025-03-04T00:00"},
        {"name": "late desk", **week, "weekdays": 0b0001000, "time_from": time(18), "time_to": time(20)},
        {"name": "night watch", "repeat": "day", "action": "forward", "destination": "9011",
         "time_from": time(22), "time_to": time(6)},
        {"name": "lost", "repeat": "day", "action": "forward", "destination": "8888",
         "time_from": time(21), "time_to": time(22)},
    ]  # fmt: skip
    for position, line in enumerate(lines):
        events.create(position=position, **{"action": "closed"} | line)
    events.create(position=90, name="lunch hour", **week | {"time_from": time(9), "time_to": time(10)})
    return found


@pytest.fixture
def visit(enter: Enter, function: FunctionNumber) -> Open:
    def open_page(query: str = "", where: str = "picture/") -> Page:
        page = enter(people.ADMIN)
        page.goto(f"/schedules/{function.pk}/{where}{query}")
        return page

    return open_page


@pytest.mark.parametrize("view", ["week", "month", "year"])
def test_the_picture_is_accessible_and_fits_every_window(visit: Open, view: str) -> None:
    page = visit(f"?view={view}&day={AUTUMN}")
    expect(page.get_by_role("link", name="Year", exact=True)).to_be_visible()
    page.get_by_text("In words").click()
    assert axe(page) == []
    shoot(page, f"schedule-picture-{view}")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert overflow(page) == 0


def test_the_page_of_a_schedule_shows_its_week_and_what_to_look_at(visit: Open, function: FunctionNumber) -> None:
    page = visit(where="")
    expect(page.locator("#picture-week")).to_have_attribute("aria-current", "true")
    expect(page.locator("#warned")).to_contain_text("“fair” has ended: its last day was 3 March 2025.")
    expect(page.locator("#warned")).to_contain_text("“lost” forwards to 8888, which nobody has")
    assert axe(page) == []
    assert overflow(page) == 0
    shoot(page, "schedule-warned")
    page.locator("#warned").get_by_role("link", name="lost").click()
    expect(page.get_by_role("dialog").get_by_label("Name of the event")).to_have_value("lost")
    assert axe(page) == []
    assert function.schedule.events.filter(name="lost").exists()


def test_a_block_opens_the_event_that_decides_it(visit: Open) -> None:
    page = visit("?day=2027-04-28")
    picture(page, "schedule-picture")
    page.get_by_role("link", name="Later").click()
    page.locator(".picture-shape-open").filter(has_text="late desk").locator("rect").first.click()
    expect(page.get_by_role("dialog").get_by_label("Name of the event")).to_have_value("late desk")


def test_the_way_through_time_is_in_the_address(visit: Open) -> None:
    page = visit("?view=month&day=2027-05-03")
    title = page.locator("#picture-title")
    expect(title).to_have_text("May 2027")
    page.get_by_role("link", name="Later").click()
    expect(title).to_have_text("June 2027")
    page.get_by_role("link", name="Year", exact=True).click()
    expect(title).to_have_text("2027")
    page.locator(".picture-heading").get_by_role("link", name="October").click()
    expect(title).to_have_text("October 2027")
    page.go_back()
    expect(title).to_have_text("2027")
    page.get_by_role("link", name="Earlier").click()
    expect(title).to_have_text("2026")
    page.get_by_role("link", name="Today").click()
    expect(page.locator("#picture-today")).to_have_attribute("aria-current", "date")


def test_by_keyboard_each_time_of_a_day_leads_to_its_event(visit: Open) -> None:
    page = visit("?day=2027-05-03")
    page.locator(".picture-words > summary").focus()
    page.keyboard.press("Enter")
    saturday = page.get_by_role("row", name="Saturday 8 May")
    expect(saturday).to_contain_text("00:00 – 06:00 forwarded night watch")
    saturday.get_by_role("link", name="lost").press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Name of the event")).to_have_value("lost")


def test_a_day_on_which_clocks_change_says_so_in_words(visit: Open) -> None:
    page = visit(f"?day={SPRING}")
    expect(page.locator(".picture-skipped rect")).to_have_count(1)
    page.get_by_text("In words").click()
    expect(page.get_by_role("row", name="Sunday 28 March")).to_contain_text("At 02:00 the clock is set to 03:00.")
    page.goto(page.url.replace(SPRING, AUTUMN))
    page.get_by_text("In words").click()
    expect(page.get_by_role("row", name="Sunday 31 October")).to_contain_text("02:00 – 03:00, once more")


def test_without_a_script_a_block_is_a_plain_link(
    browser: Browser, enter: Enter, function: FunctionNumber, live_server: LiveServer
) -> None:
    cookies = enter(people.ADMIN).context.cookies()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="en-GB")
    context.add_cookies(cookies)  # type: ignore[arg-type]  # what playwright gave
    page = context.new_page()
    page.goto(f"/schedules/{function.pk}/?view=week&day=2027-05-03")
    expect(page.locator("#picture-title")).to_have_text("3 May – 9 May 2027")
    page.locator(".picture-shape-open").filter(has_text="late desk").locator("rect").first.click()
    expect(page.get_by_label("Name of the event")).to_have_value("late desk")
    context.close()
