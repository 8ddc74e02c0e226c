"""Temporary changes and feature codes in what tells of calls: what if, its day, the terminal, and the ladder."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from carillon.calls.day import pieces
from carillon.calls.ladder import Ladder, ladder_of, step_of_way
from carillon.calls.links import links_of
from carillon.calls.simulate import simulate
from carillon.calls.tests.builders import make_call, make_trace, step
from carillon.calls.what_if import Inquiry, Question
from carillon.demo import people
from carillon.demo.world import World
from carillon.numbers.models import FunctionNumber
from carillon.schedules.models import TemporaryChange
from conftest import SignIn

#: A Monday: open from 08:30 to 12:30 and from 13:30 to 18:00.
DAY = datetime(2029, 11, 26, tzinfo=UTC)
ASKED = {"number": people.BKM.main_number, "date": "2029-11-26", "time": "10:30"}


@pytest.fixture
def change(world: World) -> TemporaryChange:
    """Closed from 10:00 to 11:00, by Steven."""
    times = {"starts_at": DAY.replace(hour=9), "ends_at": DAY.replace(hour=10)}
    return world.main.schedule.temporary_changes.create(action="closed", made_by="Steven Claes", **times)


@pytest.fixture
def admin(world: World, as_user: SignIn) -> Client:
    return as_user(people.ADMIN)


def test_what_if_says_whose_change_decides_and_leads_to_the_schedule(
    admin: Client, world: World, change: TemporaryChange
) -> None:
    page = admin.get(reverse("calls:what_if"), ASKED).content.decode()
    assert "A temporary change by Steven Claes decides: closed." in page
    assert f'href="{reverse("schedules:detail", args=[world.main.pk])}"' in page
    assert "closed, temporary" in page


def test_the_day_has_the_temporary_hour_as_a_piece_of_its_own(world: World, change: TemporaryChange) -> None:
    question = Question(people.BKM.main_number, "", DAY.replace(hour=9))
    found = pieces(Inquiry(world.organization), question, DAY.date(), ZoneInfo("Europe/Brussels"))
    lasting = [piece for piece in found if piece.temporary]
    assert [(piece.start, piece.stop, piece.tone.value) for piece in lasting] == [
        (change.starts_at, change.ends_at, "closed")
    ]


def test_a_temporary_closing_of_a_closed_hour_is_told_apart(world: World) -> None:
    times = {"starts_at": DAY.replace(hour=19), "ends_at": DAY.replace(hour=20)}
    world.main.schedule.temporary_changes.create(action="closed", made_by="Steven Claes", **times)
    question = Question(people.BKM.main_number, "", DAY.replace(hour=9))
    found = pieces(Inquiry(world.organization), question, DAY.date(), ZoneInfo("Europe/Brussels"))
    assert [piece.temporary for piece in found][-3:] == [False, True, False]


def test_the_terminal_tells_it(world: World, change: TemporaryChange) -> None:
    text = simulate(world.organization, people.BKM.main_number, at=DAY.replace(hour=9, minute=30))
    assert "A temporary change by Steven Claes decides: closed." in text


def test_a_code_is_only_told_by_what_if(admin: Client, world: World) -> None:
    data = ASKED | {"number": f"*62*{people.BKM.main_number}", "caller": "9107"}
    page = admin.get(reverse("calls:what_if"), data).content.decode()
    assert "A feature code of Greet Wouters changes Main number: closed until 2029-11-26 12:30." in page
    assert "the schedule of Main number changes, the caller hears the tones for “done” and the call ends" in page
    assert "it cannot be stored" in page
    assert not TemporaryChange.objects.exists()


def test_a_code_from_outside_does_nothing(world: World) -> None:
    text = simulate(world.organization, f"*62*{people.BKM.main_number}", at=DAY)
    assert "feature code" not in text
    assert "Nobody has the number" in text


def told(world: World, *steps: dict[str, object]) -> Ladder:
    call = make_call(world.organization)
    trace = make_trace(call, *steps)
    return ladder_of(call, [trace], "BE", links_of(world.user(people.ADMIN), [trace]))


def test_the_ladder_says_who_changed_it_until_when_and_leads_there(world: World, change: TemporaryChange) -> None:
    kept = {"from": "2029-11-26T09:00:00+00:00", "to": "2029-11-26T10:00:00+00:00"}
    decided = step("temporary_decided", change.pk, event="Steven Claes", action="closed", **kept)
    moment = told(world, decided).moments[1]
    reason = moment.reasons[0]
    assert reason.text == "A temporary change by Steven Claes decides: closed."
    assert reason.times == "2029-11-26 09:00 - 2029-11-26 10:00"  # nobody has signed in here: the clock of UTC
    assert reason.address == reverse("schedules:detail", args=[world.main.pk])
    assert moment.arrows[0].label == "temporary change"
    change.delete()
    assert told(world, decided).moments[1].reasons[0].address == ""


def test_the_ladder_tells_of_a_code(world: World) -> None:
    main: FunctionNumber = world.main
    about = {"person": "Greet Wouters", "function": "Main number", "action": "closed", "until": "2029-11-26 12:30"}
    reason = told(world, step("code_changes", main.pk, **about)).moments[1].reasons[0]
    assert reason.text == "A feature code of Greet Wouters changes Main number: closed until 2029-11-26 12:30."
    assert reason.address == reverse("schedules:detail", args=[main.pk])


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"verb": "change_schedule", "outcome": "done"}, "The schedule is changed."),
        ({"verb": "change_schedule", "outcome": "refused"}, "The schedule is not changed."),
        ({"verb": "signal", "sound": "done", "outcome": "then"}, "The caller hears the tones for “done”."),
        ({"verb": "signal", "sound": "refused", "outcome": "then"}, "The caller hears the tones for “refused”."),
    ],
)
def test_each_step_of_its_way_is_a_sentence(row: dict[str, str], text: str) -> None:
    assert step_of_way(row, "BE") == text
