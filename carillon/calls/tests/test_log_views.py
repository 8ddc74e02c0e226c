"""The pages of the call log: each filter, pages, hostile input, the export and who may see what."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from carillon.accounts.models import Organization, User
from carillon.calls import export, page
from carillon.calls.search import Wanted
from carillon.calls.tests.builders import NOW, leg, make_call, make_trace, step
from carillon.functions.tests.builders import chapter_five, make_hunt_group, make_organization, make_person, queries
from carillon.numbers.models import FunctionNumber
from carillon.portal import sheets

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization() -> Organization:
    return make_organization()


@pytest.fixture
def function(organization: Organization) -> FunctionNumber:
    return make_hunt_group(organization, "Main number", "+3227811501")


@pytest.fixture
def people(organization: Organization) -> list[User]:
    return [make_person(organization, name, ext) for name, ext in (("an.peeters", "9101"), ("bram.peeters", "9102"))]


@pytest.fixture
def signed_in(client: Client, organization: Organization) -> Client:
    client.force_login(make_person(organization, "greet.wouters", is_admin=True))
    return client


def log(client: Client, **query: str) -> str:
    answer = client.get(f"{reverse('calls:log')}?{urlencode(query)}")
    assert answer.status_code == 200
    return answer.content.decode()


def callers(client: Client, **query: str) -> list[str]:
    """The callers of the page's rows, in order."""
    answer = client.get(f"{reverse('calls:log')}?{urlencode(query)}")
    return [row.call.caller for row in answer.context["rows"]]


def test_a_call_is_a_line_of_names_numbers_result_and_time(signed_in: Client, organization: Organization) -> None:
    make_call(organization, called_name="Main number", answered_by="An Peeters", talk_ms=65_000)
    text = log(signed_in)
    for words in ("0470 12 34 56", "Main number", "02 781 15 01", "Answered", "An Peeters", "1:05", "10:00:00"):
        assert words in text
    assert 'class="state state-good"' in text


def test_emergency_and_fallback_are_marked(signed_in: Client, organization: Organization) -> None:
    make_call(organization, decided_by="dialplan", called="112")
    make_call(organization, decided_by="fallback")
    text = log(signed_in)
    assert "Emergency call" in text
    assert "Fallback" in text


def test_each_filter_of_the_log_finds_its_calls(
    signed_in: Client, organization: Organization, function: FunctionNumber, people: list[User]
) -> None:
    make_call(organization, caller="+32470000001", result="busy", direction="outbound")
    make_call(organization, NOW + timedelta(days=1), caller="+32470000002", function=function)
    make_call(organization, NOW + timedelta(days=2), caller="+32470000003", people=(people[0],))
    assert callers(signed_in) == ["+32470000003", "+32470000002", "+32470000001"]
    for query, found in [
        ({"q": "0470 00 00 01"}, "1"),
        ({"q": "Péeters an"}, "3"),
        ({"result": "busy"}, "1"),
        ({"direction": "outbound"}, "1"),
        ({"function": str(function.pk)}, "2"),
        ({"person": "9101"}, "3"),
        ({"person": "An Peeters"}, "3"),
        ({"person": "an.peeters"}, "3"),
        ({"since": "2026-11-25"}, "3"),
        ({"until": "2026-11-23"}, "1"),
        ({"since": "2026-11-24", "until": "2026-11-24"}, "2"),
        ({"person": "9102"}, ""),
        ({"q": "0470", "result": "busy", "until": "2026-11-23"}, "1"),
    ]:
        assert callers(signed_in, **query) == [f"+3247000000{n}" for n in found], query


