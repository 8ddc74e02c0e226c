"""Error pages: in the frame, in plain words, with a way on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "portal/error.html", {"title": title, "text": text}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 400, _("That was not understood"), _("Go back, load the page again and try once more."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    text = _("Your account may not do this. An administrator of your organization can give you the right.")
    return _page(request, 403, _("This is not for you"), text)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    text = _("The page was open for too long, or you signed in or out in another window. Load it again, then repeat.")
    return _page(request, 403, _("This page is too old"), text)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    text = _("There is nothing at this address. It may have been deleted, or the address has a typing mistake.")
    return _page(request, 404, _("Not found"), text)


def failed(request: HttpRequest) -> HttpResponse:
    """Say so without asking the database: it may be the reason."""
    context = {
        "title": _("Something went wrong here"),
        "text": _(
            "It is our fault and has been written to the log. Calls are not touched by it. Try again in a moment."
        ),
    }
    return HttpResponseServerError(render_to_string("portal/failed.html", context))
