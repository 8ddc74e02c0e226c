"""The call log in a real chromium: filter, page, open a ladder, read why; accessible and readable on a phone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from carillon.calls.models import Call
from carillon.demo import history, people
from carillon.demo.world import World
from tests.browser.conftest import Enter, axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def past(world: World) -> None:
    """Thirty days of calls."""
    history.write(world, NOW)


def test_a_call_is_found_and_tells_why(enter: Enter) -> None:
    page = enter(people.ADMIN)
    page.goto("/")
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Call log").click()
    rows = page.locator("table.log tbody tr")
    expect(rows).to_have_count(50)
    assert axe(page) == []
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    assert axe(page) == []
    shoot(page, "call-log")
    page.get_by_label("Result", exact=True).select_option(label="Answered")
    page.get_by_label("Function number", exact=True).select_option(label="Main number, +3227811501")
    page.get_by_label("Number or name").fill("greet")
    page.get_by_role("button", name="Search").click()
    expect(rows.first).to_contain_text("Greet Wouters")
    expect(page.get_by_label("Number or name")).to_have_value("greet")
    rows.first.get_by_role("link").click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    story = page.locator(".story")
    expect(story).to_contain_text("decides: open.")
    expect(story).to_contain_text("Greet Wouters answers after")
    expect(page.get_by_text("is passed over")).to_be_hidden()
    page.get_by_text("event was passed over").or_(page.get_by_text("events were passed over")).click()
    expect(page.get_by_text("is passed over").first).to_be_visible()
    page.get_by_text("The way through the plan").click()
    expect(story).to_contain_text("ring for at most 20 s: answered.")
    assert axe(page) == []
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    assert axe(page) == []
    shoot(page, "ladder")
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0


def test_pages_follow_each_other_and_come_back(enter: Enter) -> None:
    page = enter(people.ADMIN)
    page.goto("/calls/")
    first = page.locator("table.log tbody tr").first.inner_text()
    page.get_by_role("link", name="Older").click()
    expect(page.locator("table.log tbody tr").first).not_to_have_text(first)
    page.get_by_role("link", name="Newer").click()
    assert page.locator("table.log tbody tr").first.inner_text() == first
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0


def test_nothing_found_is_said_and_undone(enter: Enter) -> None:
    page = enter(people.ADMIN)
    page.goto("/calls/?q=nobodycalledthis")
    expect(page.get_by_text("No call matches")).to_be_visible()
    assert axe(page) == []
    shoot(page, "call-log-nothing")
    page.get_by_role("link", name="Clear filters").first.click()
    expect(page.locator("table.log tbody tr")).to_have_count(50)
    page.goto("/calls/?q=x&since=2026-13-44")
    expect(page.get_by_text("Type at least 2 letters or digits.")).to_be_visible()
    assert axe(page) == []
    shoot(page, "call-log-wrong")


def test_a_long_ladder_stays_readable(enter: Enter, world: World) -> None:
    """A forwarded call with a prompt, many phones, and long names."""
    page = enter(people.ADMIN)
    call = Call.objects.filter(called="9106").first() or Call.objects.latest("place")
    names = [f"Maximiliane Constantia van Zuylen-Hohenstein {n}" for n in range(14)]
    at = call.started_at.isoformat()
    ends = call.ended_at.isoformat()
    call.legs = [
        {"endpoint": f"p{n}", "name": name, "rang_at": at, "answered_at": None, "ended_at": ends, "result": "no_answer"}
        for n, name in enumerate(names)
    ]
    call.heard = [{"prompt": "A greeting whose name is much too long to stand on an arrow", "sha256": "", "at": at}]
    call.caller_name = names[0]
    call.save()
    page.goto(f"/calls/{call.pk}/")
    expect(page.get_by_text("6 more phones rang")).to_be_visible()
    assert axe(page) == []
    shoot(page, "ladder-long")
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0
