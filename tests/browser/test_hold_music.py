"""Music on hold in a real browser: found by keyboard, heard before it is saved, undone, and whole on a small screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.fixtures import Settings

from carillon.asterisk.music import hold_music
from carillon.demo import people
from carillon.demo.world import World
from carillon.prompts.models import HoldMusic
from carillon.prompts.speech import keep
from tests.browser.conftest import Enter, axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def bundle() -> None:
    """The page is looked at as people get it."""
    assert (Path(settings.PROJECT) / "build" / "static" / "ui" / "app.css").exists(), "run tools/frontend.py first"


@pytest.fixture(autouse=True)
def heard(world: World, tmp_path: Path, settings: Settings) -> None:
    """The music, and one prompt of the organization's own, can be heard."""
    settings.PROMPTS = tmp_path
    sound = {"sha256": keep(tmp_path, hold_music()), "milliseconds": 24000}
    for prompt in world.organization.prompts.filter(name__in=("Music on hold", "MCH", "Midcall hold current")):
        prompt.audio.create(**sound)


def test_the_levels_and_a_level_are_accessible_and_fit_a_phone(enter: Enter, world: World) -> None:
    organization, page = world.organization, enter(people.ADMIN)
    organization.hold_music.create(prompt=organization.prompts.get(name="MCH"), function_number=world.second)
    announcement = organization.prompts.get(key="midcall_hold_current")
    organization.hold_music.create(prompt=announcement, user=organization.users.get(first_name="An"))
    page.goto(reverse("hold:levels") + "?q=an")
    assert axe(page) == []
    shoot(page, "hold-music")
    for address in (
        reverse("hold:organization"),
        reverse("hold:number", args=[world.second.pk]),
        reverse("hold:user", args=[organization.users.get(first_name="An").pk]),
    ):
        page.goto(address)
        assert axe(page) == []
    shoot(page, "hold-music-user")
    page.set_viewport_size({"width": 390, "height": 844})
    for address in (reverse("hold:levels") + "?q=an", reverse("hold:number", args=[world.second.pk])):
        page.goto(address)
        assert overflow(page) == 0


def test_music_is_chosen_heard_saved_undone_and_reset(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    page.goto("/")
    page.get_by_role("link", name="Music on hold", exact=True).click()
    page.get_by_label("Enter part of user ID, first or last name:").fill("peet")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="An Peeters").click()
    page.get_by_label("Music on hold", exact=True).select_option(label="MCH")
    expect(page.locator("audio[aria-label='Hear “MCH”']")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It counts from the next hold.")).to_be_visible()
    assert HoldMusic.objects.get().prompt.name == "MCH"
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Heard now")).to_be_visible()
    assert not HoldMusic.objects.exists()
    page.get_by_label("Music on hold", exact=True).select_option(label="MCH")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Reset to inherited").click()
    expect(page.get_by_role("button", name="Reset to inherited")).to_have_count(0)
    assert not HoldMusic.objects.exists()
