"""One page of the log: which calls, and the addresses of the pages beside it."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from carillon.accounts.models import Organization
from carillon.calls import search
from carillon.calls.forms import LogFilter
from carillon.calls.models.place import LAST_PLACE
from carillon.calls.rows import row_of

PER_PAGE = 50
_DIGITS = len(str(LAST_PLACE))


def page_of(organization: Organization, form: LogFilter, asked: QueryDict) -> dict[str, Any]:
    """Return the calls that the form asks for, and the queries of the next and the previous page."""
    query = _query(form, asked)
    if not form.is_valid():
        return {"rows": [], "query": query, "asks": True}
    before, after = _place(asked, "before"), _place(asked, "after")
    if after is not None:
        before = None
    calls = search.read(organization, form.wanted(), PER_PAGE + 1, before=before, after=after)
    more = len(calls) > PER_PAGE
    calls = calls[-PER_PAGE:] if after is not None else calls[:PER_PAGE]
    has_older = more if after is None else True
    has_newer = more if after is not None else before is not None
    return {
        "rows": [row_of(call, organization) for call in calls],
        "query": query,
        "asks": form.asks,
        "older": _with(query, "before", calls[-1].place) if calls and has_older else "",
        "newer": _with(query, "after", calls[0].place) if calls and has_newer else "",
        "newest": before is not None or after is not None,
    }


def _query(form: LogFilter, asked: QueryDict) -> str:
    """The filters as a query string, without what is empty and without the page."""
    kept = QueryDict(mutable=True)
    for name in form.fields:
        if value := asked.get(name, "").strip():
            kept[name] = value
    return kept.urlencode()


def _with(query: str, name: str, place: int) -> str:
    return f"{query}&{name}={place}" if query else f"{name}={place}"


def _place(asked: QueryDict, name: str) -> int | None:
    text = asked.get(name, "")
    is_number = text.isascii() and text.isdecimal() and len(text) <= _DIGITS
    return min(int(text), LAST_PLACE) if is_number else None
