"""Organization -> Voice prompts: the list, and the places that use one of its lines."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django_htmx.http import replace_url

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right, can
from carillon.prompts.listing import PER_PAGE, SORTS, Asked, choices, columns, in_order, lines_of, matching, rows_of
from carillon.prompts.uses import uses_of


@may(Right.PROMPTS_CHANGE)
def prompt_list(request: Request) -> HttpResponse:
    """The whole page, or the table alone while somebody types."""
    asked = Asked.of(request.GET)
    mine = lines_of(request.organization)
    found = matching(mine, asked.text)
    shown = in_order((line for line in found if asked.kind in {"", line.kind}), asked)
    page = Paginator(shown, PER_PAGE).get_page(asked.page)
    context = {
        "asked": asked,
        "any": bool(mine),
        "page": page,
        "rows": rows_of(list(page.object_list)),
        "columns": columns(asked),
        "choices": choices(found, asked),
        "sorts": SORTS,
        "paged": asked.query(page=""),
        "may_system": can(request.user, Right.PROMPTS_SYSTEM),
    }
    if not request.htmx or request.htmx.boosted:
        return render(request, "prompts/list.html", context)
    query = asked.query()
    answer = render(request, "prompts/_list_table.html", context)
    return replace_url(answer, f"{request.path}?{query}" if query else request.path)


@may(Right.PROMPTS_CHANGE)
def uses(request: Request, pk: int) -> HttpResponse:
    """The places of one line, asked for when it is opened."""
    prompt = get_object_or_404(request.organization.prompts, pk=pk)
    return render(request, "prompts/_uses.html", {"prompt": prompt, "uses": uses_of(prompt, request.user)})
