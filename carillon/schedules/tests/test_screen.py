"""The state's words and the sentence of what a caller hears are true at the instant that they are said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from carillon.facts.schedules import schedule_facts
from carillon.functions.tests.builders import add_week, chapter_five, make_organization
from carillon.numbers.models import FunctionNumber
from carillon.routing.schedule import decide
from carillon.schedules.models import ScheduleEvent
from carillon.schedules.screen import hears, now_of, page_of

pytestmark = pytest.mark.django_db
WINTER = "+01:00"


@pytest.fixture
def function() -> FunctionNumber:
    return chapter_five(make_organization())


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}{WINTER}").astimezone(UTC)


def said(function: FunctionNumber, now: datetime) -> str:
    schedule = schedule_facts(function.schedule, function.schedule.events.all())
    shown = now_of(schedule, decide(schedule, now), now)
    return f"{shown.word} {shown.until}"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-11-23 10:00", "open until 12:30"),
        ("2026-11-23 12:29", "open until 12:30"),
        ("2026-11-23 12:30", "closed opens 13:30"),
        ("2026-11-23 18:00", "closed opens tomorrow 08:30"),
        ("2026-11-27 18:00", "closed opens Monday 08:30"),
        ("2026-12-31 17:59", "open until 18:00"),
        ("2027-01-01 10:00", "closed opens Monday 08:30"),
    ],
)
def test_the_manuals_schedule_in_words(function: FunctionNumber, now: str, words: str) -> None:
    assert said(function, at(now)) == words


def test_events_that_touch_are_one_opening(function: FunctionNumber) -> None:
    add_week(function, "lunch", "12:30", "13:30")
    assert said(function, at("2026-11-23 10:00")) == "open until 18:00"


def test_a_forward_to_another_place_is_another_state(function: FunctionNumber) -> None:
    function.schedule.events.filter(name="am").update(action="forward", destination="9011")
    function.schedule.events.filter(name="pm").update(action="forward", destination="9012", time_from="12:30")
    assert said(function, at("2026-11-23 10:00")) == "forwarded until 12:30"


def test_a_state_that_never_ends_says_so(function: FunctionNumber) -> None:
    function.schedule.events.filter(is_default=False).delete()
    assert said(function, at("2026-11-23 10:00")) == "closed always"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"action": "open"}, "A caller gets through: the phones of the group ring."),
        ({"action": "open", "prompt": True}, "A caller hears “Ooo greeting”, then the phones of the group ring."),
        ({"action": "closed"}, "A caller hears the general greeting, then the call ends."),
        ({"action": "closed", "prompt": True}, "A caller hears “Ooo greeting”, then the call ends."),
        ({"action": "forward", "destination": "9011"}, "A caller goes straight on to second group, 9011."),
        (
            {"action": "forward", "destination": "+3227118892", "prompt": True},
            "A caller hears “Ooo greeting”, then goes on to +3227118892.",
        ),
    ],
)
def test_what_a_caller_hears(function: FunctionNumber, fields: dict[str, Any], sentence: str) -> None:
    prompt = function.organization.prompts.get(key="ooo_greeting") if fields.pop("prompt", False) else None
    assert hears(ScheduleEvent(prompt=prompt, **fields), {"9011": "second group"}) == sentence


def test_the_page_marks_the_event_that_decides_and_only_that(function: FunctionNumber) -> None:
    now = at("2026-11-23 14:00")
    events = list(function.schedule.events.select_related("prompt"))
    page = page_of(function, events, schedule_facts(function.schedule, events), {}, now)
    assert [row.event.name for row in [*page["rows"], page["default"]] if row.decides] == ["pm"]
    assert page["decides"] == "“pm”"
