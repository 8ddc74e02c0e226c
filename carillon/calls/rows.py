"""How a call is shown in the log: readable numbers, names, a state of icon, colour and word, and the time talked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

from carillon.accounts.models import Organization
from carillon.calls.models import Call
from carillon.routing.numbers import show

#: Result -> kind of state and icon.
STATES = {
    Call.Result.ANSWERED: ("good", "circle-check"),
    Call.Result.NO_ANSWER: ("warn", "phone-off"),
    Call.Result.BUSY: ("warn", "circle-minus"),
    Call.Result.UNREACHABLE: ("bad", "plug-connected-x"),
    Call.Result.PROMPT: ("calm", "volume"),
    Call.Result.ABANDONED: ("calm", "phone-end"),
    Call.Result.REFUSED: ("bad", "ban"),
    Call.Result.FAILED: ("bad", "alert-triangle"),
    Call.Result.TRIED: ("calm", "test-pipe"),
}
DIRECTIONS = {
    Call.Direction.INBOUND: "phone-incoming",
    Call.Direction.OUTBOUND: "phone-outgoing",
    Call.Direction.INTERNAL: "phone",
}


@dataclass(frozen=True, slots=True)
class State:
    """A result by colour, icon and word."""

    kind: str
    icon: str
    word: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the log."""

    call: Call
    caller: str
    called: str
    state: State
    direction_icon: str
    answered_by: str
    talked: str
    marks: tuple[State, ...]


def state_of(call: Call) -> State:
    """Return the result of a call as a state."""
    kind, icon = STATES[Call.Result(call.result)]
    return State(kind, icon, call.get_result_display())


def marks_of(call: Call) -> tuple[State, ...]:
    """Return what is unusual about a call: a test, an emergency, nobody there to decide."""
    found = []
    if call.is_test and call.result != Call.Result.TRIED:
        found.append(State("calm", "test-pipe", _("Test")))
    if call.decided_by == Call.DecidedBy.DIALPLAN:
        found.append(State("bad", "urgent", _("Emergency call")))
    if call.decided_by == Call.DecidedBy.FALLBACK:
        found.append(State("warn", "lifebuoy", _("Fallback")))
    return tuple(found)


@lru_cache(maxsize=4096)
def readable(number: str, country: str) -> str:
    """Return a number as people of `country` write it."""
    return show(number, country)


def clock(milliseconds: int) -> str:
    """Return a duration as "1:05" or "1:02:03"."""
    seconds = round(milliseconds / 1000)
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def row_of(call: Call, organization: Organization) -> Row:
    """Return a call as one line."""
    return Row(
        call=call,
        caller=readable(call.caller, organization.country) or _("withheld"),
        called=readable(call.called, organization.country),
        state=state_of(call),
        direction_icon=DIRECTIONS[Call.Direction(call.direction)],
        answered_by=readable(call.answered_by, organization.country),
        talked=clock(call.talk_ms) if call.talk_ms else "",
        marks=marks_of(call),
    )
