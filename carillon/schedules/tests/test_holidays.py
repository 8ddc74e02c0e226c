"""Public holidays of a schedule: what can be chosen, what is added, what the page says, and in whose language."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from carillon.accounts.models import AuditEntry, User
from carillon.functions.tests.builders import (
    chapter_five,
    make_hunt_group,
    make_organization,
    make_person,
)
from carillon.numbers.models import FunctionNumber
from carillon.routing.feasts import Feast, calendar
from carillon.schedules.forms import EventForm
from carillon.schedules.holiday_words import called, country_choices, place, region_choices
from carillon.schedules.holidays_form import days_apart, usual_place
from carillon.schedules.holidays_screen import choice_rows, feasts_of
from carillon.schedules.models import ScheduleEvent

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 24)
EASTER_MONDAY = Feast("BE", "", "Easter Monday")
FLEMISH = Feast("BE", "VLG", "Day of the Flemish Community")


@pytest.fixture
def function() -> FunctionNumber:
    return chapter_five(make_organization())


@pytest.fixture
def admin(function: FunctionNumber) -> User:
    return make_person(function.organization, "alexandra.meuwissen", is_admin=True)


@pytest.fixture
def signed_in(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def page_of(function: FunctionNumber, **place: str) -> str:
    found = reverse("schedules:holidays_add", args=[function.pk], query=place)
    return str(found)


def add(client: Client, function: FunctionNumber, *chosen: str, **data: Any) -> str:
    """Add holidays on their page; what the next page says."""
    function.schedule.refresh_from_db()
    address = page_of(function, **data.pop("place", {}))
    typed = {"version": function.schedule.version, "action": "closed", "chosen": chosen} | data
    return re.sub(r"\s+", " ", client.post(address, typed, follow=True).content.decode())


def order(function: FunctionNumber) -> list[str]:
    return [event.name for event in function.schedule.events.filter(is_default=False)]


def holiday(feast: Feast, **fields: Any) -> ScheduleEvent:
    return ScheduleEvent(
        name=feast.name, repeat="holiday", feast_country=feast.country, feast_region=feast.region,
        feast_name=feast.name, **fields,
    )  # fmt: skip


# What can be chosen


def test_belgium_comes_first_with_its_communities_and_every_country_is_there() -> None:
    countries = country_choices()
    assert countries[0] == ("BE", "Belgium")
    assert len(countries) == 250
    assert [name for _code, name in countries[1:]] == sorted(name for _code, name in countries[1:])
    assert all(name != code for code, name in countries)
    assert region_choices("BE", 2026) == [
        ("", "Whole country"), ("VLG", "Flemish Community"), ("BRU", "Brussels-Capital"),
        ("FRC", "French Community"), ("DGC", "German-speaking Community"), ("WAL", "Wallonia"),
    ]  # fmt: skip
    assert ("BW", "Baden-Württemberg") in region_choices("DE", 2026)
    assert region_choices("NL", 2026) == [("", "Whole country")]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", ["Paasmaandag", "Dag van de Vlaamse Gemeenschap", "België, Vlaamse Gemeenschap", "Duitsland"]),
        ("fr", ["Lundi de Pâques", "Fête de la Communauté flamande", "Belgique, Communauté flamande", "Allemagne"]),
        ("de", ["Ostermontag", "Tag der Flämischen Gemeinschaft", "Belgien, Flämische Gemeinschaft", "Deutschland"]),
        ("en", ["Easter Monday", "Day of the Flemish Community", "Belgium, Flemish Community", "Germany"]),
        ("xx", ["Paasmaandag", "Day of the Flemish Community", "BE, Flemish Community", "DE"]),
    ],
)
def test_holidays_and_places_are_called_as_the_reader_calls_them(language: str, words: list[str]) -> None:
    with override(language):
        germany = dict(country_choices())["DE"]
        assert [called(EASTER_MONDAY), called(FLEMISH), place(FLEMISH), germany] == words


def test_a_choice_shows_the_days_of_three_years_with_their_weekday() -> None:
    feasts = feasts_of("BE", "VLG", TODAY)
    rows = {row.name: row for row in choice_rows(feasts, [holiday(EASTER_MONDAY)], None, TODAY)}
    assert list(rows)[:3] == ["New Year's Day", "Easter Sunday", "Easter Monday"]
    assert [(cell.year, cell.words, cell.past) for cell in rows["Christmas Day"].cells] == [
        (2026, "Fri 25 Dec", False),
        (2027, "Sat 25 Dec", False),
        (2028, "Mon 25 Dec", False),
    ]
    assert [cell.past for cell in rows["Labor Day"].cells] == [True, False, False]
    assert rows["Easter Monday"].event
    assert rows["Day of the Flemish Community"].event is None
    assert feasts[feasts.index(FLEMISH)].region == "VLG"


def test_days_that_follow_each_other_are_said_as_one_and_the_moon_is_mentioned() -> None:
    rows = {row.name: row for row in choice_rows(feasts_of("MA", "", TODAY), [], ["Eid al-Adha"], TODAY)}
    assert rows["Eid al-Fitr"].cells[1].words == "Tue 9 Mar - Wed 10 Mar"
    assert (rows["Eid al-Fitr"].estimated, rows["Throne Day"].estimated) == (True, False)
    assert [name for name, row in rows.items() if row.checked] == ["Eid al-Adha"]
    days = [date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 4)]
    assert days_apart(days) == [(days[0], days[1]), (days[2], days[2])]


def test_a_holiday_that_next_year_does_not_have_is_offered_where_it_falls() -> None:
    names = [feast.name for feast in feasts_of("GE", "", date(2028, 1, 1))]
    assert len(names) == len(set(names)) > 10
    assert feasts_of("LK", "", date(2100, 1, 1)) == []


def test_the_place_is_that_of_the_newest_rules() -> None:
    be, vlg, de = (holiday(f, pk=n) for n, f in enumerate([EASTER_MONDAY, FLEMISH, Feast("DE", "", "Epiphany")], 1))
    be.pk, vlg.pk = 3, 2
    de.pk = 1
    assert usual_place("FR", []) == ("FR", "")
    assert usual_place("FR", [be, vlg, de]) == ("BE", "VLG")
    de.pk = 4
    assert usual_place("FR", [be, vlg, de]) == ("DE", "")


def test_the_page_begins_with_the_country_of_the_organization_and_remembers_the_region(
    signed_in: Client, function: FunctionNumber
) -> None:
    page = signed_in.get(page_of(function)).content.decode()
    assert '<option value="BE" selected>Belgium' in page
    assert page.count('name="chosen"') == 12
    add(signed_in, function, "Day of the Flemish Community", place={"country": "BE", "region": "VLG"})
    other = make_hunt_group(function.organization, "second group", "9011")
    page = signed_in.get(page_of(other)).content.decode()
    assert '<option value="VLG" selected>Flemish Community' in page
    # A region that is left over from another country is none.
    page = signed_in.get(page_of(other, country="DE", region="VLG")).content.decode()
    assert '<option value="" selected>Whole country' in page


@pytest.mark.parametrize("country", ["ZZ", "", "be", "x" * 200])
def test_a_country_that_does_not_exist_is_told_beside_its_field(
    signed_in: Client, function: FunctionNumber, country: str
) -> None:
    page = signed_in.get(page_of(function, country=country, region="VLG")).content.decode()
    assert 'name="chosen"' not in page
    assert "id_country_error" in page
    assert "Choose a country to see its holidays." in page


def test_a_country_without_holidays_says_so(signed_in: Client, function: FunctionNumber) -> None:
    assert (
        "The calendar has no public holidays for this country."
        in signed_in.get(page_of(function, country="BV")).content.decode()
    )


# Adding


def test_new_holidays_stand_on_top_in_the_order_of_the_calendar(signed_in: Client, function: FunctionNumber) -> None:
    page = add(signed_in, function, "Christmas Day", "Easter Monday", "New Year's Day")
    assert "3 public holidays are added." in page
    assert order(function) == ["New Year's Day", "Easter Monday", "Christmas Day", "1 jan", "pm", "am"]
    event = function.schedule.events.get(name="Easter Monday")
    assert (event.feast_country, event.feast_region, event.feast_name) == ("BE", "", "Easter Monday")
    assert (event.time_from, event.starts_at, event.action) == (None, "", "closed")
    assert AuditEntry.objects.count() == 1


def test_holidays_are_named_in_the_readers_language(signed_in: Client, function: FunctionNumber, admin: User) -> None:
    admin.language = "nl"
    admin.save()
    add(signed_in, function, "Easter Monday", "Day of Wallonia", place={"country": "BE", "region": "WAL"})
    assert order(function)[:2] == ["Paasmaandag", "Dag van Wallonië"]
    page = signed_in.get(reverse("schedules:detail", args=[function.pk])).content.decode()
    assert "Feestdag: Paasmaandag (België)" in page


def test_adding_twice_changes_nothing(signed_in: Client, function: FunctionNumber) -> None:
    add(signed_in, function, "Easter Monday")
    version, entries = function.schedule.version, AuditEntry.objects.count()
    # The same form once more, as a double click sends it: the version is the old one.
    page = add(signed_in, function, "Easter Monday", version=version, place={"country": "BE", "region": "VLG"})
    assert "Nothing is changed." in page
    assert order(function) == ["Easter Monday", "1 jan", "pm", "am"]
    assert AuditEntry.objects.count() == entries
    assert "1 public holiday is added." in add(signed_in, function, "Easter Monday", "Christmas Day")
    assert order(function)[:2] == ["Christmas Day", "Easter Monday"]


def test_what_is_there_is_shown_as_such_and_cannot_be_chosen(signed_in: Client, function: FunctionNumber) -> None:
    add(signed_in, function, "Easter Monday")
    page = signed_in.get(page_of(function, country="BE", region="FRC")).content.decode()
    assert 'value="Easter Monday"' not in page
    assert page.count("in the schedule</a>") == 1
    add(signed_in, function, *[found.name for found in calendar("BE", "", 2027)])
    page = signed_in.get(page_of(function, country="BE", region="")).content.decode()
    assert "All of them are in the schedule." in page
    assert "Add the chosen holidays" not in page


def test_a_slip_is_told_beside_its_field_and_nothing_typed_is_lost(signed_in: Client, function: FunctionNumber) -> None:
    assert "Choose at least one public holiday." in add(signed_in, function)
    assert "Nothing is added yet" in add(signed_in, function)
    page = add(signed_in, function, "Easter Monday", action="forward", time_from="25:00", time_to="18:00")
    for words in ("Type a time as 08:30.", "Say where the calls go", 'value="25:00"', 'value="18:00"'):
        assert words in page
    assert re.search(r'value="Easter Monday" checked', page)
    assert not re.search(r'value="Christmas Day" checked', page)
    for more, words in (
        ({"time_from": "08:00"}, "leave both empty for the whole day"),
        ({"set_start_date": "on"}, "Type the first day"),
        (
            {"set_start_date": "on", "start_date": "2027-02-01", "set_end_date": "on", "end_date": "2027-01-01"},
            "The last day is before the first day.",
        ),
        ({"chosen": ["No such day"]}, "Choose public holidays from the list."),
    ):
        assert words in add(signed_in, function, **{"chosen": ["Easter Monday"]} | more)
    assert order(function) == ["1 jan", "pm", "am"]


def test_who_was_slower_is_told_and_can_save_again(signed_in: Client, function: FunctionNumber) -> None:
    stale = function.schedule.version - 1
    page = add(signed_in, function, "Easter Monday", version=stale)
    assert "changed meanwhile" in page or "meanwhile. Nothing of yours is stored yet." in page
    assert order(function) == ["1 jan", "pm", "am"]
    assert re.search(r'value="Easter Monday" checked', page)


def test_the_added_holidays_are_undone_together(signed_in: Client, function: FunctionNumber) -> None:
    add(signed_in, function, "Easter Monday", "Christmas Day")
    entry = AuditEntry.objects.get()
    signed_in.post(reverse("accounts:undo", args=[entry.pk]))
    assert order(function) == ["1 jan", "pm", "am"]


def test_the_ordinary_dialog_does_not_offer_public_holidays(function: FunctionNumber) -> None:
    typed = {"name": "x", "repeat": "holiday", "action": "closed"}
    form = EventForm(typed, instance=ScheduleEvent(), function=function)
    assert "holiday" not in dict(form.fields["repeat"].choices)  # type: ignore[attr-defined]  # a ChoiceField
    assert not form.is_valid()


def test_a_holiday_is_edited_and_deleted_like_any_event(signed_in: Client, function: FunctionNumber) -> None:
    add(signed_in, function, "Easter Monday")
    event = function.schedule.events.get(name="Easter Monday")
    address = reverse("schedules:event_edit", args=[function.pk, event.pk])
    dialog = signed_in.get(address).content.decode()
    assert "Public holiday: Easter Monday (Belgium)" in dialog
    assert 'name="repeat"' not in dialog
    function.schedule.refresh_from_db()
    typed = {"name": "Easter", "action": "open", "time_from": "08:00", "time_to": "12:00", "repeat": "day"}
    signed_in.post(address, typed | {"version": function.schedule.version})
    event.refresh_from_db()
    assert (event.name, event.repeat, event.action, event.time_to) == ("Easter", "holiday", "open", time(12))
    delete = reverse("schedules:event_delete", args=[function.pk, event.pk])
    assert "Public holiday: Easter Monday (Belgium), next 20" in signed_in.get(delete).content.decode()
    function.schedule.refresh_from_db()
    signed_in.post(delete, {"version": function.schedule.version})
    assert order(function) == ["1 jan", "pm", "am"]
