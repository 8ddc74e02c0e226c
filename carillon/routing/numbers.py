"""What a dialled or typed number is: emergency, extension, national, international, premium, or nothing that exists."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

#: Never barred, never planned away, dialled as they stand. 112 works everywhere in the EU. Source: BIPT for Belgium
#: (on the spot, and help by telephone), the countries' own plans for the others.
EMERGENCY: dict[str, tuple[str, ...]] = {
    "BE": (
        *("112", "100", "101", "102", "103", "104", "105", "106", "107", "108", "110"),
        *("116000", "1712", "1733", "1813"),
    ),
    "NL": ("112", "113", "116000"),
    "FR": ("112", "15", "17", "18", "114", "115", "119", "191", "196", "116000"),
    "DE": ("112", "110", "115", "116117", "116000"),
    "LU": ("112", "113", "116000"),
    "GB": ("112", "999", "111", "116000"),
    "US": ("911", "112", "988"),
    "CA": ("911", "112", "988"),
}
#: Help by telephone that has a number of ordinary length: as free and as unbarred as the short ones. Source: BIPT.
HELP_LINES: dict[str, tuple[str, ...]] = {
    "BE": ("+3270245245", "+3280032123", "+3226499555", "+3280030030", "+3280098100"),
}
#: People of older systems dial an outside-line prefix first; for help it must not matter.
OUTSIDE_LINE = "0"
EXTENSION_LENGTHS = range(2, 7)
SHORT = {"BE": ("1207", "1307", "1212", "1313", "1234", "1414", "1919", "1955")}
_SEPARATORS = dict.fromkeys(map(ord, " ./-()\u00a0\u202f"))
_PREMIUM = {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST}
#: Priced services that the numbering data does not type as such, and satellite networks.
_PREMIUM_PREFIXES = ("+3270", "+3290", "+870", "+881", "+882", "+883", "+979")


class Kind(StrEnum):
    EMERGENCY = "emergency"
    #: A public short number of the country: priced like premium.
    SHORT = "short"
    EXTENSION = "extension"
    NATIONAL = "national"
    INTERNATIONAL = "international"
    PREMIUM = "premium"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Dialled:
    """A number as it was meant. `text` is what is dialled on: digits, or E.164; `abroad` also holds for premium."""

    kind: Kind
    text: str
    e164: str | None = None
    abroad: bool = False


def emergency_numbers(country: str) -> tuple[str, ...]:
    """Return the emergency numbers of a country (ISO 3166 alpha-2)."""
    return EMERGENCY.get(country, ("112",))


def read_number(text: str, country: str) -> Dialled:
    """Read a number in any spelling that people of `country` use. Never raises: what is no number is INVALID."""
    digits = text.translate(_SEPARATORS)
    if not (digits.removeprefix("+").isdecimal() and digits.isascii()) or len(digits) > 20:
        return Dialled(Kind.INVALID, text)
    if help_number := _emergency(digits, country):
        return Dialled(Kind.EMERGENCY, help_number)
    if digits in SHORT.get(country, ()):
        return Dialled(Kind.SHORT, digits)
    if len(digits) in EXTENSION_LENGTHS and digits[0] not in "0+":
        return Dialled(Kind.EXTENSION, digits)
    return _public(digits, country)


def _emergency(digits: str, country: str) -> str | None:
    """The emergency number that is meant, also behind an outside-line prefix, a + or the country's own code."""
    code = str(phonenumbers.country_code_for_region(country))
    prefixes = ("", OUTSIDE_LINE, "+", "+" + code, "00" + code)
    meant = {digits.removeprefix(prefix) for prefix in prefixes if digits.startswith(prefix)}
    return next((number for number in emergency_numbers(country) if number in meant), None)


def _public(digits: str, country: str) -> Dialled:
    try:
        number = phonenumbers.parse(digits, country)
    except NumberParseException:
        return Dialled(Kind.INVALID, digits)
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if e164 in HELP_LINES.get(country, ()):
        return Dialled(Kind.EMERGENCY, e164, e164)
    # By country, not by country code: the Caribbean shares +1 with the United States, and is where fraud calls.
    abroad = phonenumbers.region_code_for_number(number) != country and not _unknown_of(country, number)
    if e164.startswith(_PREMIUM_PREFIXES) or phonenumbers.number_type(number) in _PREMIUM:
        return Dialled(Kind.PREMIUM, e164, e164, abroad)
    if not phonenumbers.is_valid_number(number):
        return Dialled(Kind.INVALID, digits)
    return Dialled(Kind.INTERNATIONAL if abroad else Kind.NATIONAL, e164, e164, abroad)


def _unknown_of(country: str, number: phonenumbers.PhoneNumber) -> bool:
    """Whether a number is of this country although the numbering data does not know it."""
    own = number.country_code == phonenumbers.country_code_for_region(country)
    return own and phonenumbers.region_code_for_number(number) is None


def to_e164(text: str, country: str) -> str | None:
    """Return E.164 for a phone number in any spelling, None for an extension, a short number or none at all."""
    return read_number(text, country).e164


@lru_cache(maxsize=4096)
def caller_e164(text: str, country: str) -> str | None:
    """Return E.164 for what a carrier sends as caller, also where the number is possible and not assigned."""
    try:
        number = phonenumbers.parse(text.translate(_SEPARATORS), country)
    except NumberParseException:
        return None
    possible = phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if possible else None


def show(value: str, country: str) -> str:
    """Return a number as people of `country` write it: national where it is theirs; an extension as it is."""
    try:
        number = phonenumbers.parse(value, None)
    except NumberParseException:
        return value
    own = number.country_code == phonenumbers.country_code_for_region(country)
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL if own else PhoneNumberFormat.INTERNATIONAL)


def spellings(value: str, country: str) -> tuple[str, ...]:
    """Return the ways in which people of `country` dial an own number: for the fallback, which cannot read numbers."""
    if not value.startswith("+"):
        return (value,)
    code = str(phonenumbers.country_code_for_region(country))
    forms = [value, "00" + value[1:]]
    if value[1:].startswith(code):
        forms.append(
            (phonenumbers.ndd_prefix_for_region(country, strip_non_digits=True) or "") + value[1 + len(code) :]
        )
    return tuple(forms)
