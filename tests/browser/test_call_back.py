"""A recording by telephone in a real chromium: the form, the page that follows the call, its failure and its end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from carillon.demo import people
from carillon.demo.world import World
from carillon.prompts import call_backs, making
from carillon.prompts.models import CallBack
from carillon.prompts.tests.test_call_back import TONE
from tests.browser.conftest import Enter, axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
State = CallBack.State


def tell(state: State, error: str = "") -> None:
    """Say what call control would."""
    # A long test must not run into the limits of a call that nobody carries out.
    later = timezone.now() + timedelta(minutes=5)
    CallBack.objects.update(state=state, error=error, changed_at=later)


def begun(page: Page, phone: str = "") -> None:
    page.goto("/prompts/new/?next=/schedules/")
    page.get_by_label("Prompt name").fill("Bell shop")
    page.get_by_label("Prompt description").fill("Welcome to our shop. We are open from nine to five.")
    page.get_by_label("Record the file").check()
    expect(page.get_by_role("button", name="Continue")).to_be_hidden()
    if phone:
        page.get_by_label("Phone number").fill(phone)


def test_the_form_suggests_colleagues_and_says_beside_the_field_what_is_no_users_number(
    enter: Enter, world: World
) -> None:
    page = enter(people.SCHEDULES_ADMIN)
    begun(page, "Pee")
    expect(page.locator("#record-phones option", has_text="An Peeters").first).to_be_attached()
    shoot(page, "call-back-form")
    page.get_by_label("Phone number").fill("0478 11 22 33")
    page.get_by_role("button", name="Initialize call").click()
    expect(page.locator("#id_phone_error")).to_contain_text("No user has this number.")
    expect(page.get_by_label("Prompt name")).to_have_value("Bell shop")
    assert axe(page) == []
    assert overflow(page) == 0


def test_the_page_follows_the_call_until_the_prompt_is_saved(
    enter: Enter, world: World, settings: Settings, tmp_path: object
) -> None:
    settings.PROMPTS = tmp_path
    page = enter(people.ADMIN)
    begun(page, "9101")
    page.get_by_label("Phone number").press("Enter")
    now = page.locator("[aria-current=step]")
    expect(now).to_contain_text("Calling 9101")
    assert axe(page) == []
    page.get_by_role("button", name="Hang up").focus()
    for state, title in ((State.ANSWERED, "Answered"), (State.RECORDING, "Recording"), (State.LISTENING, "Listening")):
        tell(state)
        expect(now).to_contain_text(title, timeout=4000)
    # The keyboard stays where it was.
    expect(page.get_by_role("button", name="Hang up")).to_be_focused()
    shoot(page, "call-back-listening")
    assert overflow(page) == 0
    row = CallBack.objects.get()
    assert call_backs.keep(row.token, TONE)
    expect(page.get_by_text("is being made")).to_be_visible(timeout=4000)
    making.make.func(row.making_id)
    expect(page.get_by_text("The prompt “Bell shop” is saved.")).to_be_visible(timeout=4000)
    assert world.organization.prompts.get(name="Bell shop").audio.exists()


def test_a_failure_is_told_and_one_click_calls_again(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    begun(page, "9101")
    page.get_by_role("button", name="Initialize call").click()
    expect(page.locator("[aria-current=step]")).to_contain_text("Calling 9101")
    tell(State.FAILED, "no_answer")
    expect(page.get_by_role("alert")).to_contain_text("An Peeters did not answer.", timeout=4000)
    assert axe(page) == []
    assert overflow(page) == 0
    shoot(page, "call-back-failed")
    page.get_by_role("link", name="Change", exact=True).click()
    expect(page.get_by_label("Phone number")).to_have_value("9101")
    expect(page.get_by_label("Prompt description")).to_have_value("Welcome to our shop. We are open from nine to five.")
    page.go_back()
    page.get_by_role("button", name="Call again").click()
    expect(page.locator("[aria-current=step]")).to_contain_text("Calling 9101")
    assert CallBack.objects.filter(state=State.WAITING).count() == 1
    page.get_by_role("button", name="Hang up").click()
    expect(page.get_by_role("alert")).to_contain_text("You ended the call.")
