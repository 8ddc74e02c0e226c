"""What is worth a second look in a schedule, in words: what is so, how to mend it, and which events to open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carillon.routing.schedule import Action, Event, Schedule
from carillon.routing.warnings import (
    ClockDay,
    Effect,
    Ended,
    Finding,
    Gap,
    Hidden,
    NoDay,
    Overlap,
    RoundTrip,
)
from carillon.schedules import words
from carillon.schedules.picture_text import hours

#: So many names are read; the rest is counted.
MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Warned:
    """One thing. `kind` is bad, warn or info; `events` are ids and names of those that a person may want to open."""

    kind: str
    icon: str
    text: str
    mend: str
    events: list[tuple[int, str]]
    more: tuple[str, ...] = ()


class Wording:
    """The words for one schedule. `names` are those of its events by id, `places` those of numbers."""

    def __init__(self, schedule: Schedule, names: Mapping[int, str], places: Mapping[str, str]) -> None:
        self.schedule, self.zone, self.names, self.places = schedule, schedule.zone, names, places

    def name(self, event: Event) -> str:
        return self.names.get(event.id, event.name)

    def quoted(self, events: Sequence[Event]) -> str:
        """Return the first three names, and how many there are besides."""
        parts = [f"“{self.name(event)}”" for event in events[:MOST_NAMES]]
        more = len(events) - MOST_NAMES
        if more > 0:
            parts.append(ngettext("%(count)s more", "%(count)s more", more) % {"count": more})
        return get_text_list(parts, _("and"))

    def _said(self, kind: str, icon: str, text: str, mend: str, *events: Event, more: tuple[str, ...] = ()) -> Warned:
        once = dict.fromkeys((event.id, self.name(event)) for event in events)
        return Warned(kind, icon, text, mend, list(once), more)

    def of(self, found: Finding) -> Warned:
        match found:
            case Hidden():
                return self._hidden(found)
            case Ended(event, at):
                said = {
                    "name": self.name(event),
                    "day": date_format((at - timedelta(seconds=1)).astimezone(self.zone), "j F Y"),
                }
                text = _("“%(name)s” has ended: its last day was %(day)s.") % said
                return self._said("info", "history", text, _("Delete it, or give it new dates."), event)
            case NoDay(event):
                text = _("There is no day on which “%(name)s” happens.") % {"name": self.name(event)}
                return self._said("warn", "calendar-time", text, _("Look at its days and dates."), event)
            case Gap():
                return self._gap(found)
            case Overlap():
                return self._overlap(found)
            case ClockDay():
                return self._clock_day(found)
            case _:  # pragma: no cover
                assert_never(found)

    def _hidden(self, found: Hidden) -> Warned:
        said = {"name": self.name(found.event), "others": self.quoted(found.by)}
        text = (
            _("“%(name)s” never counts: whenever it matches, an event above it decides (%(others)s).")
            if found.for_good
            else _(
                "“%(name)s” never counts within two years: whenever it matches, an event above it decides (%(others)s)."
            )
        )
        mend = _("Move it up, or delete it.")
        return self._said("warn", "alert-triangle", text % said, mend, found.event, *found.by[:2])

    def _gap(self, found: Gap) -> Warned:
        minutes = int((found.stop - found.start).total_seconds()) // 60
        local = found.start.astimezone(self.zone), found.stop.astimezone(self.zone)
        said = {
            "before": self.name(found.before),
            "after": self.name(found.after),
            "since": f"{local[0]:%H:%M}",
            "until": f"{local[1]:%H:%M}",
            "state": words.state(self.schedule.default.action),
            "length": ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes},
        }
        text = (
            _("“%(before)s” ends at %(since)s and begins again at %(until)s: the number is %(state)s for %(length)s.")
            if found.before == found.after
            else _(
                "“%(before)s” ends at %(since)s and “%(after)s” begins at %(until)s: "
                "the number is %(state)s for %(length)s."
            )
        )
        mend = _("An end is not included: let the first end when the next begins.")
        return self._said("warn", "clock", text % said, mend, found.before, found.after)

    def _overlap(self, found: Overlap) -> Warned:
        local = found.start.astimezone(self.zone), found.stop.astimezone(self.zone)
        said = {
            "upper": self.name(found.upper),
            "lower": self.name(found.lower),
            "since": f"{local[0]:%H:%M}",
            "until": f"{local[1]:%H:%M}",
            "day": date_format(local[0], "l j F"),
        }
        text = _(
            "“%(upper)s” and “%(lower)s” overlap from %(since)s to %(until)s (%(day)s): "
            "“%(upper)s” decides, as it is higher."
        )
        mend = _("If that is a slip, change the time of one of them.")
        return self._said("info", "info-circle", text % said, mend, found.upper, found.lower)

    def _clock_day(self, found: ClockDay) -> Warned:
        change = found.change
        since, until = ((change.at + offset).replace(tzinfo=None) for offset in (change.before, change.after))
        said = {"day": date_format(since, "l j F Y"), "since": f"{since:%H:%M}", "until": f"{until:%H:%M}"}
        text = _("On %(day)s the clock is set from %(since)s to %(until)s:") % said
        more = tuple(self._effect(effect) for effect in found.effects)
        events = [effect.event for effect in found.effects]
        return self._said("info", "info-circle", text, _("Nothing to do, if that suits you."), *events, more=more)

    def _effect(self, effect: Effect) -> str:
        local = effect.start.astimezone(self.zone), effect.stop.astimezone(self.zone)
        said = {
            "name": self.name(effect.event),
            "since": f"{local[0]:%H:%M}",
            "until": f"{local[1]:%H:%M}",
            "length": hours(effect.stop - effect.start),
            "usual": hours(effect.wall),
        }
        if effect.start == effect.stop:
            return _("“%(name)s” does not happen: the clock skips it.") % said
        return _("“%(name)s” counts from %(since)s to %(until)s, %(length)s instead of %(usual)s.") % said

    def round_trip(self, trip: RoundTrip) -> Warned:
        local = trip.at.astimezone(self.zone)
        said = {
            "name": self.name(trip.event),
            "way": " > ".join(self.places.get(number) or number for number in trip.way),
            "day": date_format(local, "l j F"),
            "clock": f"{local:%H:%M}",
        }
        text = (
            _("“%(name)s” forwards calls round in circles: %(way)s (for the first time on %(day)s at %(clock)s).")
            % said
        )
        return self._said("bad", "refresh-alert", text, _("Change where one of them forwards."), trip.event)

    def nowhere(self, event: Event) -> Warned:
        said = {"name": self.name(event), "number": event.destination}
        text = _("“%(name)s” forwards to %(number)s, which nobody has: callers hear that the number is wrong.") % said
        return self._said("bad", "phone-off", text, _("Choose another destination."), event)


def warned(
    wording: Wording, findings: Iterable[Finding], trips: Iterable[RoundTrip], dead: AbstractSet[str]
) -> list[Warned]:
    """Return everything in words, worst first."""
    schedule = wording.schedule
    lost = [event for event in (*schedule.events, schedule.default) if event.action is Action.FORWARD]
    said = [wording.nowhere(event) for event in lost if event.destination in dead]
    said += [wording.round_trip(trip) for trip in trips]
    said += [wording.of(found) for found in findings]
    return sorted(said, key=lambda each: ("bad", "warn", "info").index(each.kind))
