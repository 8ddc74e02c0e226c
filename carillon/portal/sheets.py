"""Tables that leave as CSV: what a cell may hold, and how a long one is sent while it is still being read."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import get_language, override

#: By this a spreadsheet knows that the text is UTF-8.
MARK = "\ufeff"
#: What begins a formula in a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Line:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


_write: Any = csv.writer(_Line()).writerow


def row(cells: Iterable[str]) -> str:
    """Return one line of the file."""
    text: str = _write([safe(cell) for cell in cells])
    return text


def safe(text: str) -> str:
    """Return a cell that a spreadsheet shows and does not carry out: a quote before what would begin a formula."""
    # A phone number begins with + and is no formula.
    if text.startswith("+") and text[1:].isdecimal():
        return text
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def in_words_of_reader(parts: Iterator[str]) -> Iterator[str]:
    """The same in the language and zone that are active now, although it is read when the request is over."""
    language, zone = get_language(), timezone.get_current_timezone()

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


def answer(request: HttpRequest, parts: Iterator[str], name: str) -> StreamingHttpResponse:
    """Return the file, sent while it is read; `name` is that of the file, without the day."""
    read = in_words_of_reader(parts)
    streamed = step_by_step(read) if isinstance(request, ASGIRequest) else read
    response = StreamingHttpResponse(streamed, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate()}.csv"'
    return response
