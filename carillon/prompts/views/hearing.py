"""A prompt heard in the browser: its recording as a WAV file, and the small player that dialogs show."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import parse_etags

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.prompts.hearing import part, path_of, recording, wav
from carillon.prompts.player import player_of


@may(Right.SCHEDULES_VIEW)
def listen(request: Request, pk: int) -> HttpResponse:
    """Send the recording in the language asked for; a browser keeps it and asks whether it is still the same."""
    prompt = get_object_or_404(request.organization.prompts, pk=pk)
    sha256 = recording(prompt, request.GET.get("language", ""))
    if sha256 is None or not path_of(sha256).is_file():
        raise Http404
    tag = f'"{sha256}"'
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        answer = HttpResponse(status=304)
    else:
        answer = _sound(wav(path_of(sha256).read_bytes()), request.headers.get("Range", ""))
    # Sound does not get smaller by gzip, and a part of it must not be packed.
    kept = {"ETag": tag, "Cache-Control": "private, no-cache", "Accept-Ranges": "bytes", "Content-Encoding": "identity"}
    for name, value in kept.items():
        answer[name] = value
    return answer


def _sound(data: bytes, wanted: str) -> HttpResponse:
    try:
        span = part(wanted, len(data))
    except ValueError:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{len(data)}"})
    if span is None:
        return HttpResponse(data, content_type="audio/wav")
    since, until = span
    sent = HttpResponse(data[since : until + 1], content_type="audio/wav", status=206)
    sent["Content-Range"] = f"bytes {since}-{until}/{len(data)}"
    return sent


@may(Right.SCHEDULES_VIEW)
def player(request: Request) -> HttpResponse:
    """The player of the prompt that a dialog's list has now; nothing where none is chosen."""
    text, language = request.GET.get("prompt", ""), request.GET.get("language", "")[:5]
    known = text.isascii() and text.isdigit() and len(text) < 16
    prompt = request.organization.prompts.filter(pk=int(text)).first() if known else None
    return render(request, "prompts/_player.html", {"player": player_of(prompt, language)})
