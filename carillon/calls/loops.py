"""Which forwards lead round in circles at this moment: those in force now, of people and of function numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from carillon.accounts.models import Organization


def forwards_of_people(organization: Organization) -> list[tuple[str, str, int, str]]:
    """Return (number, where its calls go, user, name) of everybody who forwards all calls; one query."""
    user = "personal_line__user"
    rows = organization.numbers.filter(**{f"{user}__is_active": True, f"{user}__call_forward__isnull": False})
    columns = ("value", f"{user}__call_forward__number", f"{user}_id", f"{user}__first_name", f"{user}__last_name")
    return [(number, to, pk, f"{first} {last}".strip()) for number, to, pk, first, last in rows.values_list(*columns)]


def loops(leads_to: Mapping[str, str]) -> list[Sequence[str]]:
    """Return each circle once, as its numbers in order, beginning with the smallest."""
    found: list[Sequence[str]] = []
    done: set[str] = set()
    for start in sorted(leads_to):
        path: list[str] = []
        here: str | None = start
        while here is not None and here not in done and here not in path:
            path.append(here)
            here = leads_to.get(here)
        if here is not None and here in path:
            circle = path[path.index(here) :]
            first = circle.index(min(circle))
            found.append(circle[first:] + circle[:first])
        done.update(path)
    return found
