"""Live state: rows follow the calls of watched organizations and of nobody else, and tell no lie after a death."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from carillon.accounts.models import Organization
from carillon.callcontrol import live
from carillon.callcontrol.drafts import Event
from carillon.callcontrol.live import Board, began, registered
from carillon.callcontrol.tests.test_journal import START, events, journal, line, organization, write
from carillon.calls.looking import Known, look
from carillon.calls.models import LiveCall, LiveWatch, Registration
from carillon.functions.tests.builders import make_organization, make_person

pytestmark = pytest.mark.django_db
NOW = datetime.fromtimestamp(START, UTC)
SECOND = timedelta(seconds=1)

assert organization  # the fixture of the log's tests: ann and bob, each with a phone, and a main number


def at(seconds: float) -> datetime:
    return NOW + seconds * SECOND


def until(seconds: float, name: str = "n-1.5", **more: Any) -> dict[str, list[Event]]:
    """The call of the log's tests as far as it has gone after so many seconds."""
    return {name: [event for event in events(name, **more) if event.time <= START + seconds]}


def watched(organization: Organization) -> Organization:
    look(organization, NOW)
    return organization


def shown() -> list[tuple[str, str]]:
    return list(LiveCall.objects.values_list("state", "whom"))


def test_a_call_is_shown_as_it_goes_on_and_is_gone_when_it_ended(organization: Organization) -> None:
    watched(organization)
    board = Board("node1")
    told = []
    for seconds in (0, 1, 3, 6):
        board.show_calls(until(seconds), at(seconds))
        told += shown()
    assert told == [
        ("waiting", ""),
        ("prompt", "General greeting"),
        ("ringing", "Ann Peeters, Bob Peeters"),
        ("talking", "Bob Peeters"),
    ]
    row = LiveCall.objects.get()
    assert (row.direction, row.caller, row.called, row.called_name) == (
        "inbound", "+32470000001", "+3227811501", "Main number",
    )  # fmt: skip
    assert (row.started_at, row.since) == (at(0), at(5))
    board.show_calls({}, at(10))
    assert shown() == []


def test_a_call_that_begins_and_ends_between_two_looks_leaves_nothing(organization: Organization) -> None:
    watched(organization)
    board = Board("node1")
    board.show_calls({}, at(0))
    version = look(organization, at(0)).calls_version
    board.show_calls({}, at(1))
    assert (shown(), look(organization, at(1)).calls_version) == ([], version)


def test_the_version_rises_with_each_change_and_only_then(organization: Organization) -> None:
    watched(organization)
    board, versions = Board("node1"), []
    for seconds in (0, 0, 3, 3.5, 6, 6.5):
        board.show_calls(until(seconds), at(seconds))
        versions.append(look(organization, at(seconds)).calls_version)
    assert versions == [1, 1, 2, 2, 3, 3]


def test_nobody_looks_and_nothing_is_written(organization: Organization) -> None:
    board = Board("node1")
    board.show_calls(until(3), at(3))
    with CaptureQueriesContext(connection) as captured:
        board.show_calls(until(6), at(6))
    assert len(captured) == 1
    assert shown() == []


def test_rows_go_when_nobody_looks_any_more(organization: Organization) -> None:
    watched(organization)
    board = Board("node1")
    board.show_calls(until(3), at(3))
    board.show_phones({"pann"}, at(3))
    assert (LiveCall.objects.count(), Registration.objects.count()) == (1, 1)
    board.show_calls(until(3), at(60))
    assert (LiveCall.objects.count(), Registration.objects.count()) == (0, 0)
    # And come back when somebody looks again.
    look(organization, at(61))
    board.show_calls(until(3), at(61))
    board.show_phones({"pann"}, at(61))
    assert (LiveCall.objects.count(), Registration.objects.count()) == (1, 1)


def test_two_organizations_never_share_a_row(organization: Organization) -> None:
    other = watched(make_organization("other"))
    site = other.sites.create(name="Ghent", address="9000 Ghent", emergency_number="+3292000000")
    for name in ("cid", "dan"):
        other.sip_devices.create(user=make_person(other, f"{name}.smet"), site=site, endpoint=f"p{name}", secret="x")
    context = f"org-{other.pk}"
    inside = [
        replace(event, channel=event.channel.replace("tcarrier", "pcid").replace("pbob", "pdan"), context=context)
        for event in until(3, "n-1.9")["n-1.9"]
        if "pann" not in event.channel
    ]  # fmt: skip
    board = Board("node1")
    board.show_calls(until(3) | {"n-1.9": inside}, at(3))
    board.show_phones({"pann", "pcid"}, at(3))
    assert list(LiveCall.objects.values_list("organization", "caller_name", "whom")) == [
        (other.pk, "Cid Smet", "Dan Smet")
    ]
    assert list(Registration.objects.values_list("organization", "endpoint")) == [(other.pk, "pcid")]
    watched(organization)
    board.show_calls(until(3) | {"n-1.9": inside}, at(4))
    assert set(LiveCall.objects.values_list("organization", "linkedid")) == {
        (other.pk, "n-1.9"),
        (organization.pk, "n-1.5"),
    }


