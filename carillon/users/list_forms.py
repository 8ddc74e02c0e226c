"""What is asked about the list of users: its columns, and a group for those who are chosen."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization, UserGroup
from carillon.users.listing import COLUMNS, SIZES


class ColumnsForm(forms.Form):
    """Which columns the list has, and how many people stand on a page."""

    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        choices=COLUMNS.items,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        error_messages={"required": _("Choose at least one column.")},
    )
    size = forms.TypedChoiceField(
        label=_("People on a page"),
        choices=[(size, size) for size in SIZES],
        coerce=int,
        required=False,
    )


class JoinForm(forms.Form):
    """The group that people join or leave."""

    group = forms.ModelChoiceField(label=_("User group"), queryset=UserGroup.objects.none(), empty_label=_("Choose"))

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        super().__init__(*args, **options)
        field = cast("forms.ModelChoiceField[UserGroup]", self.fields["group"])
        field.queryset = organization.user_groups.all()
