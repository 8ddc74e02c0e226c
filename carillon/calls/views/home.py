"""The first page after sign-in, and the fragment that keeps it current while somebody looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right, can
from carillon.calls.home import home as contents
from carillon.calls.looking import Look, look

#: The parts of the page, each with a template of its own.
PARTS = ("steps", "attention", "numbers", "calls", "today", "phones")
#: Hours of schedules and the log are looked at anew so often; a minute begins with a new look.
FRESH_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Part:
    """One section as HTML, and a word that differs when the HTML does."""

    name: str
    html: SafeString
    version: str


def _looked(request: Request, now: datetime) -> Look | None:
    return look(request.organization, now) if can(request.user, Right.CALLS_VIEW) else None


def _mark(request: Request, now: datetime, looked: Look | None) -> str:
    """Return a word that is the same as long as the page cannot differ; it costs no further query."""
    organization = request.organization
    period = int(now.timestamp()) // FRESH_SECONDS
    known = (organization.epoch, organization.revision, period, looked, get_language(), request.user.pk)
    return sha256(repr(known).encode()).hexdigest()[:16]


def _parts(request: Request, now: datetime, looked: Look | None) -> list[Part]:
    page = contents(request.user, request.organization, now, looked)
    made = []
    for name in PARTS:
        html = render_to_string(f"calls/home/{name}.html", {"page": page}, request).strip()
        made.append(Part(name, SafeString(html), sha256(html.encode()).hexdigest()[:12]))
    return made


@may(Right.OWN_CALLS)
def home(request: Request) -> HttpResponse:
    if not can(request.user, Right.SCHEDULES_VIEW):
        return redirect("users:my_calls")
    now = timezone.now()
    looked = _looked(request, now)
    parts = {part.name: part for part in _parts(request, now, looked)}
    context = {"parts": parts, "mark": _mark(request, now, looked), "now": now}
    return render(request, "calls/home.html", context)


@may(Right.SCHEDULES_VIEW)
def home_live(request: Request) -> HttpResponse:
    """Answer with the parts that differ from those that the page has; 204 where none can."""
    now = timezone.now()
    looked = _looked(request, now)
    mark = _mark(request, now, looked)
    if request.GET.get("mark") == mark:
        return HttpResponse(status=204)
    parts = [part for part in _parts(request, now, looked) if request.GET.get(part.name) != part.version]
    return render(request, "calls/home/_changed.html", {"parts": parts, "mark": mark, "now": now})