def test_a_new_leader_clears_what_the_dead_one_left_and_tells_anew(organization: Organization) -> None:
    watched(organization)
    first = Board("node1")
    first.show_calls(until(3), at(3))
    first.show_phones({"pann"}, at(3))
    second = Board("node1")
    second.show_calls({}, at(4))
    assert (shown(), Registration.objects.count()) == ([], 0)
    # No phone is called unregistered before Asterisk was asked.
    assert look(organization, at(4)).phones is not Known.YES
    second.show_calls(until(6), at(6))
    assert shown() == [("talking", "Bob Peeters")]


def test_after_a_failure_all_is_written_anew(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    watched(organization)
    board = Board("node1")
    board.show_calls({}, at(1))

    def refuse(*_arguments: object) -> None:
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr(Board, "_tell", refuse)
        with pytest.raises(OperationalError):
            board.show_calls(until(3), at(3))
    # What was written before the failure is not left behind.
    board.show_calls({}, at(4))
    assert shown() == []
    board.show_calls(until(3), at(5))
    assert shown() == [("ringing", "Ann Peeters, Bob Peeters")]


def test_calls_that_the_engines_death_cut_off_are_not_shown(organization: Organization) -> None:
    watched(organization)
    board = Board("node1")
    board.show_calls(until(6), at(6))
    board.engine_began = START + 10
    board.show_calls(until(6) | until(15, "n-9.0", start=START + 11.5), at(15))
    assert list(LiveCall.objects.values_list("linkedid", "state")) == [("n-9.0", "ringing")]


def test_a_callers_hostile_text_is_one_short_line(organization: Organization) -> None:
    watched(organization)
    nasty = "\0\r\n<b>'\"" + "x" * 500
    found = [
        replace(event, caller_name=nasty, caller_number=nasty + "y", extension="+3227811501")
        for event in until(3)["n-1.5"]
    ]
    Board("node1").show_calls({"n-1.5": found}, at(3))
    row = LiveCall.objects.get()
    assert row.caller_name.startswith("<b>'\"x")
    assert (len(row.caller), len(row.caller_name)) == (57, 157)


def test_a_carrier_that_sends_the_number_as_name_sends_no_name(organization: Organization) -> None:
    watched(organization)
    found = [replace(event, caller_name=event.caller_number) for event in until(3)["n-1.5"]]
    Board("node1").show_calls({"n-1.5": found}, at(3))
    assert LiveCall.objects.get().caller_name == ""


def test_as_many_queries_show_one_call_as_a_hundred(organization: Organization) -> None:
    watched(organization)
    board = Board("node1")
    board.show_calls({}, at(0))
    counts = []
    for calls in (until(3), {name: until(3, name)[name] for name in (f"n-1.{n}" for n in range(9, 109))}):
        with CaptureQueriesContext(connection) as captured:
            board.show_calls(calls, at(3))
        counts.append(len(captured))
    # The first call's row goes, and SQLite takes 76 rows at a time.
    assert counts[1] <= counts[0] + 2
    assert counts[1] <= 14
    with CaptureQueriesContext(connection) as captured:
        board.show_calls({name: until(3, name)[name] for name in (f"n-1.{n}" for n in range(9, 109))}, at(3.5))
    assert len(captured) == 1  # nothing happened


def test_of_a_large_group_the_first_are_named() -> None:
    assert live._names_of(["A", "A", "B", "C", "D", "E", "F", "G"]) == "A, B, C, D, E +2"


def test_the_log_hands_out_calls_that_go_on(tmp_path: Path, organization: Organization) -> None:
    write(tmp_path, "".join(map(line, events("n-1.5"))) + "".join(map(line, until(3, "n-1.6")["n-1.6"])))
    reader = journal(tmp_path)
    reader.catch_up()
    assert {name: len(found) for name, found in reader.going_on().items()} == {"n-1.6": 6}


def answer(lines: Sequence[str]) -> Any:
    async def ask(*_words: str) -> str:
        return "\n".join(lines)

    return ask


async def test_registered_are_those_with_a_contact_that_has_not_expired() -> None:
    lines = [
        '/registrar/contact/pann;@0a1b                    : {"expiration_time":"4000000000","uri":"sip:a@b"}',
        '/registrar/contact/pbob;@0a1c                    : {"expiration_time":"1000000000","uri":"sip:a@b"}',
        "/registrar/contact/pcid;@0a1d                    : odd",
        "3 results found.",
    ]
    assert await registered(answer(lines)) == {"pann", "pcid"}


async def test_the_engines_start_is_told_by_its_uptime() -> None:
    now = datetime.now(UTC).timestamp()
    found = await began(answer(["System uptime: 100", "Last reload: 7"]))
    assert abs(found - (now - 100)) < 2
    assert await began(answer([])) == 0


async def test_an_asterisk_that_does_not_answer_says_nothing_of_phones() -> None:
    assert await registered(answer([])) is None


def test_who_looks_is_written_at_most_every_ten_seconds(organization: Organization) -> None:
    writes = []
    for seconds in range(0, 30, 3):
        with CaptureQueriesContext(connection) as captured:
            look(organization, at(seconds))
        writes.append(any("INSERT" in query["sql"] for query in captured))
    assert writes == [True, False, False, False, True, False, False, False, True, False]
    row = LiveWatch.objects.get()
    assert (row.began_at, row.until) == (at(0), at(54))


def test_what_is_known_is_called_so(organization: Organization) -> None:
    assert look(organization, at(0)).calls is Known.SOON
    Board("node1").show_calls({}, at(1))
    assert look(organization, at(2)).calls is Known.YES
    assert look(organization, at(2)).phones is Known.SOON
    assert look(organization, at(12)).calls is Known.NO
