"""A destination may be typed as a name: the whole of it, or a part that only one has."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from carillon.accounts.models import Organization
from carillon.functions.tests.builders import make_hunt_group, make_organization, make_person
from carillon.numbers.destinations import read_destination

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization() -> Organization:
    made = make_organization()
    make_person(made, "chloe.lambert", "9103")
    make_person(made, "an.peeters", "9101")
    make_person(made, "anna.peeters", "9102")
    make_hunt_group(made, "Main number", "9011")
    return made


@pytest.mark.parametrize(
    ("typed", "number"),
    [("chloe", "9103"), ("Lambert", "9103"), ("an peeters", "9101"), ("anna", "9102"), ("main", "9011")],
)
def test_a_name_or_a_part_that_only_one_has_is_enough(organization: Organization, typed: str, number: str) -> None:
    assert read_destination(organization, typed) == number


@pytest.mark.parametrize(("typed", "says"), [("peeters", "Several are called"), ("zoe", "Nobody is called")])
def test_what_several_or_none_have_is_asked_again(organization: Organization, typed: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        read_destination(organization, typed)
