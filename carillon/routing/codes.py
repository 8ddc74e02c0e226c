"""Feature codes that change a schedule from a phone: *61*9011 opens, *62*9011 closes, *60*9011 ends the change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from carillon.routing.schedule import Action

#: What the first digits ask for; None: back to the schedule. No extension or emergency number begins with a star.
ASKS: dict[str, Action | None] = {"60": None, "61": Action.OPEN, "62": Action.CLOSED}
_CODE = re.compile(r"\*(6[012])(?:\*(.*))?")
_REST = re.compile(r"(\+?[0-9]{2,20})(?:\*([0-9]{4}))?#?")


@dataclass(frozen=True, slots=True)
class Code:
    """What somebody dialled. `until` is the time of day at which it ends, None: with the next change.

    `number` is as typed, and empty where what was dialled only begins like a code.
    """

    asks: Action | None
    number: str
    until: time | None = None


def read_code(text: str) -> Code | None:
    """Return the code that was dialled; None for anything else. Never raises."""
    found = _CODE.fullmatch(text)
    if found is None:
        return None
    asks, rest = ASKS[found[1]], _REST.fullmatch(found[2] or "")
    if rest is None or (rest[2] and asks is None):
        return Code(asks, "")
    if rest[2] is None:
        return Code(asks, rest[1])
    hour, minute = divmod(int(rest[2]), 100)
    if rest[2] == "2400":
        hour = 0
    return Code(asks, rest[1], time(hour, minute)) if hour < 24 and minute < 60 else Code(asks, "")


def spell(asks: Action | None, number: str) -> str:
    """Return how a code is dialled, for example *62*9011."""
    return next(f"*{digits}*{number.lstrip('+')}" for digits, action in ASKS.items() if action is asks)
