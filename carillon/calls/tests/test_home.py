"""The home page: who sees what of it, that it tells only what is true, and that looking costs little."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from carillon.accounts.models import Organization, User
from carillon.calls.models import Call, LiveCall, LiveWatch, Registration
from carillon.functions.tests.builders import (
    add_week,
    chapter_five,
    make_hunt_group,
    make_organization,
    make_person,
    make_schedules_admin,
    queries,
)
from carillon.numbers.models import FunctionNumber
from carillon.users.models import CallForward

pytestmark = pytest.mark.django_db

MOST_QUERIES = 12
LIVE = "/calls/home/"


@pytest.fixture
def organization() -> Organization:
    made = make_organization(main_number="+3227811501")
    made.sites.create(name="Brussels", address="1000 Brussels", emergency_number="+3227811500")
    for prompt in made.prompts.all():
        prompt.audio.create(sha256="a" * 64, milliseconds=1000)
    return made


@pytest.fixture
def admin(organization: Organization) -> User:
    return make_person(organization, "alexandra.meuwissen", is_admin=True)


@pytest.fixture
def signed_in(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


@pytest.fixture
def function(organization: Organization) -> FunctionNumber:
    """A built organization: a group with a member whose phone is registered."""
    made = chapter_five(organization)
    bob = make_person(organization, "bob.smet", "9101")
    made.hunt_group.members.create(position=1, user=bob)
    phone(bob, "pbob", registered=True)
    make_hunt_group(organization, "second group", "9011").hunt_group.members.create(position=1, user=bob)
    second = organization.function_numbers.get(name="second group")
    second.schedule.events.update(action="open")
    return made


def phone(user: User, endpoint: str, *, registered: bool) -> None:
    organization = user.organization
    organization.sip_devices.create(
        user=user, site=organization.sites.get(), endpoint=endpoint, secret="x", description=f"Phone {endpoint}"
    )
    if registered:
        Registration.objects.create(organization=organization, node="node1", endpoint=endpoint)


def told(organization: Organization, now: datetime | None = None) -> LiveWatch:
    """The node tells what goes on."""
    now = now or timezone.now()
    lasts = now + timedelta(seconds=40)
    fields = {"began_at": now - timedelta(hours=1), "until": lasts, "calls_at": now, "phones_at": now}
    return LiveWatch.objects.update_or_create(organization=organization, defaults=fields)[0]


def going_on(organization: Organization, **fields: Any) -> LiveCall:
    now = timezone.now()
    usual = {"node": "node1", "linkedid": "n-1.1", "direction": "inbound", "caller": "+32470000001"}
    usual |= {"called": "+3227811501", "called_name": "Main number", "state": "ringing", "whom": "Bob Smet"}
    return LiveCall.objects.create(**(usual | {"organization": organization, "started_at": now, "since": now} | fields))


def log(organization: Organization, at: datetime, **fields: Any) -> Call:
    usual = {"node": "node1", "linkedid": f"n-{Call.objects.count()}", "direction": "inbound", "caller": "+32470000001"}
    usual |= {"called": "+3227811501", "result": "answered", "decided_by": "callcontrol"}
    return Call.objects.create(**(usual | {"organization": organization, "started_at": at, "ended_at": at} | fields))


def text(client: Client, address: str = "/") -> str:
    """The words of the page's main part."""
    page = client.get(address).content.decode()
    found = re.sub(r"<[^>]+>", " ", page.partition("<main")[2] or page)
    return re.sub(r"\s+", " ", found)


# Who sees what.


def test_a_plain_user_goes_to_the_own_calls(client: Client, organization: Organization) -> None:
    client.force_login(make_person(organization, "an.peeters"))
    assert client.get("/").headers["Location"] == reverse("users:my_calls")
    assert client.get(LIVE).status_code == 403


def test_a_schedules_admin_sees_numbers_and_their_trouble_and_no_calls(
    client: Client, organization: Organization, function: FunctionNumber
) -> None:
    steven = make_person(organization, "steven.claes")
    make_schedules_admin(steven)
    client.force_login(steven)
    make_hunt_group(organization, "never open", "9300")
    going_on(organization)
    page = text(client)
    assert "Main number" in page
    assert "never open never opens" in page
    assert "has nobody to ring" not in page
    for hidden in ("Calls now", "+32470000001", "Calls from outside", "not registered", "Bob"):
        assert hidden not in page
    assert not LiveWatch.objects.exists()


def test_an_administrator_sees_all_of_it(
    signed_in: Client, organization: Organization, function: FunctionNumber
) -> None:
    told(organization)
    going_on(organization)
    page = text(signed_in)
    for words in ("Main number", "second group", "Calls now", "ringing", "Bob Smet", "All phones are registered"):
        assert words in page
    assert "Nothing needs attention" in page


