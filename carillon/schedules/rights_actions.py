"""The one write of Who may change schedules."""

from __future__ import annotations

from django.db import transaction

from carillon.accounts import audit
from carillon.accounts.http import Request
from carillon.accounts.models import AuditEntry, UserGroup
from carillon.schedules.models import ScheduleGrant
from carillon.schedules.rights_form import GrantForm


def give(request: Request, group: UserGroup, form: GrantForm) -> None:
    """Give the members of `group` what the form says; the first time the row is made."""
    with transaction.atomic():
        # Two administrators at once: the second waits here and then changes the row of the first.
        UserGroup.objects.select_for_update().get(pk=group.pk)
        there = ScheduleGrant.objects.filter(group=group).first()
        verb = AuditEntry.Verb.CHANGE if there else AuditEntry.Verb.CREATE
        grant = there or ScheduleGrant(group=group)
        with audit.change(request, grant, verb):
            grant.everything = form.cleaned_data["everything"]
            grant.save()
            grant.functions.set(form.cleaned_data["functions"])
