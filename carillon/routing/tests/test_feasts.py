"""Public holidays: the days of Belgium against a computus of our own, the names, and the tables of all countries."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carillon.routing.feasts import (
    COMMUNITY_DAYS,
    KEY_LANGUAGE,
    Feast,
    Holiday,
    calendar,
    countries,
    days_of,
    falls_on,
    feast_of,
    is_known,
    name_in,
    region_name,
    regions_of,
)
from carillon.routing.schedule import (
    Action,
    Always,
    Event,
    Schedule,
    WhyNot,
    Windows,
    decide,
    is_active,
    next_change,
    why_not,
)

DAY = timedelta(days=1)
BRUSSELS = ZoneInfo("Europe/Brussels")
EVERY_DAY = frozenset(range(7))
DEFAULT = Event(0, "default", Action.OPEN, Always())


def easter(year: int) -> date:
    """Gauss's rule for the Gregorian calendar, with both of its exceptions."""
    century = year // 100
    shift = (15 - (13 + 8 * century) // 25 + century - century // 4) % 30
    moon = (19 * (year % 19) + shift) % 30
    sunday = (2 * (year % 4) + 4 * (year % 7) + 6 * moon + (4 + century - century // 4) % 7) % 7
    if moon == 29 and sunday == 6:
        moon -= 7
    if moon == 28 and sunday == 6 and (11 * shift + 11) % 30 < 19:
        moon -= 7
    return date(year, 3, 22) + (moon + sunday) * DAY


def belgium(name: str) -> Feast:
    return Feast("BE", "", name)


def test_the_computus_knows_the_extremes() -> None:
    known = {1818: (3, 22), 1943: (4, 25), 1981: (4, 19), 2024: (3, 31), 2026: (4, 5), 2027: (3, 28), 2038: (4, 25)}
    assert {year: (easter(year).month, easter(year).day) for year in known} == known


@pytest.mark.parametrize("year", range(2020, 2045))
def test_the_movable_feasts_of_belgium_follow_easter(year: int) -> None:
    after = {"Easter Sunday": 0, "Easter Monday": 1, "Ascension Day": 39, "Pentecost": 49, "Pentecost Monday": 50}
    assert {name: days_of(belgium(name), year) for name in after} == {
        name: {easter(year) + days * DAY} for name, days in after.items()
    }


@pytest.mark.parametrize("year", range(2020, 2045))
def test_the_other_holidays_of_belgium_stay_where_they_are(year: int) -> None:
    fixed = {
        "New Year's Day": (1, 1), "Labor Day": (5, 1), "National Day": (7, 21), "Assumption Day": (8, 15),
        "All Saints' Day": (11, 1), "Armistice Day": (11, 11), "Christmas Day": (12, 25),
    }  # fmt: skip
    assert {name: days_of(belgium(name), year) for name in fixed} == {
        name: {date(year, *when)} for name, when in fixed.items()
    }
    assert len(calendar("BE", "", year)) == len(fixed) + 5


def test_the_communities_have_a_day_each_beside_those_of_the_country() -> None:
    assert {region: set(calendar("BE", region, 2027)) - set(calendar("BE", "", 2027)) for region in COMMUNITY_DAYS} == {
        "VLG": {Holiday(date(2027, 7, 11), "Day of the Flemish Community")},
        "BRU": {Holiday(date(2027, 5, 8), "Brussels Iris Day")},
        "FRC": {Holiday(date(2027, 9, 27), "Day of the French Community")},
        "DGC": {Holiday(date(2027, 11, 15), "Day of the German-speaking Community")},
        "WAL": {Holiday(date(2027, 9, 19), "Day of Wallonia")},
    }
    assert regions_of("BE", 2027) == tuple(COMMUNITY_DAYS)
    thirds = [date(2026, 9, 20), date(2028, 9, 17), date(2029, 9, 16)]
    assert [
        day for year in (2026, 2028, 2029) for day in days_of(Feast("BE", "WAL", "Day of Wallonia"), year)
    ] == thirds


def test_two_holidays_on_one_day_are_both_there() -> None:
    day = date(2008, 5, 1)
    assert [name for found, name in ((h.day, h.name) for h in calendar("BE", "", 2008)) if found == day] == [
        "Ascension Day",
        "Labor Day",
    ]
    assert falls_on(belgium("Labor Day"), day)
    assert falls_on(belgium("Ascension Day"), day)


def test_a_day_in_its_stead_belongs_to_the_holiday() -> None:
    assert days_of(Feast("GB", "ENG", "Christmas Day"), 2027) == {date(2027, 12, 25), date(2027, 12, 27)}
    assert days_of(Feast("GB", "ENG", "Christmas Day"), 2026) == {date(2026, 12, 25)}
    assert date(2026, 7, 3) in days_of(Feast("US", "", "Independence Day"), 2026)
    assert not any("observed" in h.name or "estimated" in h.name for c in countries() for h in calendar(c, "", 2027))


def test_a_day_that_the_moon_decides_is_said_to_be_an_estimate() -> None:
    found = {holiday.name: holiday.estimated for holiday in calendar("MA", "", 2027)}
    assert (found["Eid al-Fitr"], found["Throne Day"]) == (True, False)
    assert len(days_of(Feast("MA", "", "Eid al-Fitr"), 2027)) == 2


@pytest.mark.parametrize(
    "feast",
    [belgium("No such day"), Feast("XX", "", "Christmas Day"), Feast("BE", "XXX", "Christmas Day"), Feast("", "", "")],
)
def test_a_holiday_that_the_tables_do_not_know_falls_on_no_day(feast: Feast) -> None:
    assert not any(days_of(feast, year) for year in range(2020, 2045))
    assert not is_known(feast, 2026)
    event = Event(1, "gone", Action.CLOSED, Windows(EVERY_DAY, time(0), time(0), feast=feast))
    schedule = Schedule(BRUSSELS, (event,), DEFAULT)
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert decide(schedule, now).event is DEFAULT
    assert next_change(schedule, now) is None
    assert why_not(event, BRUSSELS, now) is WhyNot.UNKNOWN_HOLIDAY


def test_years_outside_of_the_tables_are_empty() -> None:
    assert calendar("BE", "VLG", 1969) == calendar("BE", "", 2200) == ()
    # A table that ends does so without noise.
    short = next(c for c in countries() if holidays.country_holidays(c).end_year < 2100)
    assert calendar(short, "", 2150) == ()


def test_every_country_and_region_can_be_read_for_many_years() -> None:
    for country, regions in countries().items():
        for region in ("", *regions):
            for year in (2026, 2030):
                assert all(h.day.year == year and 0 < len(h.name) <= 120 for h in calendar(country, region, year))


@pytest.mark.parametrize(
    ("language", "name"),
    [("nl", "Paasmaandag"), ("fr", "Lundi de Pâques"), ("de", "Ostermontag"), ("en", "Easter Monday")],
)
def test_a_holiday_is_called_as_the_reader_calls_it(language: str, name: str) -> None:
    assert name_in(belgium("Easter Monday"), language, 2026) == name


def test_where_the_table_does_not_speak_the_language_its_own_is_taken() -> None:
    assert name_in(Feast("DE", "", "Good Friday"), "fr", 2026) == "Karfreitag"
    assert name_in(Feast("AT", "", "Easter Monday"), "de", 2026) == "Ostermontag"
    assert name_in(Feast("MA", "", "Islamic New Year"), "fr", 2026) == "Nouvel an musulman"
    assert name_in(Feast("KI", "", "National Day (in honor of Unaine)"), "fr", 2026).endswith("Unaine)")
    assert name_in(belgium("No such day"), "nl", 2026) == "No such day"
    assert name_in(Feast("BE", "WAL", "Day of Wallonia"), "nl", 2026) == "Day of Wallonia"


def test_two_that_always_share_a_day_are_both_named_where_nobody_knows_which_is_which() -> None:
    names = {name_in(Feast("CZ", "", name), "nl", 2026) for name in (
        "New Year's Day", "Independent Czech State Restoration Day",
    )}  # fmt: skip
    assert names == {"Den obnovy samostatného českého státu / Nový rok"}
    assert name_in(Feast("CZ", "", "New Year's Day"), "en", 2026) == "New Year's Day"


def test_names_in_every_language_are_of_the_same_day() -> None:
    for language in ("nl", "fr", "de", "en"):
        for year in range(2024, 2032):
            table = holidays.country_holidays("BE", years=year, language="en_US" if language == "en" else language)
            for holiday in calendar("BE", "", year):
                assert name_in(Feast("BE", "", holiday.name), language, 2027) in table[holiday.day].split("; ")


def test_the_rule_is_that_of_the_country_where_the_region_keeps_the_same_days() -> None:
    assert feast_of("BE", "VLG", "Easter Monday", 2026) == belgium("Easter Monday")
    vlg = Feast("BE", "VLG", "Day of the Flemish Community")
    assert feast_of("BE", "VLG", "Day of the Flemish Community", 2026) == vlg
    assert feast_of("DE", "BY", "Epiphany", 2026) == Feast("DE", "BY", "Epiphany")
    assert region_name("DE", "BY") == "Bayern"
    assert region_name("NL", "FR") == "FR"
    assert regions_of("NL", 2026) == regions_of("XX", 2026) == ()


FEASTS = [
    belgium("Easter Monday"), belgium("Ascension Day"), belgium("Christmas Day"), belgium("New Year's Day"),
    Feast("BE", "WAL", "Day of Wallonia"), Feast("AU", "NSW", "Australia Day"), Feast("CL", "", "Labor Day"),
    Feast("MA", "", "Eid al-Fitr"), Feast("GB", "SCT", "New Year's Day"), belgium("No such day"),
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FEASTS), st.dates(date(2010, 1, 1), date(2040, 12, 31)), st.integers(1, 500))
def test_a_rule_is_active_on_the_days_of_the_table_walked_day_by_day(feast: Feast, begin: date, days: int) -> None:
    """The library's own answer for each day, by its English name with and without what it says of the day."""
    region = None if feast.country == "BE" else feast.region or None
    event = Event(1, "x", Action.CLOSED, Windows(EVERY_DAY, time(0), time(0), feast=feast))
    table = holidays.country_holidays(feast.country, subdiv=region, language=KEY_LANGUAGE)
    for day in (begin + n * DAY for n in range(0, days, 7 if days > 100 else 1)):
        noon = datetime.combine(day, time(12), BRUSSELS)
        names = [name.split(" (")[0] for name in table.get(day, "").split("; ")]
        wallonia = day.month == 9 and day.weekday() == 6 and 15 <= day.day <= 21
        expected = wallonia if feast.region == "WAL" else feast.name in names
        assert is_active(event, BRUSSELS, noon) is expected, day


def test_a_passed_holiday_says_why() -> None:
    monday = Windows(EVERY_DAY, time(8), time(12), feast=belgium("Easter Monday"))
    event = Event(1, "x", Action.CLOSED, monday)
    at = {
        WhyNot.OTHER_HOLIDAY: datetime(2026, 11, 24, 12, tzinfo=BRUSSELS),
        WhyNot.LATER_TODAY: datetime(2027, 3, 29, 7, tzinfo=BRUSSELS),
        WhyNot.OVER_TODAY: datetime(2027, 3, 29, 12, tzinfo=BRUSSELS),
    }
    assert {why: why_not(event, BRUSSELS, now) for why, now in at.items()} == {why: why for why in at}
    bounded = Windows(EVERY_DAY, time(0), time(0), date(2027, 1, 1), date(2027, 12, 31), belgium("Easter Monday"))
    event = Event(1, "x", Action.CLOSED, bounded)
    assert why_not(event, BRUSSELS, datetime(2026, 4, 6, 12, tzinfo=BRUSSELS)) is WhyNot.NOT_YET
    assert why_not(event, BRUSSELS, datetime(2028, 4, 17, 12, tzinfo=BRUSSELS)) is WhyNot.ENDED


def test_a_schedule_with_twenty_holidays_decides_fast() -> None:
    feasts = [Feast("BE", "", h.name) for h in calendar("BE", "", 2027)] + [
        Feast("DE", "BY", h.name) for h in calendar("DE", "BY", 2027)
    ]
    events = tuple(
        Event(n, feast.name, Action.CLOSED, Windows(EVERY_DAY, time(0), time(0), feast=feast))
        for n, feast in enumerate(feasts[:20], 1)
    )
    schedule = Schedule(BRUSSELS, events, DEFAULT)
    start = datetime(2026, 11, 24, tzinfo=UTC)
    decide(schedule, start), next_change(schedule, start)
    begun = perf_counter()
    for hour in range(500):
        decide(schedule, start + timedelta(hours=hour))
    each = (perf_counter() - begun) / 500
    begun = perf_counter()
    for hour in range(500):
        next_change(schedule, start + timedelta(hours=hour))
    following = (perf_counter() - begun) / 500
    assert len(events) == 20
    # Measured: 0.13 ms and 0.26 ms.
    assert each < 0.005
    assert following < 0.01


@pytest.mark.parametrize("zone", ["Europe/Brussels", "Pacific/Auckland", "America/Los_Angeles"])
def test_of_two_holidays_on_one_day_the_earlier_hour_is_the_next_change(zone: str) -> None:
    """Also where that day is another one in UTC, which is what the search is bounded by."""
    feast = Feast("BE", "", "Easter Monday")
    hours = [time(10), time(8)], [time(23), time(22)], [time(1), time(0)]
    for late, early in hours:
        events = tuple(
            Event(n, "x", Action.CLOSED, Windows(EVERY_DAY, since, time(23, 30), feast=feast))
            for n, since in enumerate((late, early), 1)
        )
        found = next_change(Schedule(ZoneInfo(zone), events, DEFAULT), datetime(2027, 1, 1, tzinfo=UTC))
        assert found == datetime.combine(date(2027, 3, 29), early, ZoneInfo(zone))
