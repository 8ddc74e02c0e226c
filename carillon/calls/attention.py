"""What needs attention: facts that rows tell truly, worst first, each with a way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carillon.calls.loops import loops
from carillon.calls.reach import Member, Person, rings_nobody
from carillon.calls.today import Today
from carillon.numbers.models import FunctionNumber
from carillon.routing.schedule import Action, Event
from carillon.schedules.models import ScheduleEvent
from carillon.schedules.screen import Now


@dataclass(frozen=True, slots=True)
class Item:
    """One fact. `kind` is bad or warn; `address` is where something can be done about it."""

    kind: str
    icon: str
    text: str
    address: str = ""
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A function number as the home page knows it; `events` are annotated with has_recording."""

    function: FunctionNumber
    now: Now
    decides: Event
    events: Sequence[ScheduleEvent]

    @property
    def ever_opens(self) -> bool:
        return not (self.now.action is Action.CLOSED and self.now.for_good)

    @property
    def schedule(self) -> str:
        return reverse("schedules:detail", args=[self.function.pk])


def of_schedules(numbers: Sequence[NumberRow]) -> Iterator[Item]:
    """What is wrong with opening hours, for everybody who may change them."""
    for row in numbers:
        if not row.ever_opens:
            text = _("%(number)s never opens: every caller hears that it is closed.") % {"number": row.function.name}
            yield Item("warn", "circle-minus", text, row.schedule, _("Set opening hours"))
    for row in numbers:
        for event in row.events:
            if event.prompt_id and not getattr(event, "has_recording", True):
                said = {"prompt": event.prompt, "event": event.name, "number": row.function.name}
                text = _("The prompt “%(prompt)s” has no recording: callers of %(number)s hear a tone (%(event)s).")
                yield Item("warn", "volume-off", text % said, row.schedule, _("Change the event"))


def of_forwards(numbers: Sequence[NumberRow], people: Sequence[tuple[str, str, int, str]]) -> Iterator[Item]:
    """Calls that go round in circles now."""
    leads_to = {number: to for number, to, _user, _name in people}
    names = {number: name for number, _to, _user, name in people}
    ways = {number: reverse("users:detail", args=[user]) for number, _to, user, _name in people}
    for row in numbers:
        number = row.function.number.value
        names[number], ways[number] = row.function.name, row.schedule
        if row.decides.action is Action.FORWARD and row.decides.destination:
            leads_to[number] = row.decides.destination
    for circle in loops(leads_to):
        path = " > ".join(names.get(number, number) for number in [*circle, circle[0]])
        text = _("Calls go round in circles: %(path)s.") % {"path": path}
        yield Item("bad", "refresh-alert", text, ways.get(circle[0], ""), _("Change the forward"))


def of_groups(
    numbers: Sequence[NumberRow], members: Mapping[int, Sequence[Member]], people: dict[int, Person] | None
) -> Iterator[Item]:
    """Groups that ring nobody. `people` None: registrations are not known."""
    for row in numbers:
        group = members.get(row.function.pk, ())
        if not row.ever_opens:
            continue
        said, way = {"group": row.function.name}, reverse("functions:detail", args=[row.function.pk])
        if not group:
            yield Item("bad", "users-minus", _("%(group)s has nobody to ring.") % said, way, _("Add members"))
        elif people is not None and rings_nobody(group, people):
            text = _("No phone of a member of %(group)s is registered: calls ring nobody.") % said
            yield Item("bad", "users-minus", text, way, _("See the members"))


def of_phones(people: Mapping[int, Person]) -> Iterator[Item]:
    """How many phones are not registered; the list itself stands beside."""
    away = sum(len(person.away) for person in people.values())
    if away:
        text = ngettext("%(count)s phone is not registered.", "%(count)s phones are not registered.", away)
        yield Item("warn", "phone-off", text % {"count": away}, "#home-phones", _("See which"))


def of_today(today: Today) -> Iterator[Item]:
    """What happened today that somebody should know."""
    if today.emergencies:
        text = ngettext("%(count)s emergency call today.", "%(count)s emergency calls today.", today.emergencies)
        yield Item("bad", "urgent", text % {"count": today.emergencies}, _log(), _("See the calls"))
    if today.by_fallback:
        text = ngettext(
            "%(count)s call today was decided by the fallback: call control was away.",
            "%(count)s calls today were decided by the fallback: call control was away.",
            today.by_fallback,
        )
        yield Item("warn", "alert-triangle", text % {"count": today.by_fallback}, _log(), _("See the calls"))


def of_processes() -> Iterator[Item]:
    """Nobody tells what goes on, although it was asked for."""
    text = _("Call control does not report what goes on. Tell whoever runs Carillon here.")
    yield Item("bad", "plug-connected-x", text)


def _log() -> str:
    """The call log, where it is part of the product."""
    try:
        return reverse("calls:log")
    except NoReverseMatch:
        return ""


def worst_first(items: Iterable[Item]) -> list[Item]:
    """Return the items in the order in which they are shown; equals keep theirs."""
    return sorted(items, key=lambda item: item.kind != "bad")
