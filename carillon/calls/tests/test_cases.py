"""Cases: kept with what they give, judged by the present rows, accepted, deleted, and never another organization's."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import AuditEntry, Organization
from carillon.calls import cases
from carillon.calls.models import Case
from carillon.calls.result import from_json
from carillon.demo import people
from carillon.demo.world import World
from carillon.functions.tests.builders import queries
from carillon.numbers.models import FunctionNumber
from conftest import SignIn

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LIST = reverse("calls:cases")
SUNDAY = "number=%2B3227811501&date=2026-11-29&time=10:00"


@pytest.fixture
def admin(world: World, as_user: SignIn) -> Client:
    return as_user(people.ADMIN)


def kept(client: Client, question: str = SUNDAY, name: str = "Sunday closed", when: str = "weekly") -> Case:
    answer = client.post(f"{reverse('calls:case_add')}?{question}", {"name": name, "when": when})
    assert answer.status_code == 302, answer.content.decode()
    return Case.objects.latest("pk")


def open_on_sundays(function: FunctionNumber) -> None:
    function.schedule.events.filter(is_default=True).update(action="open")


def test_a_case_is_kept_with_its_name_and_moment(admin: Client) -> None:
    weekly, once = kept(admin), kept(admin, name="That Sunday", when="once")
    assert (weekly.weekday, weekly.day, weekly.clock, weekly.timezone) == (6, None, time(10), "Europe/Brussels")
    assert (once.weekday, once.day) == (None, date(2026, 11, 29))
    (heard,) = weekly.result.happenings
    assert (heard.names, weekly.result.end) == (("General greeting",), "normal")
    assert [str(row) for row in Case.objects.all()] == ["Sunday closed", "That Sunday"]
    assert weekly.moment(NOW) == once.moment(NOW) == datetime(2026, 11, 29, 9, tzinfo=UTC)


def test_a_case_of_a_weekday_is_asked_for_the_coming_one_and_one_of_a_day_for_ever_for_that_day(admin: Client) -> None:
    weekly, once = kept(admin), kept(admin, when="once")
    at_ten = datetime(2026, 11, 29, 9, 0, 30, tzinfo=UTC)
    assert weekly.moment(at_ten) == datetime(2026, 11, 29, 9, tzinfo=UTC)
    after = datetime(2026, 11, 29, 9, 1, tzinfo=UTC)
    assert weekly.moment(after) == datetime(2026, 12, 6, 9, tzinfo=UTC)
    assert once.moment(after) == datetime(2026, 11, 29, 9, tzinfo=UTC)


def test_in_the_hour_that_the_clock_shows_twice_a_case_means_one_of_both(admin: Client) -> None:
    night = "number=9011&date=2026-10-25&time=02:30"
    assert kept(admin, night, when="once").moment(NOW) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert kept(admin, f"{night}&later=on", when="once").moment(NOW) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_dialog_proposes_what_is_a_rule_as_weekly_and_an_exception_as_once(admin: Client) -> None:
    page = reverse("calls:case_add")
    rule = admin.get(f"{page}?{SUNDAY}").content.decode()
    assert 'value="Sunday 10:00: the caller hears “General greeting” and the call ends"' in rule
    assert 'value="weekly" ' in rule.partition(" checked")[0][-120:]
    holiday = admin.get(f"{page}?{SUNDAY}".replace("11-29", "12-31")).content.decode()
    assert "Thursday 31 December" in holiday
    new_year = admin.get(f"{page}?{SUNDAY}".replace("2026-11-29", "2027-01-01")).content.decode()
    assert 'value="once" ' in new_year.partition(" checked")[0][-120:]


def test_a_question_that_is_none_cannot_be_kept(admin: Client) -> None:
    answer = admin.post(f"{reverse('calls:case_add')}?number=12%2B", {"name": "x", "when": "once"})
    assert answer["Location"] == f"{reverse('calls:what_if')}?number=12%2B"
    assert not Case.objects.exists()
    answer = admin.post(f"{reverse('calls:case_add')}?{SUNDAY}", {"name": "", "when": "never"})
    assert "This field is required." in answer.content.decode()


def test_the_list_says_whether_a_case_holds_and_what_it_gives(admin: Client, world: World) -> None:
    kept(admin)
    text = admin.get(LIST).content.decode()
    assert "as expected" in text
    open_on_sundays(world.main)
    text = admin.get(LIST).content.decode()
    assert "differs" in text
    assert "An Peeters, Chloe Lambert and Greet Wouters ring" in text
    assert f"{reverse('calls:what_if')}?number=%2B3227811501" in text


def test_a_new_name_or_order_is_no_other_result_but_another_member_is(admin: Client, world: World) -> None:
    case = kept(admin, SUNDAY.replace("11-29", "11-30"))
    members = world.main.hunt_group.members
    first, last = members.order_by("position")[0], members.order_by("-position")[0]
    members.filter(pk=first.pk).update(position=9)
    assert last.user_id
    world.organization.users.filter(pk=last.user_id).update(last_name="Peeters-De Smet")
    (verdict,) = cases.judge(world.organization, [case], NOW)
    assert verdict.ok
    members.filter(pk=first.pk).delete()
    (verdict,) = cases.judge(world.organization, [case], NOW)
    assert not verdict.ok


def test_what_is_assumed_is_kept_and_counts(admin: Client, world: World) -> None:
    busy = "".join(f"&assume=u{row.user_id}:busy" for row in world.main.hunt_group.members.all())
    case = kept(admin, SUNDAY.replace("11-29", "11-30") + busy)
    assert set(case.assumptions.values()) == {"busy"}
    assert case.result.happenings[-1].names == ("Busy greeting",)


def test_the_new_result_is_accepted_unless_it_changed_again(admin: Client, world: World) -> None:
    case = kept(admin)
    open_on_sundays(world.main)
    (verdict,) = cases.judge(world.organization, [case], NOW)
    accept = reverse("calls:case_accept", args=[case.pk])
    assert "something else by now" in admin.post(accept, {"seen": "x"}, follow=True).content.decode()
    assert "as expected" in admin.post(accept, {"seen": verdict.seen}, follow=True).content.decode()
    entry = AuditEntry.objects.latest("pk")
    assert entry.kind == "calls.case"
    assert entry.after
    assert from_json(entry.after["rows"][0]["fields"]["expected"]).end == "answered"
    told = admin.get(reverse("accounts:changes")).content.decode()
    assert "An Peeters, Chloe Lambert and Greet Wouters ring" in told


def test_a_deleted_case_comes_back_with_undo(admin: Client, as_user: SignIn) -> None:
    case = kept(as_user(people.SCHEDULES_ADMIN))
    client = as_user(people.SCHEDULES_ADMIN)
    client.post(reverse("calls:case_delete", args=[case.pk]))
    assert not Case.objects.exists()
    client.post(reverse("accounts:undo", args=[AuditEntry.objects.latest("pk").pk]))
    assert Case.objects.get().name == "Sunday closed"


def test_more_cases_than_anybody_looks_after_are_refused_in_words(admin: Client, world: World) -> None:
    case = kept(admin)
    for _number in range(cases.MOST_CASES - 1):
        case.pk = None
        case.save()
    answer = admin.post(f"{reverse('calls:case_add')}?{SUNDAY}", {"name": "one more", "when": "once"})
    assert "There are 200 cases already: delete one first." in answer.content.decode()


def test_the_list_costs_the_same_queries_however_many_cases_there_are(admin: Client, world: World) -> None:
    case = kept(admin)
    for number in ("9106", "9102", "9011", "0470123456"):  # a forward, a person, a group, a number outside
        case.pk, case.number = None, number
        case.save()
    few = queries(admin, LIST)
    for number in ("9107", "+3227811601", "9103", "9104", "9105", "+3227811501", "0470999999", "77777"):
        case.pk, case.number, case.weekday = None, number, 1
        case.save()
    assert queries(admin, LIST) == few
    assert few <= 30


def test_cases_of_another_organization_are_neither_shown_nor_judged(
    admin: Client, as_user: SignIn, world: World
) -> None:
    kept(admin)
    stranger = as_user(people.OTHER_ADMIN)
    assert "Sunday closed" not in stranger.get(LIST).content.decode()
    assert cases.judge_all(Organization.objects.get(pk=world.other.pk), NOW) == []


def test_a_case_is_of_a_day_or_of_a_weekday(admin: Client) -> None:
    case = kept(admin)
    case.day = date(2026, 1, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        case.save()
