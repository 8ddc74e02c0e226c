"""What a payer used today: outgoing calls since midnight where the organization is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from carillon.accounts.models import Organization, User
from carillon.calls.budget import spent
from carillon.calls.models import Call
from carillon.facts.calls import Spent, load, with_spent
from carillon.facts.tests.test_calls import from_phone
from carillon.functions.tests.builders import make_organization, make_person

pytestmark = pytest.mark.django_db

#: 00:30 in Brussels, while UTC is still on the day before.
NOW = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)


def made_call(
    organization: Organization, payer: User | None, ago: timedelta, seconds: int, *, outside: bool = True
) -> None:
    at = NOW - ago
    Call.objects.create(
        organization=organization,
        node="node1",
        linkedid=f"node1-{Call.objects.count()}",
        direction=Call.Direction.OUTBOUND,
        started_at=at,
        ended_at=at,
        called="+32475123456",
        result=Call.Result.ANSWERED,
        decided_by=Call.DecidedBy.CALL_CONTROL,
        payer=payer,
        went_outside=outside,
        outside_ms=seconds * 1000,
    )


def test_only_the_payers_outgoing_calls_of_today_count() -> None:
    organization, other = make_organization(), make_organization("ardenne")
    an, bram = make_person(organization, "an.peeters"), make_person(organization, "bram.janssens")
    made_call(organization, an, timedelta(minutes=10), 60)
    made_call(organization, an, timedelta(minutes=29), 30)
    made_call(organization, an, timedelta(minutes=31), 500)  # yesterday in Brussels
    made_call(organization, an, timedelta(minutes=5), 500, outside=False)
    made_call(organization, bram, timedelta(minutes=5), 7)
    made_call(organization, None, timedelta(minutes=5), 11)
    made_call(other, None, timedelta(minutes=5), 500)
    assert spent(organization.pk, an.pk, NOW) == Spent(2, 90)
    assert spent(organization.pk, bram.pk, NOW) == Spent(1, 7)
    assert spent(organization.pk, None, NOW) == Spent(1, 11)


def test_what_is_used_is_taken_from_what_is_left() -> None:
    organization = make_organization(daily_calls_per_user=5, daily_minutes_per_user=2)
    left = with_spent(load(from_phone(organization, "0475123456")), Spent(2, 90)).allowance
    assert (left.calls_left, left.seconds_left) == (3, 30)


def test_calls_at_once_share_the_time_that_is_left() -> None:
    organization = make_organization(daily_calls_per_user=5, daily_minutes_per_user=2)
    facts = load(from_phone(organization, "0475123456"))
    whole = 120
    assert with_spent(facts, Spent(0, 0), calls_now=2).allowance.seconds_left == whole // 3
    assert with_spent(facts, Spent(0, whole), calls_now=2).allowance.seconds_left == 0
