"""What somebody searches with: short enough to answer fast, and text that every database takes."""

from __future__ import annotations

from django.http import HttpRequest

LONGEST = 80


def asked(request: HttpRequest, name: str = "q") -> str:
    """Return the searched text of a parameter, without what no name or number holds."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:LONGEST]
