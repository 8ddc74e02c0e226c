"""A call's place in the log: one number that orders all calls by their beginning, so that pages need no counting."""

from __future__ import annotations

import itertools
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models

#: Places count microseconds from here; behind each there is room for calls of the same instant.
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_ROOM_BITS = 12
#: The largest number of a database's column; reached in 2071.
LAST_PLACE = 2**63 - 1
_MICROSECOND = timedelta(microseconds=1)
_turn = itertools.count(secrets.randbelow(1 << _ROOM_BITS))


def first_place(instant: datetime) -> int:
    """Return the lowest place of a call that begins at `instant` (aware)."""
    return min(((instant - _BEGINNING) // _MICROSECOND) << _ROOM_BITS, LAST_PLACE)


def next_place(instant: datetime) -> int:
    """Return a place for a call that begins at `instant`; the next call of the same instant gets another."""
    return first_place(instant) + next(_turn) % (1 << _ROOM_BITS)


class PlaceField(models.BigIntegerField[int, int]):
    """Fills itself from `started_at` when a row is written for the first time."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        if value is None:
            value = next_place(model_instance.started_at)  # type: ignore[attr-defined]  # only Call has this field
            setattr(model_instance, self.attname, value)
        return value
