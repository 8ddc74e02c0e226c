"""What may be typed for a person: User details, the searchable directory information, groups, password and photo."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization, User, UserGroup
from carillon.accounts.zones import ZoneField
from carillon.users.photos import MEGABYTES, NAMES

FIELDS = ("field1", "field2", "field3")
#: As names of mailboxes are: a name of digits alone could be taken for a mobile phone.
_USERNAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9._+@'-]*")
_TAKEN = _("This user name is taken. Choose another.")
Visibility = User.Visibility


class UserForm(forms.ModelForm[User]):
    """Everything of a person but password, photo and calls."""

    timezone = ZoneField(label=_("Timezone"), help_text=_("Type a part of the name, and choose."))
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("Of the portal and of mail to this person.")
    )
    visibility = forms.ChoiceField(
        label=_("Visibility"),
        # "Internal only" has no effect as long as no directory is shown outside.
        choices=[(each.value, each.label) for each in (Visibility.ALWAYS, Visibility.HIDDEN)],
        help_text=_("Who is hidden is not suggested, nor found by name, where calls are forwarded; the number works."),
    )
    groups = forms.ModelMultipleChoiceField(
        label=_("User group membership"),
        queryset=UserGroup.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = User
        fields = (
            *("username", "cost_center", "language", "timezone", "visibility"),
            *("first_name", "last_name", "department", "email", *FIELDS),
        )

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        super().__init__(*args, **options)
        self.organization = organization
        self.instance.organization = organization
        groups = cast(forms.ModelMultipleChoiceField[UserGroup], self.fields["groups"])
        groups.queryset = organization.user_groups.order_by("priority", "pk")
        if self.instance.pk:
            groups.initial = list(self.instance.user_groups.values_list("pk", flat=True))
            self.initial["language"] = self.instance.language.partition("-")[0]
        for name in ("first_name", "last_name", "email"):
            self.fields[name].required = True
        self.fields["username"].help_text = _("The person signs in with it. It can be an e-mail address.")
        self.fields["username"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
        self.fields["cost_center"].help_text = _(
            "Kept with every call of this person, and in the export of the call log."
        )
        for name, caption in zip(FIELDS, organization.field_captions, strict=True):
            self.fields[name].label = caption

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        for name, value in list(self.cleaned_data.items()):
            if name in UserForm.Meta.fields and isinstance(value, str) and not value.isprintable():
                self.add_error(name, _("Use letters, digits and signs on one line."))
        return data

    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"])
        if not _USERNAME.fullmatch(name):
            raise ValidationError(
                _("Use letters without accents, digits and . _ - + @ and '; at least one letter, no spaces.")
            )
        # On the whole platform, and as an e-mail address, too: people sign in with either.
        others = User.objects.exclude(pk=self.instance.pk)
        if others.filter(Q(username__iexact=name) | Q(email__iexact=name)).exists():
            raise ValidationError(_TAKEN)
        return name

    def name_is_taken(self) -> None:
        """Say so: somebody was faster."""
        self.add_error("username", _TAKEN)


def _password(**options: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(max_length=200, strip=False, widget=widget, **options)


def _check_password(form: forms.BaseForm, person: User) -> None:
    """Refuse a weak password, and two that differ: nobody sees what is typed."""
    password, retyped = (str(form.cleaned_data.get(name, "")) for name in ("password", "retype"))
    if password:
        try:
            validate_password(password, person)
        except ValidationError as weak:
            form.add_error("password", weak)
    if not {"password", "retype"} & set(form.errors) and password != retyped:
        form.add_error("retype", _("The two passwords differ. Type the same one twice."))


_STRENGTH = _("At least 10 characters, and none of the well-known ones.")


class PasswordForm(forms.Form):
    """A new password for somebody who is there."""

    password = _password(label=_("Password"), help_text=_STRENGTH)
    retype = _password(label=_("Retype password"))

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.person = person

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        _check_password(self, self.person)
        return data


class NewUserForm(UserForm):
    """A new person. Without a password nobody can sign in as this person, which is as it should be for many."""

    password = _password(
        label=_("Password"),
        required=False,
        help_text=_(
            "At least 10 characters, and none of the well-known ones."
            " Without it the person cannot sign in until you set one."
        ),
    )
    retype = _password(label=_("Retype password"), required=False)

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        _check_password(self, self.instance)
        return data


class PhotoForm(forms.Form):
    """A picture that is sent; what it really is, is decided by its content (photos.py)."""

    photo = forms.FileField(
        label=_("Photo"), allow_empty_file=True, widget=forms.FileInput(attrs={"accept": ".jpg,.jpeg,.jpe,image/jpeg"})
    )

    def clean_photo(self) -> UploadedFile[bytes]:
        sent: UploadedFile[bytes] = self.cleaned_data["photo"]
        if not str(sent.name).lower().endswith(NAMES):
            raise ValidationError(_("Choose a file that ends with .jpg, .jpeg or .jpe."))
        if not sent.size:
            raise ValidationError(_("This file is empty."))
        if sent.size > MEGABYTES * 1_000_000:
            raise ValidationError(
                _("This file is too large: at most %(megabytes)s MB."), params={"megabytes": MEGABYTES}
            )
        return sent


class CaptionsForm(forms.ModelForm[Organization]):
    """What fields 1 to 3 are called in this organization."""

    class Meta:
        model = Organization
        fields = ("field1_caption", "field2_caption", "field3_caption")

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        for name, value in list(self.cleaned_data.items()):
            if not str(value).isprintable():
                self.add_error(name, _("Use letters, digits and signs on one line."))
        return data


def fingerprint(person: User) -> str:
    """Return what is stored of a person, as one word: a page that shows something else is stale."""
    row = User.objects.filter(pk=person.pk).values_list(*UserForm.Meta.fields)
    groups = person.user_groups.order_by("pk").values_list("pk", flat=True)
    return sha256(repr([*row, *groups]).encode()).hexdigest()[:16]