def test_nobody_sees_another_organizations_calls_and_phones(
    client: Client, organization: Organization, function: FunctionNumber
) -> None:
    other = make_organization("other")
    other.sites.create(name="Ghent", address="9000 Ghent", emergency_number="+3292000000")
    dora = make_person(other, "dora.smet", is_admin=True)
    phone(dora, "pdora", registered=False)
    make_hunt_group(other, "Ghent", "9011")
    told(organization)
    told(other)
    going_on(organization, caller="+32470999999")
    log(organization, timezone.now(), decided_by="fallback")
    client.force_login(dora)
    page = text(client)
    assert "Nobody is calling now" in page
    assert "Dora Smet" in page
    for hidden in ("+32470999999", "Bob", "Main number", "fallback"):
        assert hidden not in page


# A new organization.


def test_a_new_organization_is_led_in_three_steps_that_vanish(signed_in: Client, organization: Organization) -> None:
    page = text(signed_in)
    for words in ("Three steps", "Create a hunt group", "Set its opening hours", "Add who answers"):
        assert words in page
    for later in ("Calls now", "Nothing needs attention", "Function numbers Name"):
        assert later not in page
    function = make_hunt_group(organization, "Main number", "+3227811501")
    page = text(signed_in)
    assert page.count("Done:") == 1
    assert "Calls now" in page
    add_week(function, "am", "08:30", "12:30")
    assert text(signed_in).count("Done:") == 2
    function.hunt_group.members.create(position=1, number="+32470000009")
    page = text(signed_in)
    assert "Three steps" not in page
    # Which phones are registered is not known yet: no all-clear.
    assert "Nothing needs attention" not in page


# What is true is said, and nothing else.


def test_without_news_from_the_node_nothing_is_claimed(
    signed_in: Client, organization: Organization, function: FunctionNumber
) -> None:
    make_person(organization, "an.peeters")
    phone(organization.users.get(username="an.peeters"), "pan", registered=False)
    going_on(organization)
    page = text(signed_in)
    assert page.count("One moment: call control is being asked.") == 2
    LiveWatch.objects.update(began_at=timezone.now() - timedelta(minutes=1))
    page = text(signed_in)
    assert "Not known: call control does not report. Calls go on" in page
    assert "Call control does not report what goes on." in page
    assert "Not known: call control does not report which phones" in page
    for claim in ("Bob", "ringing", "An Peeters", "calls reach nobody", "phone is not registered", "ring nobody"):
        assert claim not in page


def test_phones_that_are_not_registered_and_what_that_means(
    signed_in: Client, organization: Organization, function: FunctionNumber
) -> None:
    told(organization)
    an, cid, dan = (make_person(organization, f"{name}.peeters") for name in ("an", "cid", "dan"))
    phone(an, "pan", registered=False)
    phone(cid, "pcid1", registered=False)
    phone(cid, "pcid2", registered=True)
    phone(dan, "pdan", registered=False)
    CallForward.objects.create(user=dan, number="+32470555014")
    page = text(signed_in)
    assert "3 phones are not registered." in page
    assert "An Peeters Phone pan calls reach nobody" in page
    assert "Cid Peeters Phone pcid1 another phone rings" in page
    assert "Dan Peeters Phone pdan calls go on to +32470555014" in page


def test_a_group_that_rings_nobody_needs_attention(
    signed_in: Client, organization: Organization, function: FunctionNumber
) -> None:
    told(organization)
    add_week(make_hunt_group(organization, "empty", "9300"), "am", "08:30", "12:30")
    Registration.objects.all().delete()
    page = text(signed_in)
    assert "empty has nobody to ring." in page
    assert "No phone of a member of Main number is registered: calls ring nobody." in page
    function.hunt_group.members.create(position=2, number="+32470000009")
    assert "No phone of a member of Main number" not in text(signed_in)


def test_a_prompt_without_recording_and_a_loop_need_attention(
    signed_in: Client, organization: Organization, function: FunctionNumber
) -> None:
    organization.prompts.get(key="ooo_greeting").audio.all().delete()
    second = organization.function_numbers.get(name="second group")
    second.schedule.events.update(action="forward", destination="9101")
    CallForward.objects.create(user=organization.users.get(username="bob.smet"), number="9011")
    page = text(signed_in)
    assert "The prompt “Ooo greeting” has no recording: callers of Main number hear a tone (1 jan)." in page
    assert "Calls go round in circles: second group &gt; Bob Smet &gt; second group." in page


def test_a_forward_that_is_not_in_force_is_no_loop(
    signed_in: Client, organization: Organization, function: FunctionNumber
) -> None:
    second = organization.function_numbers.get(name="second group")
    second.schedule.events.create(
        position=0, name="long ago", action="forward", destination="9101", repeat="none",
        starts_at="2020-01-01T00:00", ends_at="2020-01-02T00:00",
    )  # fmt: skip
    CallForward.objects.create(user=organization.users.get(username="bob.smet"), number="9011")
    assert "circles" not in text(signed_in)


