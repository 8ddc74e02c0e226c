"""Who may speak to Asterisk from a browser, and how: the session is checked, then bytes go both ways, uninterpreted."""

from __future__ import annotations

import asyncio
import contextlib
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from carillon.accounts.models import User
from carillon.accounts.roles import Right, can
from carillon.portal.ports import kept_port

if TYPE_CHECKING:
    from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, WebSocketScope

PATH, PROTOCOL = "/sip", "sip"
#: A SIP message with a session description is some 4 kB.
LONGEST_BYTES = 64 * 1024
#: A session that has ended ends its telephone after so long.
CHECK_SECONDS = 20.0
#: Telephones of one portal process at the same time, and of one person.
MOST_AT_ONCE, MOST_PER_PERSON = 200, 5
REFUSED, GONE = 1008, 1011

_open: dict[int, int] = {}


async def relay(scope: WebSocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Connect a signed-in person's telephone to this node's Asterisk."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    person = await sync_to_async(_person)(headers.get("cookie", ""))
    wants = PROTOCOL in scope["subprotocols"] and scope["path"] == PATH
    if person is None or not wants or not is_own(headers) or not _has_room(person):
        await _close(send, REFUSED)
        return
    # Counted before anything is waited for: of many at the same moment, no more pass.
    _open[person] = _open.get(person, 0) + 1
    try:
        await _connect(receive, send, headers.get("cookie", ""))
    except (OSError, TimeoutError, WebSocketException):
        await _close(send, GONE)
    finally:
        _open[person] -= 1
        if not _open[person]:
            del _open[person]


async def _connect(receive: ASGIReceiveCallable, send: ASGISendCallable, cookies: str) -> None:
    await receive()  # the browser's wish to connect
    async with connect(
        f"ws://127.0.0.1:{kept_port('ws_port')}/ws",
        subprotocols=[Subprotocol(PROTOCOL)],
        max_size=LONGEST_BYTES,
        proxy=None,
    ) as asterisk:
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL, "headers": []})
        await _both_ways(asterisk, receive, send, cookies)


def is_own(headers: dict[str, str]) -> bool:
    """Whether a page of this portal asks: another site's page would bring the person's cookie along."""
    origin = urlsplit(headers.get("origin", "")).netloc
    return bool(origin) and origin == headers.get("host")


def _has_room(person: int) -> bool:
    return sum(_open.values()) < MOST_AT_ONCE and _open.get(person, 0) < MOST_PER_PERSON


def _person(cookies: str) -> int | None:
    """Return who is signed in with this cookie and may try calls."""
    close_old_connections()
    try:
        jar = SimpleCookie(cookies)
    except CookieError:
        return None
    key = jar.get(settings.SESSION_COOKIE_NAME)
    session = SessionStore(key.value) if key else None
    if session is None or SESSION_KEY not in session:
        return None
    request = HttpRequest()
    request.session = session
    user = get_user(request)
    return user.pk if isinstance(user, User) and can(user, Right.TRY_CALLS) else None


async def _both_ways(
    asterisk: ClientConnection, receive: ASGIReceiveCallable, send: ASGISendCallable, cookies: str
) -> None:
    """Until either side ends, or the session does."""
    tasks = [
        asyncio.create_task(work)
        for work in (_to_asterisk(asterisk, receive), _to_browser(asterisk, send), _while_signed_in(cookies))
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await _close(send, GONE)


async def _to_asterisk(asterisk: ClientConnection, receive: ASGIReceiveCallable) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        data = message.get("text") or message.get("bytes")
        if data:
            if len(data.encode() if isinstance(data, str) else data) > LONGEST_BYTES:
                return
            await asterisk.send(data)


async def _to_browser(asterisk: ClientConnection, send: ASGISendCallable) -> None:
    with contextlib.suppress(ConnectionClosed):
        async for data in asterisk:
            text, raw = (data, None) if isinstance(data, str) else (None, data)
            await send({"type": "websocket.send", "text": text, "bytes": raw})


async def _while_signed_in(cookies: str) -> None:
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        try:
            if await sync_to_async(_person)(cookies) is None:
                return
        except DatabaseError:
            # While nobody knows who is signed in, whoever talks goes on.
            continue


async def _close(send: ASGISendCallable, code: int) -> None:
    """Say goodbye; the browser may be gone already."""
    message: Any = {"type": "websocket.close", "code": code, "reason": None}
    with contextlib.suppress(RuntimeError, OSError):
        await send(message)
