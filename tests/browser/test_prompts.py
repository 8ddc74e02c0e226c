"""Chapter 4 of the manual in a real browser: the list of voice prompts, a new one, its page, and the red cross."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import expect
from pytest_django.fixtures import Settings

from carillon.accounts.models import User
from carillon.demo import people
from carillon.demo.world import World
from carillon.prompts.models import How
from carillon.prompts.tests.builders import deliver, record, tone
from tests.browser.conftest import Enter, axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def bundle() -> None:
    """The page is looked at as people get it."""
    ui = Path(django_settings.PROJECT) / "build" / "static" / "ui"
    assert (ui / "app.css").exists(), "run tools/frontend.py first"


@pytest.fixture(autouse=True)
def heard(world: World, settings: Settings, tmp_path: Path) -> None:
    """The demo world with sounds, and some prompts of its own."""
    settings.PROMPTS = tmp_path
    organization = world.organization
    deliver(organization)
    ann = User.objects.get(username=people.ADMIN)
    mch = organization.prompts.get(name="MCH")
    for number in range(4):
        record(mch, "", tone(400 + number, 4.2), How.FILE, f"welcome MCH take {number + 1}.wav", ann)
    record(mch, "nl", tone(410, 6), How.SPEECH, "Welkom bij MCH. Wij zijn zo bij u.", ann)
    record(mch, "nl", tone(411, 6.4), How.MICROPHONE, "", ann)
    organization.prompts.create(name="Christmas closing", description="We are closed from 24 December to 2 January.")
    long = organization.prompts.create(
        name="Bellringers " * 6, description="Dear caller, our bell foundry in Leuven is visited by many. " * 12
    )
    record(long, "fr", tone(420, 75), How.CALL, "9101", ann)
    busy = organization.prompts.get(key="ooo_greeting")
    record(busy, "fr", tone(430, 3), How.SPEECH, "Nous sommes absents.", ann)
    world.main.schedule.events.filter(is_default=False).update(prompt=mch)


def test_look(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    page.goto("/prompts/")
    shoot(page, "prompts")
    assert axe(page) == []
    page.goto("/prompts/?q=nothing+like+it")
    shoot(page, "prompts-empty")
    assert axe(page) == []
    mch = world.organization.prompts.get(name="MCH")
    page.goto(f"/prompts/{mch.pk}/")
    page.locator(".versions summary").first.click()
    shoot(page, "prompt")
    assert axe(page) == []
    busy = world.organization.prompts.get(key="ooo_greeting")
    page.goto(f"/prompts/{busy.pk}/")
    shoot(page, "prompt-system")
    page.get_by_role("link", name="Reset to the original").click()
    expect(page.locator("#dialog")).to_be_visible()
    shoot(page, "prompt-reset")
    page.goto("/prompts/")
    page.get_by_role("link", name="Delete “MCH”").click()
    expect(page.locator("#dialog")).to_be_visible()
    shoot(page, "prompt-delete-refused")
    assert overflow(page) == 0
