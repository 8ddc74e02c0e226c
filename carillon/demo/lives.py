"""How a call of the demo world's past went: the decision that it would have got, carried out on its people's habits."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from carillon.accounts.models import Organization
from carillon.callcontrol.way import Way
from carillon.calls.models import Call
from carillon.demo.people import Behaviour
from carillon.facts.calls import Ask, load, with_caller
from carillon.routing.explain import to_json
from carillon.routing.facts import CallFacts, Live, Person
from carillon.routing.numbers import read_number
from carillon.routing.plan import plan_call
from carillon.routing.verbs import CallOut, ChangeSchedule, GoTo, Hangup, Play, Ring, Signal, Verb

#: What a prompt lasts, and how long a caller at most waits.
PROMPT_SECONDS, MOST_PATIENCE = 4, 45
RESULTS = {
    "no_answer": Call.Result.NO_ANSWER,
    "busy": Call.Result.BUSY,
    "unreachable": Call.Result.UNREACHABLE,
}


class Book:
    """Facts of the organization, read once for each number and each caller: many calls are of few people."""

    def __init__(self, organization: Organization, trunk_id: int) -> None:
        self._organization, self._trunk = organization, f"trunk-{trunk_id}"
        self._called: dict[tuple[str, int | None], CallFacts] = {}
        self._callers: dict[str, CallFacts] = {}

    def facts(self, endpoint: str, caller: str, called: str, payer: int | None, *, forwarded: bool) -> CallFacts:
        """Return what `caller` (with an endpoint: a phone) gets who reaches `called`."""
        context = f"org-{self._organization.pk}" if endpoint else self._trunk
        if endpoint not in self._callers:
            self._callers[endpoint] = load(Ask(context, endpoint, called))
        by = self._callers[endpoint]
        number = read_number(called, self._organization.country)
        outside = number.e164 is not None and not self._organization.numbers.filter(value=called).exists()
        key = ("outside" if outside else called, payer)
        if key not in self._called:
            ask = Ask(context, endpoint, called, self._organization.pk if forwarded else None, payer)
            self._called[key] = load(ask)
        facts = self._called[key]
        allowance = facts.allowance if forwarded else by.allowance
        return with_caller(replace(facts, caller=by.caller, allowance=allowance, called=number), caller, "")


@dataclass
class Life:
    """One call while it goes on: the clock, and what the log keeps of it."""

    now: datetime
    #: When the caller has had enough.
    until: datetime
    talk_ms: int
    answered_at: datetime | None = None
    answered_by: str = ""
    result: Call.Result = Call.Result.FAILED
    gone: bool = False
    legs: list[dict[str, Any]] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    people: set[int] = field(default_factory=set)


class Director:
    """Lets calls happen: `habits` are the people's by name."""

    def __init__(self, book: Book, habits: Mapping[str, Behaviour], trunk: str, dice: random.Random) -> None:
        self._book, self._habits, self._trunk, self._dice = book, habits, trunk, dice

    def call(self, at: datetime, endpoint: str, caller: str, called: str, talk_ms: int) -> Life:
        """Let one call go from its beginning to its end."""
        life = Life(at, at + timedelta(seconds=self._dice.randrange(14, MOST_PATIENCE)), talk_ms)
        visited: tuple[str, ...] = ()
        payer: int | None = None
        while True:
            number = visited[-1] if visited else called
            facts = self._book.facts(endpoint, caller, number, payer, forwarded=bool(visited))
            payer = payer if visited else facts.caller.user_id
            plan = plan_call(facts, Live(visited=visited), life.now, self._dice.getrandbits(32))
            way = Way("")
            run = {"at": life.now, "revision": facts.revision, "payer_id": payer, "called": facts.called.text}
            forward = self._carry_out(plan.root, way, life)
            run |= {"steps": [to_json(step) for step in plan.steps]}
            life.runs.append(run | {"path": way.path, "passed": way.passed, "hungup": life.gone})
            if forward is None:
                return life
            visited, payer = (*visited, forward.number), forward.payer_id or payer

    def _carry_out(self, verb: Verb, way: Way, life: Life) -> GoTo | None:
        while True:
            way.begins(verb)
            match verb:
                case GoTo():
                    return verb
                case Hangup():
                    return None
                case Play(prompt, then):
                    said = {"prompt": prompt.name, "sha256": prompt.audio or "", "at": life.now.isoformat()}
                    life.heard.append(said)
                    life.now += timedelta(seconds=PROMPT_SECONDS)
                    if life.result is Call.Result.FAILED:
                        life.result = Call.Result.PROMPT
                    outcome, verb = "then", then
                case Ring() | CallOut():
                    outcome = self._ring(verb, life) if isinstance(verb, Ring) else self._outside(verb, life)
                    if life.gone and outcome != "answered":
                        return None
                    verb = getattr(verb, outcome)
                case Signal() | ChangeSchedule():
                    raise ValueError("people of the demo dial no feature codes")
                case _:
                    assert_never(verb)
            way.ends(outcome)
            if life.gone:
                return None

    def _ring(self, verb: Ring, life: Life) -> str:
        """All phones ring at once; who answers does so after some seconds."""
        persons = [target for target in verb.targets if isinstance(target, Person)]
        life.people |= {person.id for person in persons}
        habits = {person.name: self._habits[person.name] for person in persons}
        rings = [each for each in persons if habits[each.name] in (Behaviour.ANSWERS, Behaviour.NEVER_ANSWERS)]
        busy = [each for each in persons if habits[each.name] is Behaviour.BUSY]
        begun, dice = life.now, self._dice
        life.legs += [_leg(each, begun, begun, "busy") for each in busy]
        if not rings:
            life.result = RESULTS["busy" if busy else "unreachable"]
            return "busy" if busy else "unreachable"
        able = [each for each in rings if habits[each.name] is Behaviour.ANSWERS and dice.random() < 0.93]
        stops = begun + timedelta(seconds=verb.seconds)
        picked = begun + timedelta(seconds=dice.randrange(3, 13))
        if able and picked < stops:
            winner = dice.choice(able)
            life.legs += [_leg(each, begun, picked, "elsewhere") for each in rings if each is not winner]
            self._answered(life, _leg(winner, begun, picked, "answered"), picked)
            return "answered"
        life.now = max(begun, min(stops, life.until))
        life.gone = life.now < stops
        life.result = Call.Result.ABANDONED if life.gone else Call.Result.NO_ANSWER
        life.legs += [_leg(each, begun, life.now, "cancelled" if life.gone else "no_answer") for each in rings]
        return "no_answer"

    def _outside(self, verb: CallOut, life: Life) -> str:
        rang = life.now + timedelta(seconds=1)
        leg = {"endpoint": self._trunk, "name": verb.number, "rang_at": rang.isoformat(), "result": "answered"}
        self._answered(life, leg, rang + timedelta(seconds=self._dice.randrange(3, 15)))
        return "answered"

    def _answered(self, life: Life, leg: dict[str, Any], at: datetime) -> None:
        life.answered_at, life.answered_by, life.result = at, leg["name"], Call.Result.ANSWERED
        life.now = at + timedelta(milliseconds=life.talk_ms)
        life.gone = self._dice.random() < 0.5
        life.legs.append(leg | {"answered_at": at.isoformat(), "ended_at": life.now.isoformat()})


def _leg(person: Person, rang: datetime, ended: datetime, result: str) -> dict[str, Any]:
    times = {"rang_at": rang.isoformat(), "answered_at": None, "ended_at": ended.isoformat()}
    return {"endpoint": person.endpoints[0], "name": person.name, "result": result, **times}
