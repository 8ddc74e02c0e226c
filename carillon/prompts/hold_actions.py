"""How a place gets music on hold, or again what it inherits: one audit row, and one person at a time."""

from __future__ import annotations

from django.db import transaction

from carillon.accounts import audit
from carillon.accounts.http import Request
from carillon.accounts.models import AuditEntry, Organization
from carillon.prompts.hold import Place
from carillon.prompts.models import HoldMusic, Prompt

Verb = AuditEntry.Verb


def choose(source: Request | audit.Actor, place: Place, prompt: Prompt | None) -> None:
    """Have those who are held at this place hear `prompt`; None: what the place inherits."""
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=place.organization.pk)
        rows = HoldMusic.objects.filter(
            organization=place.organization, function_number=place.function, user=place.user
        )
        row = rows.first()
        if row is None:
            if prompt:
                row = place.row()
                row.prompt = prompt
                with audit.change(source, row, Verb.CREATE):
                    row.save()
        elif prompt is None:
            with audit.change(source, row, Verb.DELETE):
                row.delete()
        elif row.prompt_id != prompt.pk:
            with audit.change(source, row, Verb.CHANGE):
                row.prompt = prompt
                row.save(update_fields=["prompt"])
