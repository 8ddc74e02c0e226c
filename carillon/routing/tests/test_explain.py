"""The words, the tree and the paths of plans."""

from __future__ import annotations

import json
import re

import pytest

from carillon.routing import explain
from carillon.routing.facts import Live, Outsider, Strategy
from carillon.routing.numbers import Kind
from carillon.routing.plan import plan_call
from carillon.routing.schedule import Action, WhyNot
from carillon.routing.tests.world import EMMA, LUNCH, NOON, STEVEN, call, event, hunt_group, number
from carillon.routing.verbs import Cause, Hangup, Play, Ring, Step, StepKind

SEQUENTIAL = number(
    hunt_group(STEVEN, EMMA, Outsider("+32475999999"), strategy=Strategy.SEQUENTIAL), event(Action.OPEN, LUNCH)
)
PLAN = plan_call(call("9011", SEQUENTIAL), Live(), NOON, 0)


def test_every_reason_has_a_sentence() -> None:
    assert set(explain.SENTENCES) == set(StepKind)


@pytest.mark.parametrize("value", [*Action, *WhyNot, *Strategy, *Kind])
def test_every_value_inside_a_sentence_has_words(value: str) -> None:
    assert explain.WORDS[str(value)]


def test_a_sentence_is_filled_and_translated() -> None:
    step = Step(StepKind.EVENT_PASSED, 1, (("event", "pm"), ("reason", "later_today")))
    assert explain.sentence(step) == "The event “pm” is passed over: it begins later today."
    dutch = {
        "it begins later today": "begint later vandaag",
        explain.SENTENCES[StepKind.EVENT_PASSED]: "“%(event)s”: %(reason)s.",
    }
    assert explain.sentence(step, lambda text: dutch[text]) == "“pm”: begint later vandaag."


def test_a_name_that_is_also_a_code_is_not_translated() -> None:
    step = Step(StepKind.PERSON, 1, (("person", "open"),))
    assert explain.sentence(step, lambda text: text.replace("open", "ouvert")) == "The phones of open ring."


def test_the_steps_of_a_plan_can_all_be_said() -> None:
    for step in PLAN.steps:
        assert not re.search(r"%\(|None", explain.sentence(step))


def test_the_outline_prints_each_shared_branch_in_full_once() -> None:
    text = explain.outline(PLAN)
    assert text.splitlines()[0] == "play “Lunch”"
    assert "    ring Steven for 20 s" in text
    assert text.count("play “No answer greeting”") > text.count("hang up (no answer)") == 1


def test_the_outline_of_a_call_outside_and_of_a_forward() -> None:
    out = plan_call(call("027118892", None), Live(), NOON, 0)
    assert explain.outline(out).startswith("call out to +3227118892 over t1")
    forward = plan_call(call("9011", number(hunt_group(), event(Action.FORWARD, None, "201"))), Live(), NOON, 0)
    assert explain.outline(forward) == "go on at 201"
    assert "no trunk" in explain.title(plan_call(call("112", None), Live(), NOON, 0).root).replace("t1", "no trunk")


def test_a_path_names_the_verb_where_a_second_worker_goes_on() -> None:
    assert isinstance(PLAN.root, Play)
    assert explain.at(PLAN.root, "") is PLAN.root
    assert explain.at(PLAN.root, "then") is PLAN.root.then
    second = explain.at(PLAN.root, "then.no_answer")
    assert isinstance(second, Ring)
    assert second.targets == (EMMA,)
    assert explain.at(PLAN.root, "then.answered") == Hangup(Cause.NORMAL)
    with pytest.raises(KeyError):
        explain.at(PLAN.root, "then.then")


def test_a_step_survives_the_call_log() -> None:
    for step in PLAN.steps:
        assert explain.from_json(json.loads(json.dumps(explain.to_json(step)))) == step


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "person", "subject": None, "args": []},
        {"kind": "person", "subject": "x", "args": {}},
        {"kind": "unheard", "subject": None, "args": {}},
    ],
)
def test_what_is_no_step_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"no step|unheard"):
        explain.from_json(row)
