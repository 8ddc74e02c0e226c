"""Whose phones are registered and whose are not, and which groups therefore ring nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from carillon.accounts.models import Organization
from carillon.calls.models import Registration
from carillon.functions.models import HuntGroupMember


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with phones; `away` are the descriptions of those that are not registered."""

    id: int
    name: str
    phones: int
    away: tuple[str, ...]
    forward: str

    @property
    def reaches_nobody(self) -> bool:
        """Whether calls to this person ring no phone."""
        return not self.forward and self.phones == len(self.away)


def people(organization: Organization) -> dict[int, Person]:
    """Return everybody who has a phone, by name; one query. A registration is only true while it is watched."""
    registered = Registration.objects.filter(endpoint=OuterRef("endpoint"))
    rows = (
        organization.sip_devices.filter(user__is_active=True)
        .annotate(registered=Exists(registered))
        .order_by("user__last_name", "user__first_name", "user_id", "pk")
        .values_list(
            "user_id", "user__first_name", "user__last_name", "user__username",
            "description", "endpoint", "registered", "user__call_forward__number",
        )
    )  # fmt: skip
    found: dict[int, Person] = {}
    for user, first, last, username, description, endpoint, is_there, forward in rows:
        before = found.get(user)
        away = () if is_there else (description or endpoint,)
        name = f"{first} {last}".strip() or username
        found[user] = Person(
            user, name, (before.phones if before else 0) + 1, (before.away if before else ()) + away, forward or ""
        )
    return found


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a hunt group; `outside`: the group rings a number outside for it, which nobody registers."""

    user_id: int | None
    outside: bool


def members(organization: Organization) -> dict[int, list[Member]]:
    """Return the members who can be rung, by function number; one query."""
    rows = HuntGroupMember.objects.filter(hunt_group__function_number__organization=organization)
    columns = ("hunt_group_id", "user_id", "user__is_active", "hunt_group__follow_forwards", "user__call_forward__pk")
    found: dict[int, list[Member]] = defaultdict(list)
    for group, user, active, follows, forward in rows.values_list(*columns):
        if user is None or active:
            found[group].append(Member(user, outside=user is None or bool(follows and forward)))
    return found


def rings_nobody(group: Iterable[Member], everybody: dict[int, Person]) -> bool:
    """Tell whether no member has a registered phone; what goes outside may always ring."""
    reached = {pk for pk, person in everybody.items() if person.phones > len(person.away)}
    return not any(member.outside or member.user_id in reached for member in group)
