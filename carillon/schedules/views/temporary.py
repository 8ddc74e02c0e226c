"""A temporary change of a schedule: made in a dialog from the list, the schedule or the home page, ended by a click."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.facts.schedules import current_changes, schedule_facts
from carillon.numbers.destinations import names
from carillon.numbers.models import FunctionNumber
from carillon.routing.schedule import Schedule, decide
from carillon.schedules import temporary
from carillon.schedules.temporary_form import TemporaryForm
from carillon.schedules.temporary_page import changes_of, told
from carillon.schedules.views.schedule import CLOCKS, function_of, version_of

#: Where the dialog may have been opened, and the page to go back to.
PAGES = {"list": "schedules:list", "home": "home"}


def _came_from(request: Request) -> str:
    name = request.POST.get("came_from") or request.GET.get("came_from", "")
    return name if name in PAGES else ""


def _back(request: Request, function: FunctionNumber) -> HttpResponse:
    page = PAGES.get(_came_from(request))
    address = reverse(page) if page else reverse("schedules:detail", args=[function.pk])
    in_dialog = request.htmx and not request.htmx.boosted
    return HttpResponseClientRedirect(address) if in_dialog else redirect(address)


def _facts(function: FunctionNumber, now: datetime) -> Schedule:
    """Read events and changes together; what follows asks no more."""
    prefetch_related_objects([function], "schedule__events", current_changes("schedule", now))
    return schedule_facts(function.schedule, function.schedule.events.all())


@may(Right.SCHEDULES_CHANGE)
def change_add(request: Request, pk: int) -> HttpResponse:
    function, now = function_of(request, pk), timezone.now()
    facts, version = _facts(function, now), function.schedule.version
    form, conflict = TemporaryForm(request.POST or None, function=function, facts=facts, now=now), None
    if request.method == "POST":
        version = version_of(request)
        if form.is_valid():
            conflict = temporary.add(request, function.schedule, version, form.change())
            if conflict is None:
                messages.success(request, told(function, form.change(), facts.zone, now))
                return _back(request, function)
            version = conflict.version
    context = {"function": function, "form": form, "version": version, "conflict": conflict, "clocks": CLOCKS}
    return _dialog(request, function, facts, now, context)


def _dialog(
    request: Request, function: FunctionNumber, facts: Schedule, now: datetime, context: dict[str, object]
) -> HttpResponse:
    changes = list(function.schedule.temporary_changes.all())
    places = names(request.organization, [row.destination for row in changes if row.destination])
    rows = changes_of(changes, facts, decide(facts, now), places, now)
    template = "schedules/_temporary_form.html" if request.htmx else "schedules/temporary.html"
    page = {"changes": rows, "came_from": _came_from(request), "zone": facts.zone.key}
    return render(request, template, context | page)


@require_POST
@may(Right.SCHEDULES_CHANGE)
def change_end(request: Request, pk: int, change_pk: int) -> HttpResponse:
    function = function_of(request, pk)
    change = get_object_or_404(function.schedule.temporary_changes, pk=change_pk)
    conflict = temporary.end(request, function.schedule, version_of(request), change)
    if conflict:
        messages.warning(request, conflict.sentence())
    else:
        messages.success(request, _("The temporary change of %(name)s is ended.") % {"name": function.name})
    return _back(request, function)
