"""The dialog of an event in a real chromium: Back, focus, calendar, player, touch, and two administrators at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from carillon.accounts.models import User
from carillon.asterisk.install import find_or_install
from carillon.demo import people, sound
from carillon.demo.world import World
from carillon.jobs.worker import Worker
from carillon.prompts import speech
from carillon.prompts.hearing import wav
from carillon.prompts.models import Prompt
from carillon.prompts.sound import alaw
from carillon.prompts.speech import keep
from tests.browser.conftest import axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Person = Callable[..., Page]


@pytest.fixture
def person(browser: Browser, live_server: LiveServer, world: World) -> Iterator[Person]:
    """Open the main number's schedule as an administrator of one's own browser; errors of scripts fail the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def come(username: str = people.ADMIN, **options: Any) -> Page:
        client = Client()
        client.force_login(User.objects.get(username=username))
        context = browser.new_context(
            base_url=live_server.url, locale="en-GB", **{"viewport": {"width": 1440, "height": 900}, **options}
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"/schedules/{world.main.pk}/")
        return page

    yield come
    for context in contexts:
        context.close()
    assert not faults


def edit(page: Page, name: str = "am") -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()


def order(page: Page, *names: str) -> None:
    expect(page.locator("tbody[data-sortable] th[scope=row] a")).to_have_text(list(names))


def give_sound(store: Path, settings: Settings, world: World, name: str) -> Prompt:
    """Record two seconds of a tone for a prompt of the demo world."""
    settings.PROMPTS = store
    audio = alaw(sound.tone([600], 2.0))
    prompt = world.organization.prompts.get(name=name)
    prompt.audio.create(language="", sha256=keep(store, audio), milliseconds=2000)
    return prompt


def test_back_closes_the_dialog_and_stays_on_the_page(person: Person) -> None:
    page = person()
    page.goto("/schedules/")
    page.get_by_role("link", name="Main number", exact=True).click()
    edit(page)
    page.go_back()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("link", name="am", exact=True)).to_be_focused()
    edit(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.wait_for_function("!history.state?.dialog")
    page.go_back()
    expect(page).to_have_url(re.compile(r"/schedules/$"))


def test_after_saving_the_focus_is_on_the_edited_event_and_back_leads_to_the_list(person: Person) -> None:
    page = person()
    page.goto("/schedules/")
    page.get_by_role("link", name="Main number", exact=True).click()
    edit(page, "pm")
    page.get_by_role("dialog").get_by_label("Time to").fill("19:00")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    expect(page.get_by_role("link", name="pm", exact=True)).to_be_focused()
    page.go_back()
    expect(page).to_have_url(re.compile(r"/schedules/$"))


def test_enter_saves_and_does_not_open_another_page(person: Person) -> None:
    page = person()
    edit(page, "pm")
    page.get_by_role("dialog").get_by_label("Time to").fill("19:00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved")
    expect(page.locator("table.schedule tr").filter(has_text="pm").first).to_contain_text("13:30 - 19:00")


def test_after_deleting_the_focus_is_on_the_next_event(person: Person) -> None:
    page = person()
    page.get_by_role("link", name="Delete “pm”").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="am", exact=True)).to_be_focused()
    page.get_by_role("link", name="Delete “am”").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="Edit default schedule event")).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    order(page, "1 jan", "am")


def test_delete_stays_in_the_dialog_after_a_slip(person: Person) -> None:
    page = person()
    edit(page)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Time to").fill("25:00")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator(".field-error")).to_have_count(1)
    dialog.get_by_role("link", name="Delete").click()
    expect(dialog).to_contain_text("Delete “am”?")
    dialog.get_by_role("button", name="Delete").click()
    order(page, "1 jan", "pm")


def test_an_end_on_the_next_day_is_said_while_it_is_typed(person: Person) -> None:
    page = person()
    edit(page)
    dialog = page.get_by_role("dialog")
    note = dialog.locator("[data-overnight]")
    expect(note).to_be_hidden()
    dialog.get_by_label("Time from").fill("22h")
    dialog.get_by_label("Time to").fill("06.00")
    expect(note).to_have_text("It ends on the next day.")
    dialog.get_by_label("Time from").fill("0600")
    expect(note).to_contain_text("24 hours")
    dialog.get_by_label("Time to").fill("24:00")
    expect(note).to_have_text("It ends on the next day.")
    dialog.get_by_label("Time to").fill("7:00")
    expect(note).to_be_hidden()


def test_a_day_is_typed_or_chosen_from_the_calendar_by_keyboard(person: Person) -> None:
    page = person()
    edit(page, "1 jan")
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_label("From date")
    field.fill("2027-01-31")
    field.press("Tab")
    button = dialog.get_by_role("button", name="Choose a day").first
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(field).to_have_value("2027-02-01")
    expect(field).to_be_focused()


