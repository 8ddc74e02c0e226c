"""Which numbers an organization has and which of them are free: its ranges minus those in use, and extensions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from carillon.accounts.models import Organization
from carillon.numbers.models import Number, NumberRange
from carillon.routing.numbers import Kind, read_number

#: Lengths of extensions: one digit is for menus, seven is a number outside.
EXTENSION_DIGITS = range(2, 7)


def _bounds(row: NumberRange) -> range:
    return range(int(row.first.lstrip("+")), int(row.last.lstrip("+")) + 1)


def in_ranges(organization: Organization, e164: str) -> bool:
    """Whether the number lies in one of the organization's ranges."""
    value = int(e164.lstrip("+"))
    return any(value in _bounds(row) for row in organization.number_ranges.all())


def _free(organization: Organization) -> Iterator[str]:
    used = set(organization.numbers.filter(kind=Number.Kind.E164).values_list("value", flat=True))
    for row in organization.number_ranges.all():
        for value in _bounds(row):
            if (number := f"+{value}") not in used:
                yield number


def free_numbers(organization: Organization, limit: int = 20) -> list[str]:
    """Return the first free numbers of the organization's ranges; two queries."""
    return list(islice(_free(organization), limit))


def read_own_number(organization: Organization, text: str, current: Number | None = None) -> tuple[str, str]:
    """Return kind and value of a number that the organization may use next; ValidationError says why it may not.

    A number of one of its ranges, or an extension of 2 to 6 digits that is no emergency or service number.
    """
    dialled = read_number(text, organization.country)
    if dialled.kind in (Kind.EMERGENCY, Kind.SHORT):
        raise ValidationError(_("This is an emergency or short public number. Choose another."), code="short")
    if dialled.kind is Kind.EXTENSION:
        kind, value = str(Number.Kind.EXTENSION), dialled.text
        if len(value) not in EXTENSION_DIGITS:
            raise ValidationError(_("An extension has 2 to 6 digits."), code="length")
    elif dialled.e164 and in_ranges(organization, dialled.e164):
        kind, value = str(Number.Kind.E164), dialled.e164
    else:
        raise ValidationError(
            _("Type an extension of 2 to 6 digits, or a number of your organization's ranges."), code="foreign"
        )
    if value != (current and current.value) and organization.numbers.filter(value=value).exists():
        raise ValidationError(_("%(number)s is in use already."), params={"number": value}, code="used")
    return kind, value
