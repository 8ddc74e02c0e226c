"""Who looks at an organization's live state: a row tells its node so, and another tells the page how true it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from carillon.accounts.models import Organization
from carillon.calls.models import LiveWatch

#: A page that is looked at asks every few seconds; the row is written at most every RENEW.
LASTS, RENEW = timedelta(seconds=30), timedelta(seconds=10)
#: What was told longer ago is not called the present any more.
CALLS_HOLD, PHONES_HOLD = timedelta(seconds=8), timedelta(seconds=20)
#: So long a node may take to tell for the first time.
PATIENCE = timedelta(seconds=10)


class Known(StrEnum):
    """How much of the live state is known."""

    YES = "yes"
    #: It was asked for a moment ago.
    SOON = "soon"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Look:
    """What is known now; a page with the same versions shows the same rows."""

    calls: Known
    phones: Known
    calls_version: int
    phones_version: int


def look(organization: Organization, now: datetime) -> Look:
    """Say that somebody looks, and return what is known; one query, and a write now and then."""
    watch = LiveWatch.objects.filter(organization=organization).first()
    lapsed = watch is None or watch.until < now
    if watch is None or watch.until - now < LASTS - RENEW:
        watch = _renew(organization, watch, now, began_at=now if watch is None or lapsed else watch.began_at)
    return Look(
        calls=_known(watch, watch.calls_at, CALLS_HOLD, now),
        phones=_known(watch, watch.phones_at, PHONES_HOLD, now),
        calls_version=watch.calls_version,
        phones_version=watch.phones_version,
    )


def _renew(organization: Organization, watch: LiveWatch | None, now: datetime, began_at: datetime) -> LiveWatch:
    """Write one row in one statement: two pages may be opened at the same moment."""
    new = LiveWatch(organization=organization, began_at=began_at, until=now + LASTS)
    LiveWatch.objects.bulk_create(
        [new], update_conflicts=True, unique_fields=["organization"], update_fields=["began_at", "until"]
    )
    if watch:
        new.calls_at, new.phones_at = watch.calls_at, watch.phones_at
        new.calls_version, new.phones_version = watch.calls_version, watch.phones_version
    return new


def _known(watch: LiveWatch, at: datetime | None, holds: timedelta, now: datetime) -> Known:
    if at is not None and at >= watch.began_at and now - at <= holds:
        return Known.YES
    return Known.SOON if now - watch.began_at < PATIENCE else Known.NO
