"""Many function numbers at once: choose, say what, look at what it would do to each, then have it done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.numbers.destinations import names
from carillon.numbers.models import FunctionNumber, Number
from carillon.numbers.templatetags.places import place
from carillon.portal.ids import row_ids
from carillon.schedules import many
from carillon.schedules.forms import EventForm
from carillon.schedules.listing import Asked
from carillon.schedules.many_form import CopyForm
from carillon.schedules.models import MONDAY_TO_FRIDAY, ScheduleEvent, schedules_given_to
from carillon.schedules.views.listing import found
from carillon.schedules.views.schedule import CLOCKS
from carillon.schedules.words import details, duration

#: Fields of these pages themselves; all others are what somebody typed.
OWN_FIELDS = {"csrfmiddlewaretoken", "step", "chosen", "source_version"}


def _chosen(request: Request) -> list[many.Target]:
    """Return the schedules that the page is about: those of the last page, or those ticked in the list.

    After a page was shown, they have the versions that it showed.
    """
    functions = schedules_given_to(request.user)
    if request.method == "POST":
        shown = many.read(request.POST.get("chosen", ""))
        targets = many.targets_of(functions, shown)
        if request.POST.get("step") == "apply":
            return [many.Target(target.function, shown[target.function.pk]) for target in targets]
        return targets
    if request.GET.get("all"):
        asked = Asked.of(QueryDict(request.GET.get("query", "")[:400]))
        return many.targets_of(functions, [line.pk for line in found(request, asked, timezone.now()).all])
    return many.targets_of(functions, row_ids(request.GET.getlist("pk")))


def _nothing(request: Request) -> HttpResponse:
    messages.warning(request, _("Tick at least one function number first."))
    return redirect("schedules:list")


def _page(request: Request, title: str, targets: Sequence[many.Target], **context: Any) -> dict[str, Any]:
    typed = [(name, value) for name, values in request.POST.lists() if name not in OWN_FIELDS for value in values]
    return {"title": title, "targets": targets, "chosen": many.write(targets), "typed": typed} | context


def _answer(request: Request, page: dict[str, Any], change: many.Change) -> HttpResponse:
    """Show what the change would do, or do it and show what became of each schedule."""
    is_done = request.POST.get("step") == "apply" and not page.get("conflict")
    lines = many.apply(request, change, page["targets"]) if is_done else many.preview(change, page["targets"])
    counts = {verdict.value: sum(line.verdict is verdict for line in lines) for verdict in many.Verdict}
    entries = " ".join(str(line.entry) for line in lines if line.entry)
    template = "schedules/many_result.html" if is_done else "schedules/many_preview.html"
    return render(request, template, page | {"lines": lines, "counts": counts, "entries": entries})


def _asks(request: Request) -> bool:
    """Whether the page before was a form that is to be looked at, and not to be filled in once more."""
    return request.method == "POST" and request.POST.get("step") in {"preview", "apply"}


def _what(request: Request, event: ScheduleEvent) -> str:
    """Return an event in one line: its name, when it counts and what it does."""
    target = place(event.destination, names(request.organization, [event.destination])) if event.destination else ""
    does = ": ".join(part for part in (str(event.get_action_display()), target) if part)
    prompt = f"“{event.prompt.name}”" if event.prompt else ""
    return ", ".join(part for part in (f"“{event.name}”", duration(event), details(event), does, prompt) if part)


@may(Right.SCHEDULES_CHANGE)
def many_event(request: Request) -> HttpResponse:
    targets = _chosen(request)
    if not targets:
        return _nothing(request)
    instance = ScheduleEvent(repeat="week", action="open", weekdays=MONDAY_TO_FRIDAY)
    # The form's own check of a forward to itself is made for each number in the preview.
    nobody = FunctionNumber(organization=request.organization, number=Number(value=""))
    form = EventForm(request.POST if request.method == "POST" else None, instance=instance, function=nobody)
    page = _page(request, _("Add an event to several schedules"), targets, form=form)
    if _asks(request) and form.is_valid():
        event = form.save(commit=False)
        return _answer(request, page | {"what": _what(request, event)}, many.Adding(event))
    page |= {"many": True, "address": request.path, "clocks": CLOCKS}
    return render(request, "schedules/many_event.html", page)


@may(Right.SCHEDULES_CHANGE)
def many_copy(request: Request) -> HttpResponse:
    targets = _chosen(request)
    if not targets:
        return _nothing(request)
    functions = schedules_given_to(request.user)
    form = CopyForm(request.POST if request.method == "POST" else None, functions=functions)
    page = _page(request, _("Copy a schedule to others"), targets, form=form)
    if not _asks(request) or not form.is_valid():
        return render(request, "schedules/many_copy.html", page)
    source: FunctionNumber = form.cleaned_data["source"]
    version = str(source.schedule.version)
    if request.POST["step"] == "apply" and request.POST.get("source_version") != version:
        page |= {"conflict": source.name, "targets": many.targets_of(functions, [each.function.pk for each in targets])}
        page["chosen"] = many.write(page["targets"])
    events = list(source.schedule.events.order_by("is_default", "position", "pk"))
    change = many.Copying(source, events, form.cleaned_data["mode"] == "replace")
    return _answer(request, page | {"source": source, "source_version": version}, change)


@require_POST
@may(Right.SCHEDULES_CHANGE)
def many_undo(request: Request) -> HttpResponse:
    done, refused = many.take_back(request, row_ids(request.POST.get("entries", "").split())[:10_000])
    if done:
        text = ngettext(
            "%(count)s schedule is what it was before.", "%(count)s schedules are what they were before.", done
        )
        messages.info(request, text % {"count": done})
    if refused:
        text = ngettext(
            "%(count)s change could not be taken back: the schedule was changed again since.",
            "%(count)s changes could not be taken back: the schedules were changed again since.",
            refused,
        )
        messages.warning(request, text % {"count": refused})
    return redirect("schedules:list")
