"""The Try it page in a real chromium: who is signed in, what is asked for, what is heard there and what it says."""

from __future__ import annotations

import asyncio
import math
import shutil
import time
import wave
from array import array
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from carillon.demo import people
from tests.calls.system import ask
from tests.calls.tones import STEP_HZ
from tests.calls.world import World

LOOK_SECONDS = 0.1
#: A name that is heard elsewhere than on this machine's own address: no secure context.
ELSEWHERE = "portal.example"
ARGUMENTS = [
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1",
]
MICROPHONE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
#: A reading counts by its loudness, by how near it is to a tone's frequency, and by two more of the same after it.
LOUD_DB, NEAR_HZ, READINGS = -50, 9, 3
#: The ear: 25 times a second the loudest frequency of what the page plays.
EAR = """
window.ear = [];
let context = null, playing = null, analyser = null;
setInterval(() => {
  const stream = document.getElementById("try-audio")?.srcObject;
  if (!stream) return;
  if (stream !== playing) {
    context ??= new AudioContext();
    playing = stream;
    analyser = context.createAnalyser();
    analyser.fftSize = 4096;
    analyser.smoothingTimeConstant = 0;
    context.createMediaStreamSource(stream).connect(analyser);
  }
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  let top = 1;
  for (let bin = 2; bin < bins.length - 1; bin++) if (bins[bin] > bins[top]) top = bin;
  const [before, at, after] = [bins[top - 1], bins[top], bins[top + 1]];
  const between = 0.5 * (before - after) / (before - 2 * at + after) || 0;
  window.ear.push([Date.now() / 1000, (top + between) * context.sampleRate / analyser.fftSize, at]);
}, 40);
"""
#: What went over the page's socket, and the socket itself.
WIRE = """
window.wire = { sockets: [], sent: [], said: [] };
window.WebSocket = class extends window.WebSocket {
  constructor(...how) {
    super(...how);
    window.wire.sockets.push(this);
    this.addEventListener("message", ({ data }) => window.wire.said.push(data));
  }
  send(data) { window.wire.sent.push(data); super.send(data); }
};
"""
FILL = """fields => {
  const form = document.getElementById("try-form");
  for (const [name, value] of Object.entries(fields)) form.elements[name].value = value;
}"""


