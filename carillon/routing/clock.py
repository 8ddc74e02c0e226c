"""Which instant a wall time is, where the clock is set forward or back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=65536)
def instant(wall: datetime, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """Return the UTC instant of a wall time.

    A time that the clock skips (spring) becomes the first instant after the gap. A time that it shows twice (autumn)
    is the first of both for a start and the second for an end.
    """
    found = wall.replace(tzinfo=zone, fold=1 if end else 0).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    # In a gap the offset before it names an instant after it and the offset after it one before: the change is between.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        before, after = (middle, after) if middle.astimezone(zone).utcoffset() == offset else (before, middle)
    return after.replace(microsecond=0)
