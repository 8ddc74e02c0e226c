"""The list of 100,000 users of one organization: any page against page one and a bare one, and searches."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path, reverse

from carillon.accounts.models import GroupMember, Organization, User, UserGroup
from carillon.cli.migrate import migrate
from carillon.numbers.models import Number
from carillon.users import index
from carillon.users.models import ListedPerson, PersonalLine
from carillon.users.search import SORTS
from tests.bench.bench_log import read
from tests.bench.figures import Figure, say
from tests.bench.stats import median
from tests.databases import postgres

PEOPLE = int(os.environ.get("BENCH_USERS", "100000"))
CHUNK, ROUNDS, PER_PAGE = 5000, 9, 50
MOST_RATIO, MOST_AGAINST_BARE, MOST_SEARCH, MOST_QUERIES = 3.0, 2.5, 30.0, 7
FIRST_NAMES = ("An", "Bram", "Chloé", "Daan", "Élise", "Farid", "Greet", "Jonas", "Karin", "Lucie", "Noor", "Zoë")
LAST_NAMES = ("Peeters", "Janssens", "Lambert", "Vermeulen", "Dubois", "Benali", "Wouters", "Schmitz", "Desmet")
SYLLABLES = ("ba", "den", "ker", "lo", "man", "nie", "ros", "ste", "ver", "wil", "zu", "haag")
DEPARTMENTS = ("Sales", "Support", "Logistics", "Finance", "Human resources")


def bare(request: HttpRequest) -> HttpResponse:
    """What every Django page of people pays: sign-in, the same rows read by the ORM and counted, a plain table."""
    user = request.user
    assert isinstance(user, User)
    people = user.organization.users.prefetch_related("lines__number").order_by("last_name", "first_name", "pk")
    return render(request, "bench/users.html", {"rows": Paginator(people, PER_PAGE).get_page(1)})


urlpatterns = [path("bare/", bare), path("", include("carillon.urls"))]


def run() -> list[Figure]:
    if os.environ.get("DATABASE_URL"):
        return _measure("PostgreSQL")
    figures = _measure("SQLite")
    with postgres() as cluster:
        # A process of its own: a database is chosen when Django starts.
        environment = dict(os.environ) | {"DATABASE_URL": cluster.url}
        kept = Path(settings.DATA) / "postgres.json"
        argv = [sys.executable, "-m", "tests.bench.users_on_postgres", str(kept)]
        subprocess.run(argv, env=environment, check=True)
        return figures + read(kept)


def _measure(database: str) -> list[Figure]:
    migrate()
    settings.ROOT_URLCONF = "tests.bench.bench_users"
    settings.TEMPLATES[0]["DIRS"] = [str(settings.PROJECT / "tests" / "bench" / "templates")]
    organization = Organization.objects.create(name="Bench", slug="bench", home_node=settings.NODE)
    admin = User.objects.create_user("admin", None, organization=organization, is_admin=True)
    index.refresh([admin.pk])
    group = _fill(organization)
    client = Client()
    client.force_login(admin)
    first = _address()
    for address in (first, "/bare/"):
        _get(client, address)
    against_bare = [(_seconds(client, "/bare/"), _seconds(client, first)) for _ in range(ROUNDS)]
    pages, searches = _pages(organization, group), _searches()
    times, found, served = {}, {}, {}
    for name, address in (pages | searches).items():
        _get(client, address)
        pairs = [(_seconds(client, first), _seconds(client, address)) for _ in range(ROUNDS)]
        times[name] = (median([a for a, _ in pairs]) * 1000, median([b for _, b in pairs]) * 1000)
        found[name] = _queries(client, address)
        if name in searches:
            served[name] = median([_seconds(client, address, HTTP_HX_REQUEST="true") for _ in range(ROUNDS)]) * 1000
    for name, (one, other) in times.items():
        typed = f", {served[name]:.1f} ms as one types" if name in served else ""
        say(f"  {database} {name:<42} {one:6.1f} -> {other:6.1f} ms  {other / one:4.2f} x{typed}")
    return _figures(database, against_bare, {name: times[name] for name in pages}, served, max(found.values()))


def _figures(
    database: str,
    against_bare: list[tuple[float, float]],
    times: dict[str, tuple[float, float]],
    served: dict[str, float],
    queries: int,
) -> list[Figure]:
    worst = max(times, key=lambda name: times[name][1] / times[name][0])
    one, other = times[worst]
    slowest = max(served, key=lambda name: served[name])
    plain, listed = (median([pair[place] for pair in against_bare]) * 1000 for place in (0, 1))
    return [
        Figure(
            f"Users, {PEOPLE:,} on {database}: slowest page against page one", other / one, "x", MOST_RATIO,
            detail=f"{worst}: {one:.0f} -> {other:.0f} ms, {len(times)} pages",
        ),
        Figure(
            f"Users on {database}: page one against a bare page of the same rows",
            median([b / a for a, b in against_bare]), "x", MOST_AGAINST_BARE, detail=f"{plain:.0f} -> {listed:.0f} ms",
        ),
        Figure(
            f"Users on {database}: slowest search as one types", served[slowest], "ms", MOST_SEARCH,
            detail=f"{slowest}, {len(served)} searches",
        ),
        Figure(f"Users on {database}: queries of any page", queries, "", MOST_QUERIES),
    ]  # fmt: skip


def _pages(organization: Organization, group: UserGroup) -> dict[str, str]:
    found = {}
    for sort in SORTS:
        for down in ("", "-"):
            keys = ListedPerson.objects.filter(organization=organization).order_by(f"{down}by_{sort}")
            middle = keys.values_list(f"by_{sort}", flat=True)[PEOPLE // 2]
            found[f"middle by {down}{sort}"] = _address(sort=f"{down}{sort}", after=middle, at=str(PEOPLE // 2))
        found[f"last by {sort}"] = _address(sort=sort, last="1")
    middle = ListedPerson.objects.order_by("by_last_name").values_list("by_last_name", flat=True)[PEOPLE // 2]
    return found | {
        "back from the middle": _address(before=middle, at=str(PEOPLE // 2)),
        "group of a third": _address(group=str(group.pk)),
        "group of a third, from the middle": _address(group=str(group.pk), after=middle),
        "department": _address(department="Sales"),
        "department of five": _address(department="Direction"),
        "department, by department": _address(department="Support", sort="department"),
        "with a phone, by phones backwards": _address(phone="yes", sort="-phones"),
        "without a phone": _address(phone="no"),
        "inactive (few)": _address(state="inactive"),
        "inactive, by username": _address(state="inactive", sort="username"),
        "department, group and state": _address(department="Direction", group=str(group.pk), state="inactive"),
    }


def _searches() -> dict[str, str]:
    return {
        "common last name": _address(q="peeters"),
        "common last name, by username": _address(q="peeters", sort="username"),
        "common first name": _address(q="elise"),
        "what everybody has": _address(q="example"),
        "two words": _address(q="elise peet"),
        "two letters": _address(q="pe"),
        "rare name": _address(q="kerlowilzu"),
        "nobody": _address(q="qqqqzz"),
        "whole number": _address(q="+3225050123"),
        "part of a number": _address(q="50123"),
        "extension": _address(q="150123"),
        "username": _address(q="p77777"),
        "e-mail address": _address(q="p4242@example.com"),
        "name and department": _address(q="wouters", department="Finance"),
        "name and few": _address(q="wouters", state="inactive"),
    }


def _address(**query: str) -> str:
    return f"{reverse('users:list')}?{urlencode(query)}"


def _fill(organization: Organization) -> UserGroup:
    """People of whom one in ten has one of the names that everybody knows; one in fifty is inactive."""
    dice, begun = random.Random(6), time.monotonic()
    for first in range(0, PEOPLE, CHUNK):
        places = range(first, min(first + CHUNK, PEOPLE))
        people = User.objects.bulk_create([_person(dice, organization, place) for place in places])
        kinds = ((Number.Kind.EXTENSION, "1{:05}"), (Number.Kind.E164, "+3225{:06}"))
        numbers = Number.objects.bulk_create(
            Number(organization=organization, kind=kind, value=form.format(place))
            for place in places
            for kind, form in kinds
        )
        PersonalLine.objects.bulk_create(
            PersonalLine(user=people[place // 2], number=number) for place, number in enumerate(numbers)
        )
        index.refresh(person.pk for person in people)
    for priority, part in enumerate((3, 20, 400), start=1):
        group = organization.user_groups.create(name=f"Every {part}", priority=priority)
        ids = organization.users.filter(pk__gt=0).values_list("pk", flat=True)
        members = [GroupMember(usergroup_id=group.pk, user_id=pk) for pk in ids if pk % part == 0]
        GroupMember.objects.bulk_create(members, batch_size=CHUNK)
    say(f"  {PEOPLE:,} people written in {time.monotonic() - begun:.0f} s")
    if connection.vendor == "postgresql":
        # As its own housekeeping does it; SQLite has none, and is measured without.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return organization.user_groups.get(priority=1)


def _person(dice: random.Random, organization: Organization, place: int) -> User:
    known = dice.random() < 0.1
    last = dice.choice(LAST_NAMES) if known else "".join(dice.choices(SYLLABLES, k=4)).capitalize()
    return User(
        organization=organization, username=f"p{place}@example.com", email=f"p{place}@example.com", password="!",
        first_name=dice.choice(FIRST_NAMES), last_name=last,
        department="Direction" if place % 20_000 == 7 else dice.choice(DEPARTMENTS),
        mobile=f"+32470{place:06}", is_active=place % 50 != 3,
    )  # fmt: skip


def _get(client: Client, address: str, **headers: str) -> None:
    answer = client.get(address, **headers)  # type: ignore[arg-type]  # headers are text
    assert answer.status_code == 200, f"{address}: {answer.status_code}"


def _seconds(client: Client, address: str, **headers: str) -> float:
    begun = time.perf_counter()
    _get(client, address, **headers)
    return time.perf_counter() - begun


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        _get(client, address)
    return len(captured)
