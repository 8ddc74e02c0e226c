"""People read the portal in their own language; before they sign in, the browser's counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation

from carillon.accounts.models import User

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

LANGUAGES = {code for code, _name in settings.LANGUAGES}


class PersonLanguageMiddleware:
    """Activates the language that is kept on the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if isinstance(user, User):
            code = user.language.partition("-")[0]
            if code in LANGUAGES:
                translation.activate(code)
                request.LANGUAGE_CODE = code
        return self.get_response(request)
