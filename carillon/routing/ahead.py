"""What a schedule says next: at which instants another event decides, and when the state itself differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from carillon.routing.schedule import Action, Schedule, State, decide, next_change

#: Boundaries looked at to find one where the state differs; a day with more events of one action is no day's work.
MOST_BOUNDARIES = 60


def boundaries(schedule: Schedule, now: datetime, state: State) -> Iterator[tuple[datetime, State]]:
    """Yield the instants after `now` (aware) at which another event decides; `state` is what decide() says now."""
    for _boundary in range(MOST_BOUNDARIES):
        found = next_change(schedule, now, state)
        if found is None:
            return
        now, state = found, decide(schedule, found)
        yield now, state


def other_state(here: State, coming: Iterable[tuple[datetime, State]]) -> tuple[datetime, Action] | None:
    """Return the first of `coming` at which callers get something else than `here`."""
    kind = _kind(here)
    return next(((at, then.event.action) for at, then in coming if _kind(then) != kind), None)


def following(schedule: Schedule, now: datetime) -> tuple[datetime, Action] | None:
    """Return when the state of a schedule next changes after `now` (aware), and to what; None: not within two years."""
    state = decide(schedule, now)
    return other_state(state, boundaries(schedule, now, state))


def _kind(state: State) -> tuple[Action, str | None]:
    return state.event.action, state.event.destination
