"""How the portal is served."""

from __future__ import annotations

import argparse

import uvicorn
from django.conf import settings

from carillon.cli.place import kept_ports


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="0.0.0.0", help="address to listen on (default: all)")  # noqa: S104 - a portal


def run(options: argparse.Namespace) -> int:
    """Serve until a signal; open requests get three seconds."""
    ports = kept_ports()
    uvicorn.run(
        "carillon.asgi:application",
        host=options.host,
        port=ports.http_port if ports else settings.HTTP_PORT,
        access_log=False,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=3,
        proxy_headers=settings.HTTPS,
        server_header=False,
    )
    return 0
