"""Calls -> Try it: a call from the browser, as somebody outside makes it, with what is done shown as it happens."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from allauth.account.adapter import get_adapter
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.calls import trials
from carillon.calls.looking import look
from carillon.calls.models import LiveCall
from carillon.calls.try_form import NOW, NUMBER, PROMPT, RING, THEN, TryForm
from carillon.calls.try_page import RINGS, lines_of
from carillon.portal.permissions import uses_microphone
from carillon.portal.ports import https_port

KEYS = "123456789*0#"
#: htmx stops asking when it gets this status.
STOP_ASKING = 286


@uses_microphone
@may(Right.TRY_CALLS)
def try_it(request: Request) -> HttpResponse:
    """Show the telephone, with the number or prompt of the page that led here."""
    now = timezone.now().astimezone(ZoneInfo(request.organization.timezone))
    initial = {
        "what": PROMPT if request.GET.get("prompt") else NUMBER,
        "number": request.GET.get("number", ""),
        "prompt": request.GET.get("prompt"),
        "caller": request.GET.get("caller", request.user.mobile),
        "when": THEN if request.GET.get("date") else NOW,
        "date": request.GET.get("date", f"{now:%Y-%m-%d}"),
        "time": request.GET.get("time", f"{now:%H:%M}"),
        "phones": "answered" if request.GET.get("date") else RING,
    }
    form = TryForm(None, organization=request.organization, initial=initial)
    return render(request, "calls/try_it.html", {"form": form, "keys": KEYS, "https_port": https_port()})


@require_POST
@may(Right.TRY_CALLS)
def start(request: Request) -> HttpResponse:
    """Answer with the token of one call, or with the form and what stands in its way."""
    form = TryForm(request.POST, organization=request.organization)
    if form.is_valid():
        try:
            trial, token = trials.ask(request.user, **form.wanted())
        except trials.TooManyError:
            form.add_error(None, _("That were many calls in an hour. Wait a little before you try the next one."))
        else:
            address = get_adapter().get_client_ip(request)
            told = {"token": token, "steps": reverse("calls:try_steps", args=[trial.pk]), "address": address}
            return JsonResponse(told)
    return render(request, "calls/_try_form.html", {"form": form}, status=422)


@may(Right.TRY_CALLS)
def steps(request: Request, pk: int) -> HttpResponse:
    """What has happened in one's own trial so far."""
    trial = get_object_or_404(request.organization.trials.select_related("organization"), pk=pk, user=request.user)
    look(request.organization, timezone.now())
    place = {"node": trial.node, "linkedid": trial.linkedid or "none"}
    live = request.organization.live_calls.filter(**place, state=LiveCall.State.TALKING).first()
    call = request.organization.calls.filter(**place).first()
    lines = lines_of(trial, trial.steps.all(), call.answered_by if call else live.whom if live else "")
    rings = bool(lines) and lines[-1].icon == RINGS and not lines[-1].outcome
    context = {"trial": trial, "lines": lines, "call": call, "rings": rings}
    over = trials.is_over(trial, call, timezone.now())
    return render(request, "calls/_try_steps.html", context, status=STOP_ASKING if over else 200)
