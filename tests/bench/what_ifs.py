"""What the what-if page and the judging of cases cost on one database; prints a line per reading, for bench_what_if."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import time as clock

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from carillon.accounts.models import Organization, User
from carillon.calls.cases import MOST_CASES, judge_all
from carillon.calls.models import Case
from carillon.cli.migrate import migrate
from carillon.demo import people
from carillon.demo.world import build
from carillon.functions.models import HuntGroup
from carillon.numbers.models import Number
from carillon.schedules.models import Schedule, ScheduleEvent
from tests.bench.stats import median

PAGE = "/calls/what-if/?number={}&date=2026-11-30&time=10:00"
ROUNDS, MANY = 40, 500


def main() -> None:
    """Measure the demo world, then an organization of 500 numbers with as many cases as there may be."""
    migrate()
    world = build()
    demo = world.organization
    _read("what-if, demo world", _page(User.objects.get(username=people.ADMIN), "%2B3227811501"))
    _read("what-if through a forward, demo world", _page(User.objects.get(username=people.ADMIN), "9106"))
    many = Organization.objects.create(name="Many", slug="many")
    admin = User.objects.create_user("many", None, organization=many, is_admin=True)
    members = [User.objects.create_user(f"many{n}", None, organization=many, last_name=f"M{n}") for n in range(10)]
    site = many.sites.create(name="Office", address="Kerkstraat 1", emergency_number="+3227811500")
    for member in members:
        many.sip_devices.create(user=member, site=site, secret="x")
    for n in range(MANY):
        _number(many, n, members)
    _read(f"what-if, {MANY} numbers", _page(admin, "90000"))
    expected = {"happenings": [], "end": "normal"}
    for n in range(MOST_CASES):
        Case.objects.create(
            organization=many, name=f"case {n}", number=f"{90000 + n}", weekday=n % 7, clock=clock(10),
            timezone="Europe/Brussels", expected=expected,
        )  # fmt: skip
    _read(f"judging {MOST_CASES} cases of as many numbers", lambda: judge_all(many, timezone.now()) and None)
    assert demo.cases.count() == 0


def _number(organization: Organization, n: int, members: list[User]) -> None:
    """A group of ten with forty events."""
    number = organization.numbers.create(kind=Number.Kind.EXTENSION, value=f"{90000 + n}")
    function = organization.function_numbers.create(name=f"Group {n}", number=number)
    group = HuntGroup.objects.create(function_number=function)
    group.members.bulk_create(
        [group.members.model(hunt_group=group, position=place, user=user) for place, user in enumerate(members)]
    )
    schedule = Schedule.objects.create(function_number=function)
    week = {"action": "open", "repeat": "week", "weekdays": 31}
    ScheduleEvent.objects.bulk_create(
        [
            ScheduleEvent(schedule=schedule, position=place, name=f"e{place}", repeat="year",
                          starts_at=f"2021-{place % 12 + 1:02}-{place % 27 + 1:02}T00:00",
                          ends_at=f"2021-{place % 12 + 1:02}-{place % 27 + 2:02}T00:00")
            for place in range(1, 38)
        ]
        + [
            ScheduleEvent(schedule=schedule, position=38, name="pm", time_from="13:30", time_to="18:00", **week),
            ScheduleEvent(schedule=schedule, position=39, name="am", time_from="08:30", time_to="12:30", **week),
            ScheduleEvent(schedule=schedule, position=40, name="Default", is_default=True),
        ]
    )  # fmt: skip


def _page(user: User, number: str) -> Callable[[], None]:
    client = Client()
    client.force_login(user)

    def get() -> None:
        answer = client.get(PAGE.format(number))
        assert answer.status_code == 200
        assert b"answer-sentence" in answer.content

    return get


def _read(name: str, work: Callable[[], object]) -> None:
    work()
    with CaptureQueriesContext(connection) as queries:
        work()
    count, seconds = len(queries), []
    for _round in range(ROUNDS):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    sys.stdout.write(f"{name}\t{count}\t{median(seconds) * 1000:.1f}\n")
