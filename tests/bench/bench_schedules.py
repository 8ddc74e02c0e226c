"""The schedules list against a bare Django page with the same 500 rows, and its number of queries."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path, reverse

from carillon.accounts.models import User
from carillon.cli.migrate import migrate
from carillon.functions.models import HuntGroup
from carillon.numbers.models import Number
from carillon.schedules.models import Schedule, ScheduleEvent
from tests.bench.figures import Figure, say
from tests.bench.product import World, build_world
from tests.bench.sipp import Address
from tests.bench.stats import median

MANY, FEW, ROUNDS = 500, 5, 15


def bare(request: HttpRequest) -> HttpResponse:
    """What every Django page pays: sign-in, the same rows read by the ORM, a plain table."""
    user = request.user
    assert isinstance(user, User)
    rows = user.organization.function_numbers.select_related("number", "schedule").prefetch_related("schedule__events")
    return render(request, "bench/bare.html", {"rows": rows})


urlpatterns = [path("bare/", bare), path("", include("carillon.urls"))]


def run() -> list[Figure]:
    migrate()
    settings.ROOT_URLCONF = "tests.bench.bench_schedules"
    settings.TEMPLATES[0]["DIRS"] = [str(settings.PROJECT / "tests" / "bench" / "templates")]
    world = build_world(Address("127.0.0.2", 5060))
    admin = User.objects.create_user("admin", None, organization=world.organization, is_admin=True)
    client = Client()
    client.force_login(admin)
    page = reverse("schedules:list")
    _fill(world, 1, FEW)
    few = _queries(client, page)
    _fill(world, FEW, MANY)
    many = _queries(client, page)
    pairs = [(_seconds(lambda: _get(client, "/bare/")), _seconds(lambda: _get(client, page))) for _ in range(ROUNDS)]
    ratio = median([b / a for a, b in pairs])
    times = f"{median([a for a, _ in pairs]) * 1000:.0f} -> {median([b for _, b in pairs]) * 1000:.0f} ms"
    say(f"  {MANY} rows: {times}, queries {few} -> {many}")
    return [
        Figure(f"Schedules list of {MANY} numbers against a bare page", ratio, "x", 2.5, detail=times),
        Figure(
            f"Schedules list: queries at {MANY} numbers less those at {FEW}",
            many - few,
            "",
            0,
            detail=f"{many} queries",
        ),
    ]


def _fill(world: World, begin: int, end: int) -> None:
    """Function numbers with the schedule of the manual's chapter 5: four events."""
    organization = world.organization
    for n in range(begin, end):
        number = organization.numbers.create(kind=Number.Kind.EXTENSION, value=f"{900000 + n}")
        function = organization.function_numbers.create(name=f"Group {n}", number=number)
        HuntGroup.objects.create(function_number=function)
        schedule = Schedule.objects.create(function_number=function)
        week = {"action": "open", "repeat": "week", "weekdays": 31}
        ScheduleEvent.objects.bulk_create(
            [
                ScheduleEvent(
                    schedule=schedule,
                    position=1,
                    name="1 jan",
                    repeat="year",
                    starts_at="2021-01-01T00:00",
                    ends_at="2021-01-02T00:00",
                ),
                ScheduleEvent(schedule=schedule, position=2, name="pm", time_from="13:30", time_to="18:00", **week),
                ScheduleEvent(schedule=schedule, position=3, name="am", time_from="08:30", time_to="12:30", **week),
                ScheduleEvent(schedule=schedule, position=4, name="Default", is_default=True),
            ]
        )


def _get(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"


def _queries(client: Client, address: str) -> int:
    _get(client, address)
    with CaptureQueriesContext(connection) as queries:
        _get(client, address)
    return len(queries)


def _seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
