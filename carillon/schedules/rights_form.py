"""Which schedules a user group is given: all, or the chosen ones."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization
from carillon.numbers.models import FunctionNumber
from carillon.schedules.models import ScheduleGrant


class GrantForm(forms.ModelForm[ScheduleGrant]):
    """All function numbers with those that are yet to come, or the ticked ones."""

    everything = forms.TypedChoiceField(
        label=_("What members may change"),
        coerce=lambda text: text == "all",
        choices=[("all", _("All schedules, also new ones")), ("chosen", _("Only these:"))],
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )

    class Meta:
        model = ScheduleGrant
        fields = ["everything", "functions"]
        widgets = {"functions": forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})}

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["everything"] = "all" if self.instance.everything else "chosen"
        field = cast("forms.ModelMultipleChoiceField[FunctionNumber]", self.fields["functions"])
        field.queryset = organization.function_numbers.filter(schedule__isnull=False).select_related("number")
        field.label = _("Function numbers")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("everything"):
            # What is ticked below does not count.
            self.errors.pop("functions", None)
            data["functions"] = []
        return data
