"""The call log over a million calls: each filter against the bare first page, and its queries, on both databases."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from carillon.accounts.models import Organization, User
from carillon.calls.models import Call, CallPerson
from carillon.cli.migrate import migrate
from carillon.functions.models import HuntGroup
from carillon.numbers.models import FunctionNumber, Number
from carillon.numbers.trigrams import text_of
from carillon.schedules.models import Schedule
from carillon.users.models import PersonalLine
from tests.bench.figures import Figure, say
from tests.bench.stats import median
from tests.databases import postgres

CALLS = int(os.environ.get("BENCH_LOG_CALLS", "1000000"))
PEOPLE, FUNCTIONS, CHUNK, ROUNDS = 300, 20, 5000, 9
MOST_RATIO, MOST_QUERIES = 3.0, 5
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
#: The worst that was found: frequent each, rare together. Told, and not promised.
ALL_AT_ONCE = "three filters that share few calls"
#: Of these calls only some old ones are: what is rare, and what is long ago.
RARE, OLD = "+32495000123", "+32496777888"
FIRST_NAMES = ("An", "Bram", "Chloé", "Daan", "Élise", "Farid", "Greet", "Jonas", "Karin", "Lucie")
LAST_NAMES = ("Peeters", "Janssens", "Lambert", "Vermeulen", "Dubois", "Benali", "Wouters", "Schmitz", "Desmet")


def run() -> list[Figure]:
    if os.environ.get("DATABASE_URL"):
        return _measure("PostgreSQL")
    figures = _measure("SQLite")
    with postgres() as cluster:
        # A process of its own: a database is chosen when Django starts.
        environment = dict(os.environ) | {"DATABASE_URL": cluster.url}
        kept = Path(settings.DATA) / "postgres.json"
        argv = [sys.executable, "-m", "tests.bench.log_on_postgres", str(kept)]
        subprocess.run(argv, env=environment, check=True)
        return figures + read(kept)


def read(path: Path) -> list[Figure]:
    return [Figure(**row) for row in json.loads(path.read_text())]


def _measure(database: str) -> list[Figure]:
    migrate()
    organization = Organization.objects.create(name="Bench", slug="bench", home_node=settings.NODE)
    other = Organization.objects.create(name="Small", slug="small", home_node=settings.NODE)
    admin = User.objects.create_user("admin", None, organization=organization, is_admin=True)
    small = User.objects.create_user("small", None, organization=other, is_admin=True)
    _fill(organization, other)
    client = Client()
    client.force_login(admin)
    bare = _address()
    _get(client, bare)
    times, found = {}, {}
    asked = _questions(organization, client, bare)
    for name, address in asked.items():
        _get(client, address)
        pairs = [(_seconds(client, bare), _seconds(client, address)) for _ in range(ROUNDS)]
        times[name] = (median([a for a, _ in pairs]) * 1000, median([b for _, b in pairs]) * 1000)
        found[name] = _queries(client, address)
    stranger = Client()
    stranger.force_login(small)
    elsewhere = [_seconds(stranger, _address(q="0470")) for _ in range(ROUNDS)]
    times["common number, by a small organization"] = (times["nothing twice"][0], median(elsewhere) * 1000)
    for name, (first, second) in times.items():
        say(f"  {database} {name:<42} {first:6.1f} -> {second:6.1f} ms  {second / first:4.2f} x")
    all_at_once = times.pop(ALL_AT_ONCE)
    worst = max(times, key=lambda name: times[name][1] / times[name][0])
    first, second = times[worst]
    most = max(found.values())
    return [
        Figure(
            f"Log of {CALLS:,} calls on {database}: slowest filter against the bare first page",
            second / first,
            "x",
            MOST_RATIO,
            detail=f"{worst}: {first:.0f} -> {second:.0f} ms, {len(times)} filters",
        ),
        Figure(f"Log on {database}: queries of any filter", most, "", MOST_QUERIES),
        Figure(f"Log on {database}: {ALL_AT_ONCE}", all_at_once[1] / all_at_once[0], "x"),
    ]


def _questions(organization: Organization, client: Client, bare: str) -> dict[str, str]:
    function = organization.function_numbers.order_by("pk")[7]
    person = organization.users.exclude(username="admin").order_by("pk")[11]
    line = person.lines.get().number.value
    deep = Call.objects.filter(organization=organization).order_by("-place").values_list("place", flat=True)[CALLS // 2]
    days = {"since": "2025-12-01", "until": "2025-12-07"}
    return {
        "nothing twice": bare,
        "a page in the middle": _address(before=str(deep)),
        "newer pages from the middle": _address(after=str(deep)),
        "a week a year ago": _address(**days),
        "result: answered (most)": _address(result="answered"),
        "result: failed (few, old)": _address(result="failed"),
        "direction: outbound": _address(direction="outbound"),
        "function number": _address(function=str(function.pk)),
        "person": _address(person=line),
        "person by name": _address(person=str(person)),
        "whole number, rare": _address(q="0495 00 01 23"),
        "whole number, long ago": _address(q="+32 496 77 78 88"),
        "part of a number, common": _address(q="0470"),
        "part of a number, rare": _address(q="95000123"),
        "part of a number, in the middle": _address(q="47112"),
        "number that nobody has": _address(q="0498987654"),
        "extension": _address(q=line),
        "name, common": _address(q="peeters"),
        "name, two letters": _address(q="an"),
        "name without accents": _address(q="elise dubois"),
        "name that nobody has": _address(q="zwaenepoel"),
        "name, in the middle of the log": _address(q="peeters", before=str(deep)),
        "rare number within a week": _address(q="0495000123", **days),
        "person and name": _address(person=line, q="schmitz"),
        "function, result, week": _address(function=str(function.pk), result="no_answer", **days),
        ALL_AT_ONCE: _address(function=str(function.pk), result="busy", q="0471"),
    }


def _address(**query: str) -> str:
    return f"{reverse('calls:log')}?{urlencode(query)}"


def _fill(organization: Organization, other: Organization) -> None:
    people, functions = _people(organization), _functions(organization)
    dice = random.Random(5)
    step = timedelta(days=730) / CALLS
    begun = time.monotonic()
    for first in range(0, CALLS, CHUNK):
        rows, parts = [], []
        for number in range(first, min(first + CHUNK, CALLS)):
            row, had_part = _call(dice, organization, people, functions, number, NOW - step * (CALLS - number))
            rows.append(row)
            parts.append(had_part)
        if first == 0:
            rows += [_of_other(other, place) for place in range(20)]
        Call.objects.bulk_create(rows, batch_size=CHUNK)
        CallPerson.objects.bulk_create(_parts(rows, parts), batch_size=CHUNK)
    say(f"  {CALLS:,} calls written in {time.monotonic() - begun:.0f} s")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _parts(rows: list[Call], parts: list[set[int]]) -> Iterator[CallPerson]:
    for row, users in zip(rows, parts, strict=False):
        for user in users:
            yield CallPerson(call_id=row.pk, user_id=user, place=row.place or 0)


def _people(organization: Organization) -> list[tuple[User, str]]:
    found = []
    for place in range(PEOPLE):
        first, last = FIRST_NAMES[place % 10], LAST_NAMES[place // 10 % 9]
        user = User.objects.create_user(f"u{place}", None, organization=organization, first_name=first, last_name=last)
        user.last_name = f"{last} {place // 90 or ''}".strip()
        user.save()
        number = organization.numbers.create(kind=Number.Kind.EXTENSION, value=str(7000 + place))
        PersonalLine.objects.create(user=user, number=number)
        found.append((user, number.value))
    return found


def _functions(organization: Organization) -> list[FunctionNumber]:
    found = []
    for place in range(FUNCTIONS):
        number = organization.numbers.create(kind=Number.Kind.E164, value=f"+322780{place:04}")
        function = organization.function_numbers.create(name=f"Group {place}", number=number)
        HuntGroup.objects.create(function_number=function)
        Schedule.objects.create(function_number=function)
        found.append(function)
    return found


def _call(
    dice: random.Random,
    organization: Organization,
    people: list[tuple[User, str]],
    functions: list[FunctionNumber],
    number: int,
    at: datetime,
) -> tuple[Call, set[int]]:
    """A call to a group of three, or to one person; the two special callers are long ago."""
    caller = f"+3247{dice.randrange(10_000_000):07}"
    if number < CALLS // 100 and number % 4 == 0:
        caller = OLD
    if number in (CALLS // 3, CALLS // 2):
        caller = RARE
    function = functions[dice.randrange(FUNCTIONS)] if dice.random() < 0.6 else None
    rang = dice.sample(people, 3) if function else [dice.choice(people)]
    answerer = rang[0][0] if dice.random() < 0.7 else None
    result = "answered" if answerer else dice.choice(["no_answer", "busy", "prompt", "abandoned"])
    if number < CALLS // 50 and number % 50 == 1:
        result = "failed"
    called, name = (function.number.value, function.name) if function else (rang[0][1], str(rang[0][0]))
    names = [str(user) for user, _line in rang]
    leg = {"rang_at": at.isoformat(), "answered_at": None, "ended_at": at.isoformat(), "result": "elsewhere"}
    fields: dict[str, Any] = {
        "direction": dice.choices(["inbound", "internal", "outbound"], [6, 3, 1])[0],
        "legs": [{"endpoint": f"p{user.pk:030}", "name": str(user), **leg} for user, _line in rang],
        "search": text_of(organization.pk, [caller, called, name, *names]),
    }
    row = Call(
        organization=organization, node="node1", linkedid=f"node1-{number}.1", started_at=at, ended_at=at,
        caller=caller, called=called, called_name=name, function=function, result=result, answered_user=answerer,
        answered_by=str(answerer or ""), talk_ms=61_000 if answerer else 0, decided_by="callcontrol", **fields,
    )  # fmt: skip
    return row, {user.pk for user, _line in rang}


def _of_other(other: Organization, place: int) -> Call:
    return Call(
        organization=other, node="node2", linkedid=f"node2-{place}.1", started_at=NOW, ended_at=NOW,
        caller="+32470111222", called="+3284555100", direction="inbound", result="answered", decided_by="callcontrol",
        search=text_of(other.pk, ["+32470111222", "+3284555100"]),
    )  # fmt: skip


def _get(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"


def _seconds(client: Client, address: str) -> float:
    begun = time.perf_counter()
    _get(client, address)
    return time.perf_counter() - begun


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        _get(client, address)
    return len(captured)
