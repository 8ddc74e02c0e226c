"""What may be typed for a person's own calls."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import User
from carillon.numbers.destinations import DestinationField
from carillon.users.models import PersonalLine


class ForwardForm(forms.Form):
    """Forward all calls to: empty = the person's phones ring."""

    number = DestinationField(label=_("Forward all calls to"))

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.person = person
        field = cast(DestinationField, self.fields["number"])
        field.organization = person.organization

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"]
        if PersonalLine.objects.filter(user=self.person, number__value=number).exists():
            raise forms.ValidationError(_("That is this person's own number: the call would go round in circles."))
        return number
