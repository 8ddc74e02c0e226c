"""Chapter 4 of the manual in a real browser: the list of voice prompts, a new one, its page, and the red cross."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import expect
from pytest_django.fixtures import Settings

from carillon.accounts.models import User
from carillon.demo import people
from carillon.demo.sound import tone as sine
from carillon.demo.world import World
from carillon.jobs.worker import Worker
from carillon.prompts.hearing import wav
from carillon.prompts.models import How
from carillon.prompts.sound import alaw
from carillon.prompts.tests.builders import deliver, record, tone
from tests.browser.conftest import Enter, axe, overflow, shoot
from tests.browser.test_schedules import picture

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


@dataclass(frozen=True)
class Words:
    """What the screens call the things of chapter 4."""

    code: str
    title: str
    columns: tuple[str, ...]
    new: str
    name: str
    description: str
    note: str
    file_option: str
    file: str
    go_on: str
    save: str
    saved: str
    delete: str
    delete_button: str
    deleted: str


ENGLISH = Words(
    "en", "Voice prompts", ("Name", "Description", "Last modification", "Delete"), "New voice prompt", "Prompt name",
    "Prompt description", "This prompt will be saved as the default prompt. You can add other languages once",
    "Import the file", "File", "Import", "Save", "The prompt “Bell fair” is saved.", "Delete “Bell fair”", "Delete",
    "The prompt “Bell fair” is deleted.",
)  # fmt: skip
FRENCH = Words(
    "fr", "Invites vocales", ("Nom", "Description", "Dernière modification", "Supprimer"), "Nouvelle invite vocale",
    "Nom de l'invite", "Description de l'invite", "Cette invite sera enregistrée", "Importer le fichier", "Fichier",
    "Importer", "Enregistrer", "L'invite « Bell fair » est enregistrée.", "Supprimer « Bell fair »", "Supprimer",
    "L'invite « Bell fair » est supprimée.",
)  # fmt: skip


@pytest.mark.parametrize("words", [ENGLISH, FRENCH], ids=["English", "French"])
def test_chapter_4_is_followed_word_by_word(enter: Enter, world: World, words: Words) -> None:
    User.objects.filter(username=people.ADMIN).update(language=words.code)
    page = enter(people.ADMIN)
    page.goto("/")
    page.get_by_role("navigation").get_by_role("link", name=words.title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(words.title)
    heads = [text.strip() for text in page.locator("thead th").all_inner_texts()]
    assert [text for text in heads if text in words.columns] == list(words.columns)
    page.get_by_role("link", name=words.new).click()
    page.get_by_label(words.name).fill("Bell fair")
    page.get_by_label(words.description).fill("Welcome to the bell fair.")
    expect(page.get_by_role("main")).to_contain_text(words.note)
    page.get_by_label(words.file_option).check()
    content = wav(alaw(sine([600], 1.0)))
    page.get_by_label(words.file, exact=True).set_input_files(
        {"name": "fair.wav", "mimeType": "audio/wav", "buffer": content}
    )
    page.get_by_role("button", name=words.go_on, exact=True).click()
    page.wait_for_url("**/prompts/making/**")
    work()
    page.get_by_role("button", name=words.save).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bell fair")
    expect(page.locator("#messages")).to_contain_text(words.saved)
    page.get_by_role("navigation").get_by_role("link", name=words.title, exact=True).click()
    page.get_by_role("link", name=words.delete).click()
    page.get_by_role("dialog").get_by_role("button", name=words.delete_button).click()
    expect(page.locator("#messages")).to_contain_text(words.deleted)
    expect(page.get_by_role("link", name="Bell fair", exact=True)).to_have_count(0)
    page.locator(".message-undo").click()
    expect(page.get_by_role("link", name="Bell fair", exact=True)).to_be_visible()


def work() -> None:
    """Do the next job as a worker does."""
    mine = Worker()
    job = mine.take()
    assert job
    mine.work(job)


def test_the_list_and_the_page_are_accessible_and_fit_a_phone(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    prompts = world.organization.prompts
    pages = {
        "prompts": "/prompts/",
        "prompts-empty": "/prompts/?q=nothing+like+it",
        "prompt": f"/prompts/{prompts.get(name='MCH').pk}/",
        "prompt-system": f"/prompts/{prompts.get(key='ooo_greeting').pk}/",
        "prompt-mute": f"/prompts/{prompts.get(name='Christmas closing').pk}/",
        "prompt-delete": f"/prompts/{prompts.get(name='MCH').pk}/delete/",
        "prompt-reset": f"/prompts/{prompts.get(key='ooo_greeting').pk}/reset/",
    }
    for name, address in pages.items():
        page.goto(address)
        if name == "prompt":
            page.locator(".versions summary").first.click()
        shoot(page, name)
        assert axe(page) == [], name
        page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
        assert axe(page) == [], f"{name}, dark"
        page.set_viewport_size({"width": 390, "height": 844})
        assert overflow(page) == 0, name
        page.set_viewport_size({"width": 1440, "height": 900})
        assert overflow(page) == 0, name
    page.goto(f"/prompts/{prompts.get(name__startswith='Bellringers').pk}/")
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0


def test_the_pictures_of_the_manual(enter: Enter, world: World) -> None:
    page, prompts = enter(people.ADMIN), world.organization.prompts
    prompts.filter(name__startswith="Bellringers").delete()
    page.goto("/prompts/")
    picture(page, "prompts")
    page.goto(f"/prompts/{prompts.get(name='MCH').pk}/")
    page.get_by_text("3 earlier versions").click()
    picture(page, "prompt")
    assert overflow(page) == 0


PLAYING = "document.querySelectorAll('.play.playing').length"


def test_nothing_is_loaded_before_a_press_and_one_sound_plays_at_a_time(enter: Enter, world: World) -> None:
    page, asked = enter(people.ADMIN), list[str]()
    page.on("request", lambda request: asked.append(request.url) if "/listen/" in request.url else None)
    page.goto("/prompts/")
    mch = page.get_by_role("button", name="Hear “MCH”")
    long = page.get_by_role("button", name="Hear “Bellringers")
    assert asked == []
    with page.expect_response(lambda answer: "/listen/" in answer.url) as sent:
        long.click()
    assert sent.value.status in {200, 206}
    expect(long).to_have_attribute("aria-pressed", "true")
    mch.focus()
    page.keyboard.press("Space")
    expect(mch).to_have_attribute("aria-pressed", "true")
    expect(long).to_have_attribute("aria-pressed", "false")
    assert page.evaluate(PLAYING) == 1
    page.keyboard.press("Enter")
    expect(mch).to_have_attribute("aria-pressed", "false")
    # At its end it is a play button again: a beep is short.
    beep = page.get_by_role("button", name="Hear “Beep”")
    beep.click()
    expect(beep).to_have_attribute("aria-pressed", "false")
    assert page.url.endswith("/prompts/")


def test_the_list_follows_what_is_typed_and_the_rest_stays(enter: Enter) -> None:
    page = enter(people.ADMIN)
    page.goto("/prompts/?kind=own")
    search = page.get_by_label("Search voice prompts")
    search.press_sequentially("decémber")
    expect(page.locator(".prompts-list tbody tr")).to_have_count(1)
    expect(page.get_by_role("link", name="Christmas closing", exact=True)).to_be_visible()
    expect(page.locator("#prompts-told")).to_have_text("1 voice prompt")
    expect(search).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?q=dec%C3%A9mber&kind=own$"))
    page.get_by_role("navigation", name="Which prompts").get_by_role("link", name="All").click()
    expect(page.get_by_label("Search voice prompts")).to_have_value("decémber")
    search.fill("zzzz")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    page.get_by_text("3 places").click()
    expect(page.locator(".uses-list a").first).to_contain_text("Schedule of Main number")


def test_a_prompt_in_use_is_refused_with_links_and_escape_goes_back(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    page.goto("/prompts/")
    cross = page.get_by_role("link", name="Delete “MCH”")
    cross.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("“MCH” is in use.")
    expect(dialog.get_by_role("link", name="Schedule of Main number")).to_have_count(3)
    expect(dialog.get_by_role("button", name="Delete")).to_have_count(0)
    shoot(page, "prompt-delete-dialog")
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(cross).to_be_focused()


def test_an_earlier_version_is_heard_and_brought_back_and_a_reset_says_what_it_does(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    mch = world.organization.prompts.get(name="MCH")
    page.goto(f"/prompts/{mch.pk}/")
    page.get_by_text("3 earlier versions").click()
    first = page.locator(".version").first
    with page.expect_response(lambda answer: "/versions/" in answer.url):
        first.get_by_role("button", name="Hear “MCH”").click()
    first.get_by_role("button", name="Bring back").click()
    expect(page.locator("#messages")).to_contain_text("Callers hear the earlier recording again")
    expect(page.locator(".recording-from").first).to_contain_text("take 3.wav")
    page.get_by_label("Prompt description").fill("Welcome to MCH.")
    expect(page.locator(".counter")).to_have_text("15 of 1000 characters")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("Saved.")
    with page.expect_download() as kept:
        page.get_by_role("link", name="Original file").first.click()
    assert kept.value.suggested_filename == "welcome MCH take 3.wav"
    page.goto(f"/prompts/{world.organization.prompts.get(key='ooo_greeting').pk}/")
    page.get_by_role("link", name="Reset to the original").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("French: the delivered recording again")
    dialog.get_by_role("button", name="Reset to the original").click()
    expect(page.locator("#messages")).to_contain_text("“Ooo greeting” is as it was delivered.")
    expect(page.get_by_role("link", name="Reset to the original")).to_have_count(0)
