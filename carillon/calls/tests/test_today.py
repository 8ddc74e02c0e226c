"""The picture of today: hours of the organization's own day, also where the clock is changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from carillon.accounts.models import Organization
from carillon.calls.daywords import words_of
from carillon.calls.tests.builders import make_call
from carillon.calls.tests.test_home import log
from carillon.calls.today import Kind, hours_of, today
from carillon.calls.today_picture import HEIGHT, WIDTH, draw
from carillon.functions.tests.builders import make_organization

pytestmark = pytest.mark.django_db


def at(wall: str, zone: str = "Europe/Brussels", fold: int = 0) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.fixture
def organization() -> Organization:
    return make_organization()


def counted(organization: Organization, now: datetime) -> dict[str, int]:
    return {f"{hour.wall:%H:%M%z}": hour.total for hour in today(organization, now).hours if hour.total}


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        ("2026-11-23", "Europe/Brussels", 24),
        ("2026-10-25", "Europe/Brussels", 25),
        ("2026-03-29", "Europe/Brussels", 23),
        ("2026-11-23", "Asia/Kathmandu", 24),
        ("2026-04-05", "Australia/Lord_Howe", 25),
    ],
)
def test_a_day_has_the_hours_that_it_has(day: str, zone: str, hours: int) -> None:
    assert len(hours_of(at(f"{day}T12:00", zone).astimezone(ZoneInfo(zone)))) == hours


def test_the_hour_that_autumn_repeats_is_two_hours(organization: Organization) -> None:
    for fold in (0, 1):
        log(organization, at("2026-10-25T02:30", fold=fold))
    log(organization, at("2026-10-25T23:59:59"))
    log(organization, at("2026-10-26T00:00"))
    assert counted(organization, at("2026-10-25T23:59:59")) == {"02:00+0200": 1, "02:00+0100": 1, "23:00+0100": 1}


def test_the_hour_that_spring_skips_is_none(organization: Organization) -> None:
    log(organization, at("2026-03-29T01:59"))
    log(organization, at("2026-03-29T03:00"))
    assert counted(organization, at("2026-03-29T12:00")) == {"01:00+0100": 1, "03:00+0200": 1}
    picture = draw(today(organization, at("2026-03-29T12:00")))
    assert [mark.text for mark in picture.hours] == ["03", "06", "09", "12", "15", "18"]


def test_a_day_is_the_organizations_own(organization: Organization) -> None:
    organization.timezone = "Asia/Kathmandu"
    organization.save()
    log(organization, at("2026-11-23T00:10", "Asia/Kathmandu"))
    log(organization, at("2026-11-22T23:50", "Asia/Kathmandu"))
    assert counted(organization, at("2026-11-23T09:00", "Asia/Kathmandu")) == {"00:00+0545": 1}


def test_how_calls_ended_is_counted_and_compared_with_yesterday_at_this_time(organization: Organization) -> None:
    now = at("2026-11-23T10:30")
    for result in ("answered", "answered", "no_answer", "busy", "abandoned", "prompt"):
        log(organization, at("2026-11-23T09:10"), result=result)
    log(organization, at("2026-11-23T09:10"), direction="outbound")
    log(organization, at("2026-11-23T09:10"), direction="internal")
    for clock in ("08:00", "10:29", "10:31", "23:00"):
        log(organization, at(f"2026-11-22T{clock}"))
    day = today(organization, now)
    assert day.counts == {Kind.ANSWERED: 2, Kind.MISSED: 3, Kind.PROMPT: 1}
    assert (day.yesterday, day.outbound, day.internal) == (2, 1, 1)
    words = words_of(day)
    assert words.compared == "calls, 4 more than yesterday at this time"
    assert words.besides == "Besides: 1 call to outside, 1 between colleagues."
    assert [(hour.clock, hour.counts) for hour in words.hours] == [("09:00", [2, 1, 3])]


@pytest.mark.parametrize(
    ("here", "before", "words"),
    [(0, 0, "as many as"), (1, 0, "call, 1 more than"), (0, 2, "calls, 2 fewer than"), (2, 2, "as many as")],
)
def test_yesterday_in_words(organization: Organization, here: int, before: int, words: str) -> None:
    now = at("2026-11-23T10:30")
    for n in range(here):
        log(organization, now - timedelta(minutes=n))
    for n in range(before):
        log(organization, now - timedelta(days=1, minutes=n + 1))
    assert words in words_of(today(organization, now)).compared


def test_the_picture_keeps_its_frame_and_has_a_column_for_each_hour_with_calls(organization: Organization) -> None:
    now = at("2026-11-23T10:34")
    quiet = draw(today(organization, now))
    assert (quiet.bars, [mark.text for mark in quiet.hours]) == ([], ["09", "12", "15", "18"])
    for hour, count in (("09", 7), ("05", 2), ("10", 33)):
        for n in range(count):
            log(organization, at(f"2026-11-23T{hour}:{n:02}"), result="answered" if n % 3 else "no_answer")
    picture = draw(today(organization, now))
    assert [mark.text for mark in picture.counts] == ["0", "10", "20", "30", "40"]
    assert picture.hours[0].text == "06"
    assert all(0 <= bar.x <= WIDTH - bar.width and 0 <= bar.y <= HEIGHT - bar.height for bar in picture.bars)
    assert len(picture.bars) == 6
    # The line of the present rests for ten minutes.
    assert picture.now == draw(today(organization, now + timedelta(minutes=5))).now


@pytest.mark.django_db
def test_a_test_call_counts_in_no_report() -> None:
    organization = make_organization()
    make_call(organization, at("2026-11-24T10:00"))
    make_call(organization, at("2026-11-24T10:05"), is_test=True)
    assert today(organization, at("2026-11-24T12:00")).total == 1
