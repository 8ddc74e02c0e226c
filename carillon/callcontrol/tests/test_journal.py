"""The log from the engine's events: one row per call, whatever is cut, read twice, or written by a killed process."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carillon.accounts.models import Organization
from carillon.asterisk.events import FIELDS
from carillon.callcontrol import drafts, record, tail
from carillon.callcontrol.drafts import Event
from carillon.callcontrol.journal import COLUMNS, Journal
from carillon.callcontrol.tail import Tail
from carillon.calls.models import Call, DecisionTrace
from carillon.functions.tests.builders import make_hunt_group, make_organization, make_person
from carillon.numbers.models import Trunk
from carillon.prompts.models import How
from carillon.prompts.sounds import Sound, set_recording

pytestmark = pytest.mark.django_db
START = 1_790_000_000.0
SHA = "a" * 64


def line(event: Event) -> str:
    """An event as the engine writes it."""
    row = dict.fromkeys(FIELDS, "") | {name: getattr(event, field) for field, name in COLUMNS.items()}
    row |= {"eventtime": f"{event.time:.6f}", "eventextra": json.dumps(event.extra) if event.extra else ""}
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow([row[name] for name in FIELDS])
    return text.getvalue()


def events(linkedid: str, context: str = "trunk-1", start: float = START) -> list[Event]:
    """A caller from a trunk hears a prompt, two phones ring, the second answers after 3 s and talks for 5 s."""

    def event(kind: str, after: float, channel: str = "PJSIP/tcarrier-0001", **more: Any) -> Event:
        base = Event(
            kind, start + after, "", "+32470000001", "+3227811501", context, channel, "", "", channel, linkedid, ""
        )
        return Event(**(asdict(base) | more))

    first, second = "PJSIP/pann-0002", "PJSIP/pbob-0003"
    return [
        event("CHAN_START", 0, uniqueid=linkedid),
        event("ANSWER", 0.1),
        event("APP_START", 0.1, application="Playback", data=f"/data/prompts/aa/{SHA}"),
        event("APP_START", 2, application="Dial", data="PJSIP/pann&PJSIP/pbob,20,gr"),
        event("CHAN_START", 2, first),
        event("CHAN_START", 2, second),
        event("ANSWER", 5, second),
        event("HANGUP", 5, first, extra={"hangupcause": 26}),
        event("HANGUP", 10, second, extra={"hangupcause": 16}),
        event("HANGUP", 10, extra={"hangupcause": 16, "dialstatus": "ANSWER"}),
        event("LINKEDID_END", 10),
    ]


def trace(linkedid: str, organization: Organization) -> str:
    return json.dumps(
        {
            "linkedid": linkedid,
            "run": f"{linkedid}-0",
            "worker": "worker1",
            "at": datetime.fromtimestamp(START, UTC).isoformat(),
            "organization": organization.pk,
            "revision": 4,
            "called": "+3227811501",
            "caller": None,
            "payer": None,
            "steps": [{"kind": "strategy", "subject": None, "args": {}}],
        }
    )


@pytest.fixture
def organization() -> Organization:
    made = make_organization()
    make_hunt_group(made, "Main number", "+3227811501")
    site = made.sites.create(name="Brussels", address="1000 Brussels", emergency_number="+3227811500")
    for name in ("ann", "bob"):
        user = make_person(made, f"{name}.peeters")
        made.sip_devices.create(user=user, site=site, endpoint=f"p{name}", secret="x")
    set_recording(made.prompts.get(key="general_greeting"), "", Sound(SHA, 1800, How.SYSTEM), None)
    Trunk.objects.create(pk=1, name="Carrier", endpoint="tcarrier", host="127.0.0.3")
    return made


def write(node: Path, text: str, name: str = "cel/events.csv") -> None:
    path = node / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(text)


def journal(node: Path) -> Journal:
    (node / "run").mkdir(parents=True, exist_ok=True)
    return Journal(node, "node1")


def test_a_call_becomes_a_row_that_says_who_rang_what_was_heard_and_how_long_they_talked(
    tmp_path: Path, organization: Organization
) -> None:
    write(tmp_path, trace("node1-1.5", organization) + "\n", "traces/worker1.jsonl")
    write(tmp_path, "".join(map(line, events("node1-1.5"))))
    assert journal(tmp_path).catch_up() == 1
    row = Call.objects.get()
    assert (row.organization, row.result, row.direction) == (organization, "answered", "inbound")
    assert (row.caller, row.called, row.decided_by) == ("+32470000001", "+3227811501", "callcontrol")
    assert (row.answered_by, row.talk_ms, row.went_outside) == ("Bob Peeters", 5000, False)
    assert [(leg["name"], leg["result"]) for leg in row.legs] == [
        ("Ann Peeters", "elsewhere"),
        ("Bob Peeters", "answered"),
    ]
    assert [heard["prompt"] for heard in row.heard] == ["General greeting"]
    assert DecisionTrace.objects.get().linkedid == row.linkedid


def test_a_row_names_what_was_called_and_everybody_who_had_part(tmp_path: Path, organization: Organization) -> None:
    write(tmp_path, "".join(map(line, events("node1-1.5"))))
    journal(tmp_path).catch_up()
    row = Call.objects.get()
    assert (row.called_name, row.function) == ("Main number", organization.function_numbers.get())
    assert [part.user.username for part in row.people.order_by("user__username")] == ["ann.peeters", "bob.peeters"]
    assert {part.place for part in row.people.all()} == {row.place}
    for word in ("32470000001", "3227811501", "main number", "ann peeters", "bob peeters"):
        assert word in row.search


def test_a_colleague_who_is_called_has_part_although_nothing_rang(tmp_path: Path, organization: Organization) -> None:
    eva = make_person(organization, "eva.claes", "9105")
    inside = [
        Event(**(asdict(event) | {"extension": "9105", "context": f"org-{organization.pk}"}))
        for event in events("node1-1.5")
        if event.channel.startswith("PJSIP/tcarrier")
    ]
    write(tmp_path, "".join(map(line, inside)).replace("PJSIP/tcarrier-0001", "PJSIP/pann-0009"))
    journal(tmp_path).catch_up()
    row = Call.objects.get()
    assert (row.called_name, row.caller_name) == ("Eva Claes", "Ann Peeters")
    assert {part.user for part in row.people.all()} == {eva, organization.users.get(username="ann.peeters")}


def test_a_call_read_again_keeps_its_place(tmp_path: Path, organization: Organization) -> None:
    found = {"node1-1.5": events("node1-1.5")}
    record.keep("node1", found)
    place = Call.objects.get().place
    record.keep("node1", found)
    assert Call.objects.get().place == place
    assert {part.place for part in Call.objects.get().people.all()} == {place}


def test_a_call_that_nobody_decided_has_a_row_of_the_fallback(tmp_path: Path, organization: Organization) -> None:
    write(tmp_path, "".join(map(line, events("node1-1.5"))))
    journal(tmp_path).catch_up()
    row = Call.objects.get()
    assert (row.decided_by, row.organization) == ("fallback", organization)


def test_a_trunk_leg_counts_for_the_budget_of_who_pays(tmp_path: Path, organization: Organization) -> None:
    calls = [e for e in events("node1-1.5", context=f"org-{organization.pk}") if e.channel != "PJSIP/pann-0002"]
    text = "".join(map(line, calls)).replace("PJSIP/tcarrier-0001", "PJSIP/pann-0009").replace("pbob", "tcarrier")
    write(tmp_path, text)
    journal(tmp_path).catch_up()
    row = Call.objects.get()
    assert (row.went_outside, row.outside_ms, row.direction) == (True, 5000, "outbound")
    assert row.payer == organization.users.get(username="ann.peeters")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 4000), again=st.integers(0, 4000))
def test_a_file_cut_at_any_byte_and_read_by_new_processes_gives_each_call_one_row(
    tmp_path_factory: pytest.TempPathFactory, organization: Organization, cut: int, again: int
) -> None:
    Call.objects.all().delete()
    node = tmp_path_factory.mktemp("node")
    mixed = [e for pair in zip(events("node1-1.5"), events("node1-1.9", start=START + 1), strict=True) for e in pair]
    text = "".join(map(line, mixed))
    places = sorted((min(cut, len(text)), min(again, len(text))))
    for part in (text[: places[0]], text[places[0] : places[1]], text[places[1] :]):
        write(node, part)
        journal(node).catch_up()  # a new process each time: only the kept position is known
    rows = Call.objects.order_by("linkedid").values_list("linkedid", "talk_ms", "result", "answered_by")
    assert list(rows) == [(name, 5000, "answered", "Bob Peeters") for name in ("node1-1.5", "node1-1.9")]


def test_while_the_database_is_away_nothing_is_lost(
    tmp_path: Path, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "".join(map(line, events("node1-1.5"))))
    reader = journal(tmp_path)

    def refuse(*_arguments: object) -> None:
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr(record, "keep", refuse)
        for _attempt in range(3):
            with pytest.raises(OperationalError):
                reader.catch_up()
    assert reader.catch_up() == 1
    assert Call.objects.count() == 1


def test_a_row_that_cannot_be_written_does_not_hold_up_the_others(
    tmp_path: Path, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "".join(line(e) for name in ("node1-1.5", "node1-1.6") for e in events(name)))
    whole = drafts.draft_of

    def fails_for_one(linkedid: str, found: Sequence[Event]) -> Any:
        if linkedid == "node1-1.5":
            raise ValueError("a text that the database refuses")
        return whole(linkedid, found)

    monkeypatch.setattr(record, "draft_of", fails_for_one)
    journal(tmp_path).catch_up()
    assert [row.linkedid for row in Call.objects.all()] == ["node1-1.6"]


def test_calls_that_the_engines_death_cut_off_end_with_its_next_start(
    tmp_path: Path, organization: Organization
) -> None:
    write(tmp_path, "".join(map(line, events("node1-1.5")[:7])))
    reader = journal(tmp_path)
    assert reader.catch_up() == 0
    write(tmp_path, "".join(map(line, events("node1-9.0", start=START + 60))))
    assert reader.catch_up() == 2
    row = Call.objects.get(linkedid="node1-1.5")
    assert (row.result, row.answered_by) == ("answered", "Bob Peeters")
    assert reader._open == {}


def test_as_many_queries_write_one_call_as_a_hundred(
    tmp_path: Path, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    reader = journal(tmp_path)
    for first, count in ((0, 1), (1, 100)):
        calls = range(first, first + count)
        write(tmp_path, "".join(line(e) for number in calls for e in events(f"node1-1.{number + 5}")))
        with django_assert_max_num_queries(15):
            assert reader.catch_up() == count


def test_lines_are_set_aside_before_the_file_grows_for_ever_and_each_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "LONGEST_BYTES", 100)
    monkeypatch.setattr(tail, "WRITER_SECONDS", 0)
    path, state, seen = tmp_path / "lines", tmp_path / "state", []
    for number in range(500):
        with path.open("a") as file:
            file.write(f"line {number}\n")
        reader = Tail(path, state)
        seen += [text for _position, text in reader.lines()]
        reader.finish(reader.position)
    assert seen == [f"line {number}" for number in range(500)]
    assert sum(file.stat().st_size for file in tmp_path.glob("lines*")) < 300


def test_a_reader_that_dies_while_it_sets_a_file_aside_loses_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "LONGEST_BYTES", 10)
    path, state = tmp_path / "lines", tmp_path / "state"
    path.write_text("first line\n")
    reader = Tail(path, state)
    assert [text for _position, text in reader.lines()] == ["first line"]

    def die(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("carillon.callcontrol.tail.time.sleep", die)
    with pytest.raises(KeyboardInterrupt):
        reader.finish(reader.position)
    path.write_text("second line\n")
    assert [text for _position, text in Tail(path, state).lines()] == ["second line"]
