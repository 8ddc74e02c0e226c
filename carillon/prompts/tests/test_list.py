"""The list of voice prompts: what stands in it, how it is searched, sorted and filtered, and what it costs."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import User
from carillon.demo import people
from carillon.demo.world import World
from carillon.functions.models import HuntGroup
from carillon.prompts.models import Prompt
from carillon.prompts.tests.builders import deliver, record, tone
from conftest import SignIn

pytestmark = pytest.mark.usefixtures("own_store")
LIST = reverse("prompts:list")
QUERIES = 12


@pytest.fixture
def client(world: World, as_user: SignIn) -> Client:
    return as_user(people.SCHEDULES_ADMIN)


def page(client: Client, **asked: str) -> str:
    return client.get(LIST, asked).content.decode()


def names(client: Client, **asked: str) -> list[str]:
    """Return the names in the order of the table."""
    return re.findall(r'class="prompts-name text-break"><a [^>]*>([^<]*)</a>', page(client, **asked))


def row(text: str, name: str) -> str:
    """Return the table's line of a prompt, its white space in one."""
    lines = [line.partition("</tr>")[0] for line in text.split("<tr>")]
    return re.sub(r"\s+", " ", next(line for line in lines if f">{name}</a>" in line))


def test_the_menu_leads_to_the_list_with_the_manuals_columns(world: World, client: Client) -> None:
    text = page(client)
    assert f'href="{LIST}" aria-current="page"' in text
    found = [
        text.partition("<thead>")[2].index(column)
        for column in (">Name<", ">Description<", ">Last modification<", ">Delete<")
    ]
    assert found == sorted(found)
    assert "New voice prompt" in text
    assert reverse("portal:help", args=["prompts"]) in text


def test_a_line_tells_words_languages_and_when_in_the_readers_time(world: World, client: Client) -> None:
    deliver(world.organization)
    own = world.organization.prompts.create(name="Fair", description="We are at the fair.")
    record(own, "", tone(300))
    Prompt.objects.filter(pk=own.pk).update(updated_at=datetime(2020, 10, 2, 15, 32, tzinfo=UTC))
    User.objects.filter(username=people.SCHEDULES_ADMIN).update(timezone="Europe/Brussels")
    line = row(page(client), "Fair")
    assert "We are at the fair." in line
    assert "02/10/2020 17:32" in line
    assert ">default<" in line
    assert "System" not in line
    assert 'aria-label="Delete “Fair”"' in line
    assert f"{reverse('prompts:listen', args=[own.pk])}?language={world.organization.language}" in line
    welcome = row(page(client), "Welcome")
    assert [mark for mark in ("EN", "NL", "FR", "DE") if f">{mark}</span>" in welcome] == ["EN", "NL", "FR", "DE"]
    assert ">Dutch</span>" in welcome
    assert "System" in welcome
    assert "Delete" not in welcome


def test_a_prompt_without_a_recording_is_marked_and_has_nothing_to_play(world: World, client: Client) -> None:
    line = row(page(client), "MCH")
    assert "callers hear two rising tones" in line
    assert "No recording" in line
    assert "data-play" not in line


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ecole", ["École 2", "École 10"]),
        ("ÉCOLE dix", ["École 10"]),
        ("geschlossen", ["Straße"]),
        ("strasse", ["Straße"]),
        ("no such words", []),
        ("%", []),
        ("_", []),
        ("' OR 1=1 --", []),
        ("\x00", None),
    ],
)
def test_a_search_finds_names_and_descriptions_without_their_accents(
    world: World, client: Client, typed: str, found: list[str] | None
) -> None:
    for name, words in (("École 10", "dix classes"), ("École 2", "deux"), ("Straße", "Wir haben geschlossen.")):
        world.organization.prompts.create(name=name, description=words)
    assert names(client, q=typed) == (names(client) if found is None else found)
    if found == []:
        assert "Nothing matches" in page(client, q=typed)


def test_own_and_system_prompts_are_told_apart(world: World, client: Client) -> None:
    assert names(client, kind="own") == ["MCH"]
    assert "MCH" not in names(client, kind="system")
    assert len(names(client, kind="system")) == len(names(client)) - 1
    assert names(client, kind="nonsense") == names(client)
    assert re.search(r"Own <span[^>]*>1<", page(client, q="mch"))
    world.organization.prompts.get(name="MCH").delete()
    assert "No prompts of your own yet" in page(client, kind="own")
    assert "No prompt of your own has “zz”" in page(client, kind="own", q="zz")