def test_the_prompt_is_heard_in_the_dialog(person: Person, world: World, tmp_path: Path, settings: Settings) -> None:
    give_sound(tmp_path, settings, world, "Ooo greeting")
    page = person()
    edit(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("audio")).to_have_count(0)
    dialog.get_by_label("Prompt").select_option(label="Ooo greeting")
    audio = dialog.locator("audio")
    expect(audio).to_have_count(1)
    seconds = audio.evaluate(
        "async sound => { sound.muted = true; await sound.play(); sound.currentTime = 1.2; "
        "await new Promise(done => { sound.onended = done }); return sound.duration }"
    )
    assert 1.9 < seconds < 2.1
    assert axe(page) == []
    shoot(page, "event-dialog")
    dialog.get_by_label("Prompt").select_option(label="Lunch greeting")
    expect(dialog.locator(".prompt-mute")).to_contain_text("no recording yet")
    dialog.get_by_label("Prompt").select_option(label="None")
    expect(dialog.locator(".prompt-player")).to_be_hidden()


@pytest.fixture
def worker(settings: Settings, tmp_path: Path, world: World) -> Callable[[], None]:
    """Return a function that does the next job as a worker does."""
    settings.PROMPTS = tmp_path
    speech.use(lambda: find_or_install(settings.PROJECT / "build" / "engine", lambda _text: None, "").espeak)

    def work() -> None:
        mine = Worker()
        job = mine.take()
        assert job
        mine.work(job)

    return work


def type_a_fair(page: Page) -> None:
    """Type much, not all of it right, for a new event."""
    dialog = page.get_by_role("dialog")
    page.get_by_role("link", name="Add new schedule event").click()
    dialog.get_by_label("Name of the event").fill("fair")
    dialog.get_by_label("Saturday").check(force=True)
    dialog.get_by_label("Monday").uncheck(force=True)
    dialog.get_by_label("Time from").fill("9h3")
    dialog.get_by_label("Set start date").check()
    dialog.get_by_label("Start date", exact=True).fill("2027-05-01")
    dialog.get_by_label("Action").select_option(label="Forward")
    dialog.get_by_label("Destination").fill("second gro")


def the_fair_is_there(dialog: Locator) -> None:
    """All of it stands in the dialog."""
    expect(dialog.get_by_label("Name of the event")).to_have_value("fair")
    expect(dialog.get_by_label("Saturday")).to_be_checked()
    expect(dialog.get_by_label("Monday")).not_to_be_checked()
    expect(dialog.get_by_label("Time from")).to_have_value("9h3")
    expect(dialog.get_by_label("Start date", exact=True)).to_have_value("2027-05-01")
    expect(dialog.get_by_label("Destination")).to_have_value("second gro")


def test_a_new_prompt_is_added_from_the_dialog_which_comes_back_as_it_was(
    person: Person, world: World, worker: Callable[[], None]
) -> None:
    page = person()
    dialog = page.get_by_role("dialog")
    type_a_fair(page)
    dialog.get_by_role("button", name="Add new prompt").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New voice prompt")
    assert axe(page) == []
    page.get_by_label("Prompt name").fill("Welcome")
    page.get_by_label("Speak a text").check()
    page.get_by_label("Text", exact=True).fill("Welcome at the bell fair.")
    shoot(page, "new-prompt")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".field-error")).to_contain_text("There is a prompt of this name already.")
    expect(page.get_by_label("Text", exact=True)).to_have_value("Welcome at the bell fair.")
    page.get_by_label("Prompt name").fill("Fair")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("main")).to_contain_text("The sound of “Fair” is being made.")
    worker()
    expect(page.get_by_role("main")).to_contain_text("This is what callers will hear.")
    page.get_by_role("button", name="Save").click()
    expect(dialog).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("The prompt “Fair” is saved.")
    the_fair_is_there(dialog)
    assert dialog.locator("select[name=prompt] option:checked").inner_text() == "Fair"
    expect(dialog.locator("audio")).to_have_count(1)
    dialog.get_by_label("Time from").fill("9:30")
    dialog.get_by_label("Time to").fill("17:00")
    dialog.get_by_label("Destination").fill("second group")
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="fair", exact=True))
    expect(row).to_contain_text("Per week, 09:30 - 17:00")
    expect(row).to_contain_text("Fair")
    assert world.organization.prompts.get(name="Fair").audio.get().milliseconds > 1000
    page.reload()
    expect(dialog).to_be_hidden()


