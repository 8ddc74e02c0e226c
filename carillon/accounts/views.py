"""What was changed and by whom, the outbox, and the switches of the frame."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from carillon.accounts import audit
from carillon.accounts.http import Request, may, signed_in
from carillon.accounts.middleware import LANGUAGES
from carillon.accounts.models import User
from carillon.accounts.roles import Right
from carillon.accounts.wording import page_of, pages_of_mail


def _next(request: HttpRequest) -> str:
    """Return where the form wants to go back to, if that is here."""
    address = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(address, allowed_hosts=None, require_https=False)
    return address if safe and address.startswith("/") else "/"


@may(Right.AUDIT_VIEW)
def changes(request: Request) -> HttpResponse:
    return render(request, "accounts/changes.html", page_of(request.organization, request.GET))


@require_POST
@signed_in
def undo_change(request: Request, pk: int) -> HttpResponse:
    entry = get_object_or_404(request.organization.audit_entries, pk=pk)
    if not audit.may_undo(request.user, entry):
        raise Http404
    try:
        audit.undo(entry, request)
    except audit.UndoRefusedError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.info(request, _("Undone: “%(name)s” is what it was before.") % {"name": entry.label})
    return redirect(_next(request))


@may(Right.OUTBOX_VIEW)
def outbox(request: Request) -> HttpResponse:
    return render(request, "accounts/outbox.html", pages_of_mail(request.GET))


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language on the user; before signing in, in a cookie."""
    code = request.POST.get("language", "")
    answer = redirect(_next(request))
    if code not in LANGUAGES:
        return answer
    if isinstance(request.user, User):
        request.user.language = code
        request.user.save(update_fields=["language"])
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, code, max_age=31536000, samesite="Lax", secure=settings.HTTPS, httponly=True
    )
    return answer


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep light or dark in the browser; the page is drawn with it from the first byte, so nothing flashes."""
    name = request.POST.get("theme", "")
    answer = redirect(_next(request))
    if name in {"light", "dark"}:
        answer.set_cookie("theme", name, max_age=31536000, samesite="Lax", secure=settings.HTTPS, httponly=True)
    return answer
