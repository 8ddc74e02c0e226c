"""A prompt heard in the browser: its recording as a WAV file, and the small player that dialogs show."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.portal.ids import row_id
from carillon.prompts.files import path_of
from carillon.prompts.hearing import recording, sound_answer, wav
from carillon.prompts.player import player_of


@may(Right.SCHEDULES_VIEW)
def listen(request: Request, pk: int) -> HttpResponse:
    """Send the recording in the language asked for; a browser keeps it and asks whether it is still the same."""
    prompt = get_object_or_404(request.organization.prompts, pk=pk)
    sha256 = recording(prompt, request.GET.get("language", ""), request.organization.language)
    if sha256 is None or not path_of(sha256).is_file():
        raise Http404
    return sound_answer(request, wav(path_of(sha256).read_bytes()), sha256)


@may(Right.SCHEDULES_VIEW)
def player(request: Request) -> HttpResponse:
    """The player of the prompt that a dialog's list has now; nothing where none is chosen."""
    pk, language = row_id(request.GET.get("prompt", "")), request.GET.get("language", "")[:5]
    prompt = request.organization.prompts.filter(pk=pk).first() if pk is not None else None
    return render(request, "prompts/_player.html", {"player": player_of(prompt, language)})
