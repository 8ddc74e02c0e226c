"""The page of a call that records: whom it may ring, how far it is, its end by the person, and once more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.facts.calls import Ask, load
from carillon.numbers.destinations import Place, suggest_people
from carillon.numbers.search import asked
from carillon.prompts import call_backs
from carillon.prompts.call_page import progress_of
from carillon.prompts.forms import SoundForm
from carillon.prompts.models import PromptMaking
from carillon.prompts.views.address import making_of, next_of, with_next
from carillon.routing.facts import Person

#: The part of the page that follows the call; its id.
PART = "calling"
T = TypeVar("T")


def begin(request: Request, form: SoundForm, wanted: PromptMaking) -> bool:
    """Have call control ring for a valid form; False: why not stands beside the field."""
    number, callee = form.cleaned_data["phone"], form.callee
    assert callee
    organization = request.organization
    target = load(Ask(f"org-{organization.pk}", "", number, organization.pk, callee.pk)).target
    try:
        if isinstance(target, Person) and not target.endpoints:
            sentence = _("%(name)s has no phone that could ring.") % {"name": callee}
            raise forms.ValidationError(sentence, code="no_phone")
        _ask(lambda: call_backs.ask(wanted, callee, number))
    except forms.ValidationError as error:
        form.add_error("phone", error)
        return False
    return True


def show(request: Request, making: PromptMaking) -> HttpResponse:
    """Show how far a call is; whoever looks each second is told what changed only."""
    progress = progress_of(call_backs.settle(making.call_back))
    if request.htmx and progress.state == request.GET.get("state"):
        return HttpResponse(status=204)
    address = with_next(request, request.path)
    if request.htmx and progress.failure:
        return HttpResponseClientRedirect(address)
    context = {
        "making": making,
        "progress": progress,
        "words": making.prompt.description if making.prompt else making.description,
        "address": address,
        "part": PART,
        "next": next_of(request),
        "change": with_next(request, request.path, again="1"),
        "cancel": with_next(request, reverse("prompts:call_cancel", args=[making.pk])),
        "call_again": with_next(request, reverse("prompts:call_again", args=[making.pk])),
    }
    return render(request, "prompts/_calling.html" if request.htmx else "prompts/calling.html", context)


@require_POST
@may(Right.PROMPTS_CHANGE)
def cancel(request: Request, making_pk: int) -> HttpResponse:
    """End the call."""
    call_backs.cancel(_calling(request, making_pk).call_back)
    return redirect(with_next(request, reverse("prompts:making", args=[making_pk])))


@require_POST
@may(Right.PROMPTS_CHANGE)
def again(request: Request, making_pk: int) -> HttpResponse:
    """Call once more."""
    making = _calling(request, making_pk)
    row = call_backs.settle(making.call_back)
    if row.state == call_backs.State.FAILED:
        try:
            making = _ask(lambda: call_backs.ask_again(row))
        except forms.ValidationError as error:
            messages.error(request, error.message)
    return redirect(with_next(request, reverse("prompts:making", args=[making.pk or making_pk])))


@may(Right.PROMPTS_CHANGE)
def phones(request: Request) -> HttpResponse:
    """Answer with the options of a datalist: colleagues, and the own mobile phone; others' mobiles are not told."""
    text, user = asked(request, "phone"), request.user
    places = suggest_people(request.organization, text)
    if user.mobile and text.casefold() in f"{user} {user.mobile}".casefold():
        places.append(Place(user.mobile, str(user)))
    return render(request, "numbers/_suggestions.html", {"places": places})


def _ask(question: Callable[[], T]) -> T:
    """Ask call control to ring; ValidationError in words where this person asks too much."""
    try:
        return question()
    except call_backs.RunningError:
        raise forms.ValidationError(_("A call for you is going on already. Hang up first."), code="running") from None
    except call_backs.TooManyError:
        raise forms.ValidationError(_("Too many calls in an hour. Try again later."), code="many") from None


def _calling(request: Request, making_pk: int) -> PromptMaking:
    making = making_of(request, making_pk)
    if not hasattr(making, "call_back"):
        raise Http404
    return making
