"""Function numbers -> Hunt groups: the list, a group's settings and members, and its first opening hours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.functions import actions
from carillon.functions.actions import Outcome
from carillon.functions.forms import ENDS, HuntGroupForm, MemberForm
from carillon.functions.models import HuntGroup
from carillon.functions.references import Reference, forwards_to
from carillon.numbers.destinations import names
from carillon.numbers.models import FunctionNumber
from carillon.numbers.ranges import free_numbers
from carillon.numbers.search import asked

PER_PAGE = 50
_STALE = gettext_lazy(
    "Somebody else changed this hunt group meanwhile. What you typed is still here: save again to store it."
)


def _groups(request: Request) -> QuerySet[FunctionNumber]:
    return request.organization.function_numbers.filter(kind=FunctionNumber.Kind.HUNT_GROUP).select_related(
        "number", "hunt_group", "organization", "schedule"
    )


def _group(request: Request, pk: int) -> FunctionNumber:
    return get_object_or_404(_groups(request).filter(hunt_group__isnull=False), pk=pk)


def _back(request: Request, function: FunctionNumber) -> HttpResponse:
    address = reverse("functions:detail", args=[function.pk])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


@may(Right.FUNCTIONS_VIEW)
def hunt_groups(request: Request) -> HttpResponse:
    text = asked(request)
    rows = _groups(request).annotate(members=Count("hunt_group__members")).order_by("name", "pk")
    if text:
        rows = rows.filter(name__icontains=text) | rows.filter(number__value__contains=text)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "functions/list.html", {"page": page, "text": text})


def _number_is_taken(form: HuntGroupForm) -> None:
    form.add_error("number", _("Somebody else just took this number. Choose another."))


@may(Right.FUNCTIONS_CHANGE)
def create(request: Request) -> HttpResponse:
    form = HuntGroupForm(request.POST or None, organization=request.organization)
    if request.method == "POST" and form.is_valid():
        function = actions.create_hunt_group(request, form)
        if function:
            messages.success(request, _("The hunt group is created. It is closed until you open it."))
            return redirect(reverse("functions:detail", args=[function.pk]) + "?new")
        _number_is_taken(form)
    context = {"form": form, "free": free_numbers(request.organization), "ends": _ends(form)}
    return render(request, "functions/create.html", context)


def _ends(form: HuntGroupForm) -> list[dict[str, Any]]:
    """Return the three ends, each with its choice, prompt and number, for the page."""
    return [{"choice": form[end], "prompt": form[f"{end}_prompt"], "number": form[f"{end}_number"]} for end in ENDS]


def _detail(
    request: Request,
    function: FunctionNumber,
    form: HuntGroupForm,
    member: MemberForm,
    references: Sequence[Reference] = (),
) -> HttpResponse:
    context = {
        "references": references,
        "seen": actions.fingerprint(function),
        # Undo of a creation leaves no page to come back to.
        "undo_next": reverse("functions:list") if "new" in request.GET else "",
        "function": function,
        "form": form,
        "ends": _ends(form),
        "member_form": member,
        "members": function.hunt_group.members.select_related("user").prefetch_related("user__lines__number"),
        "names": names(request.organization, [getattr(function.hunt_group, f"{end}_number") for end in ENDS]),
        "free": free_numbers(request.organization),
        "never_open": not function.schedule.events.exclude(is_default=True, action="closed").exists(),
        "hours": actions.HOURS.values(),
    }
    return render(request, "functions/detail.html", context)


@may(Right.FUNCTIONS_CHANGE)
def detail(request: Request, pk: int) -> HttpResponse:
    function = _group(request, pk)
    group = function.hunt_group
    form = HuntGroupForm(request.POST or None, instance=group, organization=request.organization)
    references = _left_behind(request, function, form)
    if request.method == "POST" and form.is_valid() and not references:
        match actions.save_hunt_group(request, form, request.POST.get("seen", "")):
            case Outcome.SAVED:
                messages.success(request, _("Saved. It counts from the next call."))
                return _back(request, function)
            case Outcome.TAKEN:
                _number_is_taken(form)
            case Outcome.STALE:
                form.add_error(None, _STALE)
    return _detail(request, function, form, MemberForm(group=group), references)


def _left_behind(request: Request, function: FunctionNumber, form: HuntGroupForm) -> list[Reference]:
    """Return the forwards that would lead nowhere if the number changed as typed."""
    number = request.organization.numbers.get(pk=function.number_id).value
    if request.method != "POST" or not form.is_valid() or form.cleaned_data["number"] == number:
        return []
    return forwards_to(request.organization, number)


@may(Right.FUNCTIONS_CHANGE)
def delete(request: Request, pk: int) -> HttpResponse:
    function = _group(request, pk)
    references = forwards_to(request.organization, function.number.value)
    if request.method == "POST" and not references:
        actions.delete_hunt_group(request, function)
        messages.success(request, _("“%(name)s” is deleted.") % {"name": function.name})
        return redirect("functions:list")
    return render(request, "functions/delete.html", {"function": function, "references": references})


@require_POST
@may(Right.FUNCTIONS_CHANGE)
def open_hours(request: Request, pk: int) -> HttpResponse:
    function = _group(request, pk)
    hours = actions.HOURS.get(request.POST.get("hours", ""))
    if hours:
        actions.open_weekdays(request, function, hours)
        messages.success(request, _("Open from Monday to Friday. It counts from the next call."))
    return _back(request, function)


@require_POST
@may(Right.FUNCTIONS_CHANGE)
def member_add(request: Request, pk: int) -> HttpResponse:
    function = _group(request, pk)
    member = MemberForm(request.POST, group=function.hunt_group)
    if not member.is_valid():
        form = HuntGroupForm(instance=function.hunt_group, organization=request.organization)
        return _detail(request, function, form, member)
    if actions.add_member(request, function.hunt_group, member.person, member.cleaned_data["member"]):
        messages.success(request, _("The member is added."))
    return _back(request, function)


def _member(group: HuntGroup, member_pk: int) -> Any:
    return get_object_or_404(group.members.select_related("user"), pk=member_pk)


@require_POST
@may(Right.FUNCTIONS_CHANGE)
def member_remove(request: Request, pk: int, member_pk: int) -> HttpResponse:
    function = _group(request, pk)
    member = _member(function.hunt_group, member_pk)
    actions.remove_member(request, member)
    messages.success(request, _("“%(name)s” is no longer a member.") % {"name": member})
    return _back(request, function)


def _ids(request: Request, name: str) -> list[int]:
    return [int(text) for text in request.POST.getlist(name) if text.isascii() and text.isdigit()]


@require_POST
@may(Right.FUNCTIONS_CHANGE)
def members_order(request: Request, pk: int) -> HttpResponse:
    """Take the whole order (drag), or one member with a direction (buttons and keyboard)."""
    function = _group(request, pk)
    seen = _ids(request, "seen")
    order = _ids(request, "order") or actions.moved(seen, request.POST.get("move", ""))
    if actions.order_members(request, function.hunt_group, seen, order):
        messages.success(request, _("The new order is saved."))
    else:
        messages.warning(request, _("Somebody else changed the members meanwhile. This is the list as it is now."))
    return _back(request, function)
