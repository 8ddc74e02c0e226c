"""The list of 2,000 voice prompts against a bare Django page of the same rows, and how many queries it asks."""

from __future__ import annotations

import time as clock
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
from carillon.prompts.listing import PER_PAGE
from carillon.prompts.models import Prompt, PromptAudio
from carillon.schedules.models import ScheduleEvent
from tests.bench.figures import Figure, say
from tests.bench.product import World, build_world
from tests.bench.sipp import Address
from tests.bench.stats import median

MANY, FEW, ROUNDS = 2000, 20, 15
WORDS = "Dear caller, you have reached the bell foundry of Leuven, département des cloches {n}. We are closed today."


def bare(request: HttpRequest) -> HttpResponse:
    """What every Django page pays: sign-in, all rows read by the ORM, those of one page printed."""
    user = request.user
    assert isinstance(user, User)
    rows = list(user.organization.prompts.order_by("name"))
    return render(request, "bench/bare_prompts.html", {"rows": rows[:PER_PAGE]})


urlpatterns = [path("bare/", bare), path("", include("carillon.urls"))]


def run() -> list[Figure]:
    migrate()
    settings.ROOT_URLCONF = "tests.bench.bench_prompts"
    settings.TEMPLATES[0]["DIRS"] = [str(settings.PROJECT / "tests" / "bench" / "templates")]
    world = build_world(Address("127.0.0.2", 5060))
    admin = User.objects.create_user("admin", None, organization=world.organization, is_admin=True)
    client = Client()
    client.force_login(admin)
    page = reverse("prompts:list")
    _fill(world, 0, FEW)
    few = _queries(client, page)
    _fill(world, FEW, MANY)
    many = max(_queries(client, page), _queries(client, page + "?q=cloches&sort=-modified"))
    say(f"  queries {few} -> {many}")
    return [
        _against(client, f"{MANY} voice prompts by name", page),
        _against(client, f"{MANY} voice prompts searched for two words", page + "?q=departement+leuven"),
        Figure(f"Voice prompts: queries at {MANY} less those at {FEW}", many - few, "", 0, detail=f"{many} queries"),
    ]


def _against(client: Client, name: str, page: str) -> Figure:
    pairs = [(_seconds(lambda: _get(client, "/bare/")), _seconds(lambda: _get(client, page))) for _ in range(ROUNDS)]
    times = f"{median([a for a, _ in pairs]) * 1000:.0f} -> {median([b for _, b in pairs]) * 1000:.0f} ms"
    say(f"  {name}: {times}")
    return Figure(f"{name}, against a bare page", median([b / a for a, b in pairs]), "x", 3, detail=times)


def _fill(world: World, begin: int, end: int) -> None:
    """Prompts in two languages, the first fifty played by an event each."""
    rows = [
        Prompt(organization=world.organization, name=f"Prompt {n}", description=WORDS.format(n=n))
        for n in range(begin, end)
    ]
    Prompt.objects.bulk_create(rows)
    sound = {"sha256": "a" * 64, "milliseconds": 5000}
    PromptAudio.objects.bulk_create(
        PromptAudio(prompt=row, language=code, **sound) for row in rows for code in ("", "nl")
    )
    schedule = world.function.schedule
    ScheduleEvent.objects.bulk_create(
        ScheduleEvent(schedule=schedule, position=begin + place, name="x", prompt=row)
        for place, row in enumerate(rows[:50], start=1)
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
    begun = clock.perf_counter()
    work()
    return clock.perf_counter() - begun
