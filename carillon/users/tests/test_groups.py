"""User groups: a flag gives its right to members in a real request, no more is told than happened, undo undoes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import GroupMember, Organization, User, UserGroup
from carillon.accounts.roles import RIGHTS, Right, Role, can, role_of, roles_of
from carillon.calls.tests.builders import make_call
from carillon.functions.tests.builders import make_hunt_group, make_organization, make_person, queries
from carillon.schedules.models import ScheduleGrant
from carillon.users.tests.groups import LIST, apply, entering, of, shown, statuses, undo_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization() -> Organization:
    return make_organization()


@pytest.fixture
def admin(organization: Organization) -> Client:
    client = Client()
    client.force_login(make_person(organization, "alexandra.meuwissen", is_admin=True))
    return client


@pytest.fixture
def adel(organization: Organization) -> User:
    return make_person(organization, "adel.alkoubaisy")


@pytest.fixture
def sales(organization: Organization, adel: User) -> UserGroup:
    group = organization.user_groups.create(name="Sales", priority=1)
    group.members.add(adel)
    return group


def test_reports_gives_the_log_and_nothing_more(
    admin: Client, organization: Organization, adel: User, sales: UserGroup
) -> None:
    call = make_call(organization)
    client = entering(adel)
    addresses = [reverse("calls:log"), reverse("calls:export"), reverse("calls:detail", args=[call.pk])]
    assert [client.get(address).status_code for address in addresses] == [403, 403, 403]
    assert "Adel Alkoubaisy sees the call log now." in apply(admin, sales, "reports")
    client = entering(adel)
    assert [client.get(address).status_code for address in addresses] == [200, 200, 200]
    closed = ("schedules:list", "users:list", "users:groups", "functions:list", "accounts:changes", "calls:what_if")
    assert statuses(adel, *closed) == [403] * len(closed)
    assert client.get("/")["Location"] == reverse("calls:log")
    menu = client.get(addresses[0]).content.decode()
    assert re.findall(r'href="(/[a-z-]+/)"', menu.partition("<main")[0]).count("/schedules/") == 0
    assert reverse("users:my_calls") in menu
    assert "sees the call log no longer." in apply(admin, sales, "reports", on=False)
    assert entering(adel).get(addresses[0]).status_code == 403


def test_the_page_of_a_call_leads_only_where_its_reader_may_go(
    admin: Client, organization: Organization, adel: User, sales: UserGroup
) -> None:
    function = make_hunt_group(organization, "second group", "9011")
    call = make_call(organization, function=function, caller_user=adel)
    page = reverse("calls:detail", args=[call.pk])
    for_admins = admin.get(page).content.decode()
    sales.reports = True
    sales.save()
    for_readers = entering(adel).get(page).content.decode()
    led = [reverse("calls:try_it"), reverse("calls:what_if"), reverse("users:detail", args=[adel.pk])]
    for address in (*led, reverse("functions:detail", args=[function.pk])):
        assert f'href="{address}' in for_admins
        assert f'href="{address}' not in for_readers


def test_schedules_admin_gives_schedules_and_leads_to_those_that_are_given(
    admin: Client, organization: Organization, adel: User, sales: UserGroup
) -> None:
    make_hunt_group(organization, "second group", "9011")
    assert statuses(adel, "schedules:list") == [403]
    rights = reverse("schedules:group_rights", args=[sales.pk])
    assert rights not in admin.get(LIST).content.decode()
    page = apply(admin, sales, "schedules_admin")
    assert "Adel Alkoubaisy changes schedules now." in page
    assert rights in page
    assert "All schedules, also new ones" in page
    assert admin.get(rights).status_code == 200
    assert statuses(adel, "schedules:list", "calls:log", "users:list") == [200, 403, 403]
    grant = ScheduleGrant.objects.create(group=sales, everything=False)
    grant.functions.add(organization.function_numbers.get())
    assert "1 function number given" in admin.get(LIST).content.decode()


def test_federated_is_kept_and_gives_nothing(admin: Client, adel: User, sales: UserGroup) -> None:
    before = {right for right in Right if can(User.objects.get(pk=adel.pk), right)}
    assert "Nothing is shared with anybody yet." in admin.get(LIST).content.decode()
    assert "Nobody" in apply(admin, sales, "federated")
    assert UserGroup.objects.get(pk=sales.pk).federated
    assert {right for right in Right if can(User.objects.get(pk=adel.pk), right)} == before


def test_the_flags_of_all_groups_count_together_in_one_query(
    organization: Organization, adel: User, sales: UserGroup, django_assert_num_queries: Any
) -> None:
    for place in range(50):
        flags = {"reports": place == 3, "schedules_admin": place == 7}
        organization.user_groups.create(name=f"group {place}", priority=place + 2, **flags).members.add(adel)
    person = User.objects.get(pk=adel.pk)
    with django_assert_num_queries(1):
        assert roles_of(person) == (Role.SCHEDULES_ADMIN, Role.REPORTS, Role.USER)
        assert role_of(person) == Role.SCHEDULES_ADMIN
        assert {right for right in Right if can(person, right)} == RIGHTS[Role.SCHEDULES_ADMIN] | RIGHTS[Role.REPORTS]


def test_flags_never_take_from_an_administrator(admin: Client, organization: Organization, sales: UserGroup) -> None:
    boss = organization.users.get(is_admin=True)
    sales.members.set([boss])
    page = apply(admin, sales, "reports")
    assert "Nobody&#x27;s rights differ by it." in page
    apply(admin, sales, "reports", on=False)
    assert {right for right in Right if can(User.objects.get(pk=boss.pk), right)} == RIGHTS[Role.ADMINISTRATOR]


def test_who_keeps_a_right_by_another_group_loses_nothing(
    admin: Client, organization: Organization, adel: User, sales: UserGroup
) -> None:
    other = organization.user_groups.create(name="Reports", priority=2, reports=True)
    other.members.add(adel)
    assert "Nobody&#x27;s rights differ by it." in apply(admin, sales, "reports")
    assert "Nobody&#x27;s rights differ by it." in apply(admin, other, "reports", on=False)
    assert "Adel Alkoubaisy sees the call log no longer." in apply(admin, sales, "reports", on=False)


def test_apply_touches_only_what_was_ticked_and_one_undo_takes_all_back(
    admin: Client, organization: Organization, adel: User, sales: UserGroup
) -> None:
    support = organization.user_groups.create(name="Support", priority=2)
    support.members.add(make_person(organization, "bert.claes"))
    data = shown(sales, support)
    # A colleague's click comes between the page and its Apply.
    UserGroup.objects.filter(pk=support.pk).update(federated=True)
    data |= {f"group{sales.pk}-reports": "on", f"group{support.pk}-reports": "on"}
    page = admin.post(LIST, data, follow=True).content.decode()
    assert "Adel Alkoubaisy and Bert Claes see the call log now." in page
    assert UserGroup.objects.get(pk=support.pk).federated
    undone = admin.post(reverse("users:groups_undo"), undo_of(page), follow=True).content.decode()
    assert "Adel Alkoubaisy and Bert Claes see the call log no longer." in undone
    assert not organization.user_groups.filter(reports=True).exists()
    assert UserGroup.objects.get(pk=support.pk).federated
    again = admin.post(reverse("users:groups_undo"), undo_of(page), follow=True).content.decode()
    assert "2 changes could not be taken back" in again


def test_apply_without_a_tick_changes_nothing(admin: Client, organization: Organization, sales: UserGroup) -> None:
    page = admin.post(LIST, shown(sales), follow=True).content.decode()
    assert "Nothing was ticked or unticked." in page
    # A line that the page did not have is no wish.
    admin.post(LIST, {f"group{sales.pk}-reports": "on"})
    assert not organization.user_groups.filter(reports=True).exists()
    assert not organization.audit_entries.exists()


def test_a_member_who_joins_later_does_not_bar_the_undo_of_a_flag(
    admin: Client, organization: Organization, adel: User, sales: UserGroup
) -> None:
    page = apply(admin, sales, "reports")
    admin.post(of(sales, "group_members"), {"add": make_person(organization, "bert.claes").pk})
    admin.post(reverse("users:groups_undo"), undo_of(page))
    assert not UserGroup.objects.get(pk=sales.pk).reports
    assert sales.members.count() == 2


def test_a_new_group_gets_the_last_place_its_flags_and_an_undo(
    admin: Client, organization: Organization, sales: UserGroup
) -> None:
    answer = admin.post(reverse("users:group_new"), {"name": " Night shift ", "reports": "on"}, follow=True)
    group = organization.user_groups.get(name="Night shift")
    assert answer.redirect_chain[-1][0] == of(group)
    assert (group.priority, group.reports, group.schedules_admin, group.federated) == (2, True, False, False)
    page = answer.content.decode()
    assert "The user group is created. Add its members." in page
    admin.post(reverse("users:groups_undo"), undo_of(page))
    assert not organization.user_groups.filter(name="Night shift").exists()


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "This field is required."),
        ("   ", "This field is required."),
        ("sales", "There is already a user group with this name."),
        ("x" * 81, "at most 80"),
        ("a\u202eb", "The name contains a sign that cannot be shown."),
        ("a\nb", "The name contains a sign that cannot be shown."),
    ],
)
def test_a_bad_name_is_told_beside_its_field_and_nothing_typed_is_lost(
    admin: Client, organization: Organization, sales: UserGroup, name: str, error: str
) -> None:
    page = admin.post(reverse("users:group_new"), {"name": name, "federated": "on"}).content.decode()
    assert error in page
    assert re.search(r'name="federated"[^>]*checked', page)
    assert organization.user_groups.count() == 1
    support = organization.user_groups.create(name="Support", priority=2)
    assert error in admin.post(of(support), {"name": name}).content.decode()
    assert UserGroup.objects.get(pk=support.pk).name == "Support"


def test_a_name_of_markup_is_only_text(admin: Client, organization: Organization) -> None:
    admin.post(reverse("users:group_new"), {"name": "<script>alert(1)</script>"})
    group = organization.user_groups.get()
    for address in (LIST, of(group), of(group, "group_delete")):
        page = admin.get(address).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_two_organizations_may_have_groups_of_one_name(admin: Client, sales: UserGroup) -> None:
    other = make_organization("other")
    other.user_groups.create(name="Marketing", priority=1)
    admin.post(reverse("users:group_new"), {"name": "Marketing"})
    assert UserGroup.objects.filter(name="Marketing").count() == 2


def test_the_name_and_the_flags_of_a_group_are_changed_on_its_page(admin: Client, adel: User, sales: UserGroup) -> None:
    data = {"name": "Verkoop", "reports": "on", "schedules_admin": "on", "federated": "on"}
    page = admin.post(of(sales), data, follow=True).content.decode()
    assert "Adel Alkoubaisy changes schedules now." in page
    assert "Adel Alkoubaisy sees the call log now." in page
    assert statuses(adel, "calls:log", "schedules:list") == [200, 200]
    assert "Verkoop" in admin.get(LIST).content.decode()
    again = admin.post(of(sales), data, follow=True).content.decode()
    assert "Saved." in again
    assert 'name="entries"' not in again
    admin.post(reverse("users:groups_undo"), undo_of(page))
    group = UserGroup.objects.get(pk=sales.pk)
    assert (group.name, group.reports, group.schedules_admin, group.federated) == ("Sales", False, False, False)


def test_each_page_costs_the_same_with_many_groups_and_members(
    admin: Client, organization: Organization, sales: UserGroup
) -> None:
    UserGroup.objects.filter(pk=sales.pk).update(schedules_admin=True)
    addresses = (LIST, of(sales), of(sales) + "?q=person", of(sales, "group_delete"))
    admin.get(LIST)
    few = [queries(admin, address) for address in addresses]
    User.objects.bulk_create(
        User(organization=organization, username=f"person{place}", password="!") for place in range(1000)
    )
    UserGroup.objects.bulk_create(
        UserGroup(organization=organization, name=f"g{place}", priority=place + 2, schedules_admin=place % 2 == 0)
        for place in range(200)
    )
    people = list(organization.users.values_list("pk", flat=True))
    groups = list(organization.user_groups.exclude(pk=sales.pk))
    GroupMember.objects.filter(usergroup=sales).delete()
    GroupMember.objects.bulk_create(GroupMember(usergroup=sales, user_id=pk) for pk in people)
    GroupMember.objects.bulk_create(GroupMember(usergroup=group, user_id=pk) for group in groups for pk in people[:20])
    grants = [ScheduleGrant(group=group, everything=False) for group in groups[::2]]
    ScheduleGrant.objects.bulk_create(grants)
    function = make_hunt_group(organization, "second group", "9011")
    grants[0].functions.add(function)
    many = [queries(admin, address) for address in addresses]
    # The names of those who lose something are one query more than nobody.
    assert all(after <= before + 1 for before, after in zip(few, many, strict=True))
    assert max(many) <= 12
    first, second = (queries(admin, f"{of(sales)}?page={page}") for page in (1, 20))
    assert first == second


def test_apply_on_a_hundred_groups_asks_only_for_those_that_differ(
    admin: Client, organization: Organization, sales: UserGroup
) -> None:
    others = [organization.user_groups.create(name=f"g{place}", priority=place + 2) for place in range(90)]
    data = shown(sales, *others) | {f"group{sales.pk}-reports": "on"}
    admin.post(LIST, data)
    assert organization.audit_entries.count() == 1


def test_a_long_list_is_searched_and_paged(admin: Client, organization: Organization) -> None:
    UserGroup.objects.bulk_create(
        UserGroup(organization=organization, name=f"group {place:03}", priority=place + 1) for place in range(150)
    )
    page = admin.get(LIST).content.decode()
    assert "group 099" in page
    assert "group 100" not in page
    assert "group 149" in admin.get(LIST, {"page": 2}).content.decode()
    found = admin.get(LIST, {"q": "149"}).content.decode()
    assert "group 149" in found
    assert "group 000" not in found
    assert "No user group matches" in admin.get(LIST, {"q": "nothing"}).content.decode()


def test_an_organization_without_groups_is_told_what_they_are_for(admin: Client) -> None:
    page = admin.get(LIST).content.decode()
    assert "No user groups yet" in page
    assert reverse("users:group_new") in page
