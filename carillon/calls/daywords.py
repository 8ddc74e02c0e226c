"""How a day of calls is said: its totals beside yesterday's, the legend of the picture, and the same as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carillon.calls.today import Kind, Today
from carillon.calls.today_picture import STACK


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of the picture's legend."""

    kind: Kind
    count: int
    word: str


@dataclass(frozen=True, slots=True)
class HourLine:
    """An hour in which somebody called; counts in the order of the legend."""

    clock: str
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class DayWords:
    compared: str
    legend: Sequence[Line]
    besides: str
    hours: Sequence[HourLine]


def words_of(day: Today) -> DayWords:
    """Return everything that is said of a day, in the reader's language."""
    counts = day.counts
    return DayWords(
        compared=_compared(day),
        legend=[Line(kind, counts[kind], _word(kind)) for kind in STACK],
        besides=_besides(day),
        hours=[
            HourLine(f"{hour.wall:%H:%M}", [hour.counts[kind] for kind in STACK]) for hour in day.hours if hour.total
        ],
    )


def _word(kind: Kind) -> str:
    match kind:
        case Kind.ANSWERED:
            return _("answered")
        case Kind.PROMPT:
            return _("heard a prompt only")
        case Kind.MISSED:
            return _("not answered")


def _compared(day: Today) -> str:
    calls = ngettext("call", "calls", day.total)
    more = day.total - day.yesterday
    if more == 0:
        return _("%(calls)s, as many as yesterday at this time") % {"calls": calls}
    if more > 0:
        return _("%(calls)s, %(count)s more than yesterday at this time") % {"calls": calls, "count": more}
    return _("%(calls)s, %(count)s fewer than yesterday at this time") % {"calls": calls, "count": -more}


def _besides(day: Today) -> str:
    if not (day.outbound or day.internal):
        return ""
    out = ngettext("%(count)s call to outside", "%(count)s calls to outside", day.outbound) % {"count": day.outbound}
    inside = ngettext("%(count)s between colleagues", "%(count)s between colleagues", day.internal)
    return _("Besides: %(out)s, %(inside)s.") % {"out": out, "inside": inside % {"count": day.internal}}
