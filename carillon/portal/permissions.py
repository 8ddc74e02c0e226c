"""What a page may ask the browser for: nothing of the machine, but the microphone where a page says that it records."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponseBase

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)

HEADER = "Permissions-Policy"
#: What browsers would offer to any page of the portal, and to whatever was smuggled into it.
DEVICES = ("camera", "display-capture", "geolocation", "hid", "microphone", "midi", "payment", "serial", "usb")


def _policy(*own: str) -> str:
    return ", ".join(f"{device}={'(self)' if device in own else '()'}" for device in DEVICES)


def uses_microphone(view: Callable[P, R]) -> Callable[P, R]:
    """Let the page of this view ask for the microphone."""

    @wraps(view)
    def asking(*args: P.args, **kwargs: P.kwargs) -> R:
        answer = view(*args, **kwargs)
        answer[HEADER] = _policy("microphone")
        return answer

    return asking


class PermissionsPolicyMiddleware:
    """Refuses every device to every page that does not say otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if HEADER not in answer.headers:
            answer[HEADER] = _policy()
        return answer
