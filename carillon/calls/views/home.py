"""The first page after sign-in, and the fragment that keeps it current while somebody looks."""

from __future__ import annotations

from collections.abc import Iterable
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
from carillon.calls.home import Home, moving
from carillon.calls.home import home as contents
from carillon.calls.looking import Look, look

#: The parts of the page, each with a template of its own, and those that change with each call.
PARTS = ("steps", "attention", "numbers", "calls", "today", "phones")
MOVING = ("calls", "today")
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


def _marks(request: Request, now: datetime, looked: Look | None) -> dict[str, str]:
    """Return words that stay the same as long as the page cannot differ, the second of its moving parts."""
    organization = request.organization
    period = int(now.timestamp()) // FRESH_SECONDS
    told = (looked.calls, looked.phones, looked.phones_version) if looked else None
    known = (organization.epoch, organization.revision, period, told, get_language(), request.user.pk)
    return {"mark": _word(repr(known)), "moving": str(looked.calls_version if looked else 0)}


def _word(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def _parts(request: Request, page: Home, names: Iterable[str]) -> list[Part]:
    made = []
    context = {"page": page, "may_open_people": can(request.user, Right.USERS_CHANGE)}
    for name in names:
        html = render_to_string(f"calls/home/{name}.html", context, request).strip()
        made.append(Part(name, SafeString(html), _word(html)))
    return made


@may(Right.OWN_CALLS)
def home(request: Request) -> HttpResponse:
    if not can(request.user, Right.SCHEDULES_VIEW):
        return redirect("calls:log" if can(request.user, Right.CALLS_VIEW) else "users:my_calls")
    now = timezone.now()
    looked = _looked(request, now)
    page = contents(request.user, request.organization, now, looked)
    parts = {part.name: part for part in _parts(request, page, PARTS)}
    return render(request, "calls/home.html", {"parts": parts, "now": now, **_marks(request, now, looked)})


@may(Right.SCHEDULES_VIEW)
def home_live(request: Request) -> HttpResponse:
    """Answer with the parts that differ from those that the page has; 204 where none can."""
    now, has = timezone.now(), request.GET
    looked = _looked(request, now)
    marks = _marks(request, now, looked)
    same = has.get("mark") == marks["mark"]
    if same and has.get("moving") == marks["moving"]:
        return HttpResponse(status=204)
    # A page of first steps alone has no moving parts yet.
    if looked and same and has.get("calls") != _word(""):
        parts = _parts(request, moving(request.organization, now, looked), MOVING)
    else:
        parts = _parts(request, contents(request.user, request.organization, now, looked), PARTS)
    changed = [part for part in parts if has.get(part.name) != part.version]
    return render(request, "calls/home/_changed.html", {"parts": changed, "now": now, **marks})
