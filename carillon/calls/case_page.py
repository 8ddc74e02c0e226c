"""How cases are shown and kept: each question and its results in words, and what the dialog proposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carillon.accounts.models import Organization
from carillon.calls import telling
from carillon.calls.cases import Verdict
from carillon.calls.result import result_of, write_assumptions
from carillon.calls.what_if import Inquiry
from carillon.calls.what_if_form import WhatIfForm, address_of

LONGEST_NAME = 120


class CaseForm(forms.Form):
    """The name, and whether the case is of that day or of each such weekday."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_NAME)
    when = forms.ChoiceField(label=gettext_lazy("When"), widget=forms.RadioSelect(attrs={"class": "form-check-input"}))

    def __init__(self, *args: Any, asked: WhatIfForm, **options: Any) -> None:
        super().__init__(*args, **options)
        day, clock = asked.cleaned_data["date"], asked.cleaned_data["time"]
        local = datetime.combine(day, clock, asked.zone)
        at = {"day": telling.day_words(local), "weekday": WEEKDAYS[day.weekday()], "clock": f"{clock:%H:%M}"}
        self.fields["when"].choices = [  # type: ignore[attr-defined]  # a ChoiceField has them
            ("weekly", _("Every %(weekday)s at %(clock)s, always the coming one") % at),
            ("once", _("Only on %(day)s at %(clock)s") % at),
        ]

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if not name.isprintable():
            raise forms.ValidationError(_("Use letters, digits and signs on one line."))
        return name


def proposal(organization: Organization, asked: WhatIfForm) -> dict[str, str]:
    """Return a name, and "weekly" where the same holds a week later: then it is a rule and no exception."""
    question, inquiry = asked.question(), Inquiry(organization)
    result = result_of(inquiry.decisions(question))
    later = result_of(inquiry.decisions(replace(question, at=question.at + timedelta(days=7))))
    day, clock = asked.cleaned_data["date"], asked.cleaned_data["time"]
    weekly = later.key == result.key
    said = str(WEEKDAYS[day.weekday()]) if weekly else telling.day_words(datetime.combine(day, clock, asked.zone))
    name = f"{capfirst(said)} {clock:%H:%M}: {telling.listed(telling.clauses(result))}"
    return {"name": Truncator(name).chars(LONGEST_NAME), "when": "weekly" if weekly else "once"}


def moment_of(verdict: Verdict) -> str:
    """Return when a case asks, in words."""
    case = verdict.case
    day = telling.day_words(verdict.at.astimezone(case.zone)) if case.weekday is None else telling.repeats(case.weekday)
    return f"{day} {case.clock:%H:%M}"


def row_of(verdict: Verdict, places: Mapping[str, str]) -> dict[str, Any]:
    """Return a case as the list shows it."""
    case, local = verdict.case, verdict.at.astimezone(verdict.case.zone)
    wall = local.replace(tzinfo=None)
    address = address_of(case.number, case.caller, wall.date(), wall.time(), case.assumed, later=case.later)
    return {
        "case": case,
        "ok": verdict.ok,
        "seen": verdict.seen,
        "number": _place(case.number, places),
        "caller": _place(case.caller, places),
        "moment": moment_of(verdict),
        "coming": date_format(local, "j F") if case.weekday is not None else "",
        "assumptions": len(write_assumptions(case.assumed)),
        "expected": telling.words(verdict.expected),
        "now": telling.words(verdict.result),
        "address": address,
    }


def _place(number: str, places: Mapping[str, str]) -> str:
    name = places.get(number)
    return f"{name}, {number}" if name else number
