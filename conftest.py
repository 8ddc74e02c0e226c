"""The world that tests share: the demo world's organizations and people, and clients signed in as them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation
from pytest_django.fixtures import Settings

from carillon.accounts.models import User
from carillon.demo import world as demo
from carillon.demo.world import World

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def language_of_nobody() -> Iterator[None]:
    """A signed-in client leaves its language behind in the thread; no test may hear another's."""
    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture
def world(db: None) -> World:
    """The demo world, its prompts mute; nobody has a password (sign in by `as_user`)."""
    return demo.build()


@pytest.fixture
def own_store(tmp_path: Path, settings: Settings) -> None:
    """Recordings and photos lie in a folder of this test."""
    settings.PROMPTS = tmp_path
    settings.PHOTOS = tmp_path / "photos"


@pytest.fixture
def as_user(db: None) -> SignIn:
    """Return a client that is signed in as the person with this username."""

    def sign_in(username: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=username))
        return client

    return sign_in


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test is a failure: what a test needs is installed, or its absence is told."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
