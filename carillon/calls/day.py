"""A day as a strip: from midnight to midnight of a zone, what a call gets at every moment, and when that changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from carillon.calls.result import Result, is_temporary, result_of, tone_of
from carillon.calls.what_if import Decision, Inquiry, Question
from carillon.routing.clock import instant
from carillon.routing.schedule import Action, next_change
from carillon.routing.segments import clock_changes

#: More pieces than this nobody can read; the last one then lasts until midnight.
MOST_PIECES = 96


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the day with one result and one offset of the clock. `changes`: the piece before has another result."""

    start: datetime
    stop: datetime
    result: Result
    tone: Action
    changes: bool
    #: A temporary change decides.
    temporary: bool = False


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first instant of a day of `zone` and that of the next one (UTC): 23 to 25 hours apart."""
    first, following = datetime.combine(day, time(0)), datetime.combine(day + timedelta(days=1), time(0))
    return instant(first, zone), instant(following, zone)


def pieces(inquiry: Inquiry, question: Question, day: date, zone: ZoneInfo) -> list[Piece]:
    """Return the pieces of a day in order, without gap; only schedules that a call comes to are looked at."""
    here, end = bounds(day, zone)
    found: list[Piece] = []
    while here < end:
        decisions = inquiry.decisions(replace(question, at=here))
        stop = min(_next(decisions, here), _clock_change(here, end, zone), end)
        if len(found) >= MOST_PIECES:
            stop = end
        result = result_of(decisions)
        tone = tone_of(decisions, result)
        _add(found, Piece(here, stop, result, tone, changes=False, temporary=is_temporary(decisions)), zone)
        here = stop
    return found


def _add(found: list[Piece], piece: Piece, zone: ZoneInfo) -> None:
    """Join a piece to the one before where nothing differs that a caller or the clock would show."""
    before = found[-1] if found else None
    if before is None:
        found.append(piece)
        return
    same = (before.result.key, before.tone, before.temporary) == (piece.result.key, piece.tone, piece.temporary)
    if same and _offset(before.start, zone) == _offset(piece.start, zone):
        found[-1] = replace(before, stop=piece.stop)
    else:
        found.append(replace(piece, changes=not same))


def _next(decisions: Sequence[Decision], here: datetime) -> datetime:
    """The first instant at which one of the schedules on the way decides by another event."""
    schedules = [decision.function.schedule for decision in decisions if decision.function]
    return min(
        (at for schedule in schedules if (at := next_change(schedule, here))), default=datetime.max.replace(tzinfo=UTC)
    )


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def _clock_change(here: datetime, end: datetime, zone: ZoneInfo) -> datetime:
    """Return when the clock is next set before `end`; `end` if it is not."""
    return next((change.at for change in clock_changes(zone, here, end)), end)


def hours(day: date, zone: ZoneInfo) -> list[tuple[datetime, str]]:
    """Return each full hour that the clock shows on a day, with its two digits; an hour shown twice is there twice."""
    here, end = bounds(day, zone)
    found = []
    while here < end:
        local = here.astimezone(zone)
        if local.minute == 0:
            found.append((here, local.strftime("%H")))
        here += timedelta(minutes=15)
    return found
