"""What one call needs: read in a constant number of queries, of its own organization only, however large that is."""

from __future__ import annotations

from pickle import dumps
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from carillon.accounts.models import Organization, User
from carillon.devices.models import SipDevice
from carillon.facts.calls import Ask, load, with_caller
from carillon.facts.revision import Version, version
from carillon.functions.tests.builders import chapter_five, make_hunt_group, make_organization, make_person
from carillon.numbers.models import Number, Trunk
from carillon.prompts.models import Prompt
from carillon.routing.facts import FunctionNumber, Nobody, Origin, Outsider, Person, SayAndHangUp, SystemPrompt
from carillon.routing.numbers import Kind
from carillon.users.models import CallForward, PersonalLine

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization() -> Organization:
    made = make_organization(main_number="+3227811501")
    function = chapter_five(made)
    site = made.sites.create(name="Brussels", address="1000 Brussels", emergency_number="+3227811500")
    for position, (name, extension) in enumerate({"an.peeters": "9101", "bram.janssens": "9102"}.items(), 1):
        user = make_person(made, name, extension)
        made.sip_devices.create(user=user, site=site, endpoint=f"p{name.partition('.')[0]}", secret="x")
        function.hunt_group.members.create(position=position, user=user)
    function.hunt_group.members.create(position=3, number="+32475123456")
    Trunk.objects.create(name="Second", endpoint="t2", host="127.0.0.4", priority=2)
    Trunk.objects.create(name="First", endpoint="t1", host="127.0.0.3", priority=1)
    return made


def from_phone(organization: Organization, called: str, endpoint: str = "pan") -> Ask:
    return Ask(f"org-{organization.pk}", endpoint, called)


def fill(organization: Organization, count: int) -> None:
    """Add people with phones and extensions, at once."""
    base = organization.users.count()
    site = organization.sites.get()
    users = User.objects.bulk_create(
        User(organization=organization, username=f"u{n}", first_name=f"U{n}", password="!") for n in range(base, count)
    )
    numbers = Number.objects.bulk_create(
        Number(organization=organization, kind="extension", value=str(100_000 + user.pk)) for user in users
    )
    PersonalLine.objects.bulk_create(
        PersonalLine(user=user, number=value) for user, value in zip(users, numbers, strict=True)
    )
    SipDevice.objects.bulk_create(
        SipDevice(organization=organization, user=user, site=site, endpoint=f"p{user.pk}", secret="x") for user in users
    )


def cost(ask: Ask) -> tuple[int, int]:
    """Queries, and bytes of the facts."""
    with CaptureQueriesContext(connection) as queries:
        facts = load(ask)
    return len(queries), len(dumps(facts))


def test_a_decision_costs_the_same_at_100_and_10000_users(organization: Organization) -> None:
    asks = [from_phone(organization, "9102"), from_phone(organization, "0475123456"), Ask("trunk-1", "", "+3227811501")]
    fill(organization, 100)
    small = [cost(ask) for ask in asks]
    fill(organization, 10_000)
    assert [cost(ask) for ask in asks] == small
    assert max(queries for queries, _bytes in small) <= 16
    assert max(size for _queries, size in small) < 8_000


def test_an_inbound_call_finds_the_organization_by_the_number_alone(organization: Organization) -> None:
    for spelling in ("+3227811501", "003227811501", "3227811501", "027811501"):
        facts = load(Ask("trunk-1", "", spelling))
        assert facts.organization_id == organization.pk
        assert isinstance(facts.target, FunctionNumber)
        assert facts.caller.origin is Origin.TRUNK
    assert load(Ask("trunk-1", "", "+3229999999")).target == Nobody()
    assert load(Ask("trunk-1", "", "+3229999999")).organization_id is None


def test_the_service_has_its_members_prompts_and_ends(organization: Organization) -> None:
    target = load(Ask("trunk-1", "", "+3227811501")).target
    assert isinstance(target, FunctionNumber)
    names = [member.name if isinstance(member, Person) else member.number for member in target.service.members]
    assert names == ["An Peeters", "Bram Janssens", "+32475123456"]
    assert isinstance(target.service.members[2], Outsider)
    assert [event.name for event in target.schedule.events] == ["1 jan", "pm", "am"]
    assert "Ooo greeting" in [prompt.name for prompt in target.prompts.values()]


def test_a_person_has_all_phones_and_the_forward(organization: Organization) -> None:
    bram = organization.users.get(username="bram.janssens")
    organization.sip_devices.create(user=bram, site=organization.sites.get(), endpoint="pbram2", secret="x")
    CallForward.objects.create(user=bram, number="9101")
    target = load(from_phone(organization, "9102")).target
    assert target == Person(bram.pk, "Bram Janssens", "9102", ("pbram", "pbram2"), "9101")


