"""The list of users: who is found, in which order, page by page, with which columns, and what leaves as a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import Organization, User
from carillon.devices.vault import new_secret, seal
from carillon.functions.tests.builders import make_organization, make_person, queries
from carillon.numbers.models import Number
from carillon.users import index, search
from carillon.users.listing import COLUMNS, SIZES
from carillon.users.models import CallForward, ListedPerson, PersonalLine
from carillon.users.search import SORTS, Wanted
from carillon.users.tests.test_views import choose

pytestmark = pytest.mark.django_db
LINK = re.compile(r'id="person-\d+" href="\d+/">([^<]*)</a>')


@pytest.fixture
def organization() -> Organization:
    return make_organization()


@pytest.fixture
def signed_in(client: Client, organization: Organization) -> Client:
    client.force_login(make_person(organization, "zoe.admin", "699", is_admin=True))
    return client


def add_line(person: User, value: str) -> None:
    kind = Number.Kind.E164 if value.startswith("+") else Number.Kind.EXTENSION
    number = person.organization.numbers.create(kind=kind, value=value)
    PersonalLine.objects.create(user=person, number=number)
    index.refresh([person.pk])


def add_phone(person: User) -> None:
    site = person.organization.sites.get_or_create(name="Office", address="x", emergency_number="")[0]
    person.organization.sip_devices.create(user=person, site=site, secret=seal(new_secret()))
    index.refresh([person.pk])


def shown(client: Client, **query: str | int) -> list[str]:
    """The usernames on a page, in their order."""
    return LINK.findall(client.get(reverse("users:list"), query).content.decode())


def many(organization: Organization, count: int) -> None:
    for n in range(count):
        make_person(organization, f"p{n:03}.number{n % 7}", f"7{n:03}")


def test_the_manuals_columns_are_shown_to_who_chose_none(signed_in: Client, organization: Organization) -> None:
    person = make_person(organization, "adel.alkoubaisy", "601", email="adel@example.com", department="Sales")
    add_line(person, "+3227811555")
    page = signed_in.get(reverse("users:list")).content.decode()
    titles = re.findall(r'class="list-sort"[^>]*>([^<]+)', page)
    assert titles == ["Username", "First name", "Last name", "Primary line"]
    assert "+3227811555" in page
    assert "adel@example.com" not in page


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("email", "adel@example.com"), ("department", "Sales"), ("extension", "601"), ("mobile", "+32470123456"),
        ("cost_center", "CC 7"), ("groups", "Support, Everybody"), ("phones", '"Phones">1<'),
        ("forward", "Zoe Admin, 699"),
        ("language", "Dutch"), ("state", "Inactive"), ("primary", "+3227811555"),
    ],
)  # fmt: skip
def test_each_chosen_column_says_what_it_is_called(
    signed_in: Client, organization: Organization, column: str, words: str
) -> None:
    adel = make_person(
        organization, "adel.alkoubaisy", "601", email="adel@example.com", department="Sales", mobile="+32470123456",
        cost_center="CC 7", language="nl", is_active=False,
    )  # fmt: skip
    CallForward.objects.create(user=adel, number="699")
    for priority, name in ((2, "Everybody"), (1, "Support"), (3, "CC")):
        group = organization.user_groups.create(name=name, priority=priority)
        if name != "CC":
            group.members.add(adel)
    add_line(adel, "+3227811555")
    add_phone(adel)
    choose(signed_in, "username", column)
    for address in (reverse("users:list"), reverse("users:list") + "?q=adel"):
        assert words in signed_in.get(address).content.decode()
        assert words in signed_in.get(address, headers={"HX-Request": "true"}).content.decode()
    choose(signed_in, "username")
    row = signed_in.get(reverse("users:list"), {"q": "adel"}).content.decode()
    assert f'data-label="{COLUMNS[column]}"' not in row


def test_columns_and_page_size_are_kept_per_person(signed_in: Client, organization: Organization) -> None:
    many(organization, 30)
    choose(signed_in, "username", "department", size=25)
    page = signed_in.get(reverse("users:list")).content.decode()
    assert len(LINK.findall(page)) == 25
    assert re.findall(r'class="list-sort"[^>]*>([^<]+)', page) == ["Username", "Department"]
    signed_in.force_login(make_person(organization, "an.peeters", is_admin=True))
    assert 'data-label="Last name"' in signed_in.get(reverse("users:list")).content.decode()


def test_no_column_is_refused_and_the_usual_ones_come_back(signed_in: Client) -> None:
    choose(signed_in, "username", "department")
    choose(signed_in)
    page = signed_in.get(reverse("users:list")).content.decode()
    assert "Choose at least one column." in page
    assert 'data-label="Department"' in page
    signed_in.post(reverse("users:columns"), {"usual": "1", "query": "q=zoe"})
    page = signed_in.get(reverse("users:list")).content.decode()
    assert 'data-label="Last name"' in page
    assert 'data-label="Department"' not in page


@pytest.mark.parametrize("value", ["", "x", "username.<b>-50", "username-7", "..-25", "username-" + "9" * 50])
def test_a_mangled_cookie_breaks_nothing(signed_in: Client, value: str) -> None:
    signed_in.cookies[f"users-list-{signed_in.session['_auth_user_id']}"] = value
    assert signed_in.get(reverse("users:list")).status_code == 200


@pytest.mark.parametrize(
    "typed",
    [
        "élise", "ELISE", "dubois elise", "lise", "du", "elise.dubois", "edubois@example", "02 781 15 99",
        "+3227811599",
        "781 15", "60", "605", "0470 99 88 77", "998877", "logist", "cc 42", "elise 605 logistics",
    ],
)  # fmt: skip
def test_each_spelling_finds_the_person_and_nobody_else(
    signed_in: Client, organization: Organization, typed: str
) -> None:
    elise = make_person(
        organization, "elise.dubois", "605", email="edubois@example.com", mobile="+32470998877",
        department="Logistics", cost_center="CC 42",
    )  # fmt: skip
    User.objects.filter(pk=elise.pk).update(first_name="Élise")
    add_line(elise, "+3227811599")
    make_person(organization, "an.wouters", "701")
    assert shown(signed_in, q=typed) == ["elise.dubois"]


def test_every_word_has_to_match(signed_in: Client, organization: Organization) -> None:
    make_person(organization, "elise.dubois", "605")
    make_person(organization, "elise.peeters", "606")
    assert shown(signed_in, q="elise peeters") == ["elise.peeters"]
    assert shown(signed_in, q="elise peeters 605") == []


def test_one_letter_is_too_short_and_says_so(signed_in: Client) -> None:
    page = signed_in.get(reverse("users:list"), {"q": "x"}).content.decode()
    assert "Type at least two letters or digits." in page


def test_who_matches_nothing_is_told_and_shown_the_way_back(signed_in: Client) -> None:
    page = signed_in.get(reverse("users:list"), {"q": "<b>nobody"}).content.decode()
    assert "Nobody has “&lt;b&gt;nobody” in a name, number or e-mail address." in page
    assert "Show all" in page
    assert "is what you chose" in signed_in.get(reverse("users:list"), {"state": "inactive"}).content.decode()


@pytest.fixture
def crowd(organization: Organization) -> Iterator[list[User]]:
    people = [
        make_person(organization, "bram.zeta", "9", email="q@x.be", department="Sales East", language="nl"),
        make_person(organization, "anna.etienne", "10", email="b@x.be", department="Sales", mobile="+32470000002"),
        make_person(organization, "carl.alpha", "100", department="Sales", cost_center="B", is_active=False),
        make_person(organization, "dora.beta", email="a@x.be", cost_center="a", mobile="+32470000001", language="fr"),
    ]
    User.objects.filter(pk=people[1].pk).update(last_name="Étienne")
    add_phone(people[0])
    add_phone(people[1])
    add_phone(people[1])
    add_line(people[3], "+3227811504")
    CallForward.objects.create(user=people[2], number="9")
    index.refresh(person.pk for person in people)
    group = organization.user_groups.create(name="Support", priority=1)
    group.members.add(people[0], people[3])
    yield people


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("username", "abcd"), ("first_name", "abcd"), ("last_name", "cdab"), ("primary", "bacd"), ("email", "dabc"),
        ("department", "cabd"), ("extension", "bacd"), ("mobile", "dacb"), ("cost_center", "dcab"), ("phones", "bacd"),
        ("forward", "cdab"), ("language", "cadb"), ("state", "dabc"),
    ],
)  # fmt: skip
def test_each_column_sorts_both_ways(organization: Organization, crowd: list[User], sort: str, order: str) -> None:
    for down in (False, True):
        rows = search.read(organization, Wanted(sort=sort, down=down), 50)
        found = "".join(row.user.username[0] for row in rows)
        assert found == (order[::-1] if down else order)


def test_every_sort_has_a_column_and_a_test() -> None:
    assert set(COLUMNS) - set(SORTS) == {"groups"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"group": "Support"}, "db"), ({"department": "Sales"}, "ca"), ({"phone": "yes"}, "ab"),
        ({"phone": "no"}, "cdz"),
        ({"state": "inactive"}, "c"), ({"state": "active"}, "zdab"), ({"phone": "yes", "sort": "-phones"}, "ab"),
        ({"phone": "no", "sort": "phones"}, "zcd"), ({"department": "Sales", "sort": "-department"}, "ac"),
        ({"group": "Support", "phone": "yes", "q": "zeta"}, "b"), ({"department": "' OR 1=1 --"}, ""),
    ],
)  # fmt: skip
def test_filters_narrow_the_list(
    signed_in: Client, organization: Organization, crowd: list[User], query: dict[str, str], found: str
) -> None:
    if "group" in query:
        query = query | {"group": str(organization.user_groups.get(name=query["group"]).pk)}
    names = "".join(name[0] for name in shown(signed_in, **query))
    assert sorted(names) == sorted(found)
    if "sort" in query and "z" not in found:
        assert names == found


def test_a_group_of_another_organization_finds_nobody(signed_in: Client, crowd: list[User]) -> None:
    other = make_organization("other")
    group = other.user_groups.create(name="Theirs", priority=1)
    group.members.add(make_person(other, "their.person"))
    assert shown(signed_in, group=group.pk) == []


@pytest.mark.parametrize("filtered", [{}, {"q": "number"}, {"phone": "no"}, {"q": "number", "state": "active"}])
@pytest.mark.parametrize("sort", ["last_name", "-username", "department"])
def test_pages_follow_each_other_and_go_back(
    signed_in: Client, organization: Organization, sort: str, filtered: dict[str, str]
) -> None:
    many(organization, 60)
    choose(signed_in, "username", size=SIZES[0])
    asked = filtered | {"sort": sort}
    pages, address = [], f"?{urlencode(asked)}"
    while address:
        page = signed_in.get(reverse("users:list") + address).content.decode()
        pages.append((address, LINK.findall(page), page))
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    names = [name for _address, found, _page in pages for name in found]
    assert len(names) == len(set(names)) == (60 if "q" in filtered else 61)
    assert [len(found) for _address, found, _page in pages] == [25, 25, len(names) - 50]
    assert f"26 to 50 of {len(names)}" in pages[1][2]
    back = re.search(r'rel="prev" href="([^"]+)"', pages[2][2])
    assert back
    assert shown(signed_in, **flat(back[1])) == pages[1][1]
    last = re.search(r'href="([^"]+)">Last', pages[0][2])
    assert last
    end = signed_in.get(reverse("users:list") + last[1].replace("&amp;", "&")).content.decode()
    assert LINK.findall(end) == names[-25:]
    assert 'rel="next"' not in end


def flat(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(address.replace("&amp;", "&").lstrip("?")).items()}


def test_people_who_come_and_go_between_two_pages_are_neither_twice_nor_lost(
    signed_in: Client, organization: Organization
) -> None:
    many(organization, 60)
    choose(signed_in, "username", size=25)
    page = signed_in.get(reverse("users:list"), {"sort": "username"}).content.decode()
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    make_person(organization, "a.first")
    User.objects.filter(username=LINK.findall(page)[-1]).delete()
    assert shown(signed_in, **flat(following[1]))[0] == "p025.number4"


@pytest.mark.parametrize(
    "query",
    [
        {"after": "zzz"}, {"before": ""}, {"before": "0"}, {"before": "\x00"}, {"at": "x"}, {"at": "9" * 30},
        {"group": "x"}, {"group": "-1"}, {"sort": "password"}, {"sort": "--username"}, {"last": "1"},
        {"state": "x", "phone": "x"}, {"department": "x" * 500}, {"q": "\x00%_'\""}, {"q": "a " * 100},
    ],
)  # fmt: skip
def test_a_mangled_address_shows_a_page(signed_in: Client, organization: Organization, query: dict[str, str]) -> None:
    many(organization, 3)
    assert signed_in.get(reverse("users:list"), query).status_code == 200


def test_before_the_first_page_is_the_first_page(signed_in: Client, organization: Organization) -> None:
    many(organization, 30)
    choose(signed_in, "username", size=25)
    key = ListedPerson.objects.order_by("by_last_name").values_list("by_last_name", flat=True)[5]
    assert len(shown(signed_in, before=key, at="80")) == 25


@pytest.mark.parametrize("filtered", ["", "?q=number&phone=no"])
@pytest.mark.parametrize("columns", [("username", "primary"), tuple(COLUMNS)])
def test_a_page_costs_the_same_few_queries_with_10_and_1000_people(
    signed_in: Client, organization: Organization, columns: tuple[str, ...], filtered: str
) -> None:
    choose(signed_in, *columns, size=200)
    make_person(organization, "p.number1", "8888")
    CallForward.objects.update_or_create(user=make_person(organization, "q.number1", "8889"), number="8888")
    address = reverse("users:list") + filtered
    few = queries(signed_in, address)
    people = User.objects.bulk_create(
        User(organization=organization, username=f"many{n}", last_name=f"number{n}", password="!") for n in range(1000)
    )
    CallForward.objects.bulk_create(CallForward(user=person, number="8888") for person in people)
    index.refresh(person.pk for person in people)
    # Session, person, organization; then: the rows, how many there are (known of a short list), groups and
    # departments, and the names behind forwards.
    assert few <= 3 + 3
    assert queries(signed_in, address) <= 3 + (4 if "forward" in columns else 3)


def test_the_tools_of_a_row_lead_where_they_say(signed_in: Client, organization: Organization) -> None:
    person = make_person(organization, "adel.alkoubaisy", "601")
    page = signed_in.get(reverse("users:list"), {"q": "adel"}).content.decode()
    assert 'aria-label="Tools: Adel Alkoubaisy"' in page
    for words, address in (
        ("Edit user...", f"{person.pk}/"),
        ("Call log of this user", f"{reverse('calls:log')}?person=adel.alkoubaisy"),
        ("Try it...", f"{reverse('calls:try_it')}?number=601"),
        ("Deactivate...", f"{reverse('users:deactivate')}?pk={person.pk}"),
        ("Add to a group...", f"{reverse('users:join')}?pk={person.pk}"),
    ):
        assert re.search(rf'href="{re.escape(address)}"><svg[^>]*>.*?</svg>{re.escape(words)}</a>', page), words
    assert signed_in.get(reverse("calls:log"), {"person": "adel.alkoubaisy"}).status_code == 200
    User.objects.filter(pk=person.pk).update(is_active=False)
    index.refresh([person.pk])
    page = signed_in.get(reverse("users:list"), {"q": "adel"}).content.decode()
    assert "Try it..." not in page
    assert "Activate..." in page
    assert '<span class="person-off">inactive</span>' in page
