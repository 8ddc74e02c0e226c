"""A prompt's page: its words, its recordings with their versions, and its end."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.prompts import actions, files
from carillon.prompts.detail import language_name, recordings, safe_name
from carillon.prompts.files import path_of
from carillon.prompts.forms import SENTENCES
from carillon.prompts.hearing import sound_answer, wav
from carillon.prompts.models import Prompt, PromptVersion
from carillon.prompts.permission import changes, may_change
from carillon.prompts.places import place_of
from carillon.prompts.uses import uses_of
from carillon.prompts.words_form import PromptForm


def _prompt(request: Request, pk: int) -> Prompt:
    rows = request.organization.prompts.select_related("organization").prefetch_related("audio")
    return get_object_or_404(rows, pk=pk)


def _own_prompt(request: Request, pk: int) -> Prompt:
    """Return a prompt that this person may change; 403 else."""
    prompt = _prompt(request, pk)
    may_change(request.user, prompt)
    return prompt


def _version(prompt: Prompt, version_pk: int) -> PromptVersion:
    return get_object_or_404(prompt.versions.select_related("prompt"), pk=version_pk)


def _show(request: Request, prompt: Prompt, form: PromptForm) -> HttpResponse:
    may_this = changes(request.user, prompt)
    context: dict[str, Any] = {
        "prompt": prompt,
        "form": form,
        "recordings": recordings(prompt),
        "uses": uses_of(prompt, request.user),
        "may_change": may_this,
        "place": place_of(prompt.key) if prompt.key else "",
        "resets": actions.resets(prompt) if may_this else [],
        "organization_language": language_name(prompt.organization.language),
    }
    return render(request, "prompts/detail.html", context)


@may(Right.PROMPTS_CHANGE)
def detail(request: Request, pk: int) -> HttpResponse:
    prompt = _prompt(request, pk)
    if request.method != "POST":
        return _show(request, prompt, PromptForm(prompt=prompt))
    may_change(request.user, prompt)
    form = PromptForm(request.POST, prompt=prompt)
    if form.is_valid():
        if actions.save_words(request, prompt, form):
            messages.success(request, _("Saved."))
            return redirect("prompts:detail", prompt.pk)
        form.add_error("name", SENTENCES["name"][1])
    return _show(request, _prompt(request, pk), form)


@require_POST
@may(Right.PROMPTS_CHANGE)
def remove(request: Request, pk: int) -> HttpResponse:
    """Take the recording in the language of the form away."""
    prompt = _own_prompt(request, pk)
    language = request.POST.get("language", "")
    if actions.remove_recording(request, prompt, language):
        messages.success(request, _("The recording is removed: %(language)s.") % {"language": language_name(language)})
    else:
        messages.warning(request, _("This is the last recording: a prompt keeps at least one."))
    return redirect("prompts:detail", prompt.pk)


@require_POST
@may(Right.PROMPTS_CHANGE)
def bring_back(request: Request, pk: int, version_pk: int) -> HttpResponse:
    prompt = _own_prompt(request, pk)
    actions.bring_back(request, _version(prompt, version_pk))
    messages.success(request, _("Callers hear the earlier recording again, from the next call."))
    return redirect("prompts:detail", prompt.pk)


@may(Right.SCHEDULES_VIEW)
def hear_version(request: Request, pk: int, version_pk: int) -> HttpResponse:
    version = _version(_prompt(request, pk), version_pk)
    path = path_of(version.sha256)
    if not path.is_file():
        raise Http404
    return sound_answer(request, wav(path.read_bytes()), version.sha256)


@may(Right.PROMPTS_CHANGE)
def original(request: Request, pk: int, version_pk: int) -> HttpResponse:
    """Send the file as it came: to be kept, never shown by the browser."""
    version = _version(_prompt(request, pk), version_pk)
    if not version.original or not files.original(version.original).is_file():
        raise Http404
    answer = HttpResponse(files.original(version.original).read_bytes(), content_type="application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=safe_name(version))
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-cache"
    return answer


@may(Right.PROMPTS_SYSTEM)
def reset(request: Request, pk: int) -> HttpResponse:
    """Say what goes back to what was delivered, then do it."""
    prompt = get_object_or_404(request.organization.prompts.exclude(key=""), pk=pk)
    steps = [(language_name(step.language), step.version) for step in actions.resets(prompt)]
    if request.method == "POST":
        actions.reset(request, prompt)
        messages.success(request, _("“%(name)s” is as it was delivered.") % {"name": prompt.name})
        return _go(request, prompt)
    template = "prompts/_reset_form.html" if request.htmx else "prompts/reset.html"
    return render(request, template, {"prompt": prompt, "steps": steps})


@may(Right.PROMPTS_CHANGE)
def delete(request: Request, pk: int) -> HttpResponse:
    """Say what goes, or what is in the way, then do it. The system's prompts stay."""
    prompt = _own_prompt(request, pk)
    uses = uses_of(prompt, request.user)
    if request.method == "POST" and not prompt.key and not uses and actions.delete(request, prompt):
        messages.success(request, _("The prompt “%(name)s” is deleted.") % {"name": prompt.name})
        return _go(request, None)
    if request.method == "POST":
        uses = uses_of(prompt, request.user)
    template = "prompts/_delete_form.html" if request.htmx else "prompts/delete.html"
    context = {"prompt": prompt, "uses": uses, "recorded": [row for row in recordings(prompt) if row.audio]}
    return render(request, template, context)


def _go(request: Request, prompt: Prompt | None) -> HttpResponse:
    there = redirect("prompts:detail", prompt.pk) if prompt else redirect("prompts:list")
    return HttpResponseClientRedirect(there.url) if request.htmx else there
