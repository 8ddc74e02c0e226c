"""Public holidays: chosen from the calendar of a country or region, and added to a schedule together."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.numbers.models import FunctionNumber
from carillon.schedules.holidays_actions import add_holidays
from carillon.schedules.holidays_form import HolidaysForm, PlaceForm, rules_of_all, usual_place
from carillon.schedules.holidays_screen import YEARS, choice_rows, feasts_of
from carillon.schedules.views.schedule import CLOCKS, function_of, version_of


@may(Right.SCHEDULES_CHANGE)
def holidays_add(request: Request, pk: int) -> HttpResponse:
    function = function_of(request, pk)
    today = timezone.now().astimezone(ZoneInfo(function.schedule.timezone)).date()
    usual = usual_place(request.organization.country, rules_of_all(request.organization))
    place = PlaceForm(request.GET.dict(), usual=usual, year=today.year)
    form = HolidaysForm(request.POST or None, function=function, feasts=feasts_of(*place.chosen, today))
    if not form.is_bound or not form.is_valid():
        return _choose(request, function, place, form, today)
    conflict, count = add_holidays(request, function.schedule, version_of(request), form)
    if conflict:
        return _choose(request, function, place, form, today, conflict=conflict, version=conflict.version)
    said = ngettext("%(count)s public holiday is added.", "%(count)s public holidays are added.", count)
    nothing = _("These public holidays are in the schedule already. Nothing is changed.")
    messages.success(request, said % {"count": count} if count else nothing)
    return redirect("schedules:detail", function.pk)


def _choose(
    request: Request, function: FunctionNumber, place: PlaceForm, form: HolidaysForm, today: date, **more: Any
) -> HttpResponse:
    events = list(function.schedule.events.all())
    chosen = request.POST.getlist("chosen") if form.is_bound else None
    rows = choice_rows(list(form.feasts.values()), events, chosen, today)
    version = version_of(request) if form.is_bound else function.schedule.version
    context = {"function": function, "place": place, "form": form, "rows": rows, "version": version, "clocks": CLOCKS}
    context |= {"years": range(today.year, today.year + YEARS), "left": any(row.event is None for row in rows)}
    return render(request, "schedules/holidays.html", context | more)
