"""The picture of a schedule's result at an address of its own."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.facts.schedules import schedule_facts
from carillon.schedules.views.result import picture_of
from carillon.schedules.views.schedule import function_of


@may(Right.SCHEDULES_VIEW)
def schedule_picture(request: Request, pk: int) -> HttpResponse:
    function = function_of(request, pk)
    events = list(function.schedule.events.all())
    context = picture_of(request, schedule_facts(function.schedule, events), events, timezone.now())
    return render(request, "schedules/picture.html", context | {"function": function, "picture_alone": True})
