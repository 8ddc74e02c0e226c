"""The manual inside the portal: pages and pictures of docs/manual in the reader's language, for all who sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csp.decorators import csp
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition

from carillon.portal.manual import ENGLISH, manual_pages, picture, read_page

if TYPE_CHECKING:
    from django.http import HttpRequest


#: A picture changes with a new version of Carillon only; afterwards the browser asks whether it is still the same.
PICTURE_SECONDS = 24 * 3600
#: Opened alone, a picture stands in the browser's own page, which has inline styles; nothing else is allowed there.
PICTURE_POLICY = {
    "default-src": ["'none'"],
    "img-src": ["'self'"],
    "style-src": ["'unsafe-inline'"],
    "frame-ancestors": ["'none'"],
}


def _language() -> str:
    return (get_language() or ENGLISH).partition("-")[0]


@login_required
def help_index(request: HttpRequest) -> HttpResponse:
    pages = manual_pages(_language())
    if not pages:
        raise Http404
    return redirect("portal:help", pages[0].name)


@login_required
def help_page(request: HttpRequest, name: str) -> HttpResponse:
    pages = manual_pages(_language())
    page = next((page for page in pages if page.name == name), None)
    if page is None:
        raise Http404
    return render(request, "portal/help.html", {"page": page, "html": read_page(page), "pages": pages})


def _picture_tag(request: HttpRequest, name: str) -> str | None:
    path = picture(name)
    if path is None:
        return None
    state = path.stat()
    return f'"{state.st_mtime_ns:x}-{state.st_size:x}"'


@login_required
@csp(PICTURE_POLICY)  # type: ignore[arg-type]  # its type forgets the keys of an address
@cache_control(private=True, max_age=PICTURE_SECONDS)
@condition(etag_func=_picture_tag)
def help_picture(request: HttpRequest, name: str) -> HttpResponse:
    path = picture(name)
    if path is None:
        raise Http404
    return HttpResponse(path.read_bytes(), content_type="image/png")
