"""The picture of a schedule's result in a real chromium: seen, read in words, walked by its links, without a script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

import pytest
from playwright.sync_api import Page, expect

from carillon.demo import people
from carillon.demo.world import World
from carillon.numbers.models import FunctionNumber
from tests.browser.conftest import Enter, axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: A day on which clocks change in Brussels.
SPRING, AUTUMN = "2027-03-28", "2027-10-31"
Open = Callable[..., Page]


@pytest.fixture
def function(world: World) -> FunctionNumber:
    """The main number with more in its schedule than the manual's: a forward, a holiday, nights, and some slips."""
    found = world.organization.function_numbers.get(number__value="+3227811501")
    events = found.schedule.events
    week = {"repeat": "week", "weekdays": 0b0011111, "action": "open"}
    lines = [
        {"name": "Labour Day", "repeat": "holiday", "feast_country": "BE", "feast_name": "Labor Day", "action": "closed"},
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
