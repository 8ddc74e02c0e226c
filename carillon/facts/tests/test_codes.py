"""A feature code is one only from a phone, of a function number of the own organization, and for whoever may."""

from __future__ import annotations

import pytest

from carillon.accounts.models import Organization, User
from carillon.facts.calls import Ask, load
from carillon.functions.tests.builders import (
    chapter_five,
    make_hunt_group,
    make_organization,
    make_person,
    make_schedules_admin,
)
from carillon.routing.facts import CodeTarget, Nobody

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization() -> Organization:
    made = make_organization()
    chapter_five(made)
    site = made.sites.create(name="Brussels", address="1000 Brussels", emergency_number="+3227811500")
    for name, is_admin in (("greet.wouters", True), ("bram.janssens", False)):
        user = make_person(made, name, is_admin=is_admin)
        made.sip_devices.create(user=user, site=site, endpoint=f"p{name.partition('.')[0]}", secret="x")
    made.sip_devices.create(site=site, endpoint="pkitchen", secret="x")
    return made


def target(organization: Organization, called: str, endpoint: str = "pgreet") -> object:
    return load(Ask(f"org-{organization.pk}", endpoint, called)).target


@pytest.mark.parametrize("number", ["+3227811501", "003227811501", "027811501"])
def test_the_number_may_be_spelled_as_people_dial_it(organization: Organization, number: str) -> None:
    found = target(organization, f"*62*{number}")
    assert isinstance(found, CodeTarget)
    assert found.function
    assert (found.function.name, found.allowed) == ("Main number", True)


def test_only_whoever_may_change_schedules_is_allowed(organization: Organization) -> None:
    for endpoint in ("pbram", "pkitchen", "pnobody"):
        found = target(organization, "*62*+3227811501", endpoint)
        assert isinstance(found, CodeTarget)
        assert not found.allowed
    make_schedules_admin(User.objects.get(username="bram.janssens"))
    found = target(organization, "*62*+3227811501", "pbram")
    assert isinstance(found, CodeTarget)
    assert found.allowed


def test_a_number_of_somebody_else_or_of_a_person_is_none(organization: Organization) -> None:
    make_hunt_group(make_organization("ardenne"), "Flowers", "+3284555100")
    make_person(organization, "an.peeters", "9101")
    for number in ("+3284555100", "9101", "9999", "112"):
        found = target(organization, f"*62*{number}")
        assert isinstance(found, CodeTarget)
        assert (found.function, found.allowed) == (None, False)


def test_what_a_carrier_sends_or_a_forward_leads_to_is_no_code(organization: Organization) -> None:
    assert isinstance(load(Ask("trunk-1", "", "*62*+3227811501")).target, Nobody)
    forged = load(Ask("trunk-1", "pgreet", "*62*+3227811501", organization_id=organization.pk))
    forward = load(Ask(f"org-{organization.pk}", "pgreet", "*62*+3227811501", organization_id=organization.pk))
    assert (forged.target, forward.target) == (None, None)


def test_other_star_numbers_are_none(organization: Organization) -> None:
    assert target(organization, "*98") is None
