"""Where calls may be sent: a name or any spelling of a number becomes an extension or E.164, or is refused in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from carillon.accounts.models import Organization, User
from carillon.numbers.models import FunctionNumber, Number
from carillon.numbers.ranges import in_ranges
from carillon.routing.numbers import Kind, read_number

#: How many suggestions a person can still read.
SUGGESTIONS = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody or something that has a number inside the organization."""

    number: str
    name: str


def _full_name() -> Concat:
    return Concat("first_name", Value(" "), "last_name")


def suggest(organization: Organization, text: str) -> list[Place]:
    """Return function numbers, then people, whose name or number holds `text`; two queries, at most SUGGESTIONS.

    Hidden people are left out: they are called by their number.
    """
    functions = organization.function_numbers.select_related("number").filter(
        Q(name__icontains=text) | Q(number__value__contains=text)
    )[:SUGGESTIONS]
    places = [Place(function.number.value, function.name) for function in functions]
    return places + _people(organization, text, SUGGESTIONS - len(places))


def suggest_people(organization: Organization, text: str) -> list[Place]:
    """Return people whose name or number holds `text`; one query, at most SUGGESTIONS."""
    return _people(organization, text, SUGGESTIONS)


def _people(organization: Organization, text: str, limit: int) -> list[Place]:
    lines = (
        organization.numbers.filter(personal_line__user__is_active=True)
        .exclude(personal_line__user__visibility=User.Visibility.HIDDEN)
        .annotate(person=Concat("personal_line__user__first_name", Value(" "), "personal_line__user__last_name"))
        .filter(Q(person__icontains=text) | Q(value__contains=text))
        .order_by("person", "-kind")
        .values_list("value", "person")
    )
    return [Place(value, person.strip()) for value, person in lines[:limit]]


def names(organization: Organization, numbers: Iterable[str]) -> dict[str, str]:
    """Return who has each of these numbers inside the organization; one query."""
    rows = (
        organization.numbers.filter(value__in=set(numbers))
        .select_related("function_number", "personal_line__user")
        .order_by("pk")
    )
    return {row.value: name for row in rows if (name := _owner(row))}


def _owner(row: Number) -> str:
    if hasattr(row, "function_number"):
        return row.function_number.name
    if hasattr(row, "personal_line"):
        return str(row.personal_line.user)
    return ""


def read_destination(organization: Organization, text: str) -> str:
    """Return an extension or E.164 for what a person typed; ValidationError says in words why it cannot be."""
    if any(letter.isalpha() for letter in text):
        return _by_name(organization, text)
    dialled = read_number(text, organization.country)
    match dialled.kind:
        case Kind.EMERGENCY | Kind.SHORT:
            raise forms.ValidationError(_("Emergency and short public numbers cannot be used here."), code="short")
        case Kind.INVALID:
            raise forms.ValidationError(
                _("This is not a phone number. Type it as +3227811501 or 9011."), code="invalid"
            )
        case Kind.EXTENSION:
            return _extension(organization, dialled.text)
        case Kind.INTERNATIONAL | Kind.PREMIUM if dialled.abroad and not organization.allow_international:
            raise forms.ValidationError(
                _("Calls to numbers abroad are closed for your organization. Ask your provider to open them."),
                code="international",
            )
        case Kind.PREMIUM if not organization.allow_premium:
            raise forms.ValidationError(
                _("Calls to premium numbers are closed for your organization. Ask your provider to open them."),
                code="premium",
            )
    return _outside_or_ours(organization, dialled.e164 or dialled.text)


def _extension(organization: Organization, digits: str) -> str:
    if not organization.numbers.filter(value=digits).exists():
        raise forms.ValidationError(
            _("Nobody has the number %(number)s. Numbers outside begin with + or 0."),
            params={"number": digits},
            code="nobody",
        )
    return digits


def _outside_or_ours(organization: Organization, e164: str) -> str:
    """Refuse a number of the organization's own that nobody has: calls to it would end nowhere."""
    if in_ranges(organization, e164) and not organization.numbers.filter(value=e164).exists():
        raise forms.ValidationError(
            _("%(number)s is a number of your organization that nobody has yet."),
            params={"number": e164},
            code="nobody",
        )
    return e164


def _by_name(organization: Organization, text: str) -> str:
    found = [*_functions_called(organization, text), *_people_called(organization, text)]
    # A part of a name will do where only one name has it.
    found = found or _named_like(organization, text)
    if len(found) == 1:
        return found[0]
    sentence = (
        _("Several are called “%(name)s”: type the number.")
        if found
        else _("Nobody is called “%(name)s”. Choose from the list, or type a number.")
    )
    raise forms.ValidationError(sentence, params={"name": text[:80]}, code="name")


def _named_like(organization: Organization, text: str) -> list[str]:
    """Return one number for each name that holds `text`."""
    places: dict[str, str] = {}
    for place in suggest(organization, text):
        places.setdefault(place.name, place.number)
    return list(places.values())


def _functions_called(organization: Organization, name: str) -> list[str]:
    functions: Iterable[FunctionNumber] = organization.function_numbers.filter(name__iexact=name).select_related(
        "number"
    )[:2]
    return [function.number.value for function in functions]


def _people_called(organization: Organization, name: str) -> list[str]:
    """One number per person: the extension where there is one."""
    people = organization.users.annotate(person=_full_name()).filter(
        Q(person__iexact=name) | Q(username__iexact=name), is_active=True
    )
    people = people.exclude(visibility=User.Visibility.HIDDEN)[:2]
    return [number for person in people if (number := line_of(organization, person))]


def line_of(organization: Organization, person: User) -> str | None:
    """Return the number by which colleagues reach a person: the extension, or else the published number."""
    values = organization.numbers.filter(personal_line__user=person).order_by("-kind", "pk")
    return values.values_list("value", flat=True).first()


def find_person(organization: Organization, number: str) -> User | None:
    """Return the colleague who has this number."""
    people = organization.users.filter(is_active=True)
    return people.filter(lines__number__value=number, lines__number__organization=organization).first()


class DestinationField(forms.CharField):
    """A text field whose value is a place to send calls to. Set `organization` before use."""

    organization: Organization

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=120, required=False, **options)
        self.widget.attrs |= {"autocomplete": "off", "list": "destinations", "data-destination": ""}

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        return read_destination(self.organization, text) if text else ""
