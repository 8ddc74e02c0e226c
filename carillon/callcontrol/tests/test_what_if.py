"""What the what-if says and what the executor does are one way: for thousands of random organizations and calls."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from zlib import crc32
from zoneinfo import ZoneInfo

import pytest

from carillon.accounts.models import Organization
from carillon.callcontrol import stage
from carillon.callcontrol.conversation import CAUSES
from carillon.callcontrol.stage import Stage
from carillon.callcontrol.tests.fakes import LINKEDID, FakeChannel, Log, converse, desk
from carillon.calls.what_if import Decision, Inquiry, Question, follow_call
from carillon.demo.world import World
from carillon.devices.models import SipDevice
from carillon.facts.calls import Ask, Spent, load
from carillon.functions.models import HuntGroup
from carillon.routing.facts import (
    CallFacts,
    Destination,
    ForwardTo,
    FunctionNumber,
    JustHangUp,
    Nobody,
    Outsider,
    Person,
    SayAndHangUp,
    Strategy,
)
from carillon.routing.path import Assumptions, Fate
from carillon.routing.schedule import Action, Event, Repeat, Schedule, Span, Windows
from carillon.routing.tests.world import (
    ALLOWANCE,
    AWAY,
    BARE,
    BUSY,
    EMMA,
    LUCAS,
    LUNCH,
    SILENT,
    STEVEN,
    call,
    event,
    hunt_group,
    number,
)
from carillon.routing.verbs import CallOut, Hangup, Play, Ring
from carillon.users.models import CallForward

PEOPLE = (STEVEN, EMMA, LUCAS, BARE, AWAY)
OUTSIDE = ("+32475123456", "+442079460018")
INSIDE = ("9011", "9012", "201", "205")
ZONES = tuple(ZoneInfo(name) for name in ("Europe/Brussels", "America/New_York", "Australia/Lord_Howe"))
Known = Callable[[Ask], CallFacts]
SEED = crc32(LINKEDID.encode())


class Phones(FakeChannel):
    """A channel whose Dial counts its legs as app_dial.c does: busy, congested and gone ones against all."""

    def __init__(self, called: str, fates: dict[str, Fate], context: str = "org-1") -> None:
        super().__init__(called, context=context)
        self.fates = fates
        self.marks = [Stage()]

    async def execute(self, application: str, *arguments: str) -> str:
        if application == "Dial":
            self._statuses = iter([self._status(arguments[0].split("&"))])
        return await super().execute(application, *arguments)

    async def set(self, name: str, value: str) -> None:
        if name == "PBXSTAGE":
            self.marks.append(stage.read(value) or Stage())
        await super().set(name, value)

    def _status(self, legs: list[str]) -> str:
        fates = [self.fates.get(leg.partition("/")[2].partition("@")[0], Fate.ANSWERED) for leg in legs]
        if Fate.ANSWERED in fates:
            return "ANSWER"
        busy, gone = fates.count(Fate.BUSY), fates.count(Fate.UNREACHABLE)
        if busy + gone < len(fates):
            return "NOANSWER"
        return "BUSY" if busy else "CHANUNAVAIL"


def way(marks: list[Stage]) -> list[tuple[tuple[str, ...], str]]:
    return [key for key, _same in groupby((mark.visited, mark.path) for mark in marks)]


def said(decisions: list[Decision]) -> tuple[list[tuple[tuple[str, ...], str]], Log]:
    """What the what-if says: where the script stands before each verb that takes time, and what the caller notices."""
    marks, log, visited = [Stage()], [], ()  # type: list[Stage], Log, tuple[str, ...]
    for place, decision in enumerate(decisions):
        visited = (*visited, decision.facts.called.text) if place else ()
        for step in decision.taken:
            match step.verb:
                case Play():
                    log.append(("Playtones",))
                case Ring(targets):
                    legs = [f"PJSIP/{e}" for t in targets if isinstance(t, Person) for e in t.endpoints]
                    log.append(("Dial", *sorted(legs), str(len(targets))))
                case CallOut(number_out, trunks):
                    tries = len(trunks) if step.outcome == "unreachable" else 1
                    log += [("Dial", f"PJSIP/{number_out}@{trunk}", "1") for trunk in trunks[:tries]]
                case Hangup(cause):
                    log.append(("Hangup", str(CAUSES[cause])))
            if isinstance(step.verb, Play | Ring | CallOut):
                marks.append(Stage(step.path, visited))
    return way(marks), log


def noticed(channel: Phones, targets: Callable[[list[str]], int]) -> Log:
    found: Log = []
    for entry in channel.heard():
        if entry[0] == "Dial":
            legs = entry[1].split("&")
            found.append(("Dial", *sorted(leg for leg in legs if leg.startswith("PJSIP/")), str(targets(legs))))
        else:
            found.append(entry[:1] if entry[0] in ("Playtones", "Playback") else entry)
    return found


def random_schedule(chance: random.Random) -> Schedule:
    events = []
    for pk in range(1, chance.randrange(1, 5)):
        action = chance.choice(list(Action))
        since, until = time(chance.randrange(24), chance.choice([0, 30])), time(chance.randrange(24))
        begin = datetime(2026, chance.randrange(1, 13), chance.randrange(1, 29), chance.randrange(24))  # noqa: DTZ001 - wall time
        kinds: list[Windows | Span] = [
            Windows(frozenset(chance.sample(range(7), 4)), since, until),
            Span(Repeat.NONE, begin, begin + timedelta(days=chance.randrange(1, 90))),
            Span(Repeat.YEAR, begin, begin + timedelta(days=chance.randrange(1, 60))),
        ]
        when = chance.choice(kinds)
        destination = chance.choice([*INSIDE, *OUTSIDE]) if action is Action.FORWARD else None
        prompt = chance.choice([None, LUNCH.id, SILENT.id])
        events.append(Event(pk, f"event {pk}", action, when, destination, prompt))
    return Schedule(
        chance.choice(ZONES), tuple(events), event(chance.choice([Action.OPEN, Action.OPEN, Action.CLOSED]))
    )


def random_function(chance: random.Random, pk: int, value: str) -> FunctionNumber:
    ends: list[Destination] = [SayAndHangUp(BUSY), SayAndHangUp(SILENT), JustHangUp()]
    ends += [ForwardTo(place) for place in chance.sample([*INSIDE, *OUTSIDE], 2)]
    members: list[Person | Outsider] = [*PEOPLE, *map(Outsider, OUTSIDE)]
    group = hunt_group(
        *chance.sample(members, chance.randrange(1, 6)),
        strategy=chance.choice(list(Strategy)),
        follow=chance.random() < 0.5,
        ends=(chance.choice(ends), chance.choice(ends), chance.choice(ends)),
    )
    made = number(group, event(Action.OPEN))
    return replace(made, id=pk, number=value, schedule=random_schedule(chance))


def random_organization(seed: int) -> Known:
    """Facts of every number of a random organization, as the loader would answer."""

    def facts(ask: Ask) -> CallFacts:
        chance = random.Random(f"{seed}/{ask.called}")
        target: FunctionNumber | Person | Nobody | None = None
        if ask.called in INSIDE:
            function = random_function(chance, 20 + INSIDE.index(ask.called), ask.called)
            others: list[Person | Nobody] = [STEVEN, AWAY, BARE, Nobody()]
            target = function if chance.random() < 0.5 else chance.choice(others)
        world = random.Random(seed)
        allowance = replace(
            ALLOWANCE,
            trunks=("t1", "t2")[: world.choice([0, 1, 2, 2])],
            calls_left=world.randrange(1, 6) - (ask.payer_id == AWAY.id),
            international=world.random() < 0.5,
        )
        return call(ask.called, target, allowance=allowance, suspended=world.random() < 0.03)

    return facts


def random_fates(chance: random.Random) -> tuple[Assumptions, dict[str, Fate]]:
    people = {person.id: chance.choice(list(Fate)) for person in PEOPLE if chance.random() < 0.7}
    numbers = {outside: chance.choice(list(Fate)) for outside in OUTSIDE if chance.random() < 0.7}
    legs = {endpoint: people[p.id] for p in PEOPLE if p.id in people for endpoint in p.endpoints}
    return Assumptions(people, numbers), legs | numbers


def always(used: Spent) -> Callable[[int | None, datetime], Spent]:
    return lambda _payer, _at: used


def persons_behind(legs: list[str]) -> int:
    endpoints = {endpoint: person.id for person in PEOPLE for endpoint in person.endpoints}
    return len({endpoints.get(leg.removeprefix("PJSIP/"), leg) for leg in legs})


async def test_for_5000_random_organizations_numbers_and_instants_both_take_the_same_way(tmp_path: Path) -> None:
    seen: dict[str, int] = {}
    for seed in range(5000):
        chance = random.Random(seed)
        called = chance.choice([*INSIDE, *INSIDE, OUTSIDE[0]])
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(525_600))
        assumed, fates = random_fates(chance)
        used = Spent(chance.choice([0, 0, 2]), chance.choice([0, 0, 0, 700]))
        facts = random_organization(seed)
        channel = Phones(called, fates)
        await converse(channel, desk(tmp_path, facts, at, used))
        decisions = follow_call(Ask("org-1", "pcaller", called), "", at, assumed, facts, always(used), SEED)
        marks, log = said(decisions)
        assert way(channel.marks) == marks, seed
        assert noticed(channel, persons_behind) == log, seed
        for word in (*(step.outcome for each in decisions for step in each.taken), f"{len(decisions)} numbers"):
            seen[word] = seen.get(word, 0) + 1
    # So the worlds have teeth: every branch, chains of forwards and loops are met often.
    rare = {word for word in (*Fate, "then", "2 numbers", "3 numbers", "11 numbers") if seen.get(word, 0) < 20}
    assert not rare


async def test_a_circular_group_that_a_call_comes_back_to_has_moved_on(tmp_path: Path) -> None:
    loop = replace(AWAY, forward_always="9011")
    group = hunt_group(STEVEN, loop, EMMA, strategy=Strategy.CIRCULAR, follow=True)
    function = replace(number(group, event(Action.OPEN)), number="9011")
    channel = Phones("9011", {"ep-steven": Fate.NO_ANSWER})
    at = datetime(2026, 11, 23, 11, tzinfo=UTC)
    await converse(channel, desk(tmp_path, lambda ask: call(ask.called, function), at))
    first, known = Ask("org-1", "pcaller", "9011"), Assumptions({STEVEN.id: Fate.NO_ANSWER})
    decisions = follow_call(first, "", at, known, lambda ask: call(ask.called, function), always(Spent(0, 0)))
    marks, log = said(decisions)
    assert (way(channel.marks), noticed(channel, persons_behind)) == (marks, log)
    assert sum(entry[0] == "Dial" for entry in log) == 1


def rows_of_chance(organization: Organization, chance: random.Random) -> None:
    """Change the demo world's rows at random: the loader has to make the same facts for both."""
    people = list(organization.users.order_by("pk"))
    for group in HuntGroup.objects.filter(function_number__organization=organization):
        group.strategy = chance.choice(HuntGroup.Strategy.values)
        group.follow_forwards = chance.random() < 0.5
        group.on_no_answer, group.on_no_answer_number = "forward", chance.choice(["9011", "9106", "+3227811501"])
        group.save()
    CallForward.objects.all().delete()
    for person in chance.sample(people, 3):
        CallForward.objects.create(user=person, number=chance.choice(["9011", "+3227811501", "+32470555014"]))


