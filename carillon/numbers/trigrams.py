"""How a text is kept for an index of trigrams, and what has to be in it for something that somebody typed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from carillon.numbers.search import fold
from carillon.routing.numbers import read_number

#: The longest text that is kept of a row, and how many words of a search count.
LONGEST, MOST_WORDS = 600, 6
#: An index of trigrams finds nothing shorter; of two letters, the beginning of a word counts.
SHORTEST = 2
_TOKENS = re.compile(r"\+?\d[\d ()/.\-]*\d|\w+")
_LETTERS = str.maketrans("0123456789", "abcdefghij")


def mark(organization_id: int | None) -> str:
    """Return the word that stands in the text of each row of an organization, so that the index knows whose it is."""
    return f"zq{str(organization_id or 0).translate(_LETTERS)}qz"


def text_of(organization_id: int | None, parts: Iterable[str]) -> str:
    """Return the text by which a row is found: each number and name once."""
    words = dict.fromkeys(folded for part in parts if part and (folded := fold(part)))
    # The space before the first word makes "the beginning of a word" one rule for all.
    return f" {mark(organization_id)} {' '.join(words)}"[:LONGEST]


def patterns(text: str, country: str) -> tuple[str, ...]:
    """Return what a row's text has to hold, all of it; empty where nothing of `text` can be searched for."""
    found = []
    for token in _TOKENS.findall(text)[:MOST_WORDS]:
        word = _digits(token, country) if token[0] in "+0123456789" and not token.isalpha() else fold(token)
        if len(word) >= SHORTEST:
            found.append(word if len(word) > SHORTEST else f" {word}")
    return tuple(dict.fromkeys(found))


def _digits(token: str, country: str) -> str:
    """The digits of a number as rows have them: E.164, or as much of it as was typed."""
    if any(sign.isalpha() for sign in token):
        return fold(token)
    if e164 := read_number(token, country).e164:
        return e164.lstrip("+")
    digits = re.sub(r"\D", "", token)
    if token.startswith("+"):
        return digits
    return digits.removeprefix("00") if digits.startswith("00") else digits.removeprefix("0")
