"""Function numbers -> Schedules: the list with the state now, and the events of one schedule."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right, can
from carillon.facts.schedules import current_changes, schedule_facts, states
from carillon.numbers.destinations import names
from carillon.numbers.models import FunctionNumber
from carillon.schedules import actions
from carillon.schedules.forms import ActionForm, DefaultEventForm, EventForm, TimezoneForm
from carillon.schedules.models import ScheduleEvent
from carillon.schedules.screen import list_row, page_of
from carillon.schedules.words import details, duration

#: Offered while a time is typed: each half hour.
CLOCKS = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30)]


def function_of(request: Request, pk: int) -> FunctionNumber:
    numbers = request.organization.function_numbers.select_related("number", "schedule", "organization")
    function = get_object_or_404(numbers, pk=pk)
    if not hasattr(function, "schedule"):
        raise Http404
    return function


def event_of(function: FunctionNumber, event_pk: int, **fields: Any) -> ScheduleEvent:
    return get_object_or_404(function.schedule.events, pk=event_pk, **fields)


def version_of(request: Request) -> int:
    """Return the version that the page showed; a mangled one is stale."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def back(request: Request, function: FunctionNumber) -> HttpResponse:
    address = reverse("schedules:detail", args=[function.pk])
    in_dialog = request.htmx and not request.htmx.boosted
    return HttpResponseClientRedirect(address) if in_dialog else redirect(address)


def answer(request: Request, function: FunctionNumber, conflict: actions.Conflict | None, done: str) -> HttpResponse:
    """Go back to the schedule and say what happened."""
    if conflict:
        messages.warning(request, conflict.sentence())
    else:
        messages.success(request, done)
    return back(request, function)


@may(Right.SCHEDULES_VIEW)
def schedule_list(request: Request) -> HttpResponse:
    now = timezone.now()
    rows = [list_row(row.function, row.schedule, row.state, now) for row in states(request.organization, now)]
    may_create = can(request.user, Right.FUNCTIONS_CHANGE)
    return render(request, "schedules/list.html", {"rows": rows, "may_create": may_create})


@may(Right.SCHEDULES_VIEW)
def schedule_detail(request: Request, pk: int) -> HttpResponse:
    function = function_of(request, pk)
    now = timezone.now()
    prefetch_related_objects([function], current_changes("schedule", now))
    events = list(function.schedule.events.select_related("prompt"))
    places = {event.destination for event in events}
    places |= {change.destination for change in function.schedule.temporary_changes.all()}
    destinations = names(request.organization, places - {""})
    facts = schedule_facts(function.schedule, events)
    return render(request, "schedules/detail.html", page_of(function, events, facts, destinations, now))


def _event_dialog(request: Request, function: FunctionNumber, form: ActionForm, **context: Any) -> HttpResponse:
    template = "schedules/_event_form.html" if request.htmx else "schedules/event.html"
    version = context.get("version", function.schedule.version)
    event = form.instance if form.instance.pk else None
    context |= {"form": form, "function": function, "event": event, "version": version}
    context |= {"address": request.path, "clocks": CLOCKS}
    return render(request, template, context)


def _save(request: Request, function: FunctionNumber, form: ActionForm, title: str, *, new: bool) -> HttpResponse:
    """Store the dialog, or show it again with what was typed and what stands in the way."""
    if not form.is_valid():
        return _event_dialog(request, function, form, title=title, version=version_of(request))
    save = actions.add_event if new else actions.save_event
    conflict = save(request, function.schedule, version_of(request), form)
    if conflict:
        return _event_dialog(request, function, form, title=title, version=conflict.version, conflict=conflict)
    messages.success(request, _("Saved. It counts from the next call."))
    return back(request, function)


@may(Right.SCHEDULES_CHANGE)
def event_add(request: Request, pk: int) -> HttpResponse:
    function = function_of(request, pk)
    instance = ScheduleEvent(repeat=ScheduleEvent.Repeat.WEEK, action=ScheduleEvent.Action.OPEN, weekdays=0b0011111)
    form = EventForm(request.POST or None, instance=instance, function=function)
    title = _("Add schedule event")
    if request.method == "POST":
        return _save(request, function, form, title, new=True)
    return _event_dialog(request, function, form, title=title)


@may(Right.SCHEDULES_CHANGE)
def event_edit(request: Request, pk: int, event_pk: int) -> HttpResponse:
    function = function_of(request, pk)
    event = event_of(function, event_pk)
    kind = DefaultEventForm if event.is_default else EventForm
    form = kind(request.POST or None, instance=event, function=function)
    title = _("Edit default schedule event") if event.is_default else _("Edit schedule event")
    if request.method == "POST":
        return _save(request, function, form, title, new=False)
    return _event_dialog(request, function, form, title=title)


@may(Right.SCHEDULES_CHANGE)
def event_delete(request: Request, pk: int, event_pk: int) -> HttpResponse:
    function = function_of(request, pk)
    event = event_of(function, event_pk, is_default=False)
    if request.method != "POST":
        template = "schedules/_delete_form.html" if request.htmx else "schedules/delete.html"
        context = {"function": function, "event": event, "version": function.schedule.version}
        return render(request, template, context | {"duration": duration(event), "details": details(event)})
    conflict = actions.delete_event(request, function.schedule, version_of(request), event)
    return answer(request, function, conflict, _("“%(name)s” is deleted.") % {"name": event.name})


@require_POST
@may(Right.SCHEDULES_CHANGE)
def event_move(request: Request, pk: int, event_pk: int) -> HttpResponse:
    function = function_of(request, pk)
    event = event_of(function, event_pk, is_default=False)
    up = request.POST.get("direction") == "up"
    conflict = actions.move_event(request, function.schedule, version_of(request), event, up=up)
    return answer(request, function, conflict, _("“%(name)s” is moved.") % {"name": event.name})


@require_POST
@may(Right.SCHEDULES_CHANGE)
def reorder(request: Request, pk: int) -> HttpResponse:
    function = function_of(request, pk)
    order = [int(text) for text in request.POST.getlist("order") if text.isascii() and text.isdigit()]
    conflict = actions.reorder(request, function.schedule, version_of(request), order)
    return answer(request, function, conflict, _("The new order is saved."))


@may(Right.SCHEDULES_CHANGE)
def change_timezone(request: Request, pk: int) -> HttpResponse:
    function = function_of(request, pk)
    form = TimezoneForm(request.POST or None, instance=function.schedule)
    if request.method == "POST" and form.is_valid():
        conflict = actions.change_timezone(request, function.schedule, version_of(request), form)
        return answer(request, function, conflict, _("The time zone is changed."))
    template = "schedules/_timezone_form.html" if request.htmx else "schedules/timezone.html"
    return render(request, template, {"function": function, "form": form, "version": function.schedule.version})
