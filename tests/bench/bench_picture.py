"""The picture of a year and the page of a schedule with forty events: server time, also right after a change."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import time as clock

from django.test import Client
from django.urls import reverse

from carillon.accounts.models import User
from carillon.cli.migrate import migrate
from carillon.numbers.models import FunctionNumber
from carillon.routing import segments, warnings
from carillon.schedules.models import ScheduleEvent
from tests.bench.figures import Figure, say
from tests.bench.product import build_world
from tests.bench.sipp import Address
from tests.bench.stats import median

EVENTS, ROUNDS = 40, 15
FEASTS = ("New Year's Day", "Easter Monday", "Labor Day", "Ascension Day", "National Day", "Christmas Day")


def run() -> list[Figure]:
    migrate()
    world = build_world(Address("127.0.0.2", 5060))
    admin = User.objects.create_user("admin", None, organization=world.organization, is_admin=True)
    client = Client()
    client.force_login(admin)
    function = world.organization.function_numbers.get()
    _fill(function)
    page, picture = reverse("schedules:detail", args=[function.pk]), reverse("schedules:picture", args=[function.pk])
    year = f"{picture}?view=year&day=2027-01-01"
    size = len(_get(client, year))
    times = [_seconds(lambda: _get(client, year)) for _ in range(ROUNDS)]
    known = [_seconds(lambda: _get(client, page)) for _ in range(ROUNDS)]
    new = [_seconds(lambda: _get(client, page), _forget) for _ in range(ROUNDS)]
    slowest = f"slowest {max(times) * 1000:.0f} ms, {size // 1024} kB"
    pages = f"page {median(known) * 1000:.0f}, {median(new) * 1000:.0f} ms"
    say(f"  year {median(times) * 1000:.0f} ms ({slowest}), {pages}")
    return [
        Figure(f"Year picture of {EVENTS} events", median(times) * 1000, "ms", 100, detail=slowest),
        Figure(f"Page of {EVENTS} events with its week and warnings", median(known) * 1000, "ms", 150),
        Figure("The same, right after a change of the schedule", median(new) * 1000, "ms", 200),
    ]


def _fill(function: FunctionNumber) -> None:
    """Hours of every kind: holidays, closures of a month and a year, single days, and a week of many openings."""
    schedule = function.schedule
    schedule.events.filter(is_default=False).delete()
    rows = []
    for n in range(EVENTS - 1):
        fields: dict[str, object]
        match n % 4 if n < 24 else 3:
            case 0:
                feast = FEASTS[n // 4 % len(FEASTS)]
                fields = {"repeat": "holiday", "feast_country": "BE", "feast_name": feast}
                fields |= {"time_from": clock(0), "time_to": clock(0)}
            case 1:
                day = f"2026-{n // 4 + 1:02}-15"
                fields = {"repeat": "year", "starts_at": f"{day}T08:00", "ends_at": f"{day}T18:00"}
            case 2:
                day = f"2027-{n // 4 + 3:02}-03"
                fields = {"repeat": "none", "starts_at": f"{day}T12:00", "ends_at": f"{day}T20:00"}
            case _:
                fields = {"repeat": "week", "weekdays": 1 << n % 5 | 1 << (n + 2) % 7}
                fields |= {"time_from": clock(7 + n % 12), "time_to": clock(8 + n % 12, 30), "action": "open"}
        rows.append(ScheduleEvent(schedule=schedule, position=n + 1, name=f"Event {n + 1}", **fields))
    ScheduleEvent.objects.bulk_create(rows)


def _forget() -> None:
    """What is kept of a schedule: a changed one is another."""
    warnings._ahead.cache_clear()
    segments._offsets.cache_clear()


def _get(client: Client, address: str) -> bytes:
    answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return answer.content


def _seconds(work: Callable[[], object], before: Callable[[], None] = lambda: None) -> float:
    before()
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
