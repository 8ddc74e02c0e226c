"""Signing in by username, e-mail address or mobile phone in any spelling; wrong is wrong, whatever was wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import phonenumbers
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from allauth.account.internal.userkit import get_user_by_username
from allauth.account.views import LoginView
from django import forms
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from carillon.accounts.models import Organization, User

if TYPE_CHECKING:
    from collections.abc import Callable

WRONG = _("The name or the password is wrong. After several wrong passwords, wait five minutes.")


def mobile_of(text: str) -> str:
    """Return the E.164 form of a typed mobile number, "" for other text. National spelling: any country we serve."""
    if not any(letter.isdigit() for letter in text) or any(letter.isalpha() or letter == "@" for letter in text):
        return ""
    for country in Organization.objects.order_by().values_list("country", flat=True).distinct():
        try:
            number = phonenumbers.parse(text, country)
        except phonenumbers.NumberParseException:
            continue
        typed = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if User.objects.filter(mobile=typed, is_active=True).exists():
            return typed
    return ""


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """What allauth asks about our users."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": WRONG,
        "email_password_mismatch": WRONG,
        "phone_password_mismatch": WRONG,
        "account_inactive": WRONG,
        "too_many_login_attempts": WRONG,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: administrators make users."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Treat somebody who is switched off like somebody who does not exist."""
        user: User | None = super().authenticate(request, **credentials)
        return user if user and user.is_active else None

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(mobile=phone, is_active=True).first() if phone else None

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.mobile, True) if user.mobile else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        user.mobile = phone
        user.save(update_fields=["mobile"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Take every mobile as verified: an administrator typed it."""

    def send_verification_code_sms(self, user: User, phone: str, code: str, **options: Any) -> None:
        raise NotImplementedError  # no code is ever asked for

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count wrong passwords per person, not per spelling of the name: aliases share one budget."""
        phone, email, name = (str(credentials.get(key) or "").lower() for key in ("phone", "email", "username"))
        user = self.get_user_by_phone(phone) if phone else None
        user = user or (get_user_by_username(name) if name else None)
        if user is None and email:
            user = User.objects.filter(email__iexact=email).order_by("pk").first()
        return str(super()._get_login_attempts_cache_key(request, username=f"#{user.pk}" if user else name or email))


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth has no types
    """One field for the name in each of its forms, one for the password."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["login"] = forms.CharField(
            label=_("Username or mobile phone"),
            max_length=254,
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        )
        self.fields["password"] = forms.CharField(
            label=_("Password"),
            max_length=1000,
            strip=False,
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        )

    def clean_login(self) -> str:
        text = str(self.cleaned_data["login"]).strip()
        if "\x00" in text:
            raise forms.ValidationError(WRONG)
        return mobile_of(text) or text


class SignInView(LoginView):  # type: ignore[misc]  # allauth has no types
    """The sign-in page of the frame."""

    template_name = "accounts/sign_in.html"

    def get_context_data(self, **options: Any) -> dict[str, Any]:
        """Leave out allauth's links to pages that the portal does not have."""
        return {"form": options.get("form") or self.get_form(), "next": self.get_next_url() or "", "view": self}


sign_in: Callable[..., HttpResponseBase] = SignInView.as_view()


@require_POST
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End the session; the browser forgets nothing else."""
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)
