"""What may be asked of a what-if: a number, a caller, a moment of the number's own clock, and who does what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization
from carillon.calls.result import read_assumptions, write_assumptions
from carillon.calls.what_if import Question
from carillon.numbers.destinations import read_destination
from carillon.routing.clock import instant
from carillon.routing.codes import read_code
from carillon.routing.numbers import Kind, read_number
from carillon.routing.path import Assumptions
from carillon.schedules.forms import ClockField, DayField

#: A group has fewer members; a longer address is nobody's question.
MOST_ASSUMED = 300


class AssumptionsField(forms.Field):
    """What is assumed of people and numbers, each as "u12:busy"; an address that names nobody assumes nothing."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> Assumptions:
        pairs = (str(text).rpartition(":") for text in (value or [])[:MOST_ASSUMED])
        return read_assumptions({key: fate for key, _colon, fate in pairs})


class WhatIfForm(forms.Form):
    """The question. `organization` says whose numbers and which clock; without day or time it is now."""

    number = forms.CharField(label=_("Called number"), max_length=80)
    caller = forms.CharField(label=_("Caller"), max_length=80, required=False)
    date = DayField(label=_("Date"))
    time = ClockField(label=_("Time"))
    later = forms.BooleanField(label=_("The second time that the clock shows it"), required=False)
    assume = AssumptionsField(required=False)

    def __init__(self, data: Mapping[str, Any] | None, *, organization: Organization) -> None:
        super().__init__(data, initial={"number": organization.main_number})
        self.organization = organization
        self.zone = ZoneInfo(organization.timezone)
        for name in ("number", "caller"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "list": f"{name}s", "data-what-if": name}
        self.fields["caller"].widget.attrs["placeholder"] = _("Somebody outside")
        self.fields["time"].widget.attrs.pop("list")

    def clean_number(self) -> str:
        value = _read(self.organization, self.cleaned_data["number"])
        functions = self.organization.function_numbers.filter(number__value=value, schedule__isnull=False)
        name = functions.values_list("schedule__timezone", flat=True).first()
        if name:
            self.zone = ZoneInfo(name)
        return value

    def clean_caller(self) -> str:
        text = self.cleaned_data["caller"]
        return _read(self.organization, text) if text else ""

    def clean(self) -> dict[str, Any]:
        """Fill in the present moment where none was typed, and show it."""
        data = super().clean() or self.cleaned_data
        now = timezone.now().astimezone(self.zone)
        shown = QueryDict(mutable=True)
        for name, values in dict(self.data).items():
            shown.setlist(name, values if isinstance(values, list) else [values])
        for name, value, text in (("date", now.date(), f"{now:%Y-%m-%d}"), ("time", now.time(), f"{now:%H:%M}")):
            if data.get(name) is None and name not in self.errors:
                data[name] = value.replace(second=0, microsecond=0) if isinstance(value, time) else value
                shown[name] = text
        self.data = shown
        return data

    @property
    def is_ambiguous(self) -> bool:
        """Whether the clock shows the time twice on that day."""
        wall = datetime.combine(self.cleaned_data["date"], self.cleaned_data["time"])
        return instant(wall, self.zone) != instant(wall, self.zone, end=True)

    def question(self) -> Question:
        """Return the question of a valid form."""
        data = self.cleaned_data
        at = instant(datetime.combine(data["date"], data["time"]), self.zone, end=data["later"])
        return Question(data["number"], data["caller"], at, data["assume"])


def _read(organization: Organization, text: str) -> str:
    """Return an extension, E.164 or emergency number for what was typed; ValidationError says why it is none."""
    if any(letter.isalpha() for letter in text):
        return read_destination(organization, text)
    if read_code(text):
        return text
    dialled = read_number(text, organization.country)
    if dialled.kind is Kind.INVALID:
        raise forms.ValidationError(_("This is not a phone number. Type it as +3227811501 or 9011."), code="invalid")
    return dialled.e164 or dialled.text


def address_of(number: str, caller: str, day: date, clock: time, assumed: Assumptions, *, later: bool = False) -> str:
    """Return the query string that asks this question."""
    words = {"number": number, "caller": caller, "date": day.isoformat(), "time": clock.strftime("%H:%M")}
    pairs = [(name, value) for name, value in words.items() if value]
    pairs += [("later", "on")] if later else []
    pairs += [("assume", f"{key}:{fate}") for key, fate in write_assumptions(assumed).items()]
    return urlencode(pairs)


def address_at(question: Question, at: datetime, zone: ZoneInfo) -> str:
    """Return the query string that asks `question` at another instant."""
    local = at.astimezone(zone)
    wall = local.replace(tzinfo=None)
    later = bool(local.fold)
    return address_of(question.number, question.caller, wall.date(), wall.time(), question.assumed, later=later)