def test_days_are_those_of_the_person(signed_in: Client, organization: Organization) -> None:
    User.objects.filter(username="greet.wouters").update(timezone="Pacific/Auckland")
    make_call(organization, datetime(2026, 11, 23, 12, 0, tzinfo=UTC), caller="+32470000001")
    assert "2026-11-24" in log(signed_in)
    assert callers(signed_in, since="2026-11-24") == ["+32470000001"]
    assert callers(signed_in, until="2026-11-23") == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"q": "x"}, "Type at least 2 letters or digits."),
        ({"q": "%%%%"}, "Type at least 2 letters or digits."),
        ({"since": "yesterday"}, "Enter a valid date."),
        ({"until": "1066-10-14"}, "Choose a day between 2000 and 2099."),
        ({"since": "2026-02-02", "until": "2026-02-01"}, "The last day is before the first."),
        ({"result": "wonderful"}, "Select a valid choice."),
        ({"function": "999999"}, "Select a valid choice."),
        ({"person": "nobody"}, "Nobody is called “nobody”."),
        ({"person": "peeters"}, "Several are called “peeters”"),
    ],
)
def test_what_cannot_be_searched_is_said_beside_its_field_and_stays(
    signed_in: Client, organization: Organization, people: list[User], query: dict[str, str], words: str
) -> None:
    make_call(organization)
    text = log(signed_in, **query)
    assert words in text
    assert "Nothing was searched for" in text
    assert all(f'value="{value}"' in text or name in ("result", "function") for name, value in query.items())


@pytest.mark.parametrize(
    "text",
    [
        "' OR 1=1 --",
        '"; DROP TABLE calls_call; --',
        "\x00\x00ab",
        "a" * 5000,
        "zq NEAR(",
        "*** AND",
        "😀😀😀",
        "<script>",
    ],
)
def test_hostile_text_finds_nothing_and_breaks_nothing(
    signed_in: Client, organization: Organization, text: str
) -> None:
    make_call(organization)
    for name in ("q", "person", "since", "result", "function", "before", "after"):
        answer = log(signed_in, **{name: text})
        assert "<script>" not in answer.split("<main")[1].split("</main")[0]


def test_pages_lead_on_and_back(signed_in: Client, organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "PER_PAGE", 2)
    for n in range(5):
        make_call(organization, NOW, caller=f"+3247000000{n}", result="busy")
    seen, address = [], f"{reverse('calls:log')}?result=busy"
    trail = []
    while address:
        answer = signed_in.get(address)
        trail.append([row.call.caller[-1] for row in answer.context["rows"]])
        seen += trail[-1]
        older = answer.context["older"]
        address = f"{reverse('calls:log')}?{older}" if older else ""
    assert seen == ["4", "3", "2", "1", "0"]
    back = signed_in.get(f"{reverse('calls:log')}?{answer.context['newer']}")
    assert [row.call.caller[-1] for row in back.context["rows"]] == trail[-2]
    assert "result=busy" in back.context["newer"]


def test_a_new_organization_and_an_empty_search_say_different_things(signed_in: Client) -> None:
    assert "No calls yet" in log(signed_in)
    text = log(signed_in, q="0470")
    assert "No call matches" in text
    assert "Clear filters" in text


def test_every_filter_costs_at_most_five_queries(
    signed_in: Client, organization: Organization, function: FunctionNumber, people: list[User]
) -> None:
    for n in range(3):
        make_call(organization, NOW + timedelta(seconds=n), people=tuple(people), function=function)
    bare = queries(signed_in, reverse("calls:log"))
    for n in range(40):
        make_call(organization, NOW + timedelta(minutes=n), people=tuple(people), function=function)
    assert queries(signed_in, reverse("calls:log")) == bare
    for query in [
        {"q": "peeters"},
        {"q": "absent"},
        {"person": "9101"},
        {"person": "9101", "q": "0470", "result": "answered", "function": str(function.pk), "since": "2026-11-01"},
    ]:
        assert queries(signed_in, f"{reverse('calls:log')}?{urlencode(query)}") <= 5, query


