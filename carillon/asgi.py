"""The portal's door: http goes to Django, the browser's telephone to Asterisk, any other WebSocket is refused."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

from django.core.asgi import get_asgi_application

# Whitenoise streams files from an iterator that is not asynchronous; it says so once per start, to no use.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carillon.settings")

django = get_asgi_application()

from carillon.calls.relay import relay  # noqa: E402 - models can be imported only now

if TYPE_CHECKING:
    from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Serve http; hand a WebSocket over, which is closed before it opens unless it is a telephone of ours."""
    if scope["type"] == "http":
        await django(scope, receive, send)  # type: ignore[arg-type]  # django-stubs knows only plain dicts
    elif scope["type"] == "websocket":
        await relay(scope, receive, send)
