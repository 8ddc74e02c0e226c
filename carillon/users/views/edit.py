"""User administration -> Users -> Edit user: details, groups, password and forward; new, switched off, deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from carillon.accounts.http import Request, may
from carillon.accounts.models import User
from carillon.accounts.roles import Right
from carillon.accounts.zones import options
from carillon.numbers.destinations import names
from carillon.users import actions, people, photos
from carillon.users.consequences import consequences
from carillon.users.details import FIELDS, CaptionsForm, NewUserForm, PasswordForm, UserForm, fingerprint
from carillon.users.forms import ForwardForm
from carillon.users.people import RefusedError
from carillon.users.views.person import people_of


def may_change(request: Request, person: User) -> bool:
    """Tell whether this person may be changed here: only operators change operators."""
    return request.user.is_operator or not person.is_operator


def changeable(request: Request, pk: int) -> User:
    """Return a person of the organization who may be changed by who asks."""
    person = get_object_or_404(people_of(request), pk=pk)
    if not may_change(request, person):
        raise PermissionDenied
    return person


def _forward_of(person: User) -> str:
    return person.call_forward.number if hasattr(person, "call_forward") else ""


def _page(request: Request, person: User, **forms: Any) -> HttpResponse:
    """Show the page with all its forms; those in `forms` hold what was typed."""
    number = _forward_of(person)
    # What was typed into a form of the person's row is not who the person is.
    stored = get_object_or_404(people_of(request), pk=person.pk)
    context = {
        "person": stored,
        "details": UserForm(instance=stored, organization=request.organization),
        "form": ForwardForm(initial={"number": number}, person=stored),
        "password": PasswordForm(person=stored),
        **forms,
        "may_change": may_change(request, stored),
        "forward_address": reverse("users:detail", args=[person.pk]),
        "seen": fingerprint(stored),
        "has_photo": photos.is_kept(stored.photo),
        "number": number,
        "names": names(request.organization, [number]),
        "zones": options(),
        "undo_next": reverse("users:list") if "new" in request.GET else "",
    }
    return render(request, "users/detail.html", context)


def _back(person: User) -> HttpResponse:
    return redirect("users:detail", person.pk)


@may(Right.USERS_CHANGE)
def detail(request: Request, pk: int) -> HttpResponse:
    """Show a person; what is posted is the forward."""
    if request.method != "POST":
        return _page(request, get_object_or_404(people_of(request), pk=pk))
    person = changeable(request, pk)
    form = ForwardForm(request.POST, person=person)
    if not form.is_valid():
        return _page(request, person, form=form)
    actions.set_forward(request, person, form.cleaned_data["number"])
    messages.success(request, _("Saved. It counts from the next call."))
    return _back(person)


@may(Right.USERS_CHANGE)
def details(request: Request, pk: int) -> HttpResponse:
    person = changeable(request, pk)
    if request.method != "POST":
        return _back(person)
    form = UserForm(request.POST, instance=person, organization=request.organization)
    if form.is_valid():
        try:
            people.save_person(request, form, request.POST.get("seen", ""))
        except RefusedError as refusal:
            if str(refusal):
                form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return _back(person)
    return _page(request, person, details=form)


@may(Right.USERS_CHANGE)
def password(request: Request, pk: int) -> HttpResponse:
    person = changeable(request, pk)
    if request.method != "POST":
        return _back(person)
    form = PasswordForm(request.POST, person=person)
    if not form.is_valid():
        return _page(request, person, password=form)
    people.set_password(request, person, form.cleaned_data["password"])
    messages.success(request, _("%(name)s has a new password and is signed out everywhere.") % {"name": person})
    return _back(person)


@may(Right.USERS_CHANGE)
def new(request: Request) -> HttpResponse:
    organization = request.organization
    start = {"language": organization.language, "timezone": organization.timezone}
    form = NewUserForm(request.POST or None, initial=start, organization=organization)
    if request.method == "POST" and form.is_valid():
        try:
            person = people.create_person(request, form)
        except RefusedError:
            pass  # the form says it beside the field
        else:
            messages.success(request, _("%(name)s is a user now.") % {"name": person})
            return redirect(reverse("users:detail", args=[person.pk]) + "?new")
    return render(request, "users/new.html", {"details": form, "zones": options()})


@may(Right.USERS_CHANGE)
def active(request: Request, pk: int) -> HttpResponse:
    """Switch a person off, after what that touches was shown, or on again."""
    person = changeable(request, pk)
    if request.method != "POST":
        if not person.is_active:
            return _back(person)
        return render(request, "users/deactivate.html", {"person": person, "touched": consequences(person)})
    wanted = request.POST.get("active") == "1"
    try:
        people.set_active(request, person, active=wanted)
    except RefusedError as refusal:
        messages.warning(request, str(refusal))
    else:
        sentence = _("%(name)s is active again.") if wanted else _("%(name)s is inactive and signed out everywhere.")
        messages.success(request, sentence % {"name": person})
    return _back(person)


@may(Right.USERS_CHANGE)
def delete(request: Request, pk: int) -> HttpResponse:
    person = changeable(request, pk)
    touched = consequences(person)
    if request.method == "POST" and not touched.forwards:
        try:
            people.delete_person(request, person)
        except RefusedError as refusal:
            messages.warning(request, str(refusal))
            return redirect("users:detail", pk)
        messages.success(request, _("“%(name)s” is deleted.") % {"name": person})
        return redirect("users:list")
    return render(request, "users/delete.html", {"person": person, "touched": touched})


@may(Right.USERS_CHANGE)
def captions(request: Request) -> HttpResponse:
    """Rename fields 1 to 3 of the organization's people."""
    form = CaptionsForm(request.POST or None, instance=request.organization)
    if request.method == "POST" and form.is_valid():
        people.save_captions(
            request, request.organization, {f"{name}_caption": form.cleaned_data[f"{name}_caption"] for name in FIELDS}
        )
        messages.success(request, _("Saved."))
        return redirect("users:list")
    return render(request, "users/captions.html", {"form": form})
