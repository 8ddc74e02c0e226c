"""Each thing that can be typed for a hunt group, and what it becomes or why it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from carillon.accounts.models import Organization
from carillon.functions.forms import HuntGroupForm, MemberForm
from carillon.functions.models import HuntGroupMember
from carillon.functions.tests.builders import make_hunt_group, make_organization, make_person

pytestmark = pytest.mark.django_db

GROUP = {
    "name": "Sales",
    "number": "9012",
    "strategy": "parallel",
    "ring_seconds": "20",
    "on_no_answer": "hangup",
    "on_busy": "hangup",
    "on_unreachable": "hangup",
}


@pytest.fixture
def organization() -> Organization:
    organization = make_organization()
    make_hunt_group(organization, "second group", "9011")
    make_hunt_group(organization, "Main number", "+3227811501")
    make_person(organization, "adel.alkoubaisy", "601")
    return organization


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("9012", "extension", "9012"),
        (" 90 12 ", "extension", "9012"),
        ("22", "extension", "22"),
        ("+3227811502", "e164", "+3227811502"),
        ("02 781 15 02", "e164", "+3227811502"),
    ],
)
def test_a_number_is_an_extension_or_of_the_organizations_ranges(
    organization: Organization, typed: str, kind: str, value: str
) -> None:
    form = HuntGroupForm(GROUP | {"number": typed}, organization=organization)
    assert form.is_valid(), form.errors
    assert (form.number_kind, form.cleaned_data["number"]) == (kind, value)


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"name": ""}, "name", "required"),
        ({"name": "x" * 81}, "name", "80"),
        ({"name": "a\tb"}, "name", "one line"),
        ({"number": ""}, "number", "required"),
        ({"number": "112"}, "number", "emergency"),
        ({"number": "1712"}, "number", "emergency"),
        ({"number": "9011"}, "number", "in use already"),
        ({"number": "02 781 15 01"}, "number", "in use already"),
        ({"number": "601"}, "number", "in use already"),
        ({"number": "5"}, "number", "2 to 6 digits"),
        ({"number": "+3227118892"}, "number", "ranges"),
        ({"number": "<script>"}, "number", "ranges"),
        ({"ring_seconds": "0"}, "ring_seconds", "1"),
        ({"ring_seconds": "301"}, "ring_seconds", "300"),
        ({"ring_seconds": "-99999999999999999999"}, "ring_seconds", "Ensure"),
        ({"strategy": "loudest"}, "strategy", "valid choice"),
        ({"language": "tlh"}, "language", "valid choice"),
        ({"on_busy": "forward"}, "on_busy_number", "where the calls go"),
        ({"on_busy": "forward", "on_busy_number": "112"}, "on_busy_number", "Emergency"),
        ({"on_busy": "forward", "on_busy_number": "+33142685300"}, "on_busy_number", "abroad"),
        ({"on_no_answer": "prompt", "on_no_answer_prompt": "99999999"}, "on_no_answer_prompt", "valid choice"),
        ({"on_no_answer": "prompt"}, "on_no_answer_prompt", "Choose the prompt"),
    ],
)
def test_a_slip_is_answered_beside_its_field(
    organization: Organization, typed: dict[str, Any], field: str, words: str
) -> None:
    form = HuntGroupForm(GROUP | typed, organization=organization)
    assert list(form.errors) == [field]
    assert words in str(form.errors[field])


def test_a_group_cannot_forward_to_itself(organization: Organization) -> None:
    group = organization.function_numbers.get(number__value="9011").hunt_group
    data = GROUP | {"number": "9011", "on_unreachable": "forward", "on_unreachable_number": "second group"}
    form = HuntGroupForm(data, instance=group, organization=organization)
    assert "in circles" in str(form.errors["on_unreachable_number"])


def test_prompt_and_number_of_an_end_that_is_not_chosen_are_forgotten(organization: Organization) -> None:
    prompt = organization.prompts.get(key="ooo_greeting")
    data = GROUP | {"on_busy": "hangup", "on_busy_prompt": str(prompt.pk), "on_busy_number": "nonsense"}
    form = HuntGroupForm(data, organization=organization)
    assert form.is_valid(), form.errors
    assert (form.cleaned_data["on_busy_prompt"], form.cleaned_data["on_busy_number"]) == (None, "")


def test_a_group_keeps_its_own_number_when_it_is_saved_again(organization: Organization) -> None:
    group = organization.function_numbers.get(number__value="9011").hunt_group
    assert HuntGroupForm(GROUP | {"number": "9011"}, instance=group, organization=organization).is_valid()


@pytest.mark.parametrize(
    ("typed", "person", "number"),
    [
        ("601", "adel.alkoubaisy", "601"),
        ("Adel Alkoubaisy", "adel.alkoubaisy", "601"),
        ("0470 12 34 56", None, "+32470123456"),
        ("+32 470 12.34.56", None, "+32470123456"),
    ],
)
def test_a_member_is_a_colleague_or_a_number_outside(
    organization: Organization, typed: str, person: str | None, number: str
) -> None:
    group = organization.function_numbers.get(number__value="9011").hunt_group
    form = MemberForm({"member": typed}, group=group)
    assert form.is_valid(), form.errors
    assert (form.person.username if form.person else None, form.cleaned_data["member"]) == (person, number)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "required"),
        ("9011", "Only people"),
        ("Main number", "Only people"),
        ("112", "Emergency"),
        ("Nemo", "Nobody is called"),
    ],
)
def test_a_member_that_cannot_be_is_refused_in_words(organization: Organization, typed: str, words: str) -> None:
    group = organization.function_numbers.get(number__value="9011").hunt_group
    assert words in str(MemberForm({"member": typed}, group=group).errors["member"])


def test_nobody_is_a_member_twice(organization: Organization) -> None:
    group = organization.function_numbers.get(number__value="9011").hunt_group
    adel = organization.users.get(username="adel.alkoubaisy")
    HuntGroupMember.objects.create(hunt_group=group, position=1, user=adel)
    HuntGroupMember.objects.create(hunt_group=group, position=2, number="+32470123456")
    assert "member already" in str(MemberForm({"member": "601"}, group=group).errors["member"])
    assert "member already" in str(MemberForm({"member": "0470 12 34 56"}, group=group).errors["member"])
