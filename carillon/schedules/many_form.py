"""What is asked before a schedule is copied to others."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from carillon.numbers.models import FunctionNumber


class CopyForm(forms.Form):
    """From which schedule, and what becomes of the events that are there."""

    source = forms.ModelChoiceField(
        label=_("Copy the schedule of"), queryset=FunctionNumber.objects.none(), empty_label=_("Choose")
    )
    mode = forms.ChoiceField(
        label=_("The events that are there"),
        choices=[
            ("replace", _("go: the copy takes their place, its default event too")),
            ("add", _("stay: the copied events come above them")),
        ],
        initial="replace",
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )

    def __init__(self, *args: Any, functions: QuerySet[FunctionNumber], **options: Any) -> None:
        super().__init__(*args, **options)
        field = cast("forms.ModelChoiceField[FunctionNumber]", self.fields["source"])
        field.queryset = functions.filter(schedule__isnull=False).select_related("number", "schedule")
