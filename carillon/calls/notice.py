"""Who is told when somebody calls for help: the organization's administrators, by mail, once per call."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import override

from carillon.accounts.mail import notify_admins
from carillon.accounts.models import Organization
from carillon.calls.models import Call


def new_emergencies(rows: Iterable[Call]) -> list[Call]:
    """Return the emergency calls among `rows` that the log does not have yet; one query if there are any."""
    found = [row for row in rows if row.decided_by == Call.DecidedBy.DIALPLAN and row.organization_id]
    if not found:
        return []
    known = set(Call.objects.filter(linkedid__in=[row.linkedid for row in found]).values_list("node", "linkedid"))
    return [row for row in found if (row.node, row.linkedid) not in known]


def tell_of_emergencies(rows: Iterable[Call]) -> None:
    """Mail each call to its organization's administrators, in the organization's language and time zone."""
    for row in rows:
        organization = Organization.objects.get(pk=row.organization_id or 0)
        clock = row.started_at.astimezone(ZoneInfo(organization.timezone))
        facts = {
            "number": row.called,
            "who": str(row.caller_user or row.caller or "?"),
            "when": f"{clock:%Y-%m-%d %H:%M}",
        }
        with override(organization.language):
            subject = _("Emergency call to %(number)s") % facts
            text = _("%(who)s called %(number)s on %(when)s.") % facts
            notify_admins(organization, subject, text)