@dataclass
class Telephone:
    """One person's page."""

    world: World
    page: Page
    complaints: list[str] = field(default_factory=list)

    async def call(self, number: str = "", **fields: str) -> None:
        """Fill in the form and press Call; `microphone` is a switch of its own."""
        if fields.pop("microphone", ""):
            await self.page.evaluate("document.getElementById('try-microphone').checked = true")
        wanted = {"what": "prompt" if "prompt" in fields else "number", "number": number, "caller": "", "when": "now"}
        wanted |= {"phones": "ring"} | fields
        await self.page.evaluate(FILL, wanted)
        self.began = await self.page.evaluate("Date.now() / 1000")
        await self.page.click("#try-call")

    async def hang_up(self) -> None:
        """Press Hang up, where there is a call."""
        if await self.page.is_visible("#try-end"):
            await self.page.click("#try-end")
        await self.is_now("ended")

    async def is_now(self, *states: str, within_seconds: float = 12) -> str:
        """Wait until the telephone shows one of these states."""
        until = time.monotonic() + within_seconds
        while (state := await self.state()) not in states:
            assert time.monotonic() < until, f"{state}, not {states}: {await self.all_words()}"
            await asyncio.sleep(LOOK_SECONDS)
        return state

    async def state(self) -> str:
        return await self.page.get_attribute("#try-phone", "data-state") or ""

    async def readings(self) -> list[tuple[float, str]]:
        """Since this call began: when which tone was the loudest; "" = none of ours."""
        found: list[tuple[float, float, float]] = await self.page.evaluate("window.ear")
        return [(at, self._name(hertz, decibels)) for at, hertz, decibels in found if at >= self.began]

    def _name(self, hertz: float, decibels: float) -> str:
        if decibels < LOUD_DB or not math.isfinite(hertz):
            return ""
        nearest = round(hertz / STEP_HZ) * STEP_HZ
        return self.world.tones.names.get(nearest, "") if abs(hertz - nearest) <= NEAR_HZ else ""

    async def heard(self, since: float = 0) -> list[str]:
        """The names heard in this call, in order."""
        readings = [name for at, name in await self.readings() if at >= since]
        steady = [name for name, group in groupby(readings) if name and len(list(group)) >= READINGS]
        return [name for name, _same in groupby(steady)]

    async def hears(self, name: str, within_seconds: float = 12, *, afresh: bool = False) -> None:
        """Wait until a tone is heard."""
        since = await self.page.evaluate("Date.now() / 1000") if afresh else 0
        until = time.monotonic() + within_seconds
        while name not in (heard := await self.heard(since)):
            assert time.monotonic() < until, f"heard {heard}, not {name}: {await self.all_words()}"
            await asyncio.sleep(LOOK_SECONDS)

    async def dials(self, token: str) -> None:
        """Dial this instead of the token that the portal gives."""
        told = {"token": token, "steps": "/calls/try/0/", "address": "127.0.0.1"}
        await self.page.route("**/calls/try/start/", lambda route: route.fulfill(json=told))

    async def story(self, *wanted: str, within_seconds: float = 8) -> str:
        """Wait until the steps on the page say all of this."""
        until = time.monotonic() + within_seconds
        while missing := [each for each in wanted if each not in (await self.words("#try-story"))]:
            assert time.monotonic() < until, f"not {missing}: {await self.all_words()}"
            await asyncio.sleep(LOOK_SECONDS)
        return await self.words("#try-story")

    async def until(self, expression: str, within_seconds: float = 12) -> Any:
        """Wait until something in the page is so; Playwright's own wait would break the page's policy."""
        until = time.monotonic() + within_seconds
        while not (found := await self.page.evaluate(expression)):
            assert time.monotonic() < until, f"not {expression}: {await self.all_words()}"
            await asyncio.sleep(LOOK_SECONDS)
        return found

    async def words(self, place: str) -> str:
        return " ".join((await self.page.text_content(place) or "").split())

    async def all_words(self) -> str:
        """What the telephone says now, for the text of a failure."""
        said = [await self.words(place) for place in ("#try-phone", "#try-form .is-invalid, .invalid-feedback", )
                if await self.page.query_selector(place)]  # fmt: skip
        return " | ".join([*said, *self.complaints, self.world.system.last_words()])


@dataclass
class Portal:
    """The running portal and a browser; telephones that tests opened are closed by `close`."""

    world: World
    browser: Browser
    _contexts: list[BrowserContext] = field(default_factory=list)

    def address(self, *, secure: bool = False, host: str = "127.0.0.1") -> str:
        ports = self.world.system.ports
        return f"https://{host}:{ports.https_port}" if secure else f"http://{host}:{ports.http_port}"

    async def telephone(self, username: str = people.ADMIN, *, at: str = "", query: str = "") -> Telephone:
        """Sign somebody in and open Try it; ready to call."""
        at = at or self.address()
        key = await ask(lambda: session_of(self.world, username))
        context = await self.browser.new_context(base_url=at, ignore_https_errors=True, locale="en-GB")
        self._contexts.append(context)
        context.set_default_timeout(10_000)
        await context.add_init_script(EAR + WIRE)
        await context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": at}])
        telephone = Telephone(self.world, await context.new_page())
        telephone.page.on("pageerror", lambda error: telephone.complaints.append(f"script error: {error}"))
        telephone.page.on("console", lambda message: telephone.complaints.append(message.text))
        await telephone.page.goto(f"/calls/try/{query}")
        await telephone.is_now("idle")
        return telephone

    async def close(self) -> None:
        for context in self._contexts:
            await context.close()
        self._contexts.clear()


@asynccontextmanager
async def chromium(*arguments: str) -> AsyncIterator[Browser]:
    """Debian's chromium; nothing is downloaded."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "chromium is missing: apt-get install chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *arguments])
        yield browser
        await browser.close()


def session_of(world: World, username: str) -> str:
    """Sign somebody in; the cookie's value."""
    user = world.rows.user(username)
    session: Any = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def voice(path: Path, hertz: int) -> str:
    """A recording for the browser's microphone: the tone comes and goes, as noise would not; the flag that plays it."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(array("h", _beeps(hertz)).tobytes())
    return f"--use-file-for-fake-audio-capture={path}"


def _beeps(hertz: int) -> Iterator[int]:
    for sample in range(48000 * 4):
        on = sample % 24000 < 14400
        yield round(12000 * math.sin(2 * math.pi * hertz * sample / 48000)) if on else 0
