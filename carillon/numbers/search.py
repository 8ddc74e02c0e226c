"""What somebody searches with: short enough to answer fast, and text that every database takes."""

from __future__ import annotations

import re
import unicodedata

from django.http import HttpRequest

LONGEST = 80
_NOT_WORD = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")


def asked(request: HttpRequest, name: str = "q") -> str:
    """Return the searched text of a parameter, without what no name or number holds."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:LONGEST]


def fold(text: str) -> str:
    """Return `text` in lower case without accents, its words apart by one space."""
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(sign for sign in parts if not unicodedata.combining(sign))
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def sort_key(name: str) -> str:
    """Return a key by which names stand as people look for them: "Shop 2" before "Shop 10", "École" at E."""
    return _DIGITS.sub(lambda found: found[0].zfill(12), fold(name))
