"""Function numbers -> Schedules: the events of one schedule, and what can be done with them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, prefetch_related_objects
from django.http import Http404, HttpResponse
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
from carillon.portal.ids import row_ids
from carillon.prompts.player import player_of
from carillon.schedules import actions, drafts
from carillon.schedules.forms import ActionForm, DefaultEventForm, EventForm, chosen_prompt
from carillon.schedules.holidays_form import HolidayEventForm, usual_place
from carillon.schedules.holidays_screen import next_rows
from carillon.schedules.models import ScheduleEvent, schedules_given_to
from carillon.schedules.screen import page_of
from carillon.schedules.views.result import picture_of, warned_of, warned_of_event
from carillon.schedules.words import details, duration

#: Offered while a time is typed: each half hour.
CLOCKS = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30)]


def function_of(request: Request, pk: int) -> FunctionNumber:
    """Return a function number whose schedule this person may see and change; 404 for all others."""
    numbers = schedules_given_to(request.user).select_related("number", "schedule", "organization")
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


def back(request: Request, function: FunctionNumber, event: int | None = None) -> HttpResponse:
    """Go back to the schedule; the focus goes to the row of `event`."""
    address = reverse("schedules:detail", args=[function.pk])
    if event:
        address += f"#event-{event}"
    in_dialog = request.htmx and not request.htmx.boosted
    return HttpResponseClientRedirect(address) if in_dialog else redirect(address)


def answer(
    request: Request, function: FunctionNumber, conflict: actions.Conflict | None, done: str, event: int | None = None
) -> HttpResponse:
    """Go back to the schedule and say what happened; the focus goes to the row of `event`."""
    if conflict:
        messages.warning(request, conflict.sentence())
    else:
        messages.success(request, done)
    return back(request, function, event)


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
    place = usual_place(request.organization.country, events)
    page = page_of(function, events, facts, destinations, now)
    page |= picture_of(request, facts, events, now) | warned_of(request, function, facts, events, now)
    page |= {"holidays": next_rows(events, facts, destinations, now, place), "reopen": _reopen(request, function)}
    return render(request, "schedules/detail.html", page)


def _reopen(request: Request, function: FunctionNumber) -> str:
    """Return the address of the dialog that waits for a new prompt, "" where none does."""
    draft = drafts.of(request, function)
    if draft is None:
        return ""
    known = draft["event"] and function.schedule.events.filter(pk=draft["event"]).exists()
    name, keys = ("event_edit", [function.pk, draft["event"]]) if known else ("event_add", [function.pk])
    if draft["event"] and not known:
        return ""
    return f"{reverse(f'schedules:{name}', args=keys)}?{request.GET.urlencode()}"


def _event_dialog(request: Request, function: FunctionNumber, form: ActionForm, **context: Any) -> HttpResponse:
    template = "schedules/_event_form.html" if request.htmx else "schedules/event.html"
    drafted = drafts.put_back(request, function, form) if request.method == "GET" else None
    version = context.get("version", drafted or function.schedule.version)
    event = form.instance if form.instance.pk else None
    language = function.language or request.organization.language
    context |= {"form": form, "function": function, "event": event, "version": version}
    context |= {"address": request.path, "clocks": CLOCKS, "language": language}
    context["player"] = player_of(chosen_prompt(form), language)
    if isinstance(form, HolidayEventForm):
        context |= {"duration": duration(form.instance), "details": details(form.instance)}
    return render(request, template, context)


def _save(request: Request, function: FunctionNumber, form: ActionForm, title: str, *, new: bool) -> HttpResponse:
    """Store the dialog, or show it again with what was typed and what stands in the way."""
    if not form.is_valid():
        return _event_dialog(request, function, form, title=title, version=version_of(request))
    save = actions.add_event if new else actions.save_event
    conflict = save(request, function.schedule, version_of(request), form)
    if conflict:
        return _event_dialog(request, function, form, title=title, version=conflict.version, conflict=conflict)
    drafts.forget(request)
    messages.success(request, _("Saved. It counts from the next call."))
    return back(request, function, form.instance.pk)


@may(Right.SCHEDULES_CHANGE)
def event_add(request: Request, pk: int) -> HttpResponse:
    function = function_of(request, pk)
    instance = ScheduleEvent(repeat=ScheduleEvent.Repeat.WEEK, action=ScheduleEvent.Action.OPEN, weekdays=0b0011111)
    form = EventForm(request.POST or None, instance=instance, function=function)
    title = _("Add schedule event")
    if request.method == "POST":
        return _save(request, function, form, title, new=True)
    return _event_dialog(request, function, form, title=title)


def form_of(event: ScheduleEvent) -> type[DefaultEventForm | EventForm | HolidayEventForm]:
    """Return the dialog of an event."""
    if event.is_default:
        return DefaultEventForm
    return HolidayEventForm if event.repeat == ScheduleEvent.Repeat.HOLIDAY else EventForm


@may(Right.SCHEDULES_CHANGE)
def event_edit(request: Request, pk: int, event_pk: int) -> HttpResponse:
    function = function_of(request, pk)
    event = event_of(function, event_pk)
    form = form_of(event)(request.POST or None, instance=event, function=function)
    title = _("Edit default schedule event") if event.is_default else _("Edit schedule event")
    if request.method == "POST":
        return _save(request, function, form, title, new=False)
    return _event_dialog(request, function, form, title=title, about=warned_of_event(request, function, event))


@may(Right.SCHEDULES_CHANGE)
def event_delete(request: Request, pk: int, event_pk: int) -> HttpResponse:
    function = function_of(request, pk)
    event = event_of(function, event_pk, is_default=False)
    if request.method != "POST":
        template = "schedules/_delete_form.html" if request.htmx else "schedules/delete.html"
        context = {"function": function, "event": event, "version": function.schedule.version}
        return render(request, template, context | {"duration": duration(event), "details": details(event)})
    below = function.schedule.events.filter(Q(position__gt=event.position) | Q(is_default=True)).first()
    conflict = actions.delete_event(request, function.schedule, version_of(request), event)
    done = _("“%(name)s” is deleted.") % {"name": event.name}
    return answer(request, function, conflict, done, below.pk if below else None)


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
    order = row_ids(request.POST.getlist("order"))
    conflict = actions.reorder(request, function.schedule, version_of(request), order)
    return answer(request, function, conflict, _("The new order is saved."))
