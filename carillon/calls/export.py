"""The log as CSV: what the filters show, read page by page, with nothing that a spreadsheet would carry out."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from carillon.accounts.models import Organization
from carillon.calls import search
from carillon.calls.models import Call
from carillon.calls.search import Wanted

CHUNK = 500
#: What begins a formula in a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Line:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def lines(organization: Organization, wanted: Wanted) -> Iterator[str]:
    """Yield the file in parts, newest call first; at no time more than CHUNK calls are in memory."""
    writer = csv.writer(_Line())
    write: Any = writer.writerow
    yield "\ufeff" + write(_head())
    before = None
    while True:
        calls = search.read(organization, wanted, CHUNK, before=before, after=None)
        yield "".join(write([safe(cell) for cell in _cells(call)]) for call in calls)
        if len(calls) < CHUNK:
            return
        before = calls[-1].place


def in_words_of_reader(organization: Organization, wanted: Wanted) -> Iterator[str]:
    """The same in the language and zone that are active now, although it is read when the request is over."""
    language, zone, parts = get_language(), timezone.get_current_timezone(), lines(organization, wanted)

    def read() -> Iterator[str]:
        while True:
            with override(language), timezone.override(zone):
                part = next(parts, None)
            if part is None:
                return
            yield part

    return read()


async def step_by_step(parts: Iterator[str]) -> AsyncIterator[str]:
    """The same for a server that waits for nothing: each part is read on Django's thread."""

    def following() -> str | None:
        return next(parts, None)

    while (part := await sync_to_async(following)()) is not None:
        yield part


def safe(text: str) -> str:
    """Return a cell that a spreadsheet shows and does not carry out: a quote before what would begin a formula."""
    # A phone number begins with + and is no formula.
    if text.startswith("+") and text[1:].isdecimal():
        return text
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _head() -> list[str]:
    return [
        _("Started"),
        _("Ended"),
        _("Direction"),
        _("From"),
        _("Caller's name"),
        _("To"),
        _("Name of the called number"),
        _("Result"),
        _("Answered by"),
        _("Seconds talked"),
        _("Decided by"),
        _("Cost center"),
    ]


def _cells(call: Call) -> list[str]:
    return [
        timezone.localtime(call.started_at).isoformat(timespec="seconds"),
        timezone.localtime(call.ended_at).isoformat(timespec="seconds"),
        call.get_direction_display(),
        call.caller,
        call.caller_name,
        call.called,
        call.called_name,
        call.get_result_display(),
        call.answered_by,
        str(round(call.talk_ms / 1000)),
        call.get_decided_by_display(),
        call.cost_center,
    ]