def test_an_organization_without_any_prompt_is_told_what_to_do(as_user: SignIn, world: World) -> None:
    organization = User.objects.get(username=people.OTHER_ADMIN).organization
    organization.users.update(language="en")
    for function in organization.function_numbers.all():
        function.delete()
    organization.prompts.all().delete()
    text = as_user(people.OTHER_ADMIN).get(LIST).content.decode()
    assert "No voice prompts yet" in text
    assert 'type="search"' not in text


def test_it_is_sorted_by_name_or_by_what_was_changed_last(world: World, client: Client) -> None:
    usual = names(client)
    assert usual == sorted(usual, key=str.casefold)
    assert names(client, sort="-name") == usual[::-1]
    Prompt.objects.update(updated_at=datetime(2020, 1, 1, tzinfo=UTC))
    Prompt.objects.filter(name="Welcome").update(updated_at=datetime(2024, 1, 1, tzinfo=UTC))
    assert names(client, sort="-modified")[0] == "Welcome"
    assert names(client, sort="modified")[-1] == "Welcome"
    # A first click on the column shows the latest, a second one turns it round.
    assert 'href="?sort=-modified"' in page(client)
    assert 'href="?sort=modified"' in page(client, sort="-modified")


def test_a_line_says_how_many_places_use_it_and_which(world: World, as_user: SignIn) -> None:
    client = as_user(people.ADMIN)
    prompt = world.organization.prompts.get(name="MCH")
    assert "place" not in row(page(client), "MCH")
    world.main.schedule.events.filter(is_default=True).update(prompt=prompt)
    HuntGroup.objects.filter(pk=world.main.pk).update(on_busy_prompt=prompt)
    assert "2 places" in row(page(client), "MCH")
    told = client.get(reverse("prompts:uses", args=[prompt.pk])).content.decode()
    assert f'<a href="{reverse("schedules:detail", args=[world.main.pk])}">Schedule of {world.main}, event' in told
    assert f'<a href="{reverse("functions:detail", args=[world.main.pk])}">Hunt group {world.main}, when all' in told
    # Whoever may not open the page of a hunt group is told the place without a link.
    told = as_user(people.SCHEDULES_ADMIN).get(reverse("prompts:uses", args=[prompt.pk])).content.decode()
    assert f"<li>Hunt group {world.main}, when all are busy</li>" in told


def test_while_somebody_types_only_the_table_is_sent(world: World, client: Client) -> None:
    answer = client.get(LIST, {"q": "welcome", "kind": "system"}, headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert "<h1" not in text
    assert "Welcome" in text
    assert answer["HX-Replace-Url"] == f"{LIST}?q=welcome&kind=system"
    assert "1 voice prompt" in text


def test_2000_prompts_cost_as_many_queries_as_few(world: World, client: Client, django_assert_num_queries: Any) -> None:
    names(client)
    with django_assert_num_queries(QUERIES):
        few = names(client)
    rows = [Prompt(organization=world.organization, name=f"P {n}", description="x " * 100) for n in range(2000)]
    for prompt in Prompt.objects.bulk_create(rows)[:120]:
        prompt.audio.create(language="", sha256="a" * 64, milliseconds=1)
    world.main.schedule.events.update(prompt=rows[0])
    with django_assert_num_queries(QUERIES):
        shown = names(client)
    assert len(few) < 50 == len(shown)
    with django_assert_num_queries(QUERIES):
        names(client, q="p", kind="own", sort="-modified", page="3")
    assert names(client, q="p", kind="own", page="2")[0] == "P 50"
    assert "51 to 100 of 2000" in page(client, q="p", kind="own", page="2")
    assert "q=p&amp;kind=own&amp;page=3" in page(client, q="p", kind="own", page="2")


def test_hostile_words_stay_words(world: World, client: Client) -> None:
    world.organization.prompts.create(name='"><script>x</script>', description="<img src=x onerror=y>")
    text = page(client)
    assert "<script>x" not in text
    assert "<img src=x" not in text
