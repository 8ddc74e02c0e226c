"""New voice prompt: the form, the wait while a worker makes the sound, and the way back to where it was asked for."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from carillon.accounts import audit
from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.prompts.forms import NewPromptForm, again
from carillon.prompts.making import begin
from carillon.prompts.models import PromptMaking


def _next(request: Request) -> str:
    """Return where the new prompt was asked for, if that is here."""
    address = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(address, allowed_hosts=None, require_https=False)
    return address if safe and address.startswith("/") else "/"


def _show(request: Request, form: NewPromptForm) -> HttpResponse:
    address = f"{reverse('prompts:new')}?{urlencode({'next': _next(request)})}"
    return render(request, "prompts/new.html", {"form": form, "address": address, "next": _next(request)})


@may(Right.PROMPTS_CHANGE)
def new(request: Request) -> HttpResponse:
    given: list[Any] = [request.POST, request.FILES] if request.method == "POST" else []
    language = {"language": request.organization.language}
    form = NewPromptForm(*given, organization=request.organization, initial=language)
    if request.method != "POST" or not form.is_valid():
        return _show(request, form)
    making = form.making(request.user)
    begin(making)
    return redirect(f"{reverse('prompts:making', args=[making.pk])}?{urlencode({'next': _next(request)})}")


@may(Right.PROMPTS_CHANGE)
def wait(request: Request, making_pk: int) -> HttpResponse:
    """Show how far it is, then go back with the new prompt chosen, or show the form with what stands in the way."""
    making = get_object_or_404(request.organization.prompt_makings.defer("file"), pk=making_pk)
    if making.state == PromptMaking.State.DONE:
        return _done(request, making)
    if making.state == PromptMaking.State.FAILED:
        return _go(request, request.get_full_path()) if request.htmx else _show(request, again(making))
    template = "prompts/_making.html" if request.htmx else "prompts/making.html"
    return render(request, template, {"making": making, "address": request.get_full_path()})


def _done(request: Request, making: PromptMaking) -> HttpResponse:
    """Say that it is there, offer to take it back, and go where it was asked for."""
    made = request.organization.audit_entries.filter(kind="prompts.prompt", object_id=making.prompt_number or 0)
    if entry := made.order_by("pk").first():
        audit.offer_undo(request, entry)
    messages.success(request, _("The prompt “%(name)s” is saved.") % {"name": making.name})
    address = _next(request)
    joint = "&" if "?" in address else "?"
    return _go(request, f"{address}{joint}{urlencode({'prompt': making.prompt_number})}")


def _go(request: Request, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
