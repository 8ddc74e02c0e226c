"""The way of a run: trace file and rows keep what the caller went through, in whatever order lines are read."""

from __future__ import annotations

import json
import random
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from carillon.callcontrol import runs
from carillon.callcontrol.tests.fakes import FakeChannel, converse, desk, record
from carillon.callcontrol.tests.test_conversation import STATUSES, in_world
from carillon.callcontrol.way import Way
from carillon.calls.models import DecisionTrace
from carillon.routing.facts import Outsider, Strategy
from carillon.routing.schedule import Action
from carillon.routing.tests.world import EMMA, LUNCH, NOON, STEVEN, call, event, hunt_group, number
from carillon.routing.verbs import Cause, Hangup, Play


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in (folder / "traces" / "worker1.jsonl").read_text().splitlines()]


async def test_the_end_of_a_run_tells_its_way(tmp_path: Path) -> None:
    record(tmp_path, LUNCH.audio or "")
    group = hunt_group(STEVEN, EMMA, strategy=Strategy.SEQUENTIAL)
    facts = call("9011", number(group, event(Action.OPEN, LUNCH)))
    await converse(FakeChannel("9011", ["NOANSWER", "ANSWER"]), desk(tmp_path, lambda _ask: facts, NOON))
    decision, end = lines(tmp_path)
    assert (end["kind"], end["run"], end["hungup"]) == ("end", decision["run"], False)
    assert end["path"] == "then.no_answer.answered"
    verbs = [
        (row["verb"], row.get("who") or row.get("prompt") or row.get("cause"), row["outcome"]) for row in end["passed"]
    ]
    assert verbs == [
        ("play", LUNCH.name, "then"),
        ("ring", [STEVEN.name], "no_answer"),
        ("ring", [EMMA.name], "answered"),
        ("hangup", "normal", ""),
    ]


async def test_a_caller_who_goes_leaves_the_verb_without_outcome(tmp_path: Path) -> None:
    group = hunt_group(STEVEN, EMMA, strategy=Strategy.SEQUENTIAL)
    facts = call("9011", number(group, event(Action.OPEN, None)))
    for statuses, gone_at, path in [(["NOANSWER", "CANCEL"], 1, "no_answer"), (["ANSWER"], 0, "answered")]:
        (tmp_path / "traces" / "worker1.jsonl").unlink(missing_ok=True)
        channel = FakeChannel("9011", statuses, gone_at=gone_at)
        await converse(channel, desk(tmp_path, lambda _ask: facts, NOON))
        _decision, end = lines(tmp_path)
        assert (end["path"], end["hungup"]) == (path, True)


async def test_for_500_random_facts_the_way_is_what_the_caller_went_through(tmp_path: Path) -> None:
    kept = tmp_path / "traces" / "worker1.jsonl"
    for world in range(500):
        kept.unlink(missing_ok=True)
        statuses = [random.Random(world).choice(STATUSES) for _ in range(60)]
        channel = FakeChannel("9011", statuses)
        await converse(channel, desk(tmp_path, in_world(world), NOON))
        passed = [row for line in lines(tmp_path) if line.get("kind") == "end" for row in line["passed"]]
        went = {"play": ("Playback", "Playtones"), "ring": ("Dial",), "call_out": ("Dial",), "hangup": ("Hangup",)}
        heard = [entry[0] for entry in channel.heard()]
        verbs = [row for row in passed if row["verb"] != "go_to" and (row["verb"] != "call_out" or row["outcome"])]
        # A call that goes out may try several trunks: they are one verb.
        tries = iter(heard)
        for row in verbs:
            assert next(tries) in went[row["verb"]], (world, verbs, heard)
            if row["verb"] == "call_out":
                rest = list(tries)
                while rest and rest[0] == "Dial":
                    rest.pop(0)
                tries = iter(rest)
        assert list(tries) == [], (world, verbs, heard)


def test_a_way_names_those_who_ring_and_ends_each_verb_once() -> None:
    way = Way("then")
    way.ends("answered")
    way.begins(Play(LUNCH, Hangup(Cause.NORMAL)))
    way.ends("then")
    way.ends("then")
    assert (way.path, [row["outcome"] for row in way.passed]) == ("then.then", ["then"])
    assert Outsider("+32470123456").number == "+32470123456"


def decision(run: str = "1.0-0", **more: Any) -> str:
    row: dict[str, Any] = {"linkedid": "1.0", "run": run, "worker": "worker1", "at": NOON.isoformat()}
    row |= {"organization": None}
    row |= {"revision": 4, "called": "9011", "caller": None, "payer": None, "steps": [{"kind": "no_members"}]}
    return json.dumps(row | more)


def end(run: str = "1.0-0", **more: Any) -> str:
    row = {"kind": "end", "linkedid": "1.0", "run": run, "worker": "worker1", "at": NOON.isoformat()}
    return json.dumps(row | {"path": "busy", "passed": [{"verb": "ring"}], "hungup": True} | more)


@pytest.mark.django_db
@pytest.mark.parametrize("order", list(permutations([decision(), end(), decision(), end()])))
@pytest.mark.parametrize("at_once", [True, False])
def test_lines_in_any_order_and_twice_are_one_row(order: tuple[str, ...], at_once: bool) -> None:
    DecisionTrace.objects.all().delete()
    for part in [order] if at_once else [[line] for line in order]:
        runs.keep("node1", part)
    row = DecisionTrace.objects.get()
    assert (row.worker, row.revision, row.called, row.steps) == ("worker1", 4, "9011", [{"kind": "no_members"}])
    assert (row.path, row.passed, row.hungup) == ("busy", [{"verb": "ring"}], True)


@pytest.mark.django_db
def test_hostile_and_broken_lines_hold_up_no_others() -> None:
    broken = ["", "{", "[]", "null", '{"linkedid": 1}', end(at="yesterday"), decision(called=None)]
    runs.keep("node1", [*broken, decision(called="\0" * 9 + "9" * 500)])
    assert DecisionTrace.objects.get().called == "9" * 60


@pytest.mark.django_db(transaction=True)
def test_a_deleted_payer_or_organization_costs_no_decision() -> None:
    runs.keep("node1", [decision(organization=987654, payer=987654), end()])
    row = DecisionTrace.objects.get()
    assert (row.organization_id, row.payer_id, row.path) == (None, None, "busy")
