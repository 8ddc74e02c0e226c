"""How the portal is served: http, and https with its own certificate beside it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from django.conf import settings

from carillon.cli.certificate import own_certificate
from carillon.cli.place import kept_ports
from carillon.cli.status import own_address


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="0.0.0.0", help="address to listen on (default: all)")  # noqa: S104 - a portal


class _Second(uvicorn.Server):
    """A server beside the first one, which alone listens to signals; it ends when that one does."""

    def __init__(self, config: uvicorn.Config, first: uvicorn.Server) -> None:
        super().__init__(config)
        self._first = first

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._first.should_exit

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(options: argparse.Namespace) -> int:
    """Serve until a signal; open requests get three seconds."""
    ports = kept_ports()
    first = uvicorn.Server(_config(options.host, ports.http_port if ports else settings.HTTP_PORT))
    place = None if ports is None or settings.HTTPS else listening(options.host, ports.https_port)
    with asyncio.Runner(loop_factory=first.config.get_loop_factory()) as runner:
        runner.run(_serve(first, options.host, place))
    return 0 if first.started else 1


async def _serve(first: uvicorn.Server, host: str, place: socket.socket | None) -> None:
    """Both sides; behind a proxy that speaks https, and without a `place` for it, http alone."""
    if place is None:
        await first.serve()
        return
    pem = str(own_certificate(settings.DATA / "keys", own_address()))
    port = place.getsockname()[1]
    second = _Second(_config(host, port, ssl_certfile=pem, ssl_keyfile=pem), first)
    await asyncio.gather(first.serve(), second.serve([place]))


def listening(host: str, port: int) -> socket.socket | None:
    """The https port; None, with a sentence, when another program took it: the portal without https is still one."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        print(
            f"The portal goes on without https, its port {port} can't be had ({error.strerror}): "
            "start Carillon again to have another port chosen",
            flush=True,
        )
        return None


def _config(host: str, port: int, **tls: Any) -> uvicorn.Config:
    return uvicorn.Config(
        "carillon.asgi:application",
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=3,
        proxy_headers=settings.HTTPS,
        server_header=False,
        ws_max_size=64 * 1024,
        **tls,
    )
