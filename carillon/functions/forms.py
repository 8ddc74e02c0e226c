"""What may be typed for a hunt group: its name and number, how it rings, its members, and what happens otherwise."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization, User
from carillon.functions.models import HuntGroup, HuntGroupMember, Otherwise
from carillon.numbers.destinations import DestinationField, find_person
from carillon.numbers.models import FunctionNumber
from carillon.numbers.ranges import read_own_number
from carillon.prompts.models import Prompt

#: The three ends of a call that nobody takes, each with a choice, a prompt and a number.
ENDS = ("on_no_answer", "on_busy", "on_unreachable")
#: The system prompts that a new group says at its three ends.
USUAL = {"on_no_answer": "general_greeting", "on_busy": "busy_greeting", "on_unreachable": "user_unavailable"}


class HuntGroupForm(forms.ModelForm[HuntGroup]):
    """Name, number, language, how it rings, and what a caller gets whom nobody could take."""

    name = forms.CharField(label=_("Name"), max_length=80)
    number = forms.CharField(
        label=_("Number"),
        max_length=40,
        widget=forms.TextInput(attrs={"list": "free-numbers", "autocomplete": "off", "inputmode": "tel"}),
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    on_no_answer_number = DestinationField(label=_("Destination"))
    on_busy_number = DestinationField(label=_("Destination"))
    on_unreachable_number = DestinationField(label=_("Destination"))

    class Meta:
        model = HuntGroup
        fields = [
            "strategy", "ring_seconds", "follow_forwards",
            "on_no_answer", "on_no_answer_prompt", "on_no_answer_number",
            "on_busy", "on_busy_prompt", "on_busy_number",
            "on_unreachable", "on_unreachable_prompt", "on_unreachable_number",
        ]  # fmt: skip
        labels = {
            "on_no_answer": _("If nobody answers"),
            "on_busy": _("If everybody is busy"),
            "on_unreachable": _("If nobody can be reached"),
            "on_no_answer_prompt": _("Prompt"),
            "on_busy_prompt": _("Prompt"),
            "on_unreachable_prompt": _("Prompt"),
        }

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        super().__init__(*args, **options)
        self.organization = organization
        self.current: FunctionNumber | None = self.instance.function_number if self.instance.pk else None
        if self.current:
            self.initial["name"] = self.current.name
            self.initial["number"] = self.current.number.value
            self.initial["language"] = self.current.language
        language = cast(forms.ChoiceField, self.fields["language"])
        language.choices = [("", _("As the organization")), *settings.LANGUAGES]
        for end in ENDS:
            prompt = cast(forms.ModelChoiceField[Prompt], self.fields[f"{end}_prompt"])
            prompt.queryset = organization.prompts.all()
            prompt.empty_label = str(_("None"))
            if not self.current:
                self.initial[f"{end}_prompt"] = organization.prompts.filter(key=USUAL[end]).first()
            cast(DestinationField, self.fields[f"{end}_number"]).organization = organization

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if not name.isprintable():
            raise forms.ValidationError(_("Use letters, digits and signs on one line."))
        return name

    def clean_number(self) -> str:
        """Keep the kind for the action that stores both."""
        current = self.current.number if self.current else None
        self.number_kind, value = read_own_number(self.organization, self.cleaned_data["number"], current)
        return value

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for end in ENDS:
            choice, number = data.get(end), f"{end}_number"
            if choice != Otherwise.PROMPT:
                self.errors.pop(f"{end}_prompt", None)
                data[f"{end}_prompt"] = None
            elif not data.get(f"{end}_prompt") and f"{end}_prompt" not in self.errors:
                # Without one the call would end without a word, which is another choice.
                self.add_error(f"{end}_prompt", _("Choose the prompt."))
            if choice != Otherwise.FORWARD:
                self.errors.pop(number, None)
                data[number] = ""
            elif not data.get(number) and number not in self.errors:
                self.add_error(number, _("Say where the calls go: choose a number or a person, or type a number."))
            elif data.get(number) == data.get("number"):
                self.add_error(number, _("That is this hunt group itself: the call would go round in circles."))
        return data


class MemberForm(forms.Form):
    """One more member: a colleague by name or extension, or a number outside in any spelling."""

    member = DestinationField(
        label=_("Add a member"), help_text=_("A name, an extension, or a number outside in any spelling.")
    )
    person: User | None = None

    def __init__(self, *args: Any, group: HuntGroup, **options: Any) -> None:
        super().__init__(*args, **options)
        self.group = group
        field = cast(DestinationField, self.fields["member"])
        field.required = True
        field.organization = group.function_number.organization

    def clean_member(self) -> str:
        number: str = self.cleaned_data["member"]
        organization = self.group.function_number.organization
        self.person = find_person(organization, number)
        if self.person is None and organization.numbers.filter(value=number).exists():
            raise forms.ValidationError(_("Only people and numbers outside can be members."))
        members = HuntGroupMember.objects.filter(hunt_group=self.group)
        same = members.filter(user=self.person) if self.person else members.filter(number=number)
        if same.exists():
            raise forms.ValidationError(_("Is a member already."))
        return number
