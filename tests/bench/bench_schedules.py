"""The schedules list of 500 numbers with 40 events each against a bare Django page of the same rows; its queries."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from datetime import date, time, timedelta

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
from carillon.schedules.listing import PER_PAGE
from carillon.schedules.models import Schedule, ScheduleEvent
from tests.bench.figures import Figure, say
from tests.bench.product import World, build_world
from tests.bench.sipp import Address
from tests.bench.stats import median

MANY, FEW, EVENTS, ROUNDS = 500, 5, 40, 9
BY_STATE = "?sort=state"


def bare(request: HttpRequest) -> HttpResponse:
    """What every Django page pays: sign-in, the same rows read by the ORM, a plain table.

    `lines`: of how many function numbers; `events`: whether the events are read, too.
    """
    user = request.user
    assert isinstance(user, User)
    rows = user.organization.function_numbers.select_related("number", "schedule")
    if request.GET.get("events"):
        rows = rows.prefetch_related("schedule__events")
    with_events = bool(request.GET.get("events"))
    lines = int(request.GET["lines"])
    return render(request, "bench/bare.html", {"rows": rows[:lines], "with_events": with_events})


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
    few = max(_queries(client, world, page), _queries(client, world, page + BY_STATE))
    _fill(world, FEW, MANY)
    many = max(_queries(client, world, page), _queries(client, world, page + BY_STATE))
    say(f"  queries {few} -> {many}")
    size = f"{MANY} numbers with {EVENTS} events each"
    shown = f"/bare/?lines={PER_PAGE}"
    return [
        _against(client, f"Schedules of {size}, by name, first after a change", shown + "&events=1", page, world),
        _against(client, f"Schedules of {size}, by state, first after a change",
                 f"/bare/?lines={MANY}&events=1", page + BY_STATE, world),
        _against(client, f"Schedules of {size}, by name, nothing changed", shown, page),
        _against(client, f"Schedules of {size}, by state, nothing changed", f"/bare/?lines={MANY}", page + BY_STATE),
        Figure(f"Schedules list: queries at {MANY} numbers less those at {FEW}", many - few, "", 0,
               detail=f"{many} queries"),
    ]  # fmt: skip


def _against(client: Client, name: str, plain: str, page: str, changed: World | None = None) -> Figure:
    """Compare a page with a bare one of the same rows; with `changed` something is changed before each look."""
    pairs = []
    for _round in range(ROUNDS):
        if changed:
            changed.organization.touch()
        pairs.append((_seconds(lambda: _get(client, plain)), _seconds(lambda: _get(client, page))))
    ratio = median([b / a for a, b in pairs])
    times = f"{median([a for a, _ in pairs]) * 1000:.0f} -> {median([b for _, b in pairs]) * 1000:.0f} ms"
    say(f"  {name}: {times}")
    return Figure(f"{name}, against a bare page", ratio, "x", 3, detail=times)


def _fill(world: World, begin: int, end: int) -> None:
    """Function numbers with the opening hours of the manual below many days of their own, no two schedules alike."""
    organization = world.organization
    for n in range(begin, end):
        number = organization.numbers.create(kind=Number.Kind.EXTENSION, value=f"{900000 + n}")
        function = organization.function_numbers.create(name=f"Group {n}", number=number)
        HuntGroup.objects.create(function_number=function)
        schedule = Schedule.objects.create(function_number=function)
        week = {"action": "open", "repeat": "week", "weekdays": 31}
        rows = [
            *(_day_off(n, place) for place in range(EVENTS - 4)),
            ScheduleEvent(name="pm", time_from=time(13, n % 60), time_to=time(18), **week),
            ScheduleEvent(name="am", time_from=time(8, n % 60), time_to=time(12, 30), **week),
            ScheduleEvent(
                name="Saturday", action="open", repeat="week", weekdays=32, time_from=time(9), time_to=time(12)
            ),
            ScheduleEvent(name="Default", is_default=True),
        ]
        for position, row in enumerate(rows, start=1):
            row.schedule, row.position = schedule, position
        ScheduleEvent.objects.bulk_create(rows)


def _day_off(n: int, place: int) -> ScheduleEvent:
    """A day on which the number is closed: every year, once, or a window between dates."""
    day = date(2024, 1, 1) + timedelta(days=(n * 37 + place * 53) % 1000)
    if place % 3 == 2:
        last, until = day + timedelta(days=90), time(12, 1 + n % 50)
        window = {"start_date": day, "end_date": last, "time_from": time(12), "time_to": until}
        return ScheduleEvent(name=f"{day}", repeat="week", weekdays=1 << n % 5, **window)
    start, stop = f"{day}T00:00", f"{day + timedelta(days=1)}T00:00"
    return ScheduleEvent(name=f"{day}", repeat="year" if place % 3 else "none", starts_at=start, ends_at=stop)


def _get(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"


def _queries(client: Client, world: World, address: str) -> int:
    """How many a page costs at the most: after a change."""
    _get(client, address)
    world.organization.touch()
    with CaptureQueriesContext(connection) as queries:
        _get(client, address)
    return len(queries)


def _seconds(work: Callable[[], None]) -> float:
    begun = clock.perf_counter()
    work()
    return clock.perf_counter() - begun
