"""Which ports this installation chose, as its first start wrote them down."""

from __future__ import annotations

import json

from django.conf import settings


def kept_port(name: str) -> int:
    """Return a port that this installation chose; 0 where it was never started."""
    try:
        kept = json.loads((settings.DATA / "run" / "instance.json").read_text(encoding="utf-8"))
        return int(kept[name])
    except (OSError, ValueError, KeyError):
        return 0


def https_port() -> int:
    """Return the port of the portal's own certificate; 0 where a proxy in front speaks https, or nobody does."""
    return 0 if settings.HTTPS else kept_port("https_port")
