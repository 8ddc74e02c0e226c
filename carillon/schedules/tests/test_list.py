"""The list of schedules: what is found in which order, and how an open page learns of what has changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from carillon.accounts.models import User
from carillon.facts import standings as module
from carillon.facts.schedules import states
from carillon.facts.standings import standings
from carillon.functions.tests.builders import (
    add_week,
    chapter_five,
    make_hunt_group,
    make_organization,
    make_person,
    queries,
)
from carillon.numbers.models import FunctionNumber
from carillon.schedules.screen import now_of
from carillon.schedules.views import listing as view

pytestmark = pytest.mark.django_db

PAGE = "/schedules/"


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """No test reads what another one looked at."""
    module._kept.clear()
    yield


@pytest.fixture
def main() -> FunctionNumber:
    """Main number, Réception (always open) and second group (always closed)."""
    organization = make_organization()
    function = chapter_five(organization)
    function.schedule.events.all().update(action="closed")
    always(make_hunt_group(organization, "Réception", "+3227811502"), "open")
    make_hunt_group(organization, "second group", "9011")
    return function


@pytest.fixture
def signed_in(client: Client, main: FunctionNumber) -> Client:
    client.force_login(make_person(main.organization, "alexandra.meuwissen", is_admin=True))
    return client


def always(function: FunctionNumber, action: str) -> None:
    """Decide by the default event alone, as a change in the portal does."""
    function.schedule.events.filter(is_default=False).delete()
    function.schedule.events.update(action=action)
    function.organization.touch()


def names(client: Client, query: str = "") -> list[str]:
    page = client.get(f"{PAGE}?{query}").content.decode()
    return re.findall(r'<a id="function-\d+"[^>]*>([^<]+)</a>', page)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("recep", ["Réception"]),
        ("RÉCEPTION", ["Réception"]),
        ("group second", ["second group"]),
        ("02 781 15 01", ["Main number"]),
        ("0032 2 781 15 01", ["Main number"]),
        ("+32 (0)2 781.15.01", ["Main number"]),
        ("781 15", ["Main number", "Réception"]),
        ("90-11", ["second group"]),
        ("1502", ["Réception"]),
        ("main 1501", ["Main number"]),
        ("nobody", []),
        ("%", []),
    ],
)
def test_a_number_is_found_by_name_or_any_spelling(signed_in: Client, text: str, found: list[str]) -> None:
    assert names(signed_in, f"q={quote(text)}") == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Main number", "Réception", "second group"]),
        ("sort=-name", ["second group", "Réception", "Main number"]),
        ("sort=number", ["Main number", "Réception", "second group"]),
        ("sort=-number", ["second group", "Réception", "Main number"]),
        ("sort=type", ["Main number", "Réception", "second group"]),
        ("sort=state", ["Réception", "Main number", "second group"]),
        ("sort=-state", ["Main number", "second group", "Réception"]),
        ("state=open", ["Réception"]),
        ("state=closed", ["Main number", "second group"]),
        ("state=forward", []),
        ("type=hunt&state=closed&q=9011", ["second group"]),
        ("sort=nonsense&state=nonsense&type=nonsense&page=nonsense", ["Main number", "Réception", "second group"]),
        ("q=%00", ["Main number", "Réception", "second group"]),
    ],
)
def test_the_address_sorts_and_filters(signed_in: Client, query: str, found: list[str]) -> None:
    assert names(signed_in, query) == found


def test_numbers_in_names_count_as_numbers(signed_in: Client, main: FunctionNumber) -> None:
    for place in (10, 2, 1):
        make_hunt_group(main.organization, f"Shop {place}", f"70{place:02}")
    assert names(signed_in, "q=shop") == ["Shop 1", "Shop 2", "Shop 10"]


def test_a_heading_turns_its_order_round_and_says_so(signed_in: Client) -> None:
    page = signed_in.get(f"{PAGE}?q=0&sort=state").content.decode()
    assert re.search(r'aria-sort="ascending"><a class="list-sort" href="\?q=0&amp;sort=-state">', page)
    assert 'href="?q=0&amp;sort=number"' in page


def test_nothing_found_says_so_and_leads_back(signed_in: Client) -> None:
    page = signed_in.get(f"{PAGE}?q=nobody").content.decode()
    assert "Nothing matches" in page
    assert "“nobody”" in page
    assert 'value="nobody"' in page


def test_a_part_for_htmx_has_a_short_address(signed_in: Client) -> None:
    answer = signed_in.get(f"{PAGE}?q=main&state=&type=&sort=name", headers={"HX-Request": "true"})
    assert answer["HX-Replace-Url"] == f"{PAGE}?q=main"
    assert "<html" not in answer.content.decode()


def test_more_than_a_hundred_have_pages(signed_in: Client, main: FunctionNumber) -> None:
    for number in range(120):
        make_hunt_group(main.organization, f"group {number:03}", f"7{number:03}")
    first = signed_in.get(f"{PAGE}?q=group").content.decode()
    assert "1 to 100 of 121" in first
    assert 'href="?q=group&amp;page=2"' in first
    assert names(signed_in, "q=group&page=2")[-1] == "second group"
    assert len(names(signed_in, "q=group&page=999")) == 21


def live(client: Client, query: str = "") -> str:
    """Open the page and return the address that it asks while it is open."""
    page = client.get(f"{PAGE}?{query}").content.decode()
    has = re.findall(r'<input type="hidden" name="(mark|until|shape)" value="([^"]*)">', page)
    return f"{reverse('schedules:list_live')}?{query}&" + "&".join(f"{name}={value}" for name, value in has)


def test_an_open_page_is_told_nothing_where_nothing_can_differ(signed_in: Client) -> None:
    address = live(signed_in)
    assert signed_in.get(address).status_code == 204
    # Who is signed in, and nothing else.
    assert queries_of(signed_in, address) <= 3


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return len(captured)


def test_a_colleagues_change_reaches_an_open_page_as_states_alone(signed_in: Client, main: FunctionNumber) -> None:
    address = live(signed_in)
    always(main, "open")
    part = signed_in.get(address).content.decode()
    assert re.search(rf'id="state-{main.pk}"[^>]*hx-swap-oob="true">.*?open', part, re.DOTALL)
    assert "<table" not in part


def test_a_new_name_reaches_an_open_page_as_a_whole_list(signed_in: Client, main: FunctionNumber) -> None:
    address = live(signed_in)
    FunctionNumber.objects.filter(pk=main.pk).update(name="Accueil")
    main.organization.touch()
    part = signed_in.get(address).content.decode()
    assert "<table" in part
    assert "Accueil" in part


def test_what_begins_to_match_a_filter_appears(signed_in: Client, main: FunctionNumber) -> None:
    address = live(signed_in, "state=open")
    always(main, "open")
    assert "Main number" in signed_in.get(address).content.decode()


def at(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(view, "timezone", SimpleNamespace(now=lambda: now))


def test_a_state_that_changes_at_a_known_instant_is_told_at_that_instant(
    signed_in: Client, main: FunctionNumber, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_week(main, "lunch", "12:00", "13:00", weekdays=127, position=0)
    before = datetime(2027, 3, 3, 10, 59, 58, tzinfo=UTC)  # 11:59:58 in Brussels
    at(monkeypatch, before)
    address = live(signed_in)
    assert signed_in.get(address).status_code == 204
    at(monkeypatch, before + timedelta(seconds=3))
    part = signed_in.get(address).content.decode()
    assert "until 13:00" in part


@pytest.mark.parametrize("query", ["mark=x&until=x&shape=x", "until=99999999999999999999", "mark=%00", ""])
def test_a_mangled_question_gets_the_whole_list(signed_in: Client, query: str) -> None:
    answer = signed_in.get(f"{reverse('schedules:list_live')}?{query}")
    assert answer.status_code == 200
    assert "Main number" in answer.content.decode()


def test_the_list_costs_the_same_queries_with_3_and_200_rows(signed_in: Client, main: FunctionNumber) -> None:
    organization = main.organization

    def cost(query: str) -> int:
        organization.touch()
        return queries(signed_in, f"{PAGE}?{query}")

    kinds = ("", "sort=state", "state=closed&q=group")
    few = [cost(kind) for kind in kinds]
    for number in range(197):
        add_week(make_hunt_group(organization, f"group {number:03}", f"7{number:03}"), "am", "08:00", "12:00")
    assert [cost(kind) for kind in kinds] == few
    assert max(few) <= 7
    # While nothing changes the events are not read again.
    assert queries(signed_in, PAGE) <= 4


def test_what_is_kept_is_what_is_worked_out_anew(main: FunctionNumber) -> None:
    """Over two weeks in steps that meet every boundary: kept words never differ from fresh ones."""
    organization = main.organization
    main.schedule.events.filter(name__in=["am", "pm"]).update(action="open")
    organization.touch()
    organization.refresh_from_db()
    now, functions = datetime(2027, 3, 20, 22, 0, tzinfo=UTC), organization.function_numbers.all()
    while now < datetime(2027, 4, 3, tzinfo=UTC):
        fresh = {row.function.pk: now_of(row.schedule, row.state, now) for row in states(functions, now)}
        kept = standings(organization, fresh, now)
        assert {pk: standing.now for pk, standing in kept.items()} == fresh
        now += timedelta(minutes=30)


def test_a_person_without_any_number_reads_why(client: Client) -> None:
    organization = make_organization()
    client.force_login(make_person(organization, "an.peeters", is_admin=True))
    assert "Create a hunt group" in client.get(PAGE).content.decode()


def test_other_people_keep_other_words(signed_in: Client, main: FunctionNumber) -> None:
    """One kept list serves every reader in the own language."""
    assert "always" in signed_in.get(PAGE).content.decode()
    User.objects.filter(username="alexandra.meuwissen").update(language="nl")
    assert "always" not in signed_in.get(PAGE).content.decode()
