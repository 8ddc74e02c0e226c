"""What a payer used today: outgoing calls of the log since midnight of the organization's zone."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum

from carillon.accounts.models import Organization
from carillon.calls.models import Call
from carillon.facts.calls import Spent


def spent(organization_id: int, payer_id: int | None, now: datetime) -> Spent:
    """Return what a payer (None: the organization itself) used by `now` since midnight of the organization's zone."""
    organization = Organization.objects.only("timezone").get(pk=organization_id)
    zone = ZoneInfo(organization.timezone)
    midnight = datetime.combine(now.astimezone(zone).date(), time(0), zone).astimezone(UTC)
    calls = Call.objects.filter(
        organization_id=organization_id,
        payer_id=payer_id,
        went_outside=True,
        started_at__gte=midnight,
        started_at__lte=now,
    )
    found = calls.aggregate(count=Count("pk"), total=Sum("outside_ms"))
    return Spent(found["count"], (found["total"] or 0) // 1000)
