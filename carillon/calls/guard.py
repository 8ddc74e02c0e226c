"""Before a change that flips a kept case is stored, the portal says which one and asks; nothing is half done."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.contrib.messages.storage import default_storage
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from carillon.accounts.models import Organization, User
from carillon.accounts.roles import Right
from carillon.calls.case_page import moment_of
from carillon.calls.cases import Flip, Verdict, digest, flips, judge_all
from carillon.calls.models import Case
from carillon.calls.telling import words

CONFIRMED = "cases_confirmed"
#: Not part of what was typed.
OWN_FIELDS = {"csrfmiddlewaretoken", CONFIRMED}


@dataclass(frozen=True, slots=True)
class Standing:
    """How all cases stood at one revision."""

    revision: int
    verdicts: list[Verdict]


class _AskedError(Exception):
    """Takes the whole change back; never leaves this module."""

    def __init__(self, found: list[Flip]) -> None:
        super().__init__()
        self.flips = found


class CaseGuardMiddleware:
    """Wraps every change that somebody makes in an organization with cases; others cost one small query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _may_flip(request):
            return self.get_response(request)
        session, now = deepcopy(dict(request.session.items())), timezone.now()
        pk = request.user.organization_id  # type: ignore[union-attr]  # _may_flip lets only users pass
        # Outside of the transaction: on SQLite nobody else can write while it is open.
        before = _standing(Organization.objects.get(pk=pk), now)
        try:
            return self._guarded(request, pk, before, now)
        except _AskedError as asked:
            _forget(request, session)
            return ask(request, asked.flips)

    def _guarded(self, request: HttpRequest, pk: int, before: Standing, now: datetime) -> HttpResponseBase:
        with transaction.atomic():
            # Whoever changes this organization at the same time waits here, so a flip is always one's own.
            organization = Organization.objects.select_for_update(no_key=True).get(pk=pk)
            if organization.revision != before.revision:
                before = _standing(organization, now)
            answer = self.get_response(request)
            if answer.status_code >= 400 or transaction.get_rollback():
                return answer
            organization.refresh_from_db()
            if organization.revision != before.revision:
                found = flips(before.verdicts, _standing(organization, now).verdicts)
                if found and request.POST.get(CONFIRMED) != digest(found):
                    raise _AskedError(found)
            return answer


def _may_flip(request: HttpRequest) -> bool:
    """Whether a request may change what callers get: a POST to a guarded view in an organization with cases.

    A call that is tried changes nothing.
    """
    user = request.user
    if request.method != "POST" or not isinstance(user, User):
        return False
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    return (
        getattr(view, "guard", Right.TRY_CALLS) != Right.TRY_CALLS
        and Case.objects.filter(organization_id=user.organization_id).exists()
    )


def _standing(organization: Organization, now: datetime) -> Standing:
    return Standing(organization.revision, judge_all(organization, now))


def _forget(request: HttpRequest, session: dict[str, Any]) -> None:
    """Take back what the view left in the session and said to the person."""
    if dict(request.session.items()) != session:
        for key in set(request.session.keys()) - set(session):
            del request.session[key]
        request.session.update(session)
    request._messages = default_storage(request)  # type: ignore[attr-defined]  # where Django keeps what it has not shown


def ask(request: HttpRequest, found: list[Flip]) -> HttpResponse:
    """Say which cases flip and ask: in the dialog if there is one, else as a page. All that was typed goes along."""
    details = request.htmx  # type: ignore[attr-defined]  # HtmxMiddleware comes before
    in_dialog = bool(details) and details.target == "dialog-content"
    context = {
        "rows": [
            {
                "case": flip.after.case,
                "moment": moment_of(flip.after),
                "before": words(flip.before.result),
                "after": words(flip.after.result),
            }
            for flip in found
        ],
        "typed": [(name, value) for name, values in request.POST.lists() if name not in OWN_FIELDS for value in values],
        "confirmed": digest(found),
        "address": request.get_full_path(),
        "back": _back(request),
        "has_file": bool(request.FILES),
        "in_dialog": in_dialog,
        "over_page": bool(details),
    }
    answer = render(request, "calls/_cases_ask.html" if details else "calls/cases_ask.html", context)
    if details:
        answer["HX-Retarget"], answer["HX-Push-Url"] = "#dialog-content", "false"
        # In front of the form, which stays as it was typed until the person comes back to it.
        answer["HX-Reswap"] = "afterbegin" if in_dialog else "innerHTML"
    return answer


def _back(request: HttpRequest) -> str:
    """Return the page that the change was made on."""
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        parts = urlsplit(came_from)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return reverse("home")
