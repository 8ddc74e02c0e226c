"""The time zone of a schedule: chosen, shown with what it shifts, then stored."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.facts.schedules import schedule_facts
from carillon.schedules import actions
from carillon.schedules.forms import TimezoneForm
from carillon.schedules.shifts import Shifts, shifts_of
from carillon.schedules.views.schedule import answer, function_of, version_of


def _shifts(request: Request, pk: int, zone: str) -> Shifts:
    # Read anew: a form has put the zone that it wants on the other object.
    schedule = function_of(request, pk).schedule
    return shifts_of(schedule_facts(schedule, schedule.events.all()), zone, timezone.now())


@may(Right.SCHEDULES_CHANGE)
def change_timezone(request: Request, pk: int) -> HttpResponse:
    """Store the zone once its preview was seen; a page without scripts shows that in between."""
    function = function_of(request, pk)
    form = TimezoneForm(request.POST or None, instance=function.schedule)
    context: dict[str, Any] = {"function": function, "form": form, "version": function.schedule.version}
    if request.method == "POST" and form.is_valid():
        zone = form.cleaned_data["timezone"]
        if request.POST.get("seen", zone) == zone:
            conflict = actions.change_timezone(request, function.schedule, version_of(request), form)
            return answer(request, function, conflict, _("The time zone is changed."))
        context |= {"shifts": _shifts(request, pk, zone), "seen": zone, "version": version_of(request)}
    template = "schedules/_timezone_form.html" if request.htmx else "schedules/timezone.html"
    return render(request, template, context)


@may(Right.SCHEDULES_VIEW)
def timezone_shifts(request: Request, pk: int) -> HttpResponse:
    """The preview of the zone that the dialog's list has now."""
    function = function_of(request, pk)
    form = TimezoneForm(request.GET, instance=function.schedule)
    zone = form.cleaned_data["timezone"] if form.is_valid() else None
    shifts = _shifts(request, pk, zone) if zone else None
    return render(request, "schedules/_shifts.html", {"shifts": shifts, "seen": zone})