@pytest.mark.django_db
def test_with_rows_of_the_demo_world_both_ask_for_the_same_facts(world: World, tmp_path: Path) -> None:
    organization = world.organization
    people = {device.endpoint: device.user_id for device in SipDevice.objects.all()}
    for seed in range(60):
        chance = random.Random(seed)
        rows_of_chance(organization, chance)
        fates = {pk: chance.choice(list(Fate)) for pk in people.values() if pk and chance.random() < 0.6}
        at = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=chance.randrange(20_160))
        inquiry = Inquiry(organization)
        for called in ("+3227811501", "9011", "9106", "+3227811606"):
            channel = Phones(
                called,
                {endpoint: fates[pk] for endpoint, pk in people.items() if pk in fates},
                context="trunk-1" if called.startswith("+") else f"org-{organization.pk}",
            )
            script = converse(channel, desk(tmp_path, load, at))
            with pytest.raises(StopIteration):
                script.send(None)  # nothing waits for an event loop here, and the database may be asked
            decisions = inquiry.decisions(Question(called, "", at, Assumptions(fates)))
            if any(step.kind == "strategy" and "random" in str(step.args) for d in decisions for step in d.plan.steps):
                continue  # the order is this call's own
            assert way(channel.marks) == said(decisions)[0], (seed, called)
