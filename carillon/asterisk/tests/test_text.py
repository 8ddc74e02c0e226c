"""No word of a person becomes configuration: whatever is typed, the sections and lines stay the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carillon.asterisk import text

hostile = st.text(
    st.one_of(st.sampled_from('\n\r;[]#"\\${},=><|&()\0\x85\u2028'), st.characters()), max_size=80
) | st.sampled_from(["x\n[evil]", "#exec id", "${SHELL(id)}", 'a" <112>', "a;b", "=>", "[x](!)"])
DIGEST = "0123456789abcdef0123456789abcdef"


def phone(caller_name: str, **changes: str) -> text.Phone:
    fields = {"endpoint": "pabc", "digest": DIGEST, "context": "org-1", "caller_name": caller_name}
    return text.Phone(**(fields | {"caller_number": "9001", "emergency_number": "+3227811599"} | changes))


@given(hostile)
def test_a_persons_name_never_begins_a_line_a_section_a_comment_or_an_expression(words: str) -> None:
    lines = text.phone(phone(words)).split("\n")
    plain = text.phone(phone("Ann")).split("\n")
    assert len(lines) == len(plain)
    different = [line for line, other in zip(lines, plain, strict=True) if line != other]
    for line in different:
        inner = re.fullmatch(r'callerid="([^"]*)" <9001>', line)
        assert inner
        assert not set(inner[1]) & set('\n\r;[]#\\${},=><|"')
        assert inner[1].isprintable()
    assert not any(line.startswith("#") for line in lines)


@given(hostile)
def test_a_value_that_would_begin_another_line_is_refused(words: str) -> None:
    try:
        lines = text.section("title", [("key", words)]).split("\n")
    except ValueError:
        return
    assert lines[0] == "[title]"
    assert len(lines) == 3
    assert ";" not in lines[1]
    assert len(lines[1].splitlines()) <= 1 or not set(lines[1]) & set("\r\n")


@given(hostile)
def test_names_numbers_and_hosts_are_taken_as_they_are_or_refused(words: str) -> None:
    for check in (text.name, text.digits):
        try:
            assert re.fullmatch(r"[+A-Za-z0-9_-]+", check(words))
        except ValueError:
            continue
    try:
        text.trunk(text.TrunkLine("t1", "trunk-1", words, 5060))
    except ValueError:
        return
    assert re.fullmatch(r"[A-Za-z0-9.:_-]+", words)


@pytest.mark.parametrize(
    "changes",
    [
        {"endpoint": "a b"},
        {"endpoint": "a]\n[b"},
        {"digest": "x\n"},
        {"context": "org-1,evil"},
        {"caller_number": "112;x"},
        {"emergency_number": "1\n2"},
        {"caller_number": "9001\n"},
    ],
)
def test_a_phone_with_a_broken_fact_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="not a"):
        text.phone(phone("Ann", **changes))


def test_no_password_is_written_only_its_digest() -> None:
    written = text.phone(phone("Ann"))
    assert f"password_digest=MD5:{DIGEST}" in written
    assert "password=" not in written


def test_a_context_has_emergency_numbers_before_everything_else() -> None:
    facts = text.Context("org-1", (("112", "112"),), ("t1", "t2"), (text.Fallback(("9001",), ("pa", "pb")),))
    lines = text.context(facts).splitlines()
    assert lines[:4] == [
        "[org-1]",
        "exten => 112,1,Set(CARILLON_TRUNKS=t1&t2)",
        " same => n,Goto(emergency,112,1)",
        "include => pbx",
    ]
    assert "exten => 9001,1,Dial(PJSIP/pa&PJSIP/pb,30)" in lines


def test_a_fallback_of_a_large_group_stays_within_a_line_of_the_dialplan() -> None:
    many = tuple(f"p{number:015}" for number in range(5000))
    written = text.context(text.Context("org-1", (), (), (text.Fallback(("9001",), many),)))
    assert max(map(len, written.splitlines())) < 4000


@given(hostile)
def test_no_hostile_extension_enters_the_dialplan(words: str) -> None:
    facts = text.Context("org-1", (), (), (text.Fallback((words,), ("pa",)),), ((words, ("pa",)),))
    try:
        written = text.context(facts)
    except ValueError:
        return
    assert re.fullmatch(r"\+?[0-9]+", words)
    assert written.count("\n[") == 2
