"""User administration -> Users: the list, which columns it has, and its export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import replace_url

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.numbers.destinations import names
from carillon.portal import sheets
from carillon.portal.ids import row_ids
from carillon.users import cells, search
from carillon.users.list_forms import ColumnsForm
from carillon.users.listing import COLUMNS, PHONES, STATES, USUAL_SIZE, Asked, View, cookie, headings, page_of
from carillon.users.models import ListedPerson

#: So long a choice of columns is kept, in seconds.
KEPT = 400 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Row:
    """A person as the template writes it; the first column is the link."""

    pk: int
    name: str
    username: str
    number: str
    is_active: bool
    first: str
    cells: list[tuple[str, str]]


def _rows(request: Request, people: list[ListedPerson], view: View, groups: dict[int, str]) -> list[Row]:
    forwards = [number for each in people if (number := cells.forward_of(each))] if "forward" in view.columns else []
    places = names(request.organization, forwards) if forwards else {}
    titles = [str(COLUMNS[name]) for name in view.columns[1:]]
    found = []
    for each in people:
        first, *others = [cells.cell(each, name, groups, places) for name in view.columns]
        user = each.user
        number = each.primary if each.is_active else ""
        titled = list(zip(titles, others, strict=True))
        found.append(Row(user.pk, str(user), user.username, number, each.is_active, first or str(user), titled))
    return found


def _context(request: Request, asked: Asked, groups: dict[int, str]) -> dict[str, Any]:
    view = View.of(request)
    page = page_of(request.organization, asked, view)
    return {
        "asked": asked,
        "view": view,
        "page": page,
        "rows": _rows(request, list(page.people), view, groups),
        "headings": headings(asked, view),
        "query": asked.query(),
        "too_short": bool(asked.text) and not asked.wanted(request.organization.country).words,
    }


@may(Right.USERS_VIEW)
def user_list(request: Request) -> HttpResponse:
    asked = Asked.of(request.GET)
    if request.htmx and not request.htmx.boosted:
        with_groups = "groups" in View.of(request).columns
        groups = dict(request.organization.user_groups.values_list("pk", "name")) if with_groups else {}
        answer = render(request, "users/_list_table.html", _context(request, asked, groups))
        query = asked.query(**asked.page)
        return replace_url(answer, f"{request.path}?{query}" if query else request.path)
    groups_by_name, departments = search.choices(request.organization)
    context = _context(request, asked, dict(groups_by_name)) | {
        "groups": groups_by_name,
        "departments": departments,
        "states": STATES,
        "phones": PHONES,
        "sorts": [(name, title) for name, title in COLUMNS.items() if name in search.SORTS],
        "form": ColumnsForm(initial={"columns": View.of(request).columns, "size": View.of(request).size}),
    }
    return render(request, "users/list.html", context)


@require_POST
@may(Right.USERS_VIEW)
def columns(request: Request) -> HttpResponse:
    query = Asked.of(QueryDict(request.POST.get("query", "")[:1000])).query()
    answer = redirect(f"{reverse('users:list')}?{query}" if query else "users:list")
    if request.POST.get("usual"):
        answer.delete_cookie(cookie(request))
        return answer
    form = ColumnsForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return answer
    wanted = tuple(name for name in COLUMNS if name in form.cleaned_data["columns"])
    chosen = View(wanted, form.cleaned_data["size"] or USUAL_SIZE)
    answer.set_cookie(cookie(request), chosen.value, KEPT, httponly=True, samesite="Lax", secure=request.is_secure())
    return answer


@may(Right.USERS_VIEW)
def export_list(request: Request) -> HttpResponseBase:
    """All that match, with the columns that are shown; or those that are ticked."""
    data, view = request.GET, View.of(request)
    asked = Asked.of(QueryDict(data["query"][:1000]) if "query" in data else data)
    wanted = asked.wanted(request.organization.country)
    ids = row_ids(data.getlist("pk"))
    if "query" in data and not data.get("all"):
        if not ids:
            messages.warning(request, _("Tick at least one person first."))
            return redirect("users:list")
        return sheets.answer(request, cells.lines_of(request.organization, ids, wanted, view.columns), "users")
    return sheets.answer(request, cells.lines(request.organization, wanted, view.columns), "users")
