"""What a text is that somebody dials or types, and that nothing typed breaks the reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carillon.routing.numbers import (
    EMERGENCY,
    HELP_LINES,
    Dialled,
    Kind,
    caller_e164,
    emergency_numbers,
    read_number,
    show,
    spellings,
    to_e164,
)


@pytest.mark.parametrize(
    ("text", "kind", "meant", "abroad"),
    [
        ("112", Kind.EMERGENCY, "112", False),
        ("0112", Kind.EMERGENCY, "112", False),
        ("1 1 2", Kind.EMERGENCY, "112", False),
        ("+112", Kind.EMERGENCY, "112", False),
        ("+32 101", Kind.EMERGENCY, "101", False),
        ("0032100", Kind.EMERGENCY, "100", False),
        ("116000", Kind.EMERGENCY, "116000", False),
        ("070 245 245", Kind.EMERGENCY, "+3270245245", False),
        ("0800 32 123", Kind.EMERGENCY, "+3280032123", False),
        ("9011", Kind.EXTENSION, "9011", False),
        ("20", Kind.EXTENSION, "20", False),
        ("999999", Kind.EXTENSION, "999999", False),
        ("1207", Kind.SHORT, "1207", False),
        ("02 781 15 01", Kind.NATIONAL, "+3227811501", False),
        ("02/781.15.01", Kind.NATIONAL, "+3227811501", False),
        ("+32 (0)2 781 15 01", Kind.NATIONAL, "+3227811501", False),
        ("0032 2 781 15 01", Kind.NATIONAL, "+3227811501", False),
        ("3227811501", Kind.NATIONAL, "+3227811501", False),
        ("0475 12 34 56", Kind.NATIONAL, "+32475123456", False),
        ("0800 12 345", Kind.NATIONAL, "+3280012345", False),
        ("078 15 15 15", Kind.NATIONAL, "+3278151515", False),
        ("0044 20 7946 0018", Kind.INTERNATIONAL, "+442079460018", True),
        ("+1 809 555 1234", Kind.INTERNATIONAL, "+18095551234", True),
        ("+80012345678", Kind.INTERNATIONAL, "+80012345678", True),
        ("0900 12 345", Kind.PREMIUM, "+3290012345", False),
        ("070 22 20 00", Kind.PREMIUM, "+3270222000", False),
        ("+881 612345678", Kind.PREMIUM, "+881612345678", True),
        ("+44 901 2345678", Kind.PREMIUM, "+449012345678", True),
        ("+3248008008", Kind.INVALID, "+3248008008", False),
        ("0112 ", Kind.EMERGENCY, "112", False),
        ("1", Kind.INVALID, "1", False),
        ("", Kind.INVALID, "", False),
        ("+", Kind.INVALID, "+", False),
        ("++3227811501", Kind.INVALID, "++3227811501", False),
        ("*43#", Kind.INVALID, "*43#", False),
        ("steven", Kind.INVALID, "steven", False),
        ("١١٢", Kind.INVALID, "١١٢", False),
        ("0" * 25, Kind.INVALID, "0" * 25, False),
        ("9011\n", Kind.INVALID, "9011\n", False),
        ("${EXTEN}", Kind.INVALID, "${EXTEN}", False),
    ],
)
def test_a_number_as_people_in_belgium_dial_it(text: str, kind: Kind, meant: str, abroad: bool) -> None:
    e164 = meant if meant.startswith("+") and kind is not Kind.INVALID else None
    assert read_number(text, "BE") == Dialled(kind, meant, e164, abroad)
    assert to_e164(text, "BE") == e164


@pytest.mark.parametrize(
    ("text", "country", "kind"),
    [
        ("+18095551234", "US", Kind.INTERNATIONAL),
        ("2125550123", "US", Kind.NATIONAL),
        ("911", "US", Kind.EMERGENCY),
        ("999", "GB", Kind.EMERGENCY),
        ("110", "DE", Kind.EMERGENCY),
        ("100", "DE", Kind.EXTENSION),
        ("112", "XX", Kind.EMERGENCY),
        ("027811501", "XX", Kind.INVALID),
        ("02 781 15 01", "NL", Kind.INVALID),
    ],
)
def test_the_country_decides(text: str, country: str, kind: Kind) -> None:
    assert read_number(text, country).kind is kind


def test_112_works_in_every_country() -> None:
    for country in (*EMERGENCY, "SE", "PT", "XX"):
        assert "112" in emergency_numbers(country)
        assert read_number("112", country) == Dialled(Kind.EMERGENCY, "112")


@pytest.mark.parametrize("number", [*EMERGENCY["BE"], *HELP_LINES["BE"]])
def test_help_is_never_an_extension_nor_premium(number: str) -> None:
    forms = (number, "0" + number) if not number.startswith("+") else spellings(number, "BE")
    for form in forms:
        assert read_number(form, "BE") == Dialled(Kind.EMERGENCY, number, number if number.startswith("+") else None)


@pytest.mark.parametrize(
    ("text", "e164"),
    [("+3248008008", "+3248008008"), ("027811501", "+3227811501"), ("anonymous", None), ("", None), ("1", None)],
)
def test_a_callers_number_need_not_be_assigned(text: str, e164: str | None) -> None:
    assert caller_e164(text, "BE") == e164


def test_numbers_are_shown_as_the_reader_writes_them() -> None:
    assert show("+3227811501", "BE") == "02 781 15 01"
    assert show("+3227811501", "NL") == "+32 2 781 15 01"
    assert show("9011", "BE") == "9011"


def test_an_own_number_has_the_spellings_that_people_dial() -> None:
    assert spellings("+3227811501", "BE") == ("+3227811501", "003227811501", "027811501")
    assert spellings("+3227811501", "NL") == ("+3227811501", "003227811501")
    assert spellings("9011", "BE") == ("9011",)


NUMBERS = st.sampled_from(["+3227811501", "+32475123456", "+3280012345", "+31201234567", "+442079460018"])
COUNTRIES = st.sampled_from(["BE", "NL", "FR", "DE", "LU", "GB", "US", "XX", "", "be"])


@given(st.text(max_size=30), COUNTRIES)
def test_hostile_text_is_read_without_exception(text: str, country: str) -> None:
    assert read_number(text, country).kind in Kind
    caller_e164(text, country)
    show(text, country)


@given(st.text("0123456789+() -./*#", max_size=30), COUNTRIES)
def test_reading_what_was_read_gives_the_same(text: str, country: str) -> None:
    found = read_number(text, country)
    if found.kind is not Kind.INVALID:
        again = read_number(found.text, country)
        assert (again.kind, again.text, again.e164) == (found.kind, found.text, found.e164)


@given(NUMBERS, st.sampled_from(["BE", "NL", "GB"]))
def test_every_spelling_means_the_number(number: str, country: str) -> None:
    for form in spellings(number, country):
        assert to_e164(form, country) == number
    assert to_e164(show(number, country), country) == number
