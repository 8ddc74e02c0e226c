"""The door for the browser's telephone: who may pass, how many, how much, until when; a socket plays Asterisk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings as product
from django.contrib.sessions.models import Session
from django.db import OperationalError
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from carillon.accounts.models import User
from carillon.calls import relay
from carillon.calls.tests.door import Door
from carillon.demo import people
from carillon.demo.world import World
from conftest import SignIn

HERE = "portal.example:8080"
REFUSED = {"type": "websocket.close", "code": relay.REFUSED, "reason": None}
GONE = {"type": "websocket.close", "code": relay.GONE, "reason": None}
ACCEPTED = {"type": "websocket.accept", "subprotocol": "sip", "headers": []}


@dataclass
class Street:
    """The portal's door and the Asterisk behind it."""

    cookie: str
    heard: list[str | bytes] = field(default_factory=list)
    doors: list[Door] = field(default_factory=list)

    async def knock(
        self,
        *,
        cookie: str | None = None,
        origin: str | None = f"http://{HERE}",
        path: str = "/sip",
        speaks: str = "sip",
    ) -> tuple[Door, dict[str, Any]]:
        """Ask for a connection as a browser does; the door and its first word."""
        headers = {"host": HERE, "cookie": self.cookie if cookie is None else cookie}
        headers |= {"origin": origin} if origin is not None else {}
        door = Door(path, headers, speaks)
        self.doors.append(door)
        return door, await door.hears()


