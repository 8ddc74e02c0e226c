"""The people of an organization as rows; and My calls, where people set their own forward."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from carillon.accounts.http import Request, may
from carillon.accounts.models import User
from carillon.accounts.roles import Right
from carillon.numbers.destinations import names
from carillon.users import actions
from carillon.users.forms import ForwardForm


def people_of(request: Request) -> QuerySet[User]:
    return (
        request.organization.users.select_related("call_forward", "organization")
        .prefetch_related("lines__number")
        .annotate(phones=Count("sip_devices"))
        .order_by("last_name", "first_name", "pk")
    )


@may(Right.OWN_CALLS)
def my_calls(request: Request) -> HttpResponse:
    person = get_object_or_404(people_of(request), pk=request.user.pk)
    number = person.call_forward.number if hasattr(person, "call_forward") else ""
    form = ForwardForm(request.POST or None, initial={"number": number}, person=person)
    if request.method == "POST" and form.is_valid():
        actions.set_forward(request, person, form.cleaned_data["number"])
        messages.success(request, _("Saved. It counts from the next call."))
        return redirect(request.path)
    context = {"person": person, "form": form, "number": number, "names": names(request.organization, [number])}
    return render(request, "users/my_calls.html", context)
