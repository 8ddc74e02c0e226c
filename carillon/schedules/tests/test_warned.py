"""What is worth a second look, on the page and in words: what is so, how to mend it, and which event it is."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carillon.functions.tests.builders import (
    add_week,
    chapter_five,
    make_hunt_group,
    make_organization,
    make_person,
    queries,
)
from carillon.numbers.models import FunctionNumber
from carillon.users.models import CallForward

pytestmark = pytest.mark.django_db


@pytest.fixture
def function() -> FunctionNumber:
    return chapter_five(make_organization())


@pytest.fixture
def admin(client: Client, function: FunctionNumber) -> Client:
    client.force_login(make_person(function.organization, "alexandra.meuwissen", "201", is_admin=True))
    return client


def warned(client: Client, function: FunctionNumber) -> list[Any]:
    found: list[Any] = client.get(reverse("schedules:detail", args=[function.pk])).context["warned"]
    return found


def texts(client: Client, function: FunctionNumber) -> list[str]:
    return [each.text for each in warned(client, function) if not each.more]


def forward(
    function: FunctionNumber, to: str, since: str = "20:00", until: str = "21:00", name: str = "evening"
) -> None:
    add_week(function, name, since, until, action="forward", destination=to)


def test_the_manuals_schedule_has_nothing_to_look_at(admin: Client, function: FunctionNumber) -> None:
    assert warned(admin, function) == []
    assert "warned" not in admin.get(reverse("schedules:detail", args=[function.pk])).content.decode()


def test_an_event_that_never_counts_is_named_with_those_that_hide_it(admin: Client, function: FunctionNumber) -> None:
    add_week(function, "early", "09:00", "10:00")
    (found,) = warned(admin, function)
    assert found.text == (
        "“early” never counts within two years: whenever it matches, an event above it decides (“am” and “1 jan”)."
    )
    assert found.mend == "Move it up, or delete it."
    assert [name for _pk, name in found.events] == ["early", "am", "1 jan"]
    page = admin.get(reverse("schedules:detail", args=[function.pk])).content.decode()
    address = reverse("schedules:event_edit", args=[function.pk, found.events[0][0]])
    listed = page[page.index('id="warned"') : page.index('id="order"')]
    assert f'<a href="{address}" hx-get="{address}" hx-target="#dialog-content">early</a>' in listed
    assert "1 thing worth a second look" in listed


def test_a_single_event_never_counts_at_all(admin: Client, function: FunctionNumber) -> None:
    add_week(
        function, "fair", "00:00", "00:00", repeat="none", starts_at="2031-01-01T10:00", ends_at="2031-01-01T11:00"
    )
    assert texts(admin, function) == ["“fair” never counts: whenever it matches, an event above it decides (“1 jan”)."]


def test_an_ended_event_says_its_last_day(admin: Client, function: FunctionNumber) -> None:
    add_week(
        function, "fair", "00:00", "00:00", repeat="none", starts_at="2021-03-01T00:00", ends_at="2021-03-03T00:00"
    )
    assert texts(admin, function) == ["“fair” has ended: its last day was 2 March 2021."]


def test_an_event_on_no_day_says_so(admin: Client, function: FunctionNumber) -> None:
    whole = {"time_from": time(0), "time_to": time(0)}
    add_week(function, "mars", "00:00", "00:00", repeat="holiday", feast_country="BE", feast_name="Mars Day", **whole)
    assert texts(admin, function) == ["There is no day on which “mars” happens."]


def test_a_slip_between_two_openings_says_how_long(admin: Client, function: FunctionNumber) -> None:
    function.schedule.events.filter(name="pm").update(time_from=time(12, 31))
    (found,) = warned(admin, function)
    assert found.text == "“am” ends at 12:30 and “pm” begins at 12:31: the number is closed for 1 minute."
    assert [name for _pk, name in found.events] == ["am", "pm"]


def test_a_slip_before_midnight_is_one_of_the_same_event(admin: Client, function: FunctionNumber) -> None:
    function.schedule.events.filter(is_default=False).delete()
    add_week(function, "always", "00:00", "23:58", repeat="day")
    assert texts(admin, function) == [
        "“always” ends at 23:58 and begins again at 00:00: the number is closed for 2 minutes."
    ]


def test_overlapping_openings_say_who_decides(admin: Client, function: FunctionNumber) -> None:
    function.schedule.events.filter(name="pm").update(time_from=time(12, 15))
    (text,) = texts(admin, function)
    assert text.startswith("“pm” and “am” overlap from 12:15 to 12:30 (")
    assert text.endswith("): “pm” decides, as it is higher.")


def test_a_day_on_which_the_clock_changes_says_what_happens(admin: Client, function: FunctionNumber) -> None:
    add_week(function, "check", "02:10", "02:50", repeat="day")
    add_week(function, "night", "22:00", "06:00", repeat="day")
    found = [each for each in warned(admin, function) if each.more]
    assert len(found) == 2
    spring = next(each for each in found if "from 02:00 to 03:00" in each.text)
    assert spring.more == (
        "“check” does not happen: the clock skips it.",
        "“night” counts from 22:00 to 06:00, 7 h instead of 8 h.",
    )
    autumn = next(each for each in found if "from 03:00 to 02:00" in each.text)
    assert autumn.more == (
        "“check” counts from 02:10 to 02:50, 1 h 40 instead of 0 h 40.",
        "“night” counts from 22:00 to 06:00, 9 h instead of 8 h.",
    )


@pytest.mark.parametrize("number", ["8888", "+3227811699", "202"])
def test_a_forward_to_a_number_that_nobody_has_is_told(admin: Client, function: FunctionNumber, number: str) -> None:
    make_person(function.organization, "gone.person", "202", is_active=False)
    forward(function, number)
    assert texts(admin, function) == [
        f"“evening” forwards to {number}, which nobody has: callers hear that the number is wrong."
    ]


@pytest.mark.parametrize("number", ["201", "9011", "+3225550000"])
def test_a_forward_to_somebody_or_outside_is_fine(admin: Client, function: FunctionNumber, number: str) -> None:
    make_hunt_group(function.organization, "second group", "9011")
    forward(function, number)
    assert texts(admin, function) == []


def test_a_forward_that_comes_back_is_told_with_its_way(admin: Client, function: FunctionNumber) -> None:
    second = make_hunt_group(function.organization, "second group", "9011")
    forward(second, "201", "20:30", "22:00", name="back")
    CallForward.objects.create(user=function.organization.users.get(), number=function.number.value)
    forward(function, "9011")
    (found,) = warned(admin, function)
    assert found.kind == "bad"
    assert "Main number > second group > Alexandra Meuwissen > Main number" in found.text
    assert found.text.endswith("at 20:30).")


def test_forwards_at_different_hours_never_meet(admin: Client, function: FunctionNumber) -> None:
    second = make_hunt_group(function.organization, "second group", "9011")
    forward(second, function.number.value, "21:00", "22:00", name="back")
    forward(function, "9011")
    assert texts(admin, function) == []


def test_the_default_event_is_warned_of_by_its_own_name(admin: Client, function: FunctionNumber) -> None:
    function.schedule.events.filter(is_default=True).update(action="forward", destination="8888")
    (found,) = warned(admin, function)
    assert found.text.startswith("“Default event” forwards to 8888")


def test_the_worst_stands_first(admin: Client, function: FunctionNumber) -> None:
    add_week(function, "night", "22:00", "06:00", repeat="day")
    add_week(function, "early", "09:00", "10:00")
    forward(function, "8888")
    assert [each.kind for each in warned(admin, function)] == ["bad", "warn", "info", "info"]


def test_warnings_cost_the_same_queries_with_1_and_40_forwards(admin: Client, function: FunctionNumber) -> None:
    address = reverse("schedules:detail", args=[function.pk])
    for number in range(40):
        make_hunt_group(function.organization, f"group {number}", f"70{number:02}")
    forward(function, "7000")
    few = queries(admin, address)
    for number in range(1, 40):
        forward(function, f"70{number:02}", name=f"forward {number}")
    assert queries(admin, address) == few
    assert few <= 11


def test_an_event_that_is_not_over_yet_is_not_warned_of(admin: Client, function: FunctionNumber) -> None:
    add_week(function, "coming", "09:00", "10:00", weekdays=64, start_date=date(2031, 1, 1))
    assert warned(admin, function) == []


def test_many_that_hide_an_event_are_counted(admin: Client, function: FunctionNumber) -> None:
    for hour in range(8, 18):
        function.schedule.events.create(
            position=1, name=f"h{hour}", action="closed", repeat="day", time_from=time(hour), time_to=time(hour + 1)
        )
    add_week(function, "late", "08:00", "18:00")
    found = next(text for text in texts(admin, function) if text.startswith("“late”"))
    assert found.endswith(" and 8 more).")


def test_the_dialog_of_an_event_says_what_concerns_it_and_no_other(admin: Client, function: FunctionNumber) -> None:
    early = add_week(function, "early", "09:00", "10:00")
    add_week(function, "late", "14:00", "15:00")
    page = admin.get(reverse("schedules:event_edit", args=[function.pk, early.pk])).content.decode()
    assert "“early” never counts within two years" in page
    assert "“late” never counts" not in page
    post = {"version": 1, "name": "early", "repeat": "day", "time_from": "09:00", "time_to": "10:00", "action": "open"}
    saved = admin.post(reverse("schedules:event_edit", args=[function.pk, early.pk]), post)
    assert saved.status_code == 302
