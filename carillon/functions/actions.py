"""Every change of a hunt group: number, group, schedule and members are written together, with one audit row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from carillon.accounts import audit
from carillon.accounts.http import Request
from carillon.accounts.models import AuditEntry, User
from carillon.functions.forms import HuntGroupForm
from carillon.functions.models import HuntGroup, HuntGroupMember
from carillon.numbers.models import FunctionNumber, Number
from carillon.schedules.models import Schedule, ScheduleEvent

Verb = AuditEntry.Verb


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours that one click gives a new number."""

    key: str
    windows: tuple[tuple[str, time, time], ...]


#: Those of the manual's example, and the plain day.
HOURS = {
    "halves": Hours("halves", (("am", time(8, 30), time(12, 30)), ("pm", time(13, 30), time(18)))),
    "nine": Hours("nine", (("9-17", time(9), time(17)),)),
}


def create_hunt_group(request: Request, form: HuntGroupForm) -> FunctionNumber | None:
    """Create number, function number, hunt group and a closed schedule; None: somebody just took the number."""
    organization, data = request.organization, form.cleaned_data
    try:
        with transaction.atomic():
            number = organization.numbers.create(kind=form.number_kind, value=data["number"])
            function = FunctionNumber(
                organization=organization, name=data["name"], number=number, language=data["language"]
            )
            with audit.change(request, function, Verb.CREATE):
                function.save()
                group = form.save(commit=False)
                group.function_number = function
                group.save()
                _close(function)
    except IntegrityError:
        return None
    return function


def _close(function: FunctionNumber) -> None:
    """Give a new number its schedule: closed, as the manual says, until events open it."""
    schedule = Schedule.objects.create(function_number=function, timezone=function.organization.timezone)
    schedule.events.create(position=1, is_default=True, name=_("Default"), action=ScheduleEvent.Action.CLOSED)


class Outcome(StrEnum):
    """What became of saving a hunt group."""

    SAVED = "saved"
    TAKEN = "taken"
    STALE = "stale"


def fingerprint(function: FunctionNumber) -> str:
    """Return what the stored settings are, as one word: a page that shows others is stale."""
    row = FunctionNumber.objects.filter(pk=function.pk).values("name", "language", "number__value")
    group = HuntGroup.objects.filter(pk=function.pk).values()
    return sha256(repr([*row, *group]).encode()).hexdigest()[:16]


def save_hunt_group(request: Request, form: HuntGroupForm, seen: str = "") -> Outcome:
    """Store name, number and settings, unless they are no longer those that the page showed (`seen`)."""
    function, data = form.instance.function_number, form.cleaned_data
    try:
        with transaction.atomic(), audit.change(request, function, Verb.CHANGE):
            if seen and seen != fingerprint(function):
                return Outcome.STALE
            Number.objects.filter(pk=function.number_id).update(kind=form.number_kind, value=data["number"])
            function.name, function.language = data["name"], data["language"]
            function.save(update_fields=["name", "language"])
            form.save()
    except IntegrityError:
        return Outcome.TAKEN
    return Outcome.SAVED


def delete_hunt_group(request: Request, function: FunctionNumber) -> None:
    """Delete the number with its schedule, group and members."""
    with audit.change(request, function, Verb.DELETE):
        number = function.number
        function.delete()
        number.delete()


def open_weekdays(request: Request, function: FunctionNumber, hours: Hours) -> None:
    """Open a number from Monday to Friday by events on top of those there are."""
    with transaction.atomic():
        schedule = Schedule.objects.select_for_update().get(function_number=function)
        with audit.change(request, schedule, Verb.CHANGE):
            for event in schedule.events.filter(is_default=False):
                event.position += len(hours.windows)
                event.save(update_fields=["position"])
            for position, (name, since, until) in enumerate(reversed(hours.windows), start=1):
                schedule.add_opening(position, name, since, until)
            schedule.version += 1
            schedule.save(update_fields=["version"])


def add_member(request: Request, group: HuntGroup, person: User | None, number: str) -> bool:
    """Add a person, or a number outside, at the end; False: it is a member already."""
    try:
        with transaction.atomic(), audit.change(request, group.function_number, Verb.CHANGE):
            last = group.members.order_by("-position").values_list("position", flat=True).first()
            group.members.create(position=(last or 0) + 1, user=person, number="" if person else number)
    except IntegrityError:
        return False
    return True


def remove_member(request: Request, member: HuntGroupMember) -> None:
    """Take a member out; the others keep their order."""
    with audit.change(request, member.hunt_group.function_number, Verb.CHANGE):
        member.delete()


def order_members(request: Request, group: HuntGroup, seen: Sequence[int], order: Sequence[int]) -> bool:
    """Put the members in this order; False: they are not those that the page showed (`seen`)."""
    with transaction.atomic():
        locked = HuntGroup.objects.select_for_update().get(pk=group.pk)
        now = list(locked.members.order_by("position", "pk").values_list("pk", flat=True))
        if now != list(seen) or sorted(order) != sorted(now):
            return False
        with audit.change(request, group.function_number, Verb.CHANGE):
            for position, pk in enumerate(order, start=1):
                locked.members.filter(pk=pk).update(position=position)
    return True


def moved(order: Sequence[int], move: str) -> list[int]:
    """Return `order` with one member a place up or down; `move` is "12:up" or "12:down". Nonsense moves nobody."""
    text, _colon, direction = move.partition(":")
    result = list(order)
    if not (text.isascii() and text.isdigit() and int(text) in result):
        return result
    here = result.index(int(text))
    there = here + (-1 if direction == "up" else 1)
    if 0 <= there < len(result):
        result[here], result[there] = result[there], result[here]
    return result
