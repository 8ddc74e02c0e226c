"""A recording, of a new voice prompt or of one that is there: the form, the wait, the ear, and the way back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from carillon.accounts import audit
from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.portal.permissions import uses_microphone
from carillon.prompts import making as makings
from carillon.prompts.call_forms import usual_phone
from carillon.prompts.files import path_of
from carillon.prompts.forms import SoundForm, again, form_of
from carillon.prompts.hearing import sound_answer, wav
from carillon.prompts.models import How, Prompt, PromptMaking
from carillon.prompts.permission import may_change
from carillon.prompts.report import told
from carillon.prompts.views import call_back
from carillon.prompts.views.address import making_of as _making
from carillon.prompts.views.address import next_of as _next
from carillon.prompts.views.address import with_next as _with_next

State = PromptMaking.State


def _address(request: Request, prompt: Prompt | None, language: str) -> str:
    """Return the address of the form."""
    if prompt is None:
        return _with_next(request, reverse("prompts:new"))
    return _with_next(request, reverse("prompts:record", args=[prompt.pk]), language=language)


def _show(request: Request, form: SoundForm, prompt: Prompt | None, language: str) -> HttpResponse:
    context = {
        "form": form,
        "prompt": prompt,
        "recording_language": dict(settings.LANGUAGES).get(language, ""),
        "address": _address(request, prompt, language),
        "next": _next(request),
    }
    return render(request, "prompts/new.html", context)


def _form_page(request: Request, prompt: Prompt | None, language: str) -> HttpResponse:
    """Show the form of a recording, or let a worker make what it asks for."""
    given: list[Any] = [request.POST, request.FILES] if request.method == "POST" else []
    initial = {"language": language or request.organization.language, "text": prompt.description if prompt else ""}
    initial["phone"] = usual_phone(request.user)
    form = form_of(prompt)(*given, organization=request.organization, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return _show(request, form, prompt, language)
    making = form.making(request.user, prompt=prompt, recording_language=language)
    if making.how != How.CALL:
        makings.begin(making)
    elif not call_back.begin(request, form, making):
        return _show(request, form, prompt, language)
    return redirect(_with_next(request, reverse("prompts:making", args=[making.pk])))


@uses_microphone
@may(Right.PROMPTS_CHANGE)
def new(request: Request) -> HttpResponse:
    return _form_page(request, None, "")


@uses_microphone
@may(Right.PROMPTS_CHANGE)
def record(request: Request, pk: int) -> HttpResponse:
    """Another recording of a prompt in ?language=, the default one where that is empty."""
    prompt = get_object_or_404(request.organization.prompts, pk=pk)
    language = request.GET.get("language", "")
    if language and language not in dict(settings.LANGUAGES):
        raise Http404
    may_change(request.user, prompt)
    return _form_page(request, prompt, language)


@uses_microphone
@may(Right.PROMPTS_CHANGE)
def wait(request: Request, making_pk: int) -> HttpResponse:
    """Show how far it is, then the sound to be heard and kept, or the form with what stands in the way."""
    making = _making(request, making_pk)
    if making.state == State.CALLING:
        again = "again" in request.GET
        return _back_to_form(request, making, failed=False) if again else call_back.show(request, making)
    if making.state == State.DONE:
        return _done(request, making)
    if making.state == State.FAILED:
        return _back_to_form(request, making, failed=True)
    if making.state == State.READY:
        return _ready(request, making)
    if request.htmx.target == call_back.PART:
        return _whole(request)
    template = "prompts/_making.html" if request.htmx else "prompts/making.html"
    return render(request, template, {"making": making, "address": request.get_full_path()})


def _ready(request: Request, making: PromptMaking) -> HttpResponse:
    """Let the sound be heard, with what is told of it; or show the form once more."""
    if "again" in request.GET:
        return _back_to_form(request, making, failed=False)
    context = {
        "making": making,
        "told": told(making.report, making.milliseconds),
        "next": _next(request),
        "again": _with_next(request, request.path, again="1"),
    }
    return _whole(request) if request.htmx else render(request, "prompts/ready.html", context)


@require_POST
@may(Right.PROMPTS_CHANGE)
def keep(request: Request, making_pk: int) -> HttpResponse:
    """Have callers hear what was made and heard."""
    making = _making(request, making_pk)
    if making.state == State.READY:
        makings.keep(making)
    return redirect(_with_next(request, reverse("prompts:making", args=[making.pk])))


@may(Right.PROMPTS_CHANGE)
def hear(request: Request, making_pk: int) -> HttpResponse:
    """Send the sound that was made and is not kept yet."""
    making = _making(request, making_pk)
    if not making.sha256 or not path_of(making.sha256).is_file():
        raise Http404
    return sound_answer(request, wav(path_of(making.sha256).read_bytes()), making.sha256)


def _back_to_form(request: Request, making: PromptMaking, *, failed: bool) -> HttpResponse:
    if request.htmx:
        return _whole(request)
    return _show(request, again(making, failed=failed), making.prompt, making.recording_language)


def _done(request: Request, making: PromptMaking) -> HttpResponse:
    """Say that it is there, offer to take it back, and go where it was asked for."""
    made = request.organization.audit_entries.filter(kind="prompts.prompt", object_id=making.prompt_number or 0)
    if entry := made.order_by("pk").last():
        audit.offer_undo(request, entry)
    prompt = making.prompt or making
    messages.success(request, _("The prompt “%(name)s” is saved.") % {"name": prompt.name})
    address, there = _next(request), reverse("prompts:detail", args=[making.prompt_number or 0])
    if address in {reverse("prompts:list"), there}:
        # Whoever came from the list goes on with the prompt itself.
        return _go(request, there)
    joint = "&" if "?" in address else "?"
    return _go(request, f"{address}{joint}{urlencode({'prompt': making.prompt_number})}")


def _whole(request: Request) -> HttpResponse:
    """Have the browser load the page as a whole."""
    return HttpResponseClientRedirect(request.get_full_path())


def _go(request: Request, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
