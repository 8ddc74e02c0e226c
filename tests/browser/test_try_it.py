"""The page of Try it in a real chromium: its fields, its slips and its looks; the calls are in tests/calls."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from carillon.demo import people
from carillon.demo.world import World
from tests.browser.conftest import Enter, axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def telephone(enter: Enter) -> Page:
    """The telephone with the main number, reached from its schedule."""
    opened = enter(people.ADMIN)
    opened.goto("/schedules/")
    opened.get_by_role("link", name="Main number", exact=True).click()
    opened.get_by_role("link", name="Try it").last.click()
    return opened


def test_the_number_of_the_page_that_led_here_is_called(telephone: Page) -> None:
    page = telephone
    expect(page.get_by_label("Called number")).to_have_value("+3227811501")
    expect(page.get_by_label("Prompt", exact=True)).to_be_hidden()
    expect(page.get_by_label("Date")).to_be_hidden()
    expect(page.get_by_label("The phones")).to_have_value("ring")
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
        assert axe(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0


def test_as_if_it_were_another_day_rings_nobody_unless_asked_to(telephone: Page) -> None:
    page = telephone
    page.get_by_label("As if it were").check()
    expect(page.get_by_label("Date")).to_be_visible()
    expect(page.get_by_label("The phones")).to_have_value("answered")
    page.get_by_label("Now").check()
    expect(page.get_by_label("The phones")).to_have_value("ring")


def test_a_slip_is_told_beside_its_field_and_nothing_typed_is_lost(telephone: Page) -> None:
    page = telephone
    page.get_by_label("Called number").fill("+32475123456")
    page.get_by_label("Number shown to the others").fill("twelve")
    page.get_by_label("As if it were").check()
    page.get_by_label("Date").fill("2026-02-31")
    page.get_by_label("Time").fill("")
    page.get_by_role("button", name="Call").click()
    expect(page.locator(".field-error")).to_have_count(4)
    expect(page.get_by_text("Only numbers of your organization can be tried")).to_be_visible()
    expect(page.get_by_label("Number shown to the others")).to_have_value("twelve")
    expect(page.get_by_label("Called number")).to_be_focused()
    assert axe(page) == []
    shoot(page, "try-it-errors")


def test_a_prompt_of_a_schedule_is_heard_from_there(enter: Enter, world: World) -> None:
    page = enter(people.SCHEDULES_ADMIN)
    page.goto(f"/schedules/{world.main.pk}/")
    page.get_by_role("link", name="Hear “Ooo greeting”").click()
    expect(page.get_by_label("A prompt")).to_be_checked()
    expect(page.get_by_label("Prompt", exact=True).locator("option:checked")).to_have_text("Ooo greeting")
    expect(page.get_by_label("Called number")).to_be_hidden()
    assert axe(page) == []
    shoot(page, "try-it-prompt")


def test_a_plain_user_has_no_telephone(enter: Enter) -> None:
    page = enter(people.PLAIN_USER)
    answer = page.goto("/calls/try/")
    assert answer
    assert answer.status == 403
