"""Administrators learn of an emergency call, once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from carillon.accounts.models import Mail, Organization
from carillon.calls.models import Call
from carillon.calls.notice import new_emergencies, tell_of_emergencies
from carillon.functions.tests.builders import make_organization, make_person

pytestmark = pytest.mark.django_db


def call(organization: Organization, decided_by: str, linkedid: str = "node1-1.1") -> Call:
    at = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    return Call(
        organization=organization,
        node="node1",
        linkedid=linkedid,
        direction=Call.Direction.OUTBOUND,
        started_at=at,
        ended_at=at,
        caller="9101",
        called="112",
        result=Call.Result.ANSWERED,
        decided_by=decided_by,
    )


@pytest.fixture
def organization() -> Organization:
    made = make_organization(language="fr")
    make_person(made, "greet.wouters", is_admin=True, email="greet.wouters@bkm.example")
    make_person(made, "an.peeters", email="an.peeters@bkm.example")
    return made


def test_administrators_are_told_in_the_organizations_language_and_time_zone(organization: Organization) -> None:
    tell_of_emergencies(new_emergencies([call(organization, "dialplan")]))
    mail = Mail.objects.get()
    assert mail.to == "greet.wouters@bkm.example"
    assert "112" in mail.subject
    assert "2026-11-23 12:00" in mail.text
    assert "9101" in mail.text


def test_a_call_that_the_log_has_already_is_not_told_again(organization: Organization) -> None:
    call(organization, "dialplan").save()
    assert new_emergencies([call(organization, "dialplan")]) == []


def test_other_calls_are_nobodys_business(organization: Organization) -> None:
    assert new_emergencies([call(organization, "callcontrol"), call(organization, "fallback")]) == []
