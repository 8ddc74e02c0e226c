"""Who may change schedules: what a user group is given is what its members see, change and take back; nothing more."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import AuditEntry, User, UserGroup
from carillon.functions.tests.builders import chapter_five, make_hunt_group, make_organization, make_person, queries
from carillon.numbers.models import FunctionNumber
from carillon.schedules.models import ScheduleGrant, schedules_given_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def main() -> FunctionNumber:
    function = chapter_five(make_organization())
    make_hunt_group(function.organization, "second group", "9011")
    return function


@pytest.fixture
def second(main: FunctionNumber) -> FunctionNumber:
    return main.organization.function_numbers.get(name="second group")


@pytest.fixture
def group(main: FunctionNumber) -> UserGroup:
    return main.organization.user_groups.create(name="CC", priority=1, schedules_admin=True)


@pytest.fixture
def steven(group: UserGroup) -> User:
    person = make_person(group.organization, "steven.claes")
    group.members.add(person)
    return person


@pytest.fixture
def admin(main: FunctionNumber) -> Client:
    client = Client()
    client.force_login(make_person(main.organization, "alexandra.meuwissen", is_admin=True))
    return client


def give(admin: Client, group: UserGroup, *functions: FunctionNumber) -> Any:
    data = {"everything": "chosen", "functions": [each.pk for each in functions]}
    return admin.post(reverse("schedules:group_rights", args=[group.pk]), data, follow=True)


def given(user: User) -> list[str]:
    return sorted(schedules_given_to(User.objects.get(pk=user.pk)).values_list("name", flat=True))


def detail(function: FunctionNumber) -> str:
    return reverse("schedules:detail", args=[function.pk])


def test_a_group_is_given_all_until_somebody_chooses(admin: Client, group: UserGroup, steven: User) -> None:
    assert given(steven) == ["Main number", "second group"]
    assert "All schedules, also new ones" in admin.get(reverse("schedules:rights")).content.decode()


def test_members_see_and_change_what_their_group_is_given_and_nothing_else(
    client: Client, admin: Client, group: UserGroup, steven: User, main: FunctionNumber, second: FunctionNumber
) -> None:
    assert "may change these schedules" in give(admin, group, second).content.decode()
    client.force_login(steven)
    listed = client.get(reverse("schedules:list")).content.decode()
    assert "second group" in listed
    assert "Main number" not in listed
    assert client.get(detail(second)).status_code == 200
    am = main.schedule.events.get(name="am").pk
    with_event = [(name, am) for name in ("event_edit", "event_delete", "event_move")]
    with_event = [(name, am) for name in ("event_edit", "event_delete", "event_move")]
    for name, *more in (*with_event, ("detail",), ("event_add",), ("reorder",), ("timezone",)):
        address = reverse(f"schedules:{name}", args=[main.pk, *more])
        answers = {client.get(address).status_code, client.post(address, {"version": 1}).status_code}
        assert 404 in answers
        assert answers <= {404, 405}


def test_the_home_page_shows_the_same_numbers(
    client: Client, admin: Client, group: UserGroup, steven: User, second: FunctionNumber
) -> None:
    give(admin, group, second)
    client.force_login(steven)
    page = client.get(reverse("home")).content.decode()
    assert "second group" in page
    assert "Main number" not in page


def test_a_new_number_comes_along_only_with_all(
    admin: Client, group: UserGroup, steven: User, main: FunctionNumber
) -> None:
    make_hunt_group(main.organization, "third", "9012")
    assert "third" in given(steven)
    give(admin, group, main)
    make_hunt_group(main.organization, "fourth", "9013")
    assert given(steven) == ["Main number"]


def test_two_groups_together_give_what_both_do(
    admin: Client, group: UserGroup, steven: User, main: FunctionNumber, second: FunctionNumber
) -> None:
    other = main.organization.user_groups.create(name="Shops", priority=2, schedules_admin=True)
    other.members.add(steven)
    plain = main.organization.user_groups.create(name="All", priority=3)
    plain.members.add(steven)
    give(admin, group, main)
    assert given(steven) == ["Main number", "second group"]
    give(admin, other, second)
    assert given(steven) == ["Main number", "second group"]
    give(admin, other)
    assert given(steven) == ["Main number"]
    give(admin, group)
    assert given(steven) == []


def test_a_group_without_the_flag_gives_nothing(admin: Client, group: UserGroup, steven: User) -> None:
    UserGroup.objects.filter(pk=group.pk).update(schedules_admin=False)
    assert given(steven) == []
    assert admin.get(reverse("schedules:group_rights", args=[group.pk])).status_code == 404


def test_somebody_who_is_given_nothing_reads_why(client: Client, admin: Client, group: UserGroup, steven: User) -> None:
    give(admin, group)
    client.force_login(steven)
    assert "No function number is given to you" in client.get(reverse("schedules:list")).content.decode()
    assert "no schedule" in admin.get(reverse("schedules:rights")).content.decode()


def test_only_administrators_choose(client: Client, group: UserGroup, steven: User) -> None:
    client.force_login(steven)
    for address in (reverse("schedules:rights"), reverse("schedules:group_rights", args=[group.pk])):
        assert client.get(address).status_code == 403
        assert client.post(address, {"everything": "all"}).status_code == 403
    assert reverse("schedules:rights") not in client.get(reverse("schedules:list")).content.decode()


def test_a_foreign_number_cannot_be_given(admin: Client, group: UserGroup, steven: User) -> None:
    foreign = make_hunt_group(make_organization("other"), "foreign", "9011")
    page = give(admin, group, foreign).content.decode()
    assert "not one of the available choices" in page
    assert not ScheduleGrant.objects.exists()
    assert "foreign" not in given(steven)


def test_giving_is_recorded_and_can_be_taken_back(
    admin: Client, group: UserGroup, steven: User, main: FunctionNumber, second: FunctionNumber
) -> None:
    give(admin, group, main)
    give(admin, group, second)
    last = AuditEntry.objects.filter(kind="schedules.schedulegrant").first()
    assert last
    assert last.label == "CC"
    assert given(steven) == ["second group"]
    admin.post(reverse("accounts:undo", args=[last.pk]))
    assert given(steven) == ["Main number"]
    first = AuditEntry.objects.filter(kind="schedules.schedulegrant", verb="create").get()
    admin.post(reverse("accounts:undo", args=[first.pk]))
    assert given(steven) == ["Main number", "second group"]


def test_an_own_change_is_not_taken_back_where_the_number_is_not_given_any_more(
    client: Client, admin: Client, group: UserGroup, steven: User, main: FunctionNumber, second: FunctionNumber
) -> None:
    client.force_login(steven)
    am = main.schedule.events.get(name="am")
    client.post(reverse("schedules:event_delete", args=[main.pk, am.pk]), {"version": 1})
    entry = AuditEntry.objects.get(kind="schedules.schedule", actor=steven)
    undo = reverse("accounts:undo", args=[entry.pk])
    give(admin, group, second)
    assert client.post(undo).status_code == 404
    give(admin, group, main)
    assert client.post(undo).status_code == 302
    assert main.schedule.events.filter(name="am").exists()


def test_somebody_who_is_no_administrator_any_more_takes_no_own_gift_back(
    client: Client, group: UserGroup, main: FunctionNumber
) -> None:
    person = make_person(main.organization, "an.peeters", is_admin=True)
    group.members.add(person)
    client.force_login(person)
    give(client, group, main)
    User.objects.filter(pk=person.pk).update(is_admin=False)
    entry = AuditEntry.objects.get(kind="schedules.schedulegrant")
    assert client.post(reverse("accounts:undo", args=[entry.pk])).status_code == 404
    assert given(person) == ["Main number"]


def test_a_deleted_number_comes_back_with_those_who_may_change_it(
    admin: Client, group: UserGroup, steven: User, second: FunctionNumber
) -> None:
    give(admin, group, second)
    admin.post(reverse("functions:delete", args=[second.pk]))
    assert given(steven) == []
    entry = AuditEntry.objects.filter(verb="delete").get()
    admin.post(reverse("accounts:undo", args=[entry.pk]))
    assert given(steven) == ["second group"]


def test_the_page_costs_the_same_queries_with_one_and_twenty_groups(
    admin: Client, group: UserGroup, main: FunctionNumber, second: FunctionNumber
) -> None:
    give(admin, group, main, second)
    page = reverse("schedules:rights")
    one = queries(admin, page)
    for place in range(20):
        other = main.organization.user_groups.create(name=f"group {place}", priority=place, schedules_admin=True)
        ScheduleGrant.objects.create(group=other, everything=False).functions.set([main, second])
    assert queries(admin, page) == one


def test_what_if_answers_for_every_number_and_leads_to_the_given_schedules_alone(
    client: Client, admin: Client, group: UserGroup, steven: User, main: FunctionNumber, second: FunctionNumber
) -> None:
    am = main.schedule.events.get(name="am")
    edit = reverse("schedules:event_edit", args=[main.pk, am.pk])
    asked = f"{reverse('calls:what_if')}?number={main.number.value.replace('+', '%2B')}&date=2027-03-03&time=10:00"
    client.force_login(steven)
    assert edit in client.get(asked).content.decode()
    give(admin, group, second)
    page = client.get(asked).content.decode()
    assert "am" in page
    assert edit not in page


def test_the_page_of_changes_says_what_was_given(admin: Client, group: UserGroup, main: FunctionNumber) -> None:
    give(admin, group, main)
    page = admin.get(reverse("accounts:changes")).content.decode()
    assert "Who may change schedules" in page
    assert "Main number, +3227811501" in page
    assert " object (" not in page
