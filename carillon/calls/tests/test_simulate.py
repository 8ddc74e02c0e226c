"""`carillon simulate`: the decision of a call and its reasons, without a call."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from carillon.accounts.models import Organization
from carillon.calls.simulate import simulate
from carillon.functions.tests.builders import chapter_five, make_hunt_group, make_organization, make_person

pytestmark = pytest.mark.django_db

AT_TEN = datetime(2026, 11, 23, 9, tzinfo=UTC)
AT_LUNCH = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def organization() -> Organization:
    made = make_organization()
    function = chapter_five(made)
    user = make_person(made, "an.peeters", "9101")
    site = made.sites.create(name="Brussels", address="1000 Brussels", emergency_number="+3227811500")
    made.sip_devices.create(user=user, site=site, endpoint="pan", secret="x")
    function.hunt_group.members.create(position=1, user=user)
    return made


def test_it_says_which_event_decides_and_what_happens(organization: Organization) -> None:
    text = simulate(organization, "+3227811501", at=AT_TEN)
    assert "“1 jan” is passed over" in text
    assert "“am” decides: open" in text
    assert "ring An Peeters for 20 s" in text
    assert "decides: closed" in simulate(organization, "+3227811501", at=AT_LUNCH)


def test_json_has_the_same_decision_with_its_reasons(organization: Organization) -> None:
    found = json.loads(simulate(organization, "+3227811501", "0470123456", AT_TEN, as_json=True))
    (decision,) = found["decisions"]
    assert decision["from"] == "trunk"
    assert decision["organization"] == organization.pk
    assert decision["plan"]["verb"] == "Ring"
    assert [step["kind"] for step in decision["steps"]][-1] == "strategy"
    assert all(step["sentence"] for step in decision["steps"])


def test_a_colleague_calls_by_extension_and_forwards_are_followed(organization: Organization) -> None:
    function = make_hunt_group(organization, "second group", "9011")
    function.schedule.events.update(action="forward", destination="+3227811501")
    found = json.loads(simulate(organization, "9011", "9101", AT_TEN, as_json=True))
    assert [decision["called"] for decision in found["decisions"]] == ["9011", "+3227811501"]
    assert found["decisions"][0]["from"] == "phone"


def test_a_loop_of_forwards_comes_to_an_end(organization: Organization) -> None:
    function = make_hunt_group(organization, "second group", "9011")
    function.schedule.events.update(action="forward", destination="9011")
    assert "go on at 9011" in simulate(organization, "9011", "9101", AT_TEN)


def test_it_answers_for_its_own_organization_only(organization: Organization) -> None:
    other = make_organization("ardenne")
    make_hunt_group(other, "Boutique", "+3284555100")
    (decision,) = json.loads(simulate(organization, "+3284555100", at=AT_TEN, as_json=True))["decisions"]
    assert decision["organization"] == organization.pk
    assert decision["steps"][0]["kind"] == "nobody"
