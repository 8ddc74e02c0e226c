"""What may be typed for user groups: their name, their flags, and who joins or leaves."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization, User, UserGroup

#: The flags that the screens show; ACD Supervisor waits for the queues, where it means something.
SHOWN = ("schedules_admin", "reports", "federated")


def _flag(label: Any, help_text: Any = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, help_text=help_text, required=False)


class FlagsForm(forms.ModelForm[UserGroup]):
    """One line of the list. Each box says what it was when the page was made: only what differs is a wish."""

    class Meta:
        model = UserGroup
        fields = SHOWN

    def __init__(self, data: QueryDict | None, *, group: UserGroup) -> None:
        super().__init__(data, instance=group, prefix=f"group{group.pk}")
        for name in SHOWN:
            self.fields[name].show_hidden_initial = True
            label = f"{self.fields[name].label}: {group.name}"
            self.fields[name].widget.attrs |= {"class": "form-check-input", "aria-label": label}

    def wanted(self) -> list[str]:
        """Return the flags that somebody ticked or unticked; nothing for a line that the page did not have."""
        shown = [name for name in SHOWN if self.add_initial_prefix(name) in self.data]
        return [name for name in self.changed_data if name in shown]


class GroupForm(forms.ModelForm[UserGroup]):
    """Name and flags of one group."""

    schedules_admin = _flag(
        _("Schedules admin"), _("Members see and change the schedules of the function numbers that the group is given.")
    )
    reports = _flag(_("Reports"), _("Members see the call log of the whole organization and export it."))
    federated = _flag(
        _("Federated"), _("Kept for sharing contacts with other organizations. Nothing is shared with anybody yet.")
    )

    class Meta:
        model = UserGroup
        fields = ("name", *SHOWN)

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        super().__init__(*args, **options)
        self.organization = organization

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not name.isprintable():
            raise forms.ValidationError(_("The name contains a sign that cannot be shown."))
        others = self.organization.user_groups.exclude(pk=self.instance.pk)
        if others.filter(name__iexact=name).exists():
            raise forms.ValidationError(_("There is already a user group with this name."))
        return name


class _PeopleField(forms.ModelMultipleChoiceField[User]):
    """People by id; a number that no database takes is nobody's id."""

    def clean(self, value: Any) -> Any:
        if any(len(str(pk)) > 15 for pk in value or ()):
            raise forms.ValidationError(_("This person does not exist."))
        return super().clean(value)


class MembersForm(forms.Form):
    """Who joins and who leaves; somebody who is or is not there already is no error."""

    add = _PeopleField(queryset=User.objects.none(), required=False)
    remove = _PeopleField(queryset=User.objects.none(), required=False)

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            cast(_PeopleField, field).queryset = organization.users.all()
