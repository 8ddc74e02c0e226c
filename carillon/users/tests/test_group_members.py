"""Members of user groups: joining gives, leaving takes, and deleting a group says before what it means."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import Organization, User, UserGroup
from carillon.functions.tests.builders import make_hunt_group, make_organization, make_person
from carillon.schedules.models import ScheduleGrant, schedules_given_to
from carillon.users.tests.groups import apply, of, statuses, undo_of

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


def test_joining_gives_the_rights_of_the_group_and_leaving_takes_them(
    admin: Client, organization: Organization, sales: UserGroup
) -> None:
    UserGroup.objects.filter(pk=sales.pk).update(reports=True)
    bert = make_person(organization, "bert.claes")
    assert statuses(bert, "calls:log") == [403]
    found = admin.get(of(sales), {"q": "bert"}).content.decode()
    assert f'name="add" value="{bert.pk}"' in found
    joined = admin.post(of(sales, "group_members") + "?q=bert", {"add": bert.pk}, follow=True)
    assert joined.redirect_chain[-1][0] == of(sales) + "?q=bert"
    page = joined.content.decode()
    assert "Added: Bert Claes. Bert Claes sees the call log now." in page
    assert f'name="remove" value="{bert.pk}"' in page
    assert statuses(bert, "calls:log") == [200]
    entry = organization.audit_entries.first()
    assert entry
    assert (entry.label, entry.verb) == ("Bert Claes (Sales)", "create")
    page = admin.post(of(sales, "group_members"), {"remove": bert.pk}, follow=True).content.decode()
    assert "Removed: Bert Claes. Bert Claes sees the call log no longer." in page
    assert statuses(bert, "calls:log") == [403]
    admin.post(reverse("users:groups_undo"), undo_of(page) | {"group": str(sales.pk)})
    assert statuses(bert, "calls:log") == [200]


def test_joining_twice_and_leaving_twice_is_no_error(admin: Client, adel: User, sales: UserGroup) -> None:
    for data in ({"add": adel.pk}, {"remove": adel.pk}, {"remove": adel.pk}):
        page = admin.post(of(sales, "group_members"), data, follow=True).content.decode()
    assert "Nothing differs" in page
    assert not sales.members.exists()


@pytest.mark.parametrize("word", ["x", "-1", "99999999999999999999", "\x00"])
def test_people_of_others_and_nonsense_never_join(admin: Client, sales: UserGroup, word: str) -> None:
    stranger = make_person(make_organization("other"), "otto.other")
    for value in (word, stranger.pk):
        page = admin.post(of(sales, "group_members"), {"add": value}, follow=True).content.decode()
        assert "Nobody was added or removed" in page
    assert sales.members.count() == 1
    assert admin.post(reverse("users:groups_undo"), {"entries": word, "group": word}).status_code == 302
    assert "otto.other" not in admin.get(of(sales), {"q": "otto"}).content.decode()


def test_deleting_says_before_what_goes_and_undo_brings_members_and_schedules_back(
    admin: Client, organization: Organization, adel: User, sales: UserGroup
) -> None:
    UserGroup.objects.filter(pk=sales.pk).update(reports=True, schedules_admin=True)
    function = make_hunt_group(organization, "second group", "9011")
    make_hunt_group(organization, "third", "9012")
    ScheduleGrant.objects.create(group=sales, everything=False).functions.add(function)
    before = admin.get(of(sales, "group_delete")).content.decode()
    for words in ("1 person is a member", "changes schedules no longer", "the call log no longer", "second group"):
        assert words in before
    assert organization.user_groups.count() == 1
    page = admin.post(of(sales, "group_delete"), follow=True).content.decode()
    assert "“Sales” is deleted." in page
    assert statuses(adel, "calls:log", "schedules:list") == [403, 403]
    admin.post(reverse("users:groups_undo"), undo_of(page))
    assert statuses(adel, "calls:log", "schedules:list") == [200, 200]
    assert [each.name for each in schedules_given_to(User.objects.get(pk=adel.pk))] == ["second group"]


def test_deleting_a_group_that_gives_nothing_says_so(admin: Client, adel: User, sales: UserGroup) -> None:
    assert "Nobody loses a right by it." in admin.get(of(sales, "group_delete")).content.decode()
    admin.post(of(sales, "group_delete"))
    assert User.objects.filter(pk=adel.pk).exists()


def test_the_changes_name_person_and_group(admin: Client, organization: Organization, sales: UserGroup) -> None:
    admin.post(of(sales, "group_members"), {"add": make_person(organization, "bert.claes").pk})
    apply(admin, sales, "reports")
    admin.post(of(sales, "group_delete"))
    page = admin.get(reverse("accounts:changes")).content.decode()
    assert "Bert Claes (Sales)" in page
    assert "object (" not in page
    assert "User group" in page
