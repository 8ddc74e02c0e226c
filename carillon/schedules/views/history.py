"""The history of one schedule: who changed what when, and the undo of each change that can be taken back."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.accounts.wording import history_of
from carillon.schedules.views.schedule import function_of


@may(Right.SCHEDULES_VIEW)
def history(request: Request, pk: int) -> HttpResponse:
    function = function_of(request, pk)
    page = history_of(function.schedule, request.organization, request.user, request.GET)
    context = page | {"function": function, "zone": function.schedule.timezone}
    return render(request, "schedules/history.html", context)
