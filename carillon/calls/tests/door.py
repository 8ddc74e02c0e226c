"""One WebSocket connection to the portal, as its server would bring it in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from carillon.asgi import application

WAIT_SECONDS = 5.0


class Door:
    """Asks to connect at once. What the portal says first is whether it lets in."""

    def __init__(self, path: str, headers: Mapping[str, str], speaks: str = "sip") -> None:
        self._to_portal: asyncio.Queue[Any] = asyncio.Queue()
        self._from_portal: asyncio.Queue[Any] = asyncio.Queue()
        scope: Any = {
            "type": "websocket",
            "path": path,
            "subprotocols": [speaks],
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        self._to_portal.put_nowait({"type": "websocket.connect"})
        receive: Any = self._to_portal.get
        send: Any = self._from_portal.put
        self._task = asyncio.create_task(application(scope, receive, send))

    def says(self, text: str | None = None, raw: bytes | None = None) -> None:
        self._to_portal.put_nowait({"type": "websocket.receive", "text": text, "bytes": raw})

    async def hears(self) -> dict[str, Any]:
        """Return the portal's next word."""
        word: dict[str, Any] = await asyncio.wait_for(self._from_portal.get(), WAIT_SECONDS)
        return word

    async def is_quiet(self, seconds: float) -> bool:
        """Whether the portal says nothing for so long, and goes on."""
        await asyncio.sleep(seconds)
        return self._from_portal.empty() and not self._task.done()

    async def goes(self) -> None:
        """The browser is gone; returns when the portal has noticed."""
        self._to_portal.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(self._task, WAIT_SECONDS)