def test_calls_of_the_fallback_and_emergency_calls_of_today_are_told(
    signed_in: Client, organization: Organization, function: FunctionNumber
) -> None:
    now = timezone.now()
    log(organization, now, decided_by="fallback")
    log(organization, now, decided_by="dialplan", direction="outbound", called="112")
    log(organization, now - timedelta(days=2), decided_by="fallback")
    page = text(signed_in)
    assert "1 call today was decided by the fallback: call control was away." in page
    assert "1 emergency call today." in page


def test_hostile_words_stay_words(signed_in: Client, organization: Organization, function: FunctionNumber) -> None:
    told(organization)
    going_on(organization, caller_name="<script>alert(1)</script>", whom="<img src=x>", called_name="</section>")
    page = signed_in.get("/").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;/section&gt;" in page


# Kept current.


def fields_of(page: str) -> dict[str, str]:
    """What the page sends along when it asks: the inputs of its parts."""
    return dict(re.findall(r'type="hidden" name="([a-z]+)" value="([0-9a-f]+)"', page))


def test_a_page_that_knows_all_gets_nothing_in_few_queries(
    signed_in: Client, organization: Organization, function: FunctionNumber, frozen: datetime
) -> None:
    told(organization, frozen)
    sent = fields_of(signed_in.get("/").content.decode())
    assert set(sent) == {"mark", "moving", "steps", "attention", "numbers", "calls", "today", "phones"}
    with CaptureQueriesContext(connection) as captured:
        answer = signed_in.get(LIVE, sent)
    assert (answer.status_code, answer.content) == (204, b"")
    assert len(captured) <= 4


def test_only_the_parts_that_differ_are_sent(
    signed_in: Client, organization: Organization, function: FunctionNumber, frozen: datetime
) -> None:
    watch = told(organization, frozen)
    sent = fields_of(signed_in.get("/").content.decode())
    going_on(organization)
    watch.calls_version += 1
    watch.save()
    page = signed_in.get(LIVE, sent).content.decode()
    assert re.findall(r'<section id="([a-z-]+)"', page) == ["home-calls"]
    assert 'hx-swap-oob="true"' in page
    again = fields_of(page)
    assert signed_in.get(LIVE, sent | again).status_code == 204


def test_while_only_calls_change_nothing_else_is_computed(
    signed_in: Client, organization: Organization, function: FunctionNumber, frozen: datetime
) -> None:
    watch = told(organization, frozen)
    sent = fields_of(signed_in.get("/").content.decode())
    log(organization, frozen)
    watch.calls_version += 1
    watch.save()
    with CaptureQueriesContext(connection) as captured:
        page = signed_in.get(LIVE, sent).content.decode()
    assert re.findall(r'<section id="([a-z-]+)"', page) == ["home-today"]
    assert len(captured) <= 6
    watch.phones_version += 1
    watch.save()
    Registration.objects.all().delete()
    page = signed_in.get(LIVE, sent | fields_of(page)).content.decode()
    assert re.findall(r'<section id="([a-z-]+)"', page) == ["home-attention", "home-phones"]


def test_a_number_changes_its_state_by_itself_at_its_hour(
    signed_in: Client, organization: Organization, function: FunctionNumber, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime.fromisoformat("2026-11-23T12:29:59+01:00")
    monkeypatch.setattr(timezone, "now", lambda: at)
    told(organization, at)
    page = signed_in.get("/").content.decode()
    sent = fields_of(page)
    assert "until 12:30" in page
    assert signed_in.get(LIVE, sent).status_code == 204
    monkeypatch.setattr(timezone, "now", lambda: at + timedelta(seconds=1))
    page = signed_in.get(LIVE, sent).content.decode()
    assert "opens 13:30" in page
    assert 'id="home-numbers"' in page


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Iterator[datetime]:
    """An instant that stays."""
    at = datetime(2026, 11, 23, 9, 15, 7, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: at)
    yield at


def _grow(organization: Organization, count: int) -> None:
    now = timezone.now()
    for number in range(count):
        user = make_person(organization, f"grown.up{number}")
        phone(user, f"pgrown{number}", registered=number % 2 == 0)
        if number % 3 == 0:
            CallForward.objects.create(user=user, number="9011")
        group = make_hunt_group(organization, f"group {number}", f"94{number:02}")
        group.hunt_group.members.create(position=1, user=user)
        add_week(group, "am", "08:30", "12:30")
        going_on(organization, linkedid=f"n-9.{number}")
        log(organization, now)


def test_the_page_costs_as_many_queries_for_many_as_for_few(
    signed_in: Client, organization: Organization, function: FunctionNumber
) -> None:
    # Somebody opens it: the row that says so is written as well.
    few = queries(signed_in, "/")
    told(organization)
    _grow(organization, 40)
    many = queries(signed_in, "/")
    assert few <= MOST_QUERIES
    assert many <= MOST_QUERIES
    assert queries(signed_in, LIVE) <= MOST_QUERIES
    page = text(signed_in)
    assert "and 12 more calls" not in page
    assert "and 10 more calls" in page
    assert "and 8 more" in page
