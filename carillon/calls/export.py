"""The log as CSV: what the filters show, read page by page, with nothing that a spreadsheet would carry out."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from carillon.accounts.models import Organization
from carillon.calls import search
from carillon.calls.models import Call
from carillon.calls.search import Wanted
from carillon.portal.sheets import MARK, row

CHUNK = 500


def lines(organization: Organization, wanted: Wanted) -> Iterator[str]:
    """Yield the file in parts, newest call first; at no time more than CHUNK calls are in memory."""
    yield MARK + row(_head())
    before = None
    while True:
        calls = search.read(organization, wanted, CHUNK, before=before, after=None)
        yield "".join(row(_cells(call)) for call in calls)
        if len(calls) < CHUNK:
            return
        before = calls[-1].place


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
