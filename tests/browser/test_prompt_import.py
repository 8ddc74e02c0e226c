"""A file imported in a real chromium: a refused one leaves the rest, a good one is seen and heard before it is kept."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from carillon.demo import people
from carillon.demo.world import World
from carillon.jobs.worker import Worker
from carillon.prompts.tests.sounds import encoded
from tests.browser.conftest import Enter, axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHRASE = "Welcome to the bell foundry. Our shop is closed on Monday; on all other days it opens at nine."


@pytest.fixture
def work(tmp_path: Path, settings: Settings) -> Callable[[], None]:
    """Do the job that the page asked for."""
    settings.PROMPTS = tmp_path

    def once() -> None:
        worker = Worker()
        job = worker.take()
        assert job
        worker.work(job)

    return once


def voice(rate: int = 44100) -> array[float]:
    """Something like a person who speaks too loudly, after a second of nothing."""
    rng, found = random.Random(7), array("f", bytes(4 * rate))
    for word in range(14):
        loud, long = rng.uniform(0.4, 1.4), rng.randrange(rate // 8, rate // 3)
        found.extend(
            max(-1.0, min(1.0, loud * math.sin(math.pi * n / long) ** 0.7 * math.sin(n * (0.02 + word % 5 * 0.004))))
            for n in range(long)
        )
        found.extend(array("f", bytes(4 * rng.randrange(rate // 20, rate // 6))))
    return found


def choose(page: Page, name: str, content: bytes) -> None:
    page.get_by_label("File", exact=True).set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_role("button", name="Import", exact=True).click()


def the_sound_is_told_of(page: Page) -> None:
    """Its facts, a warning, its picture, and the sound itself."""
    facts = page.locator(".sound-facts")
    expect(facts).to_contain_text("WAV, 44.1 kHz, stereo")
    expect(facts).to_contain_text("1.0 seconds, shortened to 0.2")
    expect(page.locator(".alert")).to_contain_text("of the file is clipped")
    expect(page.get_by_role("img", name="Picture of the sound")).to_be_visible()
    assert page.evaluate("document.querySelector('audio').play().then(() => true)")
    page.evaluate("document.querySelector('audio').pause()")
    assert axe(page) == []
    shoot(page, "prompt-report")


def test_a_file_is_imported_and_seen_and_heard_before_it_is_kept(
    enter: Enter, world: World, work: Callable[[], None]
) -> None:
    page = enter(people.ADMIN)
    page.goto("/prompts/new/?next=/schedules/")
    expect(page.get_by_role("group", name="File selection")).to_be_visible()
    expect(page.get_by_label("Import the file")).to_be_checked()
    expect(page.get_by_role("button", name="Continue")).to_be_hidden()
    page.get_by_label("Prompt name").fill("Foundry")
    description = page.get_by_label("Prompt description")
    description.fill(PHRASE)
    expect(page.locator(".characters-left").first).to_have_text(f"{1000 - len(PHRASE)} characters left")
    description.press_sequentially("\n!")
    expect(page.locator(".characters-left").first).to_have_text(f"{1000 - len(PHRASE) - 3} characters left")
    assert axe(page) == []
    shoot(page, "prompt-import")
    choose(page, "letter.wav", b"Dear Sir, please find enclosed our prompt.\n")
    work()
    expect(page.locator("#id_file_error")).to_contain_text("This is not a sound file.")
    expect(page.get_by_label("Prompt name")).to_have_value("Foundry")
    expect(description).to_have_value(f"{PHRASE}\n!")
    expect(page.get_by_label("Import the file")).to_be_checked()
    assert axe(page) == []
    shoot(page, "prompt-import-refused")
    choose(page, "foundry “shop”.WAV", encoded("wav", "pcm_s16le", voice(), 44100, "stereo"))
    expect(page.get_by_role("progressbar")).to_be_visible()
    work()
    the_sound_is_told_of(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("The prompt “Foundry” is saved.")
    version = world.organization.prompts.get(name="Foundry").versions.get()
    assert (version.source, version.how, len(version.peaks)) == ("foundry “shop”.WAV", "file", 200)


def test_a_file_is_imported_without_javascript(enter: Enter, world: World, work: Callable[[], None]) -> None:
    page = enter(people.ADMIN)
    page.route("**/*.js", lambda route: route.abort())
    page.goto("/prompts/new/?next=/schedules/")
    page.get_by_label("Prompt name").fill("Foundry")
    choose(page, "x.flac", encoded("flac", "flac", voice(8000), 8000, "mono"))
    work()
    page.reload()
    expect(page.locator(".sound-facts")).to_contain_text("FLAC, 8 kHz, mono")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("main")).to_contain_text("Main number")
    assert world.organization.prompts.filter(name="Foundry").exists()
