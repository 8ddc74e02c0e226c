"""What it touches when a person is switched off or deleted, told before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from carillon.accounts.models import User
from carillon.functions.models import HuntGroupMember
from carillon.functions.references import Reference, forwards_to
from carillon.users.models import PersonalLine


@dataclass(frozen=True, slots=True)
class Consequences:
    """What hangs on a person."""

    numbers: Sequence[str]
    phones: Sequence[str]
    groups: Sequence[Reference]
    #: Forwards of others that lead to the person: they would end nowhere.
    forwards: Sequence[Reference]


def consequences(person: User) -> Consequences:
    """Return what hangs on a person; a constant number of queries for each number that the person has."""
    lines = PersonalLine.objects.filter(user=person).values_list("number__value", flat=True)
    numbers = list(lines.order_by("-number__kind", "pk"))
    members = HuntGroupMember.objects.filter(user=person).select_related("hunt_group__function_number__number")
    groups = [
        Reference(str(member.hunt_group), reverse("functions:detail", args=[member.hunt_group.function_number_id]))
        for member in members
    ]
    found = [reference for number in numbers for reference in forwards_to(person.organization, number)]
    own = reverse("users:detail", args=[person.pk])
    forwards = [reference for reference in dict.fromkeys(found) if reference.address != own]
    return Consequences(numbers, [str(phone) for phone in person.sip_devices.order_by("pk")], groups, forwards)
