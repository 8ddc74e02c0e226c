"""The log's search: what finds a call, and that pages walk every call once, whatever the filters and the instants."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carillon.accounts.models import Organization
from carillon.calls import index, search
from carillon.calls.models import Call, CallPerson
from carillon.calls.search import Wanted
from carillon.calls.tests.builders import NOW, make_call
from carillon.functions.tests.builders import make_organization, make_person
from carillon.numbers.search import fold
from carillon.numbers.trigrams import patterns, text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "looked_for"),
    [
        ("0470 12 34 56", ("32470123456",)),
        ("+32 470/12.34.56", ("32470123456",)),
        ("0032470123456", ("32470123456",)),
        ("0470 12", ("47012",)),
        ("+3247", ("3247",)),
        ("9011", ("9011",)),
        ("91", (" 91",)),
        ("Élise DUBOIS", ("elise", "dubois")),
        ("an", (" an",)),
        ("an 0470 12", (" an", "47012")),
        ("straße", ("strasse",)),
        ("x", ()),
        ("", ()),
        ("%_'\"*", ()),
    ],
)
def test_what_is_typed_becomes_what_the_log_has(typed: str, looked_for: tuple[str, ...]) -> None:
    assert patterns(typed, "BE") == looked_for


def test_fold_leaves_words_and_digits_only() -> None:
    assert fold("  Ünal-Öz, Chloé (+32 2) ") == "unal oz chloe 32 2"


def found(organization: Organization, text: str, **more: Any) -> list[str]:
    wanted = Wanted(words=patterns(text, "BE"), **more)
    return [call.caller for call in search.read(organization, wanted, 50)]


@pytest.fixture
def organization() -> Organization:
    return make_organization()


def test_a_call_is_found_by_every_number_and_name_in_it(organization: Organization) -> None:
    make_call(organization, caller="+32470111111", called_name="Réception", answered_by="An Peeters")
    make_call(organization, caller="+32470222222", called="9011")
    assert found(organization, "0470 11 11 11") == ["+32470111111"]
    assert found(organization, "reception") == ["+32470111111"]
    assert found(organization, "peet an") == ["+32470111111"]
    assert found(organization, "9011") == ["+32470222222"]
    assert found(organization, "0470") == ["+32470222222", "+32470111111"]
    assert found(organization, "peeters 9011") == []


def test_a_changed_or_deleted_call_is_found_as_it_is_now(organization: Organization) -> None:
    call = make_call(organization, answered_by="An Peeters")
    Call.objects.filter(pk=call.pk).update(search=text_of(organization.pk, ["Bram"]))
    assert found(organization, "peeters") == []
    assert found(organization, "bram") == [call.caller]
    call.delete()
    assert found(organization, "bram") == []


def test_the_index_is_made_again_where_a_migration_lost_it(organization: Organization) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TRIGGER calls_search_added" if connection.vendor == "sqlite" else "DROP INDEX calls_search"
        )
    index.ensure()
    index.ensure()
    call = make_call(organization, answered_by="An Peeters")
    assert found(organization, "peeters") == [call.caller]


def test_another_organizations_calls_are_never_found(organization: Organization) -> None:
    other = make_organization("ardenne")
    make_call(other, answered_by="An Peeters")
    assert found(organization, "peeters") == []
    assert found(organization, "0470") == []


#: What calls of the walk are: second since NOW (few: many at the same instant), result, direction, name, who.
CALLS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["answered", "busy"]),
        st.sampled_from(["inbound", "outbound"]),
        st.sampled_from(["An Peeters", "Bram", ""]),
        st.booleans(),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=CALLS,
    size=st.integers(1, 7),
    text=st.sampled_from(["", "peeters", "0470", "br", "nobody"]),
    equal=st.sampled_from([{}, {"result": "busy"}, {"result": "answered", "direction": "inbound"}]),
    by_person=st.booleans(),
    window=st.sampled_from([(None, None), (1, None), (None, 2), (1, 3)]),
)
def test_pages_walk_every_call_once_in_order_and_back(
    organization: Organization,
    calls: list[tuple[int, str, str, str, bool]],
    size: int,
    text: str,
    equal: dict[str, str],
    by_person: bool,
    window: tuple[int | None, int | None],
) -> None:
    Call.objects.all().delete()
    person = organization.users.first() or make_person(organization, "an.peeters")
    for second, result, direction, name, has_part in calls:
        call = make_call(
            organization, NOW + timedelta(seconds=second), result=result, direction=direction, answered_by=name
        )
        if has_part:
            CallPerson.objects.create(call=call, user=person, place=call.place)
    since, until = (None if second is None else NOW + timedelta(seconds=second) for second in window)
    wanted = Wanted(patterns(text, "BE"), since, until, equal, person.pk if by_person else None)
    expected = _expected(organization, wanted)
    walked: list[Call] = []
    while page := search.read(organization, wanted, size, before=walked[-1].place if walked else None):
        walked += page
    assert [call.pk for call in walked] == expected
    back: list[Call] = []
    first = walked[-1].place - 1 if walked else 0
    while page := search.read(organization, wanted, size, after=back[0].place if back else first):
        back = page + back
    assert [call.pk for call in back] == expected


def _expected(organization: Organization, wanted: Wanted) -> list[int]:
    """What a plain reading of all rows finds."""
    rows = Call.objects.filter(organization=organization, **wanted.equal)
    if wanted.person_id is not None:
        rows = rows.filter(people__user_id=wanted.person_id)
    kept = [
        call
        for call in rows
        if all(word in call.search for word in wanted.words)
        and (wanted.since is None or call.started_at >= wanted.since)
        and (wanted.until is None or call.started_at < wanted.until)
    ]
    return [call.pk for call in sorted(kept, key=lambda call: call.place, reverse=True)]


def test_places_of_the_same_instant_differ_and_places_follow_time(organization: Organization) -> None:
    same = [make_call(organization).place for _ in range(50)]
    later = make_call(organization, NOW + timedelta(milliseconds=1)).place
    assert len(set(same)) == 50
    assert later > max(same)
