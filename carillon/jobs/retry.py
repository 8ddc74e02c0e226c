"""How often and how soon a failed job is tried again."""

from __future__ import annotations

from datetime import timedelta

TRIES = 8


def wait_before(attempt: int) -> timedelta:
    """Return the pause before try number `attempt` (2 is the first repetition): 10 s, doubled, at most one hour."""
    return timedelta(seconds=min(3600, 10 * 2 ** max(0, attempt - 2)))
