"""Function numbers -> Schedules: the list with the state now, and the part that keeps it current while it is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django_htmx.http import replace_url

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right, can
from carillon.facts.standings import Standing, standings
from carillon.numbers.models import FunctionNumber
from carillon.schedules.listing import PER_PAGE, SORTS, STATES, Asked, Line, columns, in_order, lines_of, matching
from carillon.schedules.models import schedules_given_to
from carillon.schedules.screen import Now


@dataclass(frozen=True, slots=True)
class ListRow:
    """A line with its state now, as the template writes it."""

    function: Line
    now: Now
    state: SafeString
    tools: SafeString


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the list; `all` that match, and until when (at the latest) it looks like this."""

    page: Page[Line]
    all: Sequence[Line]
    rows: Sequence[ListRow]
    any: bool
    until: datetime | None


def found(request: Request, asked: Asked, now: datetime) -> Found:
    """Return the lines that the address asks for."""
    mine = lines_of(schedules_given_to(request.user))
    lines = matching(mine, asked, request.organization.country)
    known: dict[int, Standing] = {}
    if asked.needs_states:
        # Of all that may match: what is not shown now may be shown next.
        known = standings(request.organization, [each.pk for each in lines], now)
        lines = [each for each in lines if each.pk in known and asked.state in {"", known[each.pk].now.action}]
    lines = in_order(lines, asked, {pk: str(standing.now.action) for pk, standing in known.items()})
    page = Paginator(lines, PER_PAGE).get_page(asked.page)
    known = known or standings(request.organization, [each.pk for each in page.object_list], now)
    until = min((standing.until for standing in known.values()), default=None)
    rows = [_row(each, known[each.pk].now) for each in page.object_list if each.pk in known]
    return Found(page, lines, rows, bool(mine), until)


def _row(line: Line, now: Now) -> ListRow:
    language = get_language()
    return ListRow(line, now, _state(now, language), _tools(line, now.temporary, language))


@lru_cache(maxsize=4096)
def _state(now: Now, _language: str | None) -> SafeString:
    """Return the sign and the words of a state: a long list has few that differ."""
    return SafeString(render_to_string("schedules/_list_words.html", {"now": now}).strip())


@lru_cache(maxsize=4096)
def _tools(line: Line, temporary: int, _language: str | None) -> SafeString:
    """Return the buttons of a line: a page that asks every few seconds writes those that changed."""
    told = {"pk": line.pk, "name": line.name, "version": line.version, "temporary": temporary, "came_from": "list"}
    return SafeString(render_to_string("schedules/_temporary_button.html", told).strip())


def _mark(request: Request, asked: Asked) -> str:
    """Return a word that stays the same as long as nobody changed anything."""
    organization = request.organization
    known = (organization.epoch, organization.revision, request.user.pk, get_language(), asked)
    return _word(repr(known))


def _word(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def _context(request: Request, asked: Asked) -> dict[str, Any]:
    now = timezone.now()
    lines = found(request, asked, now)
    shape = [(row.function, row.now.temporary) for row in lines.rows]
    return {
        "found": lines,
        "page": lines.page,
        "rows": lines.rows,
        "asked": asked,
        "columns": columns(asked),
        "query": asked.query(),
        "paged": asked.query(page=""),
        "mark": _mark(request, asked),
        "until": f"{lines.until.timestamp():.0f}" if lines.until else "",
        "shape": _word(repr((shape, lines.page.paginator.count))),
        "may_create": can(request.user, Right.FUNCTIONS_CHANGE),
        "may_give": can(request.user, Right.USERS_CHANGE),
    }


@may(Right.SCHEDULES_VIEW)
def schedule_list(request: Request) -> HttpResponse:
    asked = Asked.of(request.GET)
    context = _context(request, asked) | {"states": STATES, "kinds": FunctionNumber.Kind.choices, "sorts": SORTS}
    if not request.htmx or request.htmx.boosted:
        return render(request, "schedules/list.html", context)
    answer = render(request, "schedules/_list_table.html", context)
    return replace_url(answer, f"{request.path}?{context['query']}" if context["query"] else request.path)


@may(Right.SCHEDULES_VIEW)
def list_live(request: Request) -> HttpResponse:
    """Answer with what differs from what the page has; 204 where nothing can."""
    asked, has = Asked.of(request.GET), request.GET
    until = has.get("until", "")
    unchanged = has.get("mark") == _mark(request, asked)
    if unchanged and (not until or (until.isascii() and until.isdigit() and timezone.now().timestamp() < int(until))):
        return HttpResponse(status=204)
    context = _context(request, asked)
    return render(request, "schedules/_list_live.html", context | {"same": has.get("shape") == context["shape"]})
