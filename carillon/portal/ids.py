"""How ids of rows are read from an address or a form: what is none is left out, and none is too large to look up."""

from __future__ import annotations

from collections.abc import Iterable

#: Of the largest id looked up: a database refuses numbers of more than 64 bits.
MOST_DIGITS = 15


def row_id(text: str) -> int | None:
    """Return the id that `text` is, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def row_ids(texts: Iterable[str]) -> list[int]:
    """Return the ids among `texts`, in their order."""
    return [found for text in texts if (found := row_id(text)) is not None]
