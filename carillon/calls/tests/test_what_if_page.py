"""The what-if page: the sentence, the day, the way and its reasons, and what may be assumed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carillon.calls.day import bounds, hours, pieces
from carillon.calls.what_if import Inquiry, Question
from carillon.demo import people
from carillon.demo.world import World
from carillon.functions.tests.builders import add_week, make_hunt_group, queries
from carillon.routing.schedule import Action
from conftest import SignIn

PAGE = reverse("calls:what_if")
SUNDAY = {"number": people.BKM.main_number, "date": "2026-11-29", "time": "10:00"}
MONDAY = SUNDAY | {"date": "2026-11-30"}


@pytest.fixture
def admin(world: World, as_user: SignIn) -> Client:
    return as_user(people.ADMIN)


def asked(client: Client, data: dict[str, Any], **headers: str) -> str:
    answer = client.get(PAGE, data, headers=headers)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def sentence(text: str) -> str:
    found = re.search(r'id="answer-sentence"[^>]*>([^<]*)<', text)
    assert found
    return found[1]


def test_without_a_question_the_page_says_what_it_is_for(admin: Client) -> None:
    assert "Which call?" in asked(admin, {})


def test_one_sentence_says_what_a_caller_gets(admin: Client) -> None:
    closed = "On Sunday 29 November at 10:00 the caller hears “General greeting” and the call ends."
    assert sentence(asked(admin, SUNDAY)) == closed
    rings = "An Peeters, Chloe Lambert and Greet Wouters ring and the first to pick up has the call."
    assert sentence(asked(admin, MONDAY)) == f"On Monday 30 November at 10:00 {rings}"


def test_what_is_assumed_takes_the_call_another_way(admin: Client, world: World) -> None:
    everybody = [f"u{member.user_id}:no_answer" for member in world.main.hunt_group.members.all()]
    text = asked(admin, MONDAY | {"assume": everybody})
    assert "hears “User no answer" in sentence(text) or "the caller hears" in sentence(text)
    assert text.count(" selected>") == len(everybody)
    assert "nobody answers" in text


def test_each_step_links_to_what_decides_it(admin: Client, world: World) -> None:
    text = asked(admin, MONDAY)
    event = world.main.schedule.events.get(name="am")
    assert reverse("schedules:event_edit", args=[world.main.pk, event.pk]) in text
    assert reverse("functions:detail", args=[world.main.pk]) in text
    assert "2 events above it are passed over" in text


def test_a_schedules_admin_gets_no_links_to_pages_that_are_closed(as_user: SignIn, world: World) -> None:
    text = asked(as_user(people.SCHEDULES_ADMIN), MONDAY)
    assert reverse("schedules:event_edit", args=[world.main.pk, world.main.schedule.events.get(name="am").pk]) in text
    assert reverse("functions:detail", args=[world.main.pk]) not in text


def test_a_forward_is_followed_to_the_next_number(admin: Client, world: World) -> None:
    world.main.schedule.events.update(action="forward", destination="9011")
    text = asked(admin, SUNDAY)
    assert "the call goes on to second group (9011)" in sentence(text)
    assert text.count('class="way-block"') == 2


def test_a_name_is_as_good_as_a_number_and_nonsense_is_told_beside_its_field(admin: Client) -> None:
    assert "General greeting" in sentence(asked(admin, SUNDAY | {"number": "main number"}))
    text = asked(admin, SUNDAY | {"number": "12+", "time": "25:00", "date": "never"})
    for words in ("This is not a phone number", "Type a time as 08:30.", "Type a day as 2027-01-31."):
        assert words in text
    assert 'value="never"' in text
    assert "answer-sentence" not in text


def test_without_day_and_time_it_is_now_and_the_fields_say_so(admin: Client) -> None:
    text = asked(admin, {"number": "9011"})
    now = datetime.now(UTC)
    assert f'name="date" value="{now:%Y}-' in text
    assert "answer-sentence" in text


def test_who_calls_from_inside_goes_out_and_who_calls_from_outside_does_not(admin: Client) -> None:
    out = SUNDAY | {"number": "0475 12 34 56"}
    assert "Wrong nr" in sentence(asked(admin, out)) or "wrong" in sentence(asked(admin, out)).lower()
    assert "goes out to +32475123456" in sentence(asked(admin, out | {"caller": "Bram Janssens"}))


def test_htmx_gets_the_answer_alone_with_the_places_of_errors(admin: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "what-if-answer"}
    answer = admin.get(PAGE, SUNDAY, headers=headers)
    text = answer.content.decode()
    assert "<html" not in text
    assert 'id="id_number_error"' in text
    assert answer["HX-Push-Url"].startswith(f"{PAGE}?number=%2B3227811501&date=2026-11-29&time=10%3A00")
    assert 'id="ask"' in asked(admin, SUNDAY, **headers | {"HX-Target": "what-if"})


def test_the_day_shows_where_the_answer_changes(admin: Client) -> None:
    text = asked(admin, MONDAY)
    assert "00:00 - 08:30, 12:30 - 13:30, 18:00 - 00:00" in text
    assert "08:30 - 12:30, 13:30 - 18:00" in text
    assert text.count('class="day-bar') == 5
    assert "date=2026-12-01" in text
    assert "date=2026-11-29" in text


def test_a_day_with_one_answer_says_so_and_is_not_cut_where_the_clocks_change(admin: Client) -> None:
    assert "the whole day" in asked(admin, SUNDAY | {"date": "2026-10-25"})
    text = asked(admin, SUNDAY | {"date": "2026-10-25", "number": "9106"})
    assert "00:00 - 03:00: " in text
    assert "02:00 - 00:00: " in text


def test_the_pieces_of_a_day_are_what_each_minute_says(world: World) -> None:
    inquiry, zone = Inquiry(world.organization), Question("+3227811501", "", datetime.now(UTC))
    day = datetime(2026, 11, 30, tzinfo=UTC).date()
    brussels = inquiry._zone
    found = pieces(inquiry, zone, day, brussels)
    assert [piece.tone for piece in found] == [Action.CLOSED, Action.OPEN] * 2 + [Action.CLOSED]
    assert [piece.stop for piece in found[:-1]] == [piece.start for piece in found[1:]]


@pytest.mark.parametrize(("day", "length"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 11, 29), 24)])
def test_a_day_on_which_clocks_change_is_as_long_as_it_is(world: World, day: tuple[int, int, int], length: int) -> None:
    inquiry, date = Inquiry(world.organization), datetime(*day, tzinfo=UTC).date()
    start, end = bounds(date, inquiry._zone)
    assert (end - start).total_seconds() == length * 3600
    assert len(hours(date, inquiry._zone)) == length
    found = pieces(inquiry, Question("+3227811501", "", start), date, inquiry._zone)
    assert (found[0].start, found[-1].stop) == (start, end)
    assert len(found) == (1 if length == 24 else 2)


def test_the_hour_that_the_clock_shows_twice_can_be_asked_for_twice(admin: Client, world: World) -> None:
    add_week(world.second, "night", "02:30", "02:45", action="closed", repeat="day", weekdays=127, position=1)
    night = {"number": "9011", "date": "2026-10-25", "time": "02:50"}
    assert "The second time that the clock shows it" in asked(admin, night)
    assert "The second time" not in asked(admin, night | {"time": "04:00"})
    # From the first 02:30 to the second 02:45.
    assert "ends" in sentence(asked(admin, night))
    assert "rings" in sentence(asked(admin, night | {"later": "on"}))


def test_a_group_of_many_members_costs_no_more_queries(admin: Client, world: World) -> None:
    group = make_hunt_group(world.organization, "many", "9055", strategy="sequential")
    group.schedule.events.update(action="open")
    address = f"{PAGE}?number=9055&date=2026-11-30&time=10:00"
    users = list(world.organization.users.filter(sip_devices__isnull=False))
    group.hunt_group.members.create(position=1, user=users[0])
    few = queries(admin, address)
    for position, user in enumerate(users[1:], start=2):
        group.hunt_group.members.create(position=position, user=user)
    assert queries(admin, address) == few
    assert few <= 30