def test_somebody_who_left_is_nobody_and_no_member(organization: Organization) -> None:
    organization.users.filter(username="bram.janssens").update(is_active=False)
    assert load(from_phone(organization, "9102")).target == Nobody()
    target = load(Ask("trunk-1", "", "+3227811501")).target
    assert isinstance(target, FunctionNumber)
    assert len(target.service.members) == 2


def test_a_phone_reaches_its_own_organization_only(organization: Organization) -> None:
    other = make_organization("ardenne")
    make_hunt_group(other, "Boutique", "9011")
    make_hunt_group(other, "Boutique outside", "+3284555100")
    assert load(from_phone(organization, "9011")).target == Nobody()
    outside = load(from_phone(organization, "+3284555100"))
    assert (outside.organization_id, outside.target) == (organization.pk, None)  # it goes out as any number does
    stranger = load(from_phone(other, "9011", endpoint="pan"))  # a phone of another organization has no user here
    assert stranger.caller.user_id is None


def test_what_a_phone_says_of_its_caller_is_not_believed(organization: Organization) -> None:
    said = with_caller(load(from_phone(organization, "9102")), "+3225550000", "The Bank")
    assert (said.caller.number, said.caller.name) == ("9101", "An Peeters")
    trunk = with_caller(load(Ask("trunk-1", "", "+3227811501")), "0470 12 34 56", "The Bank")
    assert trunk.caller.number == "+32470123456"


def test_the_number_shown_is_always_one_of_the_organizations_own(organization: Organization) -> None:
    assert load(from_phone(organization, "0475123456")).allowance.caller_id == "+3227811501"
    an = organization.users.get(username="an.peeters")
    own = Number.objects.create(organization=organization, kind="e164", value="+3227811601")
    PersonalLine.objects.create(user=an, number=own)
    assert load(from_phone(organization, "0475123456")).allowance.caller_id == "+3227811601"
    Organization.objects.update(main_number="+3212345678")  # nobody here has that number
    assert load(from_phone(organization, "0475123456", endpoint="pbram")).allowance.caller_id is None


def test_an_emergency_call_shows_the_number_of_the_phones_site(organization: Organization) -> None:
    facts = load(from_phone(organization, "112"))
    assert facts.called.kind is Kind.EMERGENCY
    assert facts.allowance.caller_id == "+3227811500"


def test_the_forwarder_pays(organization: Organization) -> None:
    bram = organization.users.get(username="bram.janssens")
    own = Number.objects.create(organization=organization, kind="e164", value="+3227811602")
    PersonalLine.objects.create(user=bram, number=own)
    forward = Ask("trunk-1", "", "+32475123456", organization_id=organization.pk, payer_id=bram.pk)
    facts = load(forward)
    assert facts.target is None
    assert facts.allowance.caller_id == "+3227811602"
    assert facts.allowance.trunks == ("t1", "t2")


def test_budgets_and_switches_are_the_organizations(organization: Organization) -> None:
    Organization.objects.update(allow_international=True, daily_calls_per_user=7, daily_minutes_per_user=2)
    allowance = load(from_phone(organization, "0475123456")).allowance
    assert (allowance.international, allowance.premium) == (True, False)
    assert (allowance.calls_left, allowance.seconds_left) == (7, 120)


def test_a_prompt_is_heard_in_the_numbers_language_else_the_default_one(organization: Organization) -> None:
    prompt = organization.prompts.get(key="general_greeting")
    for language, sha in {"": "d", "nl": "n", "fr": "f"}.items():
        prompt.audio.create(language=language, sha256=sha * 64, milliseconds=1)
    function = organization.function_numbers.get()
    for language, expected in {"nl": "n", "de": "d", "": "d"}.items():
        organization.function_numbers.update(language=language)
        found = load(Ask("trunk-1", "", function.number.value)).prompts[SystemPrompt.GENERAL_GREETING]
        assert found.audio == expected * 64


def test_the_version_is_the_organizations_epoch_and_revision(
    organization: Organization, django_assert_num_queries: Any
) -> None:
    facts = load(from_phone(organization, "9101"))
    with django_assert_num_queries(1):
        assert version(organization.pk) == Version(organization.pk, facts.epoch, facts.revision)
    organization.touch()
    assert version(organization.pk).revision == facts.revision + 1
    assert version(None) == version(-1) == Version(None)


def test_a_group_without_a_chosen_prompt_still_says_something(organization: Organization) -> None:
    Prompt.objects.create(organization=organization, key="busy_greeting", name="Busy greeting")
    make_hunt_group(organization, "Quiet", "9099", on_busy="prompt")
    facts = load(Ask(f"org-{organization.pk}", "", "9099"))
    assert isinstance(facts.target, FunctionNumber)
    end = facts.target.service.busy
    assert isinstance(end, SayAndHangUp)
    assert end.prompt.name == "Busy greeting"
