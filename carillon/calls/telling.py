"""How what-if results are said to people: the sentence on top, the words of one result, the words of each step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carillon.calls.result import ANSWERED, Happening, Result, What, leg_name
from carillon.routing.path import Fate
from carillon.routing.schedule import Action
from carillon.routing.verbs import CallOut, Cause, ChangeSchedule, GoTo, Hangup, Play, Ring, Signal, Sound, Verb

#: Names that are said before "and 12 more".
MOST_NAMES = 4


def listed(parts: Sequence[str]) -> str:
    """Return "a, b and c"."""
    return get_text_list(list(parts), _("and"))


def some(names: Sequence[str]) -> str:
    """Return the names, the end of a long list by its number."""
    more = len(names) - MOST_NAMES
    if more <= 1:
        return listed(names)
    return listed([*names[:MOST_NAMES], ngettext("%(count)s more", "%(count)s more", more) % {"count": more}])


def sentence(result: Result, at: datetime, zone: ZoneInfo) -> str:
    """Return "On Sunday 29 November at 10:00 the caller hears “Closed” and the call ends."."""
    local = at.astimezone(zone)
    said = {"day": day_words(local), "clock": local.strftime("%H:%M"), "what": listed(clauses(result))}
    return _("On %(day)s at %(clock)s %(what)s.") % said


def day_words(local: datetime) -> str:
    """Return "Sunday 29 November", with the year where it is not the present one."""
    this_year = timezone.now().astimezone(local.tzinfo).year == local.year
    return date_format(local, "l j F" if this_year else "l j F Y")


def words(result: Result) -> str:
    """Return a result in a few words: "The caller hears “Closed” and the call ends"."""
    return capfirst(listed(clauses(result)))


def clauses(result: Result) -> list[str]:
    """Return what happens, one clause each, and the end."""
    said = [_happening(happening) for happening in result.happenings]
    last = result.happenings[-1] if result.happenings else None
    heard = any(happening.what is What.HEARS for happening in result.happenings)
    if result.end == ANSWERED and last and last.what is What.RINGS:
        if len(last.names) == 1:
            return [*said[:-1], _("%(name)s rings and answers") % {"name": last.names[0]}]
        return [*said, _("the first to pick up has the call")]
    if result.end == ANSWERED:
        return [*said, _("the call is answered")]
    if result.end == Cause.BUSY and not heard:
        return [*said, _("the caller gets the busy tone")]
    return [*said, _("the call ends")]


def _happening(happening: Happening) -> str:
    names = some(happening.names)
    match happening.what:
        case What.HEARS:
            return _("the caller hears “%(prompt)s”") % {"prompt": names}
        case What.RINGS:
            return ngettext("%(names)s rings", "%(names)s ring", len(happening.names)) % {"names": names}
        case What.CALLS_OUT:
            return _("the call goes out to %(number)s") % {"number": names}
        case What.GOES_ON:
            return _("the call goes on to %(place)s") % {"place": names}
        case What.CHANGES:
            return _("the schedule of %(number)s changes") % {"number": names}
        case What.SIGNALS if names == Sound.DONE:
            return _("the caller hears the tones for “done”")
        case What.SIGNALS:
            return _("the caller hears the tones for “refused”")
        case _:
            assert_never(happening.what)


def state(tone: Action) -> str:
    """Return the word of a result's colour, so that the colour never speaks alone."""
    match tone:
        case Action.OPEN:
            return _("open")
        case Action.FORWARD:
            return _("forwarded")
        case Action.CLOSED:
            return _("closed")
        case _:
            assert_never(tone)


def fates() -> list[tuple[str, str]]:
    """Return what can be assumed of somebody who may ring, with its words."""
    return [
        (Fate.ANSWERED.value, _("answers")),
        (Fate.BUSY.value, _("is busy")),
        (Fate.NO_ANSWER.value, _("does not answer")),
        (Fate.UNREACHABLE.value, _("phone off")),
    ]


def outcome(name: str, verb: Verb) -> str:
    """Return the words of a branch: of one who rings, or of several."""
    several = isinstance(verb, Ring) and len(verb.targets) > 1
    match name:
        case "answered":
            return _("somebody answers") if several else _("answers")
        case "no_answer":
            return _("nobody answers") if several else _("does not answer")
        case "busy":
            return _("all are busy") if several else _("is busy")
        case "unreachable":
            return _("nobody can be reached") if several else _("cannot be reached")
        case "done":
            return _("it is stored")
        case "refused":
            return _("it cannot be stored")
        case _:
            return ""


def title(verb: Verb, came_by: str, place: str) -> str:
    """Return one step of a way as a line. `came_by` is the branch that led here, `place` who has a forward's number."""
    match verb:
        case Hangup():
            if came_by == Fate.ANSWERED:
                return _("They talk")
            return _("Busy tone, and the call ends") if verb.cause is Cause.BUSY else _("The call ends")
        case Play(prompt):
            return _("The caller hears “%(prompt)s”") % {"prompt": prompt.name}
        case Ring(targets, seconds):
            names = some([leg_name(target) for target in targets])
            text = ngettext("%(names)s rings for %(seconds)s s", "%(names)s ring for %(seconds)s s", len(targets))
            return text % {"names": names, "seconds": seconds}
        case CallOut(number):
            return _("The call goes out to %(number)s") % {"number": number}
        case GoTo():
            return _("The call goes on to %(place)s") % {"place": place}
        case ChangeSchedule(function=function):
            return _("The schedule of %(number)s changes") % {"number": function}
        case Signal(Sound.DONE):
            return _("The caller hears the tones for “done”")
        case Signal():
            return _("The caller hears the tones for “refused”")
        case _:
            assert_never(verb)


def icon(verb: Verb, came_by: str) -> str:
    """Return the icon of a step."""
    match verb:
        case Hangup():
            return "phone-call" if came_by == Fate.ANSWERED else "phone-off"
        case Play():
            return "volume"
        case Ring():
            return "bell-ringing"
        case CallOut():
            return "phone-outgoing"
        case GoTo():
            return "arrow-forward-up"
        case ChangeSchedule():
            return "clock"
        case Signal():
            return "volume"
        case _:
            assert_never(verb)


def ahead(verb: Verb, came_by: str, place: str) -> str:
    """Return what a branch that is not taken leads to, on one line: as far as the next thing that may end two ways."""
    parts = []
    while isinstance(verb, Play):
        parts.append(title(verb, came_by, place))
        verb, came_by = verb.then, ""
    if parts and isinstance(verb, Hangup):
        parts.append(_("the call ends"))
    else:
        parts.append(title(verb, came_by, place))
    return "; ".join(parts)


def repeats(weekday: int) -> str:
    """Return "every Sunday"."""
    return _("every %(weekday)s") % {"weekday": WEEKDAYS[weekday]}
