"""A prompt recorded in a real chromium, whose microphone is a file with a tone; and each way in which it cannot be."""

from __future__ import annotations

import math
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from carillon.demo import people
from carillon.demo.world import World
from carillon.prompts import making as makings
from carillon.prompts.files import path_of
from carillon.prompts.models import How, PromptMaking
from carillon.prompts.sound import from_alaw
from carillon.prompts.tests.waves import pcm
from tests.browser.conftest import Enter, axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NEW = "/prompts/new/?next=/schedules/"
HERTZ = 700
#: A microphone that there is, and one that the browser's user has allowed.
DEVICE, ALLOWED = "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"
#: Half of full scale, as the meter shows it.
LOUD = re.compile(r"^(8[5-9]|9\d)")
ELSEWHERE = "carillon.example"


@pytest.fixture
def flags(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """How the browser is started; without more a microphone that hears a tone."""
    if hasattr(request, "param"):
        return list(request.param)
    tone = tmp_path / "tone.wav"
    tone.write_bytes(pcm(48000, 1, 2, 2.0, HERTZ))
    return [DEVICE, ALLOWED, f"--use-file-for-fake-audio-capture={tone}"]


@pytest.fixture
def context(browser: Browser, live_server: LiveServer, flags: list[str]) -> Iterator[BrowserContext]:
    """A browser of its own: its microphone is decided when it starts."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    root = ["--no-sandbox"] if os.getuid() == 0 else []
    found = browser.browser_type.launch(executable_path=path, args=[*root, *flags])
    made = found.new_context(base_url=live_server.url, locale="en-GB", viewport={"width": 1440, "height": 900})
    made.set_default_timeout(10_000)
    yield made
    found.close()


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Settings) -> None:
    settings.PROMPTS = tmp_path / "prompts"


def choose(page: Page, name: str = "Fair") -> None:
    """Open New voice prompt and choose the microphone."""
    page.goto(NEW)
    page.get_by_label("Prompt name").fill(name)
    page.get_by_label("Record with the microphone").first.check()


def record(page: Page, milliseconds: int = 1500) -> None:
    page.get_by_role("button", name="Record", exact=False).click()
    expect(page.locator("#microphone-state")).to_have_text("Recording")
    page.wait_for_timeout(milliseconds)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("#microphone-state")).to_have_text("Recorded")


def work(page: Page) -> PromptMaking:
    """Be the worker, then keep what was made."""
    making = PromptMaking.objects.latest("pk")
    makings.make.func(making.pk)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/schedules/**")
    making.refresh_from_db()
    return making


def strength(samples: Sequence[float], hertz: float) -> float:
    step = 2 * math.pi * hertz / 8000
    real = sum(sample * math.cos(step * n) for n, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(step * n) for n, sample in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / len(samples)


def test_what_is_recorded_is_what_a_caller_hears(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    choose(page)
    page.get_by_role("button", name="Record").click()
    expect(page.locator("#microphone-state")).to_have_text("Recording")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_focused()
    expect(page.locator("#microphone-level")).to_have_attribute("value", LOUD)
    expect(page.locator("#microphone-clock")).to_have_text("0:01 / 3:00")
    shoot(page, "microphone-recording")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Listen")).to_be_focused()
    expect(page.locator("#microphone-note")).to_be_empty()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/prompts/making/**")
    making = work(page)
    assert (making.how, making.file_name) == (How.MICROPHONE, "")
    prompt = world.organization.prompts.get(name="Fair")
    version = prompt.versions.get()
    assert version.how == How.MICROPHONE
    heard = list(from_alaw(path_of(version.sha256).read_bytes()))
    middle = heard[4000:8000]
    assert strength(middle, HERTZ) > 0.08
    assert strength(middle, 1100) < 0.02
    sent = page.request.get(f"/prompts/{prompt.pk}/listen/").body()
    assert len(sent) > 8000


def test_a_recording_is_heard_and_recorded_again_before_it_is_sent(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    choose(page)
    record(page)
    page.get_by_role("button", name="Listen").click()
    expect(page.locator("#microphone-state")).to_have_text("You hear the recording")
    expect(page.locator("#microphone-level")).to_have_attribute("value", LOUD)
    page.get_by_role("button", name="Stop listening").click()
    expect(page.locator("#microphone-state")).to_have_text("Recorded")
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
        assert axe(page) == []
    shoot(page, "microphone-recorded")
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0
    page.get_by_role("button", name="Record again").click()
    page.wait_for_timeout(2600)
    # Continue in the middle of it ends the recording, which is sent.
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/prompts/making/**")
    assert work(page).milliseconds > 2000


def test_it_works_by_keyboard_alone(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    page.goto(NEW)
    page.get_by_label("Prompt name").fill("Fair")
    page.get_by_label("Speak a text").focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("Record with the microphone").first).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Record")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_focused()
    page.wait_for_timeout(700)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Listen")).to_be_focused()
    page.get_by_label("Prompt name").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/prompts/making/**")


def test_without_a_recording_nothing_is_sent_and_the_page_says_so(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    choose(page)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Record something first.")).to_be_visible()
    expect(page.get_by_role("button", name="Record")).to_be_focused()
    record(page, 500)
    # Another way is chosen after all: the recording is not what is sent.
    page.get_by_label("Speak a text").check()
    page.get_by_label("Text", exact=True).fill("Welcome.")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/prompts/making/**")
    assert PromptMaking.objects.get().how == How.SPEECH
    assert not PromptMaking.objects.get().incoming


def test_the_longest_recording_ends_by_itself(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    page.route("**/prompts/new/**", _with_two_seconds)
    choose(page)
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("This is as long as a prompt may be")).to_be_visible()
    expect(page.locator("#microphone-clock")).to_have_text("0:02 / 0:02")
    page.unroute("**/prompts/new/**")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/prompts/making/**")
    assert work(page).milliseconds == pytest.approx(2000, abs=2)


def _with_two_seconds(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace('data-seconds="180"', 'data-seconds="2"'))


def test_a_microphone_that_hears_nothing_is_told(enter: Enter, world: World, tmp_path: Path) -> None:
    (tmp_path / "tone.wav").write_bytes(pcm(48000, 1, 2, 2.0, 0))
    page = enter(people.ADMIN)
    choose(page)
    record(page)
    expect(page.get_by_text("Nothing was to be heard.")).to_be_visible()


@pytest.mark.parametrize("flags", [[DEVICE]], indirect=True)
def test_a_microphone_that_is_not_allowed_is_told_and_the_other_ways_are_there(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    choose(page)
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("The browser does not give the microphone to this page.")).to_be_visible()
    expect(page.get_by_role("button", name="Record")).to_be_focused()
    shoot(page, "microphone-denied")
    page.get_by_label("Import the file").check()
    expect(page.get_by_label("File", exact=True)).to_be_visible()


@pytest.mark.parametrize("flags", [[ALLOWED]], indirect=True)
def test_a_machine_without_microphone_says_so(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    choose(page)
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("No microphone was found.")).to_be_visible()


def test_a_microphone_that_another_program_has_is_told(enter: Enter, world: World) -> None:
    """What chromium says then is said in its place: the fake microphone is never taken."""
    page = enter(people.ADMIN)
    page.add_init_script(
        "MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('', 'NotReadableError'))"
    )
    choose(page)
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("another program may be using it")).to_be_visible()


def test_a_microphone_that_is_unplugged_ends_the_recording_and_keeps_it(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    page.add_init_script(
        "const ask = MediaDevices.prototype.getUserMedia;"
        "MediaDevices.prototype.getUserMedia = async function (what) {"
        " return window.given = await ask.call(this, what); }"
    )
    choose(page)
    page.get_by_role("button", name="Record").click()
    expect(page.locator("#microphone-level")).to_have_attribute("value", LOUD)
    page.evaluate("window.given.getAudioTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.get_by_text("The microphone was disconnected")).to_be_visible()
    expect(page.get_by_role("button", name="Listen")).to_be_visible()


@pytest.mark.parametrize(
    "flags", [[DEVICE, ALLOWED, f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1"]], indirect=True
)
def test_a_page_that_is_not_secure_says_why_and_offers_the_other_ways(
    enter: Enter, context: BrowserContext, live_server: LiveServer, world: World, settings: Settings, tmp_path: Path
) -> None:
    settings.DATA = tmp_path
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "instance.json").write_text('{"https_port": 8443}')
    page = enter(people.ADMIN)
    there = live_server.url.replace("localhost", ELSEWHERE).replace("127.0.0.1", ELSEWHERE)
    cookie = next(cookie for cookie in context.cookies() if cookie.get("name") == settings.SESSION_COOKIE_NAME)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie.get("value", ""), "url": there}])
    page.goto(f"{there}{NEW}")
    page.get_by_label("Record with the microphone").first.check()
    expect(page.get_by_text("gives a microphone only to a secure page")).to_be_visible()
    expect(page.get_by_text("The other ways work here as well")).to_be_visible()
    expect(page.get_by_role("button", name="Record")).to_be_hidden()
    expect(page.get_by_role("link", name=f"https://{ELSEWHERE}:8443/")).to_be_visible()
    assert axe(page) == []
    shoot(page, "microphone-insecure")
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert").filter(has_text="Record something first.")).to_be_visible()
    page.get_by_label("Speak a text").check()
    expect(page.get_by_label("Text", exact=True)).to_be_visible()


def test_a_browser_without_javascript_says_that_it_needs_it(
    enter: Enter, context: BrowserContext, world: World, live_server: LiveServer
) -> None:
    enter(people.ADMIN)
    assert context.browser
    without = context.browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="en-GB")
    without.add_cookies(
        [
            {"name": c["name"], "value": c["value"], "url": live_server.url}
            for c in context.cookies()
            if "value" in c and "name" in c
        ]
    )
    page = without.new_page()
    page.goto(NEW)
    page.get_by_label("Prompt name").fill("Fair")
    page.get_by_label("Record with the microphone").first.check()
    expect(page.locator("noscript .alert").filter(has_text="needs JavaScript")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert").filter(has_text="Record something first.")).to_be_visible()
    expect(page.get_by_label("Prompt name")).to_have_value("Fair")