def test_a_ladder_costs_the_same_however_many_phones_rang(signed_in: Client, organization: Organization) -> None:
    function = chapter_five(organization)
    event = function.schedule.events.get(name="am")

    def ladder(phones: int) -> int:
        call = make_call(
            organization, legs=[leg(f"Phone {n}", NOW, 3, "busy") for n in range(phones)], function=function
        )
        make_trace(call, step("event_decided", event.pk, event="am", action="open"))
        address = reverse("calls:detail", args=[call.pk])
        assert reverse("schedules:detail", args=[function.pk]) in signed_in.get(address).content.decode()
        return queries(signed_in, address)

    assert ladder(1) == ladder(40)


def test_a_ladder_links_to_what_still_exists_only(
    signed_in: Client, organization: Organization, people: list[User]
) -> None:
    call = make_call(organization)
    make_trace(call, step("person", people[0].pk, person="An Peeters"), step("person", 987654, person="Gone"))
    text = signed_in.get(reverse("calls:detail", args=[call.pk])).content.decode()
    assert f'<a href="{reverse("users:detail", args=[people[0].pk])}">The phones of An Peeters ring.</a>' in text
    assert "<li>The phones of Gone ring.</li>" in text


def test_names_of_a_stranger_are_text(signed_in: Client, organization: Organization) -> None:
    call = make_call(organization, caller_name="<img src=x onerror=1>", legs=[leg("<b>x</b>", NOW, 3, "busy")])
    for address in (reverse("calls:log"), reverse("calls:detail", args=[call.pk])):
        text = signed_in.get(address).content.decode()
        assert "<img" not in text
        assert "<b>x" not in text


# The export.


def exported(client: Client, **query: str) -> list[list[str]]:
    answer = client.get(f"{reverse('calls:export')}?{urlencode(query)}")
    assert isinstance(answer, StreamingHttpResponse)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.getvalue().decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def test_the_export_has_every_call_that_is_found(
    signed_in: Client, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "CHUNK", 2)
    for n in range(5):
        make_call(organization, caller=f"+3247000000{n}")
    make_call(organization, caller="+32470000009", result="busy")
    rows = exported(signed_in, result="answered")
    assert [row[3] for row in rows] == ["From", *(f"+3247000000{n}" for n in (4, 3, 2, 1, 0))]
    assert rows[1][0] == "2026-11-23T10:00:00+01:00"


def test_no_cell_of_the_export_is_a_formula(signed_in: Client, organization: Organization) -> None:
    for text in ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", " =1", "\r=1"):
        make_call(organization, caller_name=text, called=text, answered_by=text)
    for row in exported(signed_in)[1:]:
        assert all(not cell.lstrip().startswith(("=", "-", "@")) for cell in row)
        assert all(cell[1:].isdecimal() for cell in row if cell.startswith("+"))


def test_the_export_speaks_the_readers_language(signed_in: Client, organization: Organization) -> None:
    User.objects.filter(username="greet.wouters").update(language="nl")
    make_call(organization)
    assert "Beantwoord" in exported(signed_in)[1]


def test_a_wrong_filter_is_not_exported(signed_in: Client) -> None:
    answer = signed_in.get(f"{reverse('calls:export')}?q=x")
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('calls:log')}?q=x"


def test_the_export_reads_part_by_part(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "CHUNK", 2)
    for _n in range(6):
        make_call(organization)
    parts = sheets.in_words_of_reader(export.lines(organization, Wanted()))
    next(parts)
    with CaptureQueriesContext(connection) as captured:
        assert len(next(parts).splitlines()) == 2
    assert len(captured) == 1


@pytest.mark.django_db(transaction=True)
def test_a_server_that_waits_for_nothing_streams_the_export_as_well(organization: Organization) -> None:
    admin = make_person(organization, "karin.schmitz", is_admin=True)
    make_call(organization, caller="+32470000001")

    async def read() -> bytes:
        client = AsyncClient()
        await client.aforce_login(admin)
        answer: Any = await client.get(reverse("calls:export"))
        whole = b"".join([part async for part in answer.streaming_content])
        # Pages are answered on a thread of their own here; its connection would hold the test's database.
        await sync_to_async(connections.close_all)()
        return whole

    assert b"+32470000001" in asyncio.run(read())
