"""Whose number was called, as the log keeps it: a function number or a colleague, with the name of that moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from carillon.numbers.models import Number


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has a number."""

    organization_id: int
    name: str = ""
    function_id: int | None = None
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Owners:
    """The owners of all numbers that a batch of calls mentions."""

    public: Mapping[str, Owner]
    inside: Mapping[tuple[int, str], Owner]

    def of(self, organization_id: int | None, *spellings: str) -> Owner | None:
        """Return who of the organization has a number."""
        for text in spellings:
            found = self.public.get(text) or self.inside.get((organization_id or 0, text))
            if found and found.organization_id == organization_id:
                return found
        return None


def owners(public: Iterable[str], extensions: Iterable[str]) -> Owners:
    """Look up E.164 numbers and extensions, all in one query."""
    rows = Number.objects.filter(
        Q(kind=Number.Kind.E164, value__in=set(public)) | Q(kind=Number.Kind.EXTENSION, value__in=set(extensions))
    ).values_list(
        "kind",
        "value",
        "organization_id",
        "function_number__pk",
        "function_number__name",
        "personal_line__user_id",
        "personal_line__user__first_name",
        "personal_line__user__last_name",
    )
    by_number: dict[str, Owner] = {}
    by_extension: dict[tuple[int, str], Owner] = {}
    for kind, value, organization, function, name, user, first, last in rows:
        owner = Owner(organization, name or f"{first or ''} {last or ''}".strip(), function, user)
        if kind == Number.Kind.E164:
            by_number[value] = owner
        else:
            by_extension[organization, value] = owner
    return Owners(by_number, by_extension)