def test_a_file_is_imported_for_an_event_that_is_there_already(
    person: Person, world: World, worker: Callable[[], None]
) -> None:
    page = person()
    edit(page, "pm")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name of the event").fill("afternoon")
    dialog.get_by_role("button", name="Add new prompt").click()
    page.get_by_label("Prompt name").fill("Chime")
    expect(page.get_by_label("Import the file")).to_be_checked()
    expect(page.get_by_label("Text", exact=True)).to_be_hidden()
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "chime.wav", "mimeType": "audio/wav", "buffer": b"RIFF\0\0\0\0AVI " + bytes(99)}
    )
    page.get_by_role("button", name="Import").click()
    worker()
    expect(page.locator(".field-error")).to_contain_text("This kind of sound or film is not supported")
    expect(page.get_by_label("Prompt name")).to_have_value("Chime")
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "chime.wav", "mimeType": "audio/wav", "buffer": wav(alaw(sound.tone([600], 1.0)))}
    )
    page.get_by_role("button", name="Import").click()
    worker()
    page.get_by_role("button", name="Save").click()
    expect(dialog.get_by_label("Name of the event")).to_have_value("afternoon")
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="afternoon"))
    expect(row).to_contain_text("Chime")
    order(page, "1 jan", "afternoon", "am")


def test_a_finger_moves_an_event(person: Person) -> None:
    page = person(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    assert overflow(page) == 0
    handles = page.locator(".drag-handle")
    handles.nth(2).scroll_into_view_if_needed()
    start, stop = handles.nth(2).bounding_box(), handles.nth(0).bounding_box()
    assert start
    assert stop
    finger = page.context.new_cdp_session(page)
    x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
    end = stop["y"] + 2
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 21):
        place = {"x": x, "y": y + (end - y) * step / 20}
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [place]})
        page.wait_for_timeout(25)
    page.wait_for_timeout(200)
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.get_by_role("status")).to_contain_text("The new order is saved.")
    order(page, "am", "1 jan", "pm")


def test_of_two_administrators_the_second_is_told_who_was_faster(person: Person, world: World) -> None:
    first, second = person(), person(people.SCHEDULES_ADMIN)
    edit(second)
    second.get_by_role("dialog").get_by_label("Time from").fill("07:00")
    first.get_by_role("button", name="Move “am” up").click()
    order(first, "1 jan", "am", "pm")
    dialog = second.get_by_role("dialog")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Greet Wouters changed this schedule at")
    expect(dialog.get_by_label("Time from")).to_have_value("07:00")
    dialog.get_by_role("button", name="Save").click()
    expect(second.get_by_role("status")).to_contain_text("Saved")
    handles = first.locator(".drag-handle")
    handles.nth(2).drag_to(handles.nth(0), target_position={"x": 5, "y": 1})
    expect(first.get_by_role("status")).to_contain_text("Steven Claes changed this schedule at")
    order(first, "1 jan", "am", "pm")
    expect(first.locator("table.schedule tr").filter(has_text="07:00")).to_have_count(1)


def test_a_change_of_the_time_zone_shows_what_it_shifts(person: Person, world: World) -> None:
    page = person()
    page.get_by_role("link", name="change", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Schedule timezone").select_option("America/New_York")
    row = dialog.locator(".shifts tr").filter(has_text="Monday to Friday: opens").filter(has_text="08:30")
    expect(row).to_contain_text("hours later")
    expect(dialog.locator(".shift-now")).to_contain_text("At this moment")
    assert axe(page) == []
    shoot(page, "time-zone")
    dialog.get_by_label("Schedule timezone").select_option("Europe/Paris")
    expect(dialog.locator("#shifts")).to_contain_text("Nothing shifts in the coming week.")
    dialog.get_by_label("Schedule timezone").select_option("Europe/London")
    expect(dialog.locator("#shifts")).to_contain_text("1 hour later")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".schedule-zone")).to_contain_text("Europe/London")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".schedule-zone")).to_contain_text("Europe/Brussels")


def test_the_history_tells_each_change_and_undoes_the_last(person: Person, world: World) -> None:
    page = person()
    edit(page, "pm")
    page.get_by_role("dialog").get_by_label("Time to").fill("19:00")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    page.get_by_role("button", name="Move “am” up").click()
    order(page, "1 jan", "am", "pm")
    page.get_by_role("link", name="History").click()
    changes = page.locator(".change")
    expect(changes.nth(0)).to_contain_text("1 jan, pm, am")
    expect(changes.nth(0).get_by_role("button", name="Undo")).to_have_count(1)
    expect(changes.nth(1)).to_contain_text("18:00")
    expect(changes.nth(1)).to_contain_text("Changed again since: undo the later changes first.")
    assert axe(page) == []
    shoot(page, "schedule-history")
    assert overflow(page) == 0
    changes.nth(0).get_by_role("button", name="Undo").click()
    changes.nth(2).get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="Schedule", exact=True).click()
    order(page, "1 jan", "pm", "am")
    expect(page.locator("table.schedule tr").filter(has_text="13:30")).to_contain_text("18:00")


def test_the_default_event_has_no_handle_and_no_bin(person: Person) -> None:
    page = person()
    row = page.locator("table.schedule tr").filter(has_text="Edit default schedule event")
    expect(row.locator(".drag-handle, .schedule-delete a, .move")).to_have_count(0)
    page.get_by_role("link", name="Edit default schedule event").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("link", name="Delete")).to_have_count(0)
    expect(dialog.get_by_label("Name of the event")).to_have_count(0)
