"""Where a call's script stands, kept in a channel variable: the second worker goes on there when the first one dies."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = re.compile(r"v1/(?P<path>[a-z_.]*)/(?P<visited>[+0-9,]*)/(?P<payer>[0-9]*)/(?P<answered>[01])")


@dataclass(frozen=True, slots=True)
class Stage:
    """The verb's path in the plan of the number that the call is at now."""

    path: str = ""
    #: Numbers the call was forwarded to, in order; the last one is where it is.
    visited: tuple[str, ...] = ()
    payer_id: int | None = None
    answered: bool = False

    def text(self) -> str:
        return f"v1/{self.path}/{','.join(self.visited)}/{self.payer_id or ''}/{int(self.answered)}"


def read(text: str) -> Stage | None:
    """Return the stage that a worker left; None for a new call or text of another version."""
    found = _FORM.fullmatch(text)
    if not found:
        return None
    visited = tuple(filter(None, found["visited"].split(",")))
    payer = int(found["payer"]) if found["payer"] else None
    return Stage(found["path"], visited, payer, found["answered"] == "1")
