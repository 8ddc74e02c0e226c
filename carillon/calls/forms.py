"""What the log is asked for: one bar of filters, read from the address, so that every view of the log is a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import CharField, IntegerField, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from carillon.accounts.models import Organization
from carillon.calls.models import Call
from carillon.calls.search import Wanted
from carillon.numbers.search import LONGEST
from carillon.numbers.trigrams import SHORTEST, patterns
from carillon.routing.numbers import read_number

FUNCTION, PERSON = 1, 2
#: Nobody types earlier or later days, and all databases know these.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True, slots=True)
class Named:
    """A function number or a person by name and number."""

    kind: int
    pk: int
    name: str
    number: str


def places(organization: Organization, person: str) -> list[Named]:
    """Return all function numbers, and the people whom `person` may mean (nobody, where it is empty); one query."""
    functions = organization.function_numbers.order_by().values_list(
        Value(FUNCTION, IntegerField()), "pk", Cast("name", CharField()), Cast("number__value", CharField())
    )
    if person:
        name = Concat("first_name", Value(" "), "last_name", output_field=CharField())
        number = read_number(person, organization.country)
        people = organization.users.annotate(whole=name).filter(
            Q(whole__icontains=person) | Q(lines__number__value=number.e164 or number.text) | Q(username__iexact=person)
        )
        values = (Value(PERSON, IntegerField()), "pk", "whole", Cast("username", CharField()))
        functions = functions.union(people.order_by().values_list(*values))
    found = [Named(*row) for row in functions]
    return sorted(found, key=lambda each: (each.kind, each.name.casefold(), each.pk))


def _text(**options: Any) -> forms.CharField:
    return forms.CharField(required=False, max_length=LONGEST, **options)


class LogFilter(forms.Form):
    """The filters of the log. Days are those of the person who asks."""

    q = _text(label=gettext_lazy("Number or name"), widget=forms.TextInput(attrs={"type": "search"}))
    since = forms.DateField(
        label=pgettext_lazy("day", "From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=pgettext_lazy("day", "Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    result = forms.ChoiceField(label=gettext_lazy("Result"), required=False)
    function = forms.ChoiceField(label=gettext_lazy("Function number"), required=False)
    direction = forms.ChoiceField(label=gettext_lazy("Direction"), required=False)
    person = _text(
        label=gettext_lazy("Person"), widget=forms.TextInput(attrs={"autocomplete": "off", "list": "destinations"})
    )

    def __init__(self, data: Any, *, organization: Organization) -> None:
        super().__init__(data)
        self._organization = organization
        self._person_id: int | None = None
        person = self.data.get("person", "").replace("\0", "").strip()[:LONGEST]
        self._places = places(organization, person)
        functions = [(each.pk, f"{each.name}, {each.number}") for each in self._places if each.kind == FUNCTION]
        self._choose("function", _("All"), functions)
        self._choose("result", _("All"), Call.Result.choices)
        self._choose("direction", _("All"), Call.Direction.choices)

    def _choose(self, name: str, all_of_them: str, choices: Sequence[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", all_of_them), *choices]

    def clean_q(self) -> str:
        text: str = self.cleaned_data["q"]
        if text and not patterns(text, self._organization.country):
            raise ValidationError(_("Type at least %(count)s letters or digits."), params={"count": SHORTEST})
        return text

    def clean_since(self) -> date | None:
        return self._day("since")

    def clean_until(self) -> date | None:
        return self._day("until")

    def _day(self, name: str) -> date | None:
        day: date | None = self.cleaned_data[name]
        if day and not FIRST_DAY <= day < LAST_DAY:
            raise ValidationError(_("Choose a day between 2000 and 2099."))
        return day

    def clean_person(self) -> str:
        text: str = self.cleaned_data["person"]
        if not text:
            return ""
        people = [each for each in self._places if each.kind == PERSON]
        exact = [each for each in people if text.casefold() in (each.name.strip().casefold(), each.number.casefold())]
        by_number = people if text.lstrip("+").isdecimal() else []
        found = exact or by_number or people
        if len(found) != 1:
            sentence = (
                _("Several are called “%(name)s”: type the number.")
                if found
                else _("Nobody is called “%(name)s”. Choose from the list, or type a number.")
            )
            raise ValidationError(sentence, params={"name": text[:80]})
        self._person_id = found[0].pk
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first."))
        return cleaned

    @property
    def asks(self) -> bool:
        """Whether any filter is set."""
        return any(self.data.get(name, "").strip() for name in self.fields)

    def wanted(self) -> Wanted:
        """Return what is looked for; only for a valid form."""
        cleaned = self.cleaned_data
        equal = {name: cleaned[name] for name in ("result", "direction") if cleaned[name]}
        if cleaned["function"]:
            equal["function_id"] = int(cleaned["function"])
        return Wanted(
            words=patterns(cleaned["q"], self._organization.country),
            since=_midnight(cleaned["since"]) if cleaned["since"] else None,
            until=_midnight(cleaned["until"] + timedelta(days=1)) if cleaned["until"] else None,
            equal=equal,
            person_id=self._person_id,
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), timezone.get_current_timezone()).astimezone(UTC)
