"""Calls -> Cases: kept what-ifs, what is expected of each and what it gives now."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.calls import cases
from carillon.calls.case_page import CaseForm, proposal, row_of
from carillon.calls.what_if_form import WhatIfForm
from carillon.numbers.destinations import names

PER_PAGE = 50


@may(Right.WHAT_IF)
def case_list(request: Request) -> HttpResponse:
    page = Paginator(request.organization.cases.all(), PER_PAGE).get_page(request.GET.get("page"))
    verdicts = cases.judge(request.organization, page, timezone.now())
    places = names(request.organization, {number for each in page for number in (each.number, each.caller)})
    context = {"page": page, "rows": [row_of(verdict, places) for verdict in verdicts], "most": cases.MOST_CASES}
    return render(request, "calls/cases.html", context)


@may(Right.CASES_CHANGE)
def case_add(request: Request) -> HttpResponse:
    """Keep the question that the address asks; the dialog proposes a name and whether it repeats."""
    asked = WhatIfForm(request.GET, organization=request.organization)
    if not asked.is_valid():
        return redirect(f"{reverse('calls:what_if')}?{request.GET.urlencode()}")
    form = CaseForm(request.POST or None, asked=asked, initial=proposal(request.organization, asked))
    if request.method == "POST" and form.is_valid():
        if cases.keep(request, asked, form.cleaned_data["name"], weekly=form.cleaned_data["when"] == "weekly"):
            messages.success(request, _("The case is kept. From now on the portal asks before a change flips it."))
            return _to_cases(request)
        form.add_error(None, _("There are %(most)s cases already: delete one first.") % {"most": cases.MOST_CASES})
    template = "calls/_case_form.html" if request.htmx else "calls/case_add.html"
    context: dict[str, Any] = {"form": form, "address": request.get_full_path(), "asked": request.GET.urlencode()}
    return render(request, template, context)


def _to_cases(request: Request) -> HttpResponse:
    address = reverse("calls:cases")
    in_dialog = request.htmx and not request.htmx.boosted
    return HttpResponseClientRedirect(address) if in_dialog else redirect(address)


@require_POST
@may(Right.CASES_CHANGE)
def case_accept(request: Request, pk: int) -> HttpResponse:
    case = get_object_or_404(request.organization.cases, pk=pk)
    if cases.accept(request, case, timezone.now(), request.POST.get("seen", "")):
        messages.success(request, _("“%(name)s” now expects what it gives.") % {"name": case.name})
    else:
        messages.warning(
            request, _("“%(name)s” gives something else by now. This is how it stands.") % {"name": case.name}
        )
    return redirect("calls:cases")


@require_POST
@may(Right.CASES_CHANGE)
def case_delete(request: Request, pk: int) -> HttpResponse:
    case = get_object_or_404(request.organization.cases, pk=pk)
    cases.delete(request, case)
    messages.success(request, _("“%(name)s” is deleted.") % {"name": case.name})
    return redirect("calls:cases")
