"""Which recording of a prompt is heard in a language, and the sound of it as a file that browsers play."""

from __future__ import annotations

import struct

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags

from carillon.prompts.models import Prompt

RATE = 8000
#: The format of a WAV file whose samples are A-law (RFC 2361).
WAVE_FORMAT_ALAW = 6


def recording(row: Prompt, *languages: str) -> str | None:
    """The recording in the first of the languages that has one, else the default one, else any that there is."""
    recordings = {audio.language: audio.sha256 for audio in row.audio.all()}
    found = (recordings[language] for language in (*languages, "") if language in recordings)
    return next(found, next(iter(recordings.values()), None))


def wav(alaw: bytes) -> bytes:
    """Put the header of a WAV file before A-law samples of 8 kHz mono."""
    form = struct.pack("<HHIIHHH", WAVE_FORMAT_ALAW, 1, RATE, RATE, 1, 8, 0)
    parts = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    parts += b"fact" + struct.pack("<II", 4, len(alaw)) + b"data" + struct.pack("<I", len(alaw)) + alaw
    return b"RIFF" + struct.pack("<I", len(parts)) + parts


def part(wanted: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte of one wanted range of `size` bytes (RFC 9110); None: the whole, ValueError: none."""
    unit, _sign, spans = wanted.partition("=")
    first, dash, last = spans.strip().partition("-")
    numbers = all(text == "" or (text.isascii() and text.isdigit() and len(text) < 16) for text in (first, last))
    if unit.strip() != "bytes" or not dash or not numbers or not (first or last):
        return None
    since, until = (int(first), int(last or size - 1)) if first else (size - int(last), size - 1)
    if first and last and int(last) < int(first):
        return None
    since, until = max(0, since), min(until, size - 1)
    if since > until:
        raise ValueError(wanted)
    return since, until


def sound_answer(request: HttpRequest, data: bytes, sha256: str) -> HttpResponse:
    """Return a WAV file, or the part of it asked for; a browser keeps it and asks whether it is still the same."""
    tag = f'"{sha256}"'
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        answer = HttpResponse(status=304)
    else:
        answer = _sound(data, request.headers.get("Range", ""))
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
