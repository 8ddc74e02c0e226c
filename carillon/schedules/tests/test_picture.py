"""The picture on its page: its addresses, its links, its words, its numbers."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from carillon.functions.tests.builders import add_week, chapter_five, make_organization, make_person, queries
from carillon.numbers.models import FunctionNumber
from carillon.routing.schedule import Action, Event, Moment, Schedule, Windows
from carillon.routing.tests.test_schedule_properties import DEFAULT
from carillon.schedules.picture import Picture, View, asked, draw
from carillon.schedules.picture_text import days_in_words, hours, months_in_words

BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WORKDAYS, EVERY_DAY = frozenset(range(5)), frozenset(range(7))
AM = Event(1, "am", Action.OPEN, Windows(WORKDAYS, time(8, 30), time(12, 30)))
NIGHT = Event(2, "night", Action.FORWARD, Windows(EVERY_DAY, time(22), time(6)), "9011")


@pytest.fixture
def function(db: None) -> FunctionNumber:
    return chapter_five(make_organization())


@pytest.fixture
def admin(client: Client, function: FunctionNumber) -> Client:
    client.force_login(make_person(function.organization, "alexandra.meuwissen", is_admin=True))
    return client


def page(client: Client, function: FunctionNumber, query: str = "", name: str = "picture") -> str:
    answer = client.get(reverse(f"schedules:{name}", args=[function.pk]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def picture(view: View, day: date, *events: Event, now: datetime = NOW, **more: Any) -> Picture:
    return draw(Schedule(BRUSSELS, events, DEFAULT, **more), view, day, now, {0: "Default event"})


@pytest.mark.parametrize("name", ["picture", "detail"])
@pytest.mark.parametrize(
    ("query", "title", "before", "after"),
    [
        ("?view=week&day=2026-12-30", "28 Dec – 3 Jan 2027", "2026-12-21", "2027-01-04"),
        ("?view=month&day=2026-12-30", "December 2026", "2026-11-01", "2027-01-01"),
        ("?view=year&day=2026-12-30", "2026", "2025-01-01", "2027-01-01"),
    ],
)
def test_an_address_names_what_is_shown_and_what_comes_before_and_after(
    admin: Client, function: FunctionNumber, name: str, query: str, title: str, before: str, after: str
) -> None:
    text = page(admin, function, query, name)
    heading = re.search(r'id="picture-title">(.*?)</h2>', text)
    assert heading
    assert re.sub("<[^>]*>", "", heading[1]) == title
    assert (reverse("schedules:picture", args=[function.pk]) in heading[1]) == (name == "detail")
    steps = re.findall(r'id="picture-(?:previous|next)" href="\?view=\w+&amp;day=([\d-]+)#picture"', text)
    assert steps == [before, after]


@pytest.mark.parametrize("query", ["", "?view=decade&day=2026", "?view=week&day=yesterday", "?day=%00"])
def test_what_cannot_be_read_is_this_week(admin: Client, function: FunctionNumber, query: str) -> None:
    assert 'id="picture-today" href="?view=week#picture" aria-current="date"' in page(admin, function, query)


def test_years_without_a_calendar_are_the_nearest_with_one() -> None:
    assert asked({"day": "0001-01-01"}, NOW, BRUSSELS)[1] == date(2000, 1, 1)
    assert asked({"day": "9999-12-31", "view": "year"}, NOW, BRUSSELS) == (View.YEAR, date(2198, 12, 31))


def test_a_block_leads_to_the_event_that_decides(admin: Client, function: FunctionNumber) -> None:
    text = page(admin, function, "?day=2027-01-01")
    plot = text[text.index("picture-plot") : text.index("picture-legend")]
    for event in function.schedule.events.all():
        address = reverse("schedules:event_edit", args=[function.pk, event.pk])
        assert f'href="{address}" hx-get="{address}" hx-target="#dialog-content" tabindex="-1"' in plot
        assert f'<a href="{address}" hx-get="{address}"' in text[text.index("picture-words") :]


def test_a_temporary_change_is_drawn_as_one_and_leads_to_the_schedule(admin: Client, function: FunctionNumber) -> None:
    now = timezone.now()
    function.schedule.temporary_changes.create(
        action="closed", starts_at=now, ends_at=now + timedelta(hours=2), made_by="Alexandra"
    )
    text = page(admin, function)
    assert "picture-temporary" in text
    assert "Temporary change · closed" in text
    assert "temporary change" in text[text.index("picture-legend") :]


def test_a_schedule_without_default_event_is_drawn_closed(admin: Client, function: FunctionNumber) -> None:
    function.schedule.events.all().delete()
    text = page(admin, function)
    assert "picture-shape-closed" in text
    assert reverse("schedules:detail", args=[function.pk]) in text[text.index("picture-plot") :]


def test_strangers_and_plain_users_see_no_picture(client: Client, function: FunctionNumber) -> None:
    address = reverse("schedules:picture", args=[function.pk])
    client.force_login(make_person(function.organization, "plain"))
    assert client.get(address).status_code == 403
    client.force_login(make_person(make_organization("other"), "stranger", is_admin=True))
    assert client.get(address).status_code == 404


def test_a_picture_costs_the_same_queries_with_3_and_200_events(admin: Client, function: FunctionNumber) -> None:
    address = reverse("schedules:picture", args=[function.pk]) + "?view=year"
    few = queries(admin, address)
    for number in range(198):
        add_week(function, f"event {number}", "09:00", "10:00")
    assert queries(admin, address) == few
    assert few <= 6


def test_numbers_of_the_drawing_are_those_of_every_language(admin: Client, function: FunctionNumber) -> None:
    admin.cookies["django_language"] = "fr"
    with translation.override("fr"):
        text = page(admin, function, "?view=month&day=2026-11-01")
    plot = text[text.index("picture-frame") : text.index("picture-legend")]
    assert not re.findall(r'(?:x|y|width|height)="\d+,\d', plot)


def test_names_in_the_picture_are_shown_and_never_run(admin: Client, function: FunctionNumber) -> None:
    function.schedule.events.filter(name="am").update(name="<script>alert(1)</script>")
    text = page(admin, function, "?day=2026-11-24")
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert") >= 3


def rect(x: float, width: float, y: float, height: float) -> str:
    return f'<rect x="{x:.3f}%" width="{width:.3f}%" y="{y:.1f}" height="{height:.1f}"/>'


def test_each_block_of_a_week_stands_in_its_day_at_its_hour() -> None:
    drawn = picture(View.WEEK, date(2026, 11, 24), AM)
    (opening,) = [shape for shape in drawn.panels[0].shapes if shape.tone is Action.OPEN]
    day = 100 / 7
    assert opening.rects == "".join(rect(n * day, day, 8.5 * 20, 4 * 20) for n in range(5))
    assert opening.labels[1].lines == [(13, "am"), (28, "08:30 – 12:30")]
    now = drawn.panels[0].now
    assert now
    assert (now.x, now.y) == (14.286, 13 * 20)


def test_equal_blocks_of_days_side_by_side_are_one_in_a_month() -> None:
    drawn = picture(View.MONTH, date(2026, 11, 24), AM)
    (opening,) = [shape for shape in drawn.panels[0].shapes if shape.tone is Action.OPEN]
    day = 100 / 30
    weeks = [(1, 5), (8, 5), (15, 5), (22, 5), (29, 1)]
    assert opening.rects == "".join(rect(n * day, count * day, 8.5 * 12, 4 * 12) for n, count in weeks)


def test_an_hour_that_comes_twice_has_one_half_for_each_time() -> None:
    drawn = picture(View.WEEK, date(2026, 10, 25), NIGHT)
    (night,) = [shape for shape in drawn.panels[0].shapes if shape.tone is Action.FORWARD]
    day = 100 / 7
    first, second = rect(6 * day, day / 2, 40, 20), rect(6 * day + day / 2, day / 2, 40, 20)
    assert first in night.rects
    assert second in night.rects
    assert drawn.twice


def test_an_hour_that_does_not_come_is_marked_as_none() -> None:
    drawn = picture(View.WEEK, date(2026, 3, 29), NIGHT)
    day = 100 / 7
    assert drawn.panels[0].skipped == rect(6 * day, day, 40, 20)
    assert drawn.skips


def test_a_year_is_twelve_months() -> None:
    drawn = picture(View.YEAR, date(2028, 5, 1), AM)
    assert [len(panel.columns) for panel in drawn.panels] == [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert not any(panel.now for panel in drawn.panels)


def test_a_day_in_words_has_each_time_once() -> None:
    change = Event(7, "Alexandra", Action.CLOSED, Moment(NOW, NOW + timedelta(minutes=30)))
    schedule = Schedule(BRUSSELS, (AM,), DEFAULT, (change,))
    drawn = draw(schedule, View.WEEK, date(2026, 11, 24), NOW, {})
    rows = days_in_words(drawn.period, View.WEEK, date(2026, 11, 24), {0: "Default event"})
    assert [row.days for row in rows][:2] == ["Monday 23 November", "Tuesday 24 November"]
    assert [row.today for row in rows] == [False, True, *[False] * 5]
    assert [(line.times, line.word, line.name, line.event) for line in rows[1].lines] == [
        ("00:00 – 08:30", "closed", "Default event", 0),
        ("08:30 – 12:30", "open", "am", 1),
        ("12:30 – 13:00", "closed", "Default event", 0),
        ("13:00 – 13:30", "closed", "Temporary change", 0),
        ("13:30 – 24:00", "closed", "Default event", 0),
    ]


def test_days_of_a_month_that_are_alike_are_one_line() -> None:
    drawn = picture(View.MONTH, date(2026, 11, 24), AM)
    rows = days_in_words(drawn.period, View.MONTH, date(2026, 11, 25), {})
    assert [row.days for row in rows][:3] == ["Sunday 1 November", "Mon 2 Nov – Fri 6 Nov", "Sat 7 Nov – Sun 8 Nov"]
    assert [row.today for row in rows].index(True) == 7
    assert rows[7].days == "Mon 23 Nov – Fri 27 Nov"
    assert sum(row.today for row in rows) == 1


def test_a_change_of_the_clock_is_said_with_the_hour_that_comes_twice() -> None:
    drawn = picture(View.WEEK, date(2026, 10, 25), NIGHT)
    sunday = days_in_words(drawn.period, View.WEEK, date(2026, 11, 25), {2: "night"})[-1]
    assert sunday.note == "At 03:00 the clock is set to 02:00."
    assert [line.times for line in sunday.lines][:4] == [
        "00:00 – 02:00",
        "02:00 – 03:00, the first time",
        "02:00 – 03:00, once more",
        "03:00 – 06:00",
    ]


def test_a_year_in_words_has_the_hours_of_each_state() -> None:
    months = months_in_words(picture(View.YEAR, date(2026, 5, 1), AM, NIGHT).period)
    assert months[0].totals == ["88 h", "248 h", "408 h"]
    assert months[2].totals[1] == "247 h"
    assert months[9].totals[1] == "249 h"
    assert hours(timedelta(hours=7, minutes=30)) == "7 h 30"
    assert hours(timedelta()) == "–"
