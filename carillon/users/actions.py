"""Changes of what happens to a person's own calls."""

from __future__ import annotations

from django.db import transaction

from carillon.accounts import audit
from carillon.accounts.http import Request
from carillon.accounts.models import AuditEntry, User
from carillon.users.models import CallForward


def set_forward(request: Request, person: User, number: str) -> None:
    """Forward all calls of the person to `number`; empty ends the forward."""
    with transaction.atomic():
        forward = CallForward.objects.select_for_update().filter(user=person).first()
        if forward is None:
            if number:
                forward = CallForward(user=person, number=number)
                with audit.change(request, forward, AuditEntry.Verb.CREATE):
                    forward.save()
        elif not number:
            with audit.change(request, forward, AuditEntry.Verb.DELETE):
                forward.delete()
        elif forward.number != number:
            with audit.change(request, forward, AuditEntry.Verb.CHANGE):
                forward.number = number
                forward.save()
