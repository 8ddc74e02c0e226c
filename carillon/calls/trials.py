"""Trials are asked for by the portal with a token that works once, and claimed by call control within a minute."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from carillon.accounts.models import User
from carillon.calls.models import Call, Trial, TrialStep

#: From the click to the call; a token that was not used by then is worth nothing.
CLAIM_SECONDS = 60
#: More in an hour are no person's doing.
MOST_IN_AN_HOUR = 120
KEPT_DAYS = 30
#: What is told so long after the end does not come any more.
LATE_SECONDS = 5


class TooManyError(Exception):
    """One person asked for more trials than a person makes."""


def ask(user: User, **wanted: Any) -> tuple[Trial, str]:
    """Keep what shall be tried and return it with its token: 32 hexadecimal digits, dialled once by the browser."""
    recent = Trial.objects.filter(user=user, created_at__gte=timezone.now() - timedelta(hours=1))
    if recent.count() >= MOST_IN_AN_HOUR:
        raise TooManyError
    token = secrets.token_hex(16)
    trial = Trial.objects.create(organization=user.organization, user=user, token_sha256=_hashed(token), **wanted)
    return trial, token


def claim(token: str, node: str, linkedid: str, now: datetime) -> Trial | None:
    """Return the trial of a token and use it up; None: unknown, used by another call, or too old.

    The same call may claim it again: its second worker goes on where the first one died.
    """
    found = Trial.objects.filter(token_sha256=_hashed(token), user__is_active=True)
    fresh = Q(claimed_at=None, created_at__gte=now - timedelta(seconds=CLAIM_SECONDS))
    found.filter(fresh).update(claimed_at=now, node=node, linkedid=linkedid)
    return found.filter(node=node, linkedid=linkedid).select_related("prompt", "organization").first()


def tell(trial: Trial, rows: list[tuple[datetime, TrialStep.Kind, dict[str, Any]]]) -> None:
    """Keep what happened, in order."""
    TrialStep.objects.bulk_create([TrialStep(trial=trial, at=at, kind=kind, data=data) for at, kind, data in rows])


def end(trial: Trial, now: datetime) -> None:
    """Say that the script of a trial has ended."""
    Trial.objects.filter(pk=trial.pk).update(ended_at=now)


def is_over(trial: Trial, call: Call | None, now: datetime) -> bool:
    """Whether nothing more will be told: all is, or the token was not used in time, or who told has died."""
    if trial.claimed_at is None:
        return now - trial.created_at > timedelta(seconds=CLAIM_SECONDS + LATE_SECONDS)
    return call is not None and (trial.ended_at is not None or now - call.ended_at > timedelta(seconds=LATE_SECONDS))


def forget() -> None:
    """Delete what nobody looks at any more (a periodic job)."""
    Trial.objects.filter(created_at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
