"""Random organizations: every plan ends, says its reasons, and never rings nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from carillon.routing import explain
from carillon.routing.facts import (
    Allowance,
    Caller,
    CallFacts,
    ForwardTo,
    FunctionNumber,
    HuntGroup,
    JustHangUp,
    Live,
    Nobody,
    Origin,
    Outsider,
    Person,
    Prompt,
    SayAndHangUp,
    Strategy,
    SystemPrompt,
)
from carillon.routing.numbers import Kind, read_number
from carillon.routing.plan import MOST_HOPS, plan_call
from carillon.routing.schedule import decide
from carillon.routing.tests.test_schedule_properties import cases
from carillon.routing.verbs import CallOut, GoTo, Hangup, Plan, Play, Ring, Step, StepKind, Verb

TEXTS = st.sampled_from(["201", "9011", "+3227811501", "027118892", "0900 12 345", "+442079460018", "", "*1", "1207"])
NAMES = st.sampled_from(["Lunch", "100% %(x)s"])
PROMPTS = st.builds(Prompt, st.integers(1, 5), NAMES, st.sampled_from([None, "a" * 64]))
PERSONS = st.builds(
    Person,
    st.integers(1, 9),
    st.sampled_from(["Steven", "Emma"]),
    st.none(),
    st.sampled_from([(), ("a",), ("a", "b")]),
    st.none() | TEXTS.filter(bool),
)
ENDS = st.builds(SayAndHangUp, PROMPTS) | st.just(JustHangUp()) | st.builds(ForwardTo, TEXTS)
GROUPS = st.builds(
    HuntGroup,
    st.sampled_from(Strategy),
    st.integers(1, 300),
    st.lists(PERSONS | st.builds(Outsider, TEXTS), max_size=4).map(tuple),
    st.booleans(),
    ENDS,
    ENDS,
    ENDS,
)
SCHEDULES = cases().map(lambda case: case[0])
FUNCTIONS = st.builds(
    FunctionNumber,
    st.just(1),
    st.just("Main"),
    st.just("9011"),
    SCHEDULES,
    GROUPS,
    st.dictionaries(st.integers(1, 3), PROMPTS, max_size=2),
)
ALLOWANCES = st.builds(
    Allowance,
    st.none() | st.just("+3227811501"),
    st.booleans(),
    st.booleans(),
    st.sampled_from([-1, 0, 1, 9, 9]),
    st.sampled_from([-1, 0, 60, 60, 60]),
    st.sampled_from([(), ("t1",), ("t1", "t2")]),
)
FACTS = st.builds(
    CallFacts,
    st.none() | st.just(1),
    st.integers(0, 9),
    st.just("BE"),
    st.sampled_from([False, False, False, True]),
    st.builds(Caller, st.sampled_from(Origin), st.none(), st.just(""), st.none()),
    st.one_of(TEXTS, st.sampled_from(["112", "0101", "+3270245245"])).map(lambda text: read_number(text, "BE")),
    st.sampled_from([None, None, Nobody()]) | PERSONS | FUNCTIONS,
    ALLOWANCES,
    st.dictionaries(st.sampled_from(SystemPrompt), PROMPTS),
)
LIVES = st.builds(
    Live,
    st.dictionaries(st.just(1), st.integers(0, 9)),
    st.integers(0, 3),
    st.lists(TEXTS, max_size=MOST_HOPS + 1).map(tuple),
)
INSTANTS = st.datetimes(datetime(2010, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive by contract
SEEDS = st.integers(0, 2**32)


def verbs(plan: Plan) -> list[Verb]:
    """Every verb of a plan once."""
    seen: dict[int, Verb] = {}
    waiting = [plan.root]
    while waiting:
        verb = waiting.pop()
        if id(verb) not in seen:
            seen[id(verb)] = verb
            waiting += [branch for _name, branch in explain.branches(verb)]
    return list(seen.values())


@given(FACTS, LIVES, INSTANTS, SEEDS)
def test_every_plan_is_finite_and_speaks(facts: CallFacts, live: Live, now: datetime, seed: int) -> None:
    plan = plan_call(facts, live, now, seed)
    for verb in verbs(plan):
        match verb:
            case Ring():
                assert verb.targets
                assert all(not isinstance(target, Person) or target.endpoints for target in verb.targets)
            case CallOut():
                assert verb.emergency or (verb.trunks and verb.limit_seconds and verb.limit_seconds > 0)
            case Play():
                missing = Step(StepKind.PROMPT_MISSING, verb.prompt.id, (("prompt", verb.prompt.name),))
                assert verb.prompt.audio or missing in plan.steps
            case Hangup() | GoTo():
                assert not explain.branches(verb)
    assert plan.steps
    assert explain.outline(plan)
    assert all(explain.sentence(step) for step in plan.steps)
    assert plan_call(facts, live, now, seed) == plan


@given(FACTS, LIVES, INSTANTS, SEEDS)
def test_help_goes_out_from_every_phone_and_nothing_closed_goes_out(
    facts: CallFacts, live: Live, now: datetime, seed: int
) -> None:
    plan = plan_call(facts, live, now, seed)
    root, kind = plan.root, facts.called.kind
    if kind is Kind.EMERGENCY and (facts.caller.origin is Origin.PHONE or live.visited):
        assert isinstance(root, CallOut)
        assert root.emergency
    elif isinstance(root, CallOut):
        assert facts.allowance.premium or kind not in (Kind.PREMIUM, Kind.SHORT)
        assert facts.allowance.international or not facts.called.abroad
        assert facts.allowance.calls_left > live.calls_now
        assert not facts.suspended
        assert facts.caller.origin is Origin.PHONE or live.visited


@given(FUNCTIONS, FACTS, INSTANTS)
def test_the_call_is_decided_by_the_event_that_the_list_shows(
    function: FunctionNumber, facts: CallFacts, now: datetime
) -> None:
    asked = replace(facts, called=read_number("9011", "BE"), target=function, suspended=False)
    plan = plan_call(asked, Live(), now, 0)
    decided = (StepKind.EVENT_DECIDED, StepKind.DEFAULT_DECIDED)
    assert [step.subject for step in plan.steps if step.kind in decided] == [decide(function.schedule, now).event.id]
