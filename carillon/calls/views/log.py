"""The call log: a page of calls, its export, and the ladder of one call."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right, can
from carillon.calls import export, page
from carillon.calls.forms import LogFilter
from carillon.calls.ladder import ladder_of
from carillon.calls.links import links_of, traces_of
from carillon.calls.picture import draw
from carillon.portal import sheets

#: The page of a call leads there, for those who may.
_LED_TO = (Right.TRY_CALLS, Right.WHAT_IF, Right.USERS_CHANGE, Right.FUNCTIONS_VIEW)


@may(Right.CALLS_VIEW)
def log(request: Request) -> HttpResponse:
    form = LogFilter(request.GET, organization=request.organization)
    context = {"form": form, **page.page_of(request.organization, form, request.GET)}
    template = "calls/_log_table.html" if request.htmx else "calls/log.html"
    return render(request, template, context)


@may(Right.CALLS_VIEW)
def log_export(request: Request) -> HttpResponseBase:
    form = LogFilter(request.GET, organization=request.organization)
    if not form.is_valid():
        return redirect(f"{reverse('calls:log')}?{urlencode(request.GET, doseq=True)}")
    return sheets.answer(request, export.lines(request.organization, form.wanted()), "calls")


@may(Right.CALLS_VIEW)
def detail(request: Request, pk: int) -> HttpResponse:
    call = get_object_or_404(request.organization.calls.select_related("function"), pk=pk)
    traces = traces_of(call)
    links = links_of(request.user, traces)
    ladder = ladder_of(call, traces, request.organization.country, links)
    trials = request.organization.trials.filter(node=call.node, linkedid=call.linkedid) if call.is_test else ()
    context = {"call": call, "ladder": ladder, "picture": draw(ladder), "trial": next(iter(trials), None)}
    context["may"] = {right.name: can(request.user, right) for right in _LED_TO}
    return render(request, "calls/detail.html", context)
