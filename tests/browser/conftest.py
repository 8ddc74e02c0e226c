"""A real chromium on a live portal, signed in as people of the demo world; axe and screenshots."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from carillon.accounts.models import User
from carillon.demo import world as demo
from carillon.demo.world import World

# Playwright's sync interface runs an event loop in this thread; Django would refuse the database in it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

SHOTS = Path(os.environ.get("CARILLON_SCREENSHOTS") or Path(settings.PROJECT) / "build" / "screenshots")
AXE = Path(settings.PROJECT) / "node_modules" / "axe-core" / "axe.min.js"
SIZES = {"1440": (1440, 900), "390": (390, 844)}

POLICY = "Content Security Policy"

Enter = Callable[[str], Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium; nothing is downloaded."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "chromium is missing: apt-get install chromium"
    arguments = ["--no-sandbox"] if os.getuid() == 0 else []
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=arguments)
        yield found
        found.close()


@pytest.fixture
def world(transactional_db: None) -> World:
    """The demo world in the live server's database."""
    return demo.build()


@pytest.fixture
def context(browser: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """A browser profile of its own, on the live portal, in English."""
    made = browser.new_context(base_url=live_server.url, locale="en-GB", viewport={"width": 1440, "height": 900})
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test by any error of a script or of the content security policy."""
    made, wrong = context.new_page(), list[str]()
    # Told at the end: what is raised in a listener ends the browser, and all tests after it.
    made.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
    made.on("console", lambda message: wrong.append(message.text) if POLICY in message.text else None)
    yield made
    assert wrong == []


@pytest.fixture
def enter(page: Page, context: BrowserContext, live_server: LiveServer, world: World) -> Enter:
    """Return a function that signs in the person with this username and gives back the page."""

    def sign_in(username: str) -> Page:
        user = User.objects.get(username=username)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        assert session.session_key
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live_server.url}]
        )
        return page

    return sign_in


def axe(page: Page) -> list[str]:
    """Return what axe finds wrong with the page (WCAG 2.1 A and AA and best practices), one line per element."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['html'][:160]} ({(node['any'] or node['all'] or [{'message': ''}])[0]['message'][:160]})"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def shoot(page: Page, name: str) -> None:
    """Keep pictures of the page at 1440 and 390 pixels, light and dark, in build/screenshots."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
            page.screenshot(path=SHOTS / f"{name}-{size}-{theme}.png", animations="disabled")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.evaluate("document.documentElement.dataset.bsTheme = 'light'")


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider
