"""The demo world's past is plausible, always the same, and never of the second organization."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from carillon.calls.models import Call, DecisionTrace
from carillon.demo import history, world
from carillon.devices.models import SipDevice

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def test_thirty_days_of_calls_are_in_the_log() -> None:
    built = world.build()
    count = history.write(built, NOW)
    calls = Call.objects.all()
    assert count == calls.count() > 700
    assert calls.exclude(organization=built.organization).count() == 0
    assert calls.earliest("started_at").started_at >= NOW - timedelta(days=31)
    assert calls.latest("ended_at").ended_at < NOW + timedelta(hours=1)
    results = Counter(calls.values_list("result", flat=True))
    assert {"answered", "busy", "no_answer", "abandoned", "prompt", "unreachable"} <= set(results)
    assert results["answered"] > count / 3


def test_every_row_agrees_with_itself() -> None:
    built = world.build()
    history.write(built, NOW)
    endpoints = {*SipDevice.objects.values_list("endpoint", flat=True), built.trunk.endpoint}
    for call in Call.objects.all():
        assert call.started_at <= (call.answered_at or call.started_at) <= call.ended_at
        assert {leg["endpoint"] for leg in call.legs} <= endpoints
        assert (call.talk_ms > 0) == (call.result == "answered")
        answered = [leg for leg in call.legs if leg["result"] == "answered"]
        assert len(answered) == (call.result == "answered")


def test_the_same_seed_tells_the_same_story() -> None:
    built = world.build()
    history.write(built, NOW)
    first = list(Call.objects.order_by("pk").values_list("caller", "called", "started_at", "talk_ms"))
    Call.objects.all().delete()
    DecisionTrace.objects.all().delete()
    history.write(built, NOW)
    assert first == list(Call.objects.order_by("pk").values_list("caller", "called", "started_at", "talk_ms"))


def test_every_call_can_say_why_and_its_way_is_what_rang() -> None:
    built = world.build()
    history.write(built, NOW)
    traces: dict[str, list[DecisionTrace]] = {}
    for trace in DecisionTrace.objects.order_by("at", "pk"):
        traces.setdefault(trace.linkedid, []).append(trace)
    for call in Call.objects.all():
        runs = traces[call.linkedid]
        assert all(run.steps for run in runs)
        passed = [row for run in runs for row in run.passed]
        rung = {name for row in passed for name in row.get("who", ())} | {
            row["number"] for row in passed if row["verb"] == "call_out"
        }
        assert {leg["name"] for leg in call.legs} <= rung
        assert [row["prompt"] for row in passed if row["verb"] == "play"] == [each["prompt"] for each in call.heard]
        assert (call.result == "answered") == any(row["outcome"] == "answered" for row in passed)


def test_each_call_is_found_by_its_people() -> None:
    built = world.build()
    history.write(built, NOW)
    an = built.user("an.peeters@bkm.example")
    calls = Call.objects.filter(people__user=an)
    assert calls.count() > 50
    assert all("an peeters" in call.search for call in calls)


def test_a_public_holiday_of_the_past_was_kept() -> None:
    built = world.build()
    built.main.schedule.events.create(
        position=0, name="Armistice Day", action="closed", repeat="holiday",
        feast_country="BE", feast_name="Armistice Day",
    )  # fmt: skip
    history.write(built, NOW)
    called = DecisionTrace.objects.filter(called=built.main.number.value)
    decided = {trace.at.astimezone(ZoneInfo("Europe/Brussels")).date() for trace in called if _decides(trace.steps)}
    assert decided == {date(2026, 11, 11)}
    assert called.count() > 100


def _decides(steps: list[dict[str, Any]]) -> bool:
    return any(row["kind"] == "event_decided" and row["args"].get("feast") == "Armistice Day" for row in steps)
