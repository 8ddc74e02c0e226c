"""Calls -> What if: ask what happens to a call at any moment, and see why."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right, can
from carillon.calls.what_if_form import WhatIfForm
from carillon.calls.what_if_page import page_of

#: What htmx replaces: the answer where a field changed, the whole question where a link set another moment.
PARTS = {"what-if-answer": "calls/_what_if_answer.html", "what-if": "calls/_what_if.html"}


@may(Right.WHAT_IF)
def what_if(request: Request) -> HttpResponse:
    """Show the question and its answer; a changed field gets the answer alone."""
    form = WhatIfForm(request.GET if "number" in request.GET else None, organization=request.organization)
    context: dict[str, Any] = {"form": form, "may_keep": can(request.user, Right.CASES_CHANGE)}
    if form.is_valid():
        context |= page_of(request.organization, request.user, form)
    part = PARTS.get(request.htmx.target or "") if request.htmx and not request.htmx.boosted else None
    answer = render(request, part or "calls/what_if.html", context | {"part": bool(part)})
    if part and form.is_valid():
        answer["HX-Push-Url"] = f"{reverse('calls:what_if')}?{context['address']}"
    return answer
