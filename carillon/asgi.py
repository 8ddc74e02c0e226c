"""The portal's door: http goes to Django, any WebSocket is refused."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

from django.core.asgi import get_asgi_application

if TYPE_CHECKING:
    from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope

# Whitenoise streams files from an iterator that is not asynchronous; it says so once per start, to no use.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carillon.settings")

django = get_asgi_application()


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Serve http; close a WebSocket before it opens (Django would log a traceback for each stray client)."""
    if scope["type"] == "http":
        await django(scope, receive, send)  # type: ignore[arg-type]  # django-stubs knows only plain dicts
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": None})
