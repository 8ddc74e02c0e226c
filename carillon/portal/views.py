"""The manual inside the portal: the pages of docs/manual, readable by everybody who signs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from carillon.portal.manual import manual_pages, read_page

if TYPE_CHECKING:
    from django.http import HttpRequest


@login_required
def help_index(request: HttpRequest) -> HttpResponse:
    pages = manual_pages()
    if not pages:
        raise Http404
    return redirect("portal:help", pages[0].name)


@login_required
def help_page(request: HttpRequest, name: str) -> HttpResponse:
    pages = manual_pages()
    page = next((page for page in pages if page.name == name), None)
    if page is None:
        raise Http404
    return render(
        request, "portal/help.html", {"title": page.title, "html": read_page(page), "pages": pages, "name": name}
    )
