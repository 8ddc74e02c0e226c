"""Which telephone records a prompt: a number of a colleague, in any spelling, or a reason beside the field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization, User
from carillon.numbers.destinations import find_person, line_of, suggest_people
from carillon.prompts.models import PromptMaking
from carillon.routing.numbers import read_number

CALL = "call"


def usual_phone(user: User) -> str:
    """Return the number that a person is most likely to be called at: the own extension, else the mobile phone."""
    return line_of(user.organization, user) or user.mobile


def phone_of(making: PromptMaking) -> str:
    """Return the number that was called for a recording; empty where it comes from elsewhere."""
    return making.call_back.number if hasattr(making, "call_back") else ""


def read_phone(organization: Organization, text: str) -> tuple[User, str]:
    """Return whose number it is and the number, an extension or E.164; ValidationError in words for what is none."""
    if any(letter.isalpha() for letter in text):
        return _by_name(organization, text)
    dialled = read_number(text, organization.country)
    number = dialled.e164 or dialled.text
    person = find_person(organization, number)
    person = person or organization.users.filter(is_active=True, mobile=number).exclude(mobile="").first()
    if person is None:
        raise forms.ValidationError(
            _("No user has this number. Type the extension, the direct number or the mobile phone of a user."),
            code="nobody",
        )
    return person, number


def _by_name(organization: Organization, text: str) -> tuple[User, str]:
    places = suggest_people(organization, text)
    exact = [place for place in places if place.name.casefold() == text.casefold()] or places
    people = {person.pk: person for place in exact if (person := find_person(organization, place.number))}
    if len(people) != 1:
        sentence = _("Several are called “%(name)s”: type the number.")
        if not people:
            sentence = _("Nobody is called “%(name)s”. Choose from the list, or type a number.")
        raise forms.ValidationError(sentence, params={"name": text[:80]}, code="name")
    person = next(iter(people.values()))
    return person, line_of(organization, person) or exact[0].number


class PhoneFields(forms.Form):
    """The part of a form for a sound that a telephone call records."""

    phone = forms.CharField(
        label=_("Phone number"),
        max_length=120,
        required=False,
        help_text=_(
            "Extension, direct number or mobile phone of a user. Carillon calls at once and explains how to record."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "record-phones"}),
    )
    organization: Organization
    #: Of a valid form whose source is a telephone.
    callee: User | None = None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("source") != CALL:
            self.errors.pop("phone", None)
            return data
        for name in ("text", "file"):
            self.errors.pop(name, None)
        data["text"], data["file"] = data.get("text", ""), None
        if not data.get("phone") and "phone" not in self.errors:
            self.add_error("phone", _("Type the phone number of a user."))
        elif "phone" not in self.errors:
            try:
                self.callee, data["phone"] = read_phone(self.organization, data["phone"])
            except forms.ValidationError as error:
                self.add_error("phone", error)
        return data