@asynccontextmanager
async def street(data: Path, cookie: str) -> AsyncIterator[Street]:
    made = Street(cookie)

    async def answer(connection: ServerConnection) -> None:
        async for message in connection:
            made.heard.append(message)
            await connection.send("x" * (relay.LONGEST_BYTES + 1) if message == "long" else message)

    async with serve(answer, "127.0.0.1", 0, subprotocols=[Subprotocol("sip")]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        place = data / "run" / "instance.json"
        place.parent.mkdir(exist_ok=True)
        place.write_text(json.dumps({"ws_port": port}))
        yield made
        for door in made.doors:
            await door.goes()


Story = Callable[[Street], Awaitable[None]]
Walk = Callable[[Story], None]


@pytest.fixture
def walk(world: World, as_user: SignIn, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Return a function that lives a story at the door, signed in as the administrator."""
    settings.DATA = tmp_path
    # The test's own transaction is on this connection; Django's test client spares it in the same way.
    monkeypatch.setattr(relay, "close_old_connections", lambda: None)
    cookie = cookie_of(as_user, people.ADMIN)

    async def live(story: Story) -> None:
        async with street(tmp_path, cookie) as made:
            await story(made)
        assert not relay._open, "a telephone that is gone still counts"

    return async_to_sync(live)


def cookie_of(as_user: SignIn, username: str) -> str:
    return f"x=1; {product.SESSION_COOKIE_NAME}={as_user(username).cookies[product.SESSION_COOKIE_NAME].value}"


def test_a_signed_in_administrator_speaks_with_asterisk_both_ways(walk: Walk) -> None:
    async def story(at: Street) -> None:
        door, word = await at.knock()
        assert word == ACCEPTED
        door.says("INVITE é")
        assert await door.hears() == {"type": "websocket.send", "text": "INVITE é", "bytes": None}
        door.says(raw=b"\x00\xff")
        assert await door.hears() == {"type": "websocket.send", "text": None, "bytes": b"\x00\xff"}
        assert at.heard == ["INVITE é", b"\x00\xff"]

    walk(story)


WRONG: dict[str, dict[str, str | None]] = {
    "no cookie": {"cookie": ""},
    "an invented session": {"cookie": f"{product.SESSION_COOKIE_NAME}=abcdefabcdefabcdefabcdefabcdefab"},
    "a cookie that is none": {"cookie": f'{product.SESSION_COOKIE_NAME}="\\'},
    "another site's page": {"origin": "https://evil.example"},
    "another port's page": {"origin": "http://portal.example:9090"},
    "no page at all": {"origin": None},
    "a page of a file": {"origin": "null"},
    "another path": {"path": "/"},
    "another protocol": {"speaks": "mqtt"},
}


@pytest.mark.parametrize("knock", WRONG.values(), ids=WRONG)
def test_who_brings_the_wrong_thing_is_refused(walk: Walk, knock: dict[str, Any]) -> None:
    async def story(at: Street) -> None:
        _door, word = await at.knock(**knock)
        assert word == REFUSED

    walk(story)


def test_who_may_not_try_calls_is_refused_and_who_may_is_let_in(walk: Walk, as_user: SignIn) -> None:
    plain, schedules = cookie_of(as_user, people.PLAIN_USER), cookie_of(as_user, people.SCHEDULES_ADMIN)

    async def story(at: Street) -> None:
        assert (await at.knock(cookie=plain))[1] == REFUSED
        assert (await at.knock(cookie=schedules))[1] == ACCEPTED

    walk(story)


def test_one_person_has_only_so_many_telephones_even_at_the_same_moment(walk: Walk) -> None:
    async def story(at: Street) -> None:
        answers = await asyncio.gather(*(at.knock() for _each in range(relay.MOST_PER_PERSON + 3)))
        words = [word for _door, word in answers]
        assert (words.count(ACCEPTED), words.count(REFUSED)) == (relay.MOST_PER_PERSON, 3)
        door = next(door for door, word in answers if word == ACCEPTED)
        await door.goes()
        at.doors.remove(door)
        assert (await at.knock())[1] == ACCEPTED

    walk(story)


def test_the_portal_has_only_so_many_telephones(walk: Walk, as_user: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "MOST_AT_ONCE", 1)
    other = cookie_of(as_user, people.OTHER_ADMIN)

    async def story(at: Street) -> None:
        assert (await at.knock())[1] == ACCEPTED
        assert (await at.knock(cookie=other))[1] == REFUSED

    walk(story)


def test_a_message_that_is_no_sip_by_its_length_ends_the_connection(walk: Walk) -> None:
    async def story(at: Street) -> None:
        door, _word = await at.knock()
        door.says("é" * (relay.LONGEST_BYTES // 2 + 1))
        assert await door.hears() == GONE
        assert at.heard == []
        door, _word = await at.knock()
        door.says("long")
        assert await door.hears() == GONE

    walk(story)


def end_all_sessions() -> None:
    Session.objects.all().delete()


def take_the_right() -> None:
    User.objects.filter(username=people.ADMIN).update(is_admin=False)


@pytest.mark.parametrize("end", [end_all_sessions, take_the_right])
def test_the_telephone_ends_with_the_session_or_the_right(
    walk: Walk, monkeypatch: pytest.MonkeyPatch, end: Callable[[], None]
) -> None:
    monkeypatch.setattr(relay, "CHECK_SECONDS", 0.05)

    async def story(at: Street) -> None:
        door, _word = await at.knock()
        assert await door.is_quiet(0.3)
        await sync_to_async(end)()
        assert await door.hears() == GONE

    walk(story)


def test_a_database_that_is_away_ends_no_telephone(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "CHECK_SECONDS", 0.05)

    def away(_cookies: str) -> int | None:
        raise OperationalError

    async def story(at: Street) -> None:
        door, _word = await at.knock()
        monkeypatch.setattr(relay, "_person", away)
        assert await door.is_quiet(0.3)

    walk(story)


def test_without_asterisk_the_browser_is_told_so_and_may_come_again(walk: Walk, tmp_path: Path) -> None:
    async def story(at: Street) -> None:
        place = tmp_path / "run" / "instance.json"
        kept = place.read_text()
        place.write_text(json.dumps({"ws_port": 1}))
        assert (await at.knock())[1] == GONE
        place.unlink()
        assert (await at.knock())[1] == GONE
        place.write_text(kept)
        assert (await at.knock())[1] == ACCEPTED

    walk(story)
