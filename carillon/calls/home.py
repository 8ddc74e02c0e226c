"""What the home page shows to whom: each part of it from as few rows as it takes, as facts for its template."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from carillon.accounts.models import Organization, User
from carillon.accounts.roles import Right, can
from carillon.calls import attention
from carillon.calls.attention import Item, NumberRow
from carillon.calls.daywords import DayWords, words_of
from carillon.calls.looking import Known, Look
from carillon.calls.loops import forwards_of_people
from carillon.calls.models import LiveCall
from carillon.calls.reach import Member, Person, members, people
from carillon.calls.today import Today, today
from carillon.calls.today_picture import Picture, draw
from carillon.facts.schedules import states
from carillon.numbers.models import FunctionNumber
from carillon.prompts.models import PromptAudio
from carillon.routing.schedule import Action
from carillon.schedules.models import ScheduleEvent, schedules_given_to
from carillon.schedules.screen import now_of

#: So many calls and people a page shows; the rest is counted.
MOST_CALLS, MOST_PEOPLE, MOST_ITEMS = 30, 12, 12


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first steps of a new organization."""

    title: str
    text: str
    done: bool
    #: Empty: another step comes first.
    address: str
    action: str


@dataclass(frozen=True, slots=True)
class Items:
    """What needs attention, the worst first; an empty list says that nothing does."""

    shown: Sequence[Item]
    more: int
    #: Whether all that could need attention is known: without, nothing is no all-clear.
    sure: bool = True


@dataclass(frozen=True, slots=True)
class CallsNow:
    """Calls that go on, the oldest first."""

    known: Known
    calls: Sequence[LiveCall] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class PhonesNow:
    """People of whom a phone is not registered; `everybody` who has one."""

    known: Known
    away: Sequence[Person] = ()
    more: int = 0
    everybody: int = 0


@dataclass(frozen=True, slots=True)
class Home:
    """The page. None: the person may not see it, or there is nothing yet that it could tell."""

    steps: Sequence[Step] = ()
    numbers: Sequence[NumberRow] | None = None
    items: Items | None = None
    calls: CallsNow | None = None
    phones: PhonesNow | None = None
    today: Today | None = None
    picture: Picture | None = None
    day: DayWords | None = None


def home(user: User, organization: Organization, now: datetime, look: Look | None) -> Home:
    """Return what the page shows to `user`; without `look` only function numbers and what needs attention there."""
    numbers = _numbers(schedules_given_to(user), now)
    forwards = forwards_of_people(organization) if can(user, Right.USERS_VIEW) else []
    items = chain(attention.of_schedules(numbers), attention.of_forwards(numbers, forwards))
    if look is None:
        return Home(numbers=numbers, items=_items(items))
    groups = members(organization)
    steps = first_steps(numbers, groups) if can(user, Right.FUNCTIONS_CHANGE) else []
    if steps and not numbers:
        return Home(steps=steps)
    everybody = people(organization)
    known = everybody if look.phones is Known.YES else None
    day = today(organization, now)
    items = chain(items, attention.of_groups(numbers, groups, known), attention.of_phones(known or {}))
    items = chain(items, attention.of_today(day), attention.of_processes() if look.calls is Known.NO else ())
    return Home(
        steps=steps,
        numbers=numbers,
        # What the first steps ask for is not asked for twice.
        items=None if steps else replace(_items(items), sure=known is not None),
        calls=_calls(organization, look),
        phones=_phones(look, everybody),
        today=day,
        picture=draw(day),
        day=words_of(day),
    )


def moving(organization: Organization, now: datetime, look: Look) -> Home:
    """Return only what changes with each call, in two queries."""
    day = today(organization, now)
    return Home(calls=_calls(organization, look), today=day, picture=draw(day), day=words_of(day))


def _numbers(functions: QuerySet[FunctionNumber], now: datetime) -> list[NumberRow]:
    recorded = PromptAudio.objects.filter(prompt=OuterRef("prompt"))
    events = ScheduleEvent.objects.select_related("prompt").annotate(has_recording=Exists(recorded))
    return [
        NumberRow(
            row.function,
            now_of(row.schedule, row.state, now),
            row.state.event,
            list(row.function.schedule.events.all()),
        )
        for row in states(functions, now, events)
    ]


def _items(items: Iterable[Item]) -> Items:
    shown = attention.worst_first(items)
    return Items(shown[:MOST_ITEMS], max(0, len(shown) - MOST_ITEMS))


def _calls(organization: Organization, look: Look) -> CallsNow:
    if look.calls is not Known.YES:
        return CallsNow(look.calls)
    calls = list(organization.live_calls.all())
    return CallsNow(look.calls, calls[:MOST_CALLS], max(0, len(calls) - MOST_CALLS))


def _phones(look: Look, everybody: dict[int, Person]) -> PhonesNow:
    if look.phones is not Known.YES:
        return PhonesNow(look.phones, everybody=len(everybody))
    away = [person for person in everybody.values() if person.away]
    return PhonesNow(look.phones, away[:MOST_PEOPLE], max(0, len(away) - MOST_PEOPLE), len(everybody))


def first_steps(numbers: Sequence[NumberRow], groups: dict[int, list[Member]]) -> list[Step]:
    """Return the steps of an organization that has at most one function number, until all are done."""
    if len(numbers) > 1:
        return []
    row = numbers[0] if numbers else None
    opens = row is not None and any(event.action != Action.CLOSED for event in row.events)
    rings = row is not None and bool(groups.get(row.function.pk))
    if opens and rings:
        return []
    group = reverse("functions:detail", args=[row.function.pk]) if row else ""
    return [
        Step(
            _("Create a hunt group"),
            _("One number that rings several people: your main number, for example."),
            row is not None,
            reverse("functions:create"),
            _("New hunt group"),
        ),
        Step(
            _("Set its opening hours"),
            _("A new number is closed. Open it from Monday to Friday with one click, or set other hours."),
            opens,
            group,
            _("Set opening hours"),
        ),
        Step(
            _("Add who answers"),
            _("Colleagues with a phone, or numbers outside such as a mobile. Then call the number: they ring."),
            rings,
            group,
            _("Add members"),
        ),
    ]
