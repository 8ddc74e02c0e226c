"""What may be tried: a number of the own organization or a prompt, as a caller outside, now or as if it were then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization
from carillon.numbers.destinations import read_destination
from carillon.prompts.models import Prompt
from carillon.routing.clock import instant
from carillon.routing.numbers import caller_e164
from carillon.routing.path import Fate
from carillon.schedules.forms import ClockField, DayField

NUMBER, PROMPT = "number", "prompt"
NOW, THEN = "now", "then"
RING = "ring"
#: In the order of the page; all but the first ring nobody.
PHONES = [
    (RING, _("Ring for real")),
    (Fate.ANSWERED.value, _("Ring nobody, as if somebody answered")),
    (Fate.NO_ANSWER.value, _("Ring nobody, as if nobody answered")),
    (Fate.BUSY.value, _("Ring nobody, as if all were busy")),
    (Fate.UNREACHABLE.value, _("Ring nobody, as if no phone could be reached")),
]


def _radio(label: Any, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        initial=choices[0][0],
    )


class TryForm(forms.Form):
    """One call to try."""

    what = _radio(_("Call"), [(NUMBER, _("A number")), (PROMPT, _("A prompt"))])
    number = forms.CharField(label=_("Called number"), max_length=80, required=False)
    prompt = forms.ModelChoiceField(
        label=_("Prompt"), queryset=Prompt.objects.none(), required=False, empty_label=_("Choose a prompt")
    )
    caller = forms.CharField(
        label=_("Number shown to the others"),
        max_length=40,
        required=False,
        help_text=_("As if you called from this number outside. Empty: withheld."),
    )
    when = _radio(_("When"), [(NOW, _("Now")), (THEN, _("As if it were"))])
    date = DayField(label=_("Date"))
    time = ClockField(label=_("Time"))
    phones = forms.ChoiceField(label=_("The phones"), choices=PHONES, initial=RING, required=False)

    def __init__(self, data: Mapping[str, Any] | None, *, organization: Organization, **options: Any) -> None:
        super().__init__(data, **options)
        self.organization = organization
        self.zone = ZoneInfo(organization.timezone)
        field = self.fields["prompt"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = organization.prompts.order_by("name")
        self.fields["number"].widget.attrs |= {"autocomplete": "off", "list": "numbers"}
        self.fields["time"].widget.attrs.pop("list")

    def clean_number(self) -> str:
        text = self.cleaned_data["number"]
        if not text:
            return ""
        value = read_destination(self.organization, text)
        if not self.organization.numbers.filter(value=value).exists():
            raise forms.ValidationError(
                _("Only numbers of your organization can be tried, and nobody here has %(number)s."),
                params={"number": value},
                code="outside",
            )
        functions = self.organization.function_numbers.filter(number__value=value, schedule__isnull=False)
        if name := functions.values_list("schedule__timezone", flat=True).first():
            self.zone = ZoneInfo(name)
        return value

    def clean_caller(self) -> str:
        text = self.cleaned_data["caller"]
        if not text:
            return ""
        found = caller_e164(text, self.organization.country)
        if found is None:
            raise forms.ValidationError(_("This is not a phone number. Type it as +32475123456."), code="invalid")
        return found

    def clean(self) -> dict[str, Any]:
        """Ask for what is needed for what was chosen, and for no more."""
        data = super().clean() or self.cleaned_data
        needed = [data.get("what", NUMBER)]
        if data.get("when") == THEN and needed == [NUMBER]:
            needed += ["date", "time"]
        for name in needed:
            if name not in self.errors and data.get(name) in (None, ""):
                self.add_error(name, self.fields[name].error_messages["required"])
        return data

    def wanted(self) -> dict[str, Any]:
        """Return the fields of the trial that a valid form asks for."""
        data = self.cleaned_data
        if data["what"] == PROMPT:
            return {"prompt": data["prompt"], "caller": data["caller"], "rings": False}
        then = datetime.combine(data["date"], data["time"]) if data["when"] == THEN else None
        # As if it were another day nobody is rung, unless asked to.
        phones = data["phones"] or (Fate.ANSWERED if then else RING)
        rings = phones == RING
        return {
            "called": data["number"],
            "caller": data["caller"],
            "at": instant(then, self.zone) if then else None,
            "rings": rings,
            "fate": Fate.ANSWERED if rings else phones,
        }
