"""What is thrown away when it is of no use any more."""

from __future__ import annotations

from django.contrib.sessions.models import Session
from django.utils import timezone

#: Rows per statement, so that no write holds SQLite for long.
CHUNK = 200


def clear_sessions() -> int:
    """Delete sessions that have ended."""
    total = 0
    ended = Session.objects.filter(expire_date__lt=timezone.now())
    while chunk := list(ended.values_list("pk", flat=True)[:CHUNK]):
        total += Session.objects.filter(pk__in=chunk).delete()[0]
    return total
