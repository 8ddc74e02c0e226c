"""People read the portal in their own language and time zone; before they sign in, the browser's language counts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation

from carillon.accounts.models import User

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

LANGUAGES = {code for code, _name in settings.LANGUAGES}


class PersonLanguageMiddleware:
    """Activates the language and the time zone that are kept on the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            return self.get_response(request)
        code = user.language.partition("-")[0]
        if code in LANGUAGES:
            translation.activate(code)
            request.LANGUAGE_CODE = code
        with timezone.override(_zone(user.timezone)):
            return self.get_response(request)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):  # a zone that this machine's table does not have
        return ZoneInfo("UTC")
