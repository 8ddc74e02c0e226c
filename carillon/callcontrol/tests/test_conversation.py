"""The script of a call: the executor takes the path that the plan says, and every trouble is audible."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import pytest

from carillon.callcontrol import stage
from carillon.callcontrol.conversation import CAUSES, MISSING_TONE, OUTCOMES, Conversation, FactsAwayError
from carillon.callcontrol.stage import Stage
from carillon.callcontrol.tests.fakes import LINKEDID, FakeCache, FakeChannel, Log, converse, desk, record
from carillon.facts.calls import Ask
from carillon.routing.facts import (
    CallFacts,
    Destination,
    ForwardTo,
    FunctionNumber,
    JustHangUp,
    Live,
    Nobody,
    Outsider,
    Person,
    Prompt,
    SayAndHangUp,
    Strategy,
)
from carillon.routing.plan import plan_call
from carillon.routing.schedule import Action
from carillon.routing.tests.world import (
    ALLOWANCE,
    AWAY,
    BARE,
    BUSY,
    EMMA,
    GREETING,
    LUCAS,
    LUNCH,
    NO_ANSWER,
    NOON,
    SILENT,
    STEVEN,
    call,
    event,
    hunt_group,
    number,
    opened,
)
from carillon.routing.verbs import CallOut, GoTo, Hangup, Play, Ring, RingOutside, Verb

RECORDED = (GREETING, BUSY, NO_ANSWER, LUNCH)
STATUSES = ("ANSWER", "NOANSWER", "BUSY", "CHANUNAVAIL", "CONGESTION")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for prompt in RECORDED:
        record(tmp_path, prompt.audio or "")
    return tmp_path


def said(folder: Path, prompt: Prompt) -> tuple[str, ...]:
    audio = prompt.audio or ""
    path = folder / "prompts" / audio[:2] / audio
    return ("Playback", str(path)) if path.with_suffix(".alaw").is_file() else ("Playtones",)


async def test_a_closed_number_plays_its_prompt_and_ends_the_call(folder: Path) -> None:
    channel = FakeChannel("9011")
    facts = call("9011", number(hunt_group(STEVEN), event(Action.CLOSED, LUNCH)))
    await converse(channel, desk(folder, lambda _ask: facts, NOON))
    assert channel.heard() == [said(folder, LUNCH), ("Hangup", "16")]
    assert channel.log[0] == ("Answer",)
    assert channel.variables["PBXDONE"] == "1"


async def test_an_open_number_rings_all_phones_of_its_members_without_answering_first(folder: Path) -> None:
    channel = FakeChannel("9011", ["ANSWER"])
    await converse(channel, desk(folder, lambda _ask: call("9011", opened(hunt_group(STEVEN, EMMA))), NOON))
    assert channel.log == [
        ("Dial", "PJSIP/ep-steven&PJSIP/ep-emma-1&PJSIP/ep-emma-2", "20", "g"),
        ("Hangup", "16"),
    ]


async def test_a_missing_recording_is_heard_as_a_tone(folder: Path) -> None:
    channel = FakeChannel("9011")
    facts = call("9011", number(hunt_group(STEVEN), event(Action.CLOSED, SILENT)))
    await converse(channel, desk(folder, lambda _ask: facts, NOON))
    assert [entry[0] for entry in channel.log] == ["Answer", "Playtones", "Wait", "StopPlaytones", "Hangup"]
    assert channel.log[1] == ("Playtones", MISSING_TONE)


async def test_who_waits_after_a_prompt_hears_ringing(folder: Path) -> None:
    channel = FakeChannel("9011", ["ANSWER"])
    facts = call("9011", number(hunt_group(STEVEN), event(Action.OPEN, LUNCH)))
    await converse(channel, desk(folder, lambda _ask: facts, NOON))
    assert channel.heard()[1] == ("Dial", "PJSIP/ep-steven", "20", "gr")


async def test_an_external_member_rings_with_trunks_caller_id_limit_and_payer(folder: Path) -> None:
    facts = call("9011", opened(hunt_group(STEVEN, Outsider("+32475123456"))))
    channel = FakeChannel("9011", ["ANSWER"])
    await converse(channel, desk(folder, lambda _ask: facts, NOON))
    assert channel.log[0] == ("Dial", "PJSIP/ep-steven&Local/+32475123456@outside/n", "20", "g")
    assert channel.variables["__OUT_32475123456"] == "t1|+3227811501|600000|1-11"


async def test_an_outgoing_call_tries_the_next_trunk_only_where_that_can_help(folder: Path) -> None:
    facts = call("+32475123456", None, allowance=replace(ALLOWANCE, trunks=("t1", "t2")))
    for status, cause, trunks in [
        ("CONGESTION", "34", 2),
        ("CHANUNAVAIL", "1", 1),
        ("BUSY", "17", 1),
        ("ANSWER", "16", 1),
    ]:
        channel = FakeChannel("+32475123456", [status, "CHANUNAVAIL"])
        channel.variables["HANGUPCAUSE"] = cause
        await converse(channel, desk(folder, lambda _ask: facts, NOON))
        dialled = [entry[1:] for entry in channel.log if entry[0] == "Dial"]
        limit = "gL(600000)"
        assert dialled == [(f"PJSIP/+32475123456@t{n}", "90", limit) for n in range(1, trunks + 1)]
    assert channel.variables["CALLERID(num)"] == "+3227811501"
    assert channel.variables["GROUP(out)"] == "1-11"


async def test_a_forward_is_decided_anew_and_the_forwarder_pays(folder: Path) -> None:
    numbers = {"205": call("205", AWAY), "+32475123456": call("+32475123456", None)}
    channel = FakeChannel("205", ["ANSWER"])
    at = desk(folder, lambda ask: numbers[ask.called], NOON)
    await converse(channel, at)
    assert isinstance(at.cache, FakeCache)
    assert at.cache.asked[-1] == Ask("org-1", "pcaller", "+32475123456", organization_id=1, payer_id=AWAY.id)
    assert channel.variables["GROUP(out)"] == f"1-{AWAY.id}"


async def test_a_transferred_call_is_decided_for_who_transferred_it(folder: Path) -> None:
    channel = FakeChannel("9011", ["ANSWER"])
    channel.env["channel"] = "PJSIP/tcarrier-00000004"
    channel.variables["BLINDTRANSFER"] = "PJSIP/psteven-00000005"
    at = desk(folder, lambda _ask: call("9011", STEVEN), NOON)
    await converse(channel, at)
    assert isinstance(at.cache, FakeCache)
    assert at.cache.asked == [Ask("org-1", "psteven", "9011")]


async def test_a_loop_of_forwards_ends_in_a_prompt(folder: Path) -> None:
    closed = number(hunt_group(STEVEN), event(Action.FORWARD, None, "9011"))
    channel = FakeChannel("9011")
    await converse(channel, desk(folder, lambda ask: call(ask.called, closed), NOON))
    assert channel.heard()[-1] == ("Hangup", "20")
    assert channel.heard()[-2][0] in ("Playback", "Playtones")


async def test_circular_begins_after_the_last_member_that_was_called(folder: Path) -> None:
    group = opened(hunt_group(STEVEN, EMMA, LUCAS, strategy=Strategy.CIRCULAR))
    variables: dict[str, str] = {}
    first = []
    for _call in range(4):
        channel = FakeChannel("9011", ["NOANSWER", "ANSWER"])
        channel.variables |= variables
        await converse(channel, desk(folder, lambda _ask: call("9011", group), NOON))
        variables = {"DB(hunt/21)": channel.variables["DB(hunt/21)"]}
        first.append(channel.log[0][1])
    assert first == ["PJSIP/ep-steven", "PJSIP/ep-lucas", "PJSIP/ep-emma-1&PJSIP/ep-emma-2", "PJSIP/ep-steven"]


async def test_without_facts_the_script_ends_unmarked_so_that_the_fallback_rings(folder: Path) -> None:
    channel = FakeChannel("9011")
    with pytest.raises(FactsAwayError):
        await Conversation(channel, desk(folder, lambda _ask: None, NOON)).run()
    assert channel.log == []
    assert "PBXDONE" not in channel.variables


async def test_after_the_caller_hung_up_nothing_more_is_done(folder: Path) -> None:
    facts = call("9011", number(hunt_group(STEVEN, EMMA, strategy=Strategy.SEQUENTIAL), event(Action.OPEN, LUNCH)))
    for gone_at in range(1, 4):
        channel = FakeChannel("9011", ["NOANSWER", "NOANSWER"], gone_at=gone_at)
        await converse(channel, desk(folder, lambda _ask: facts, NOON))
        assert len(channel.log) == gone_at + 1
        assert "PBXDONE" not in channel.variables


class Death(Exception):
    """The worker dies."""


async def test_the_second_worker_goes_on_where_the_first_one_died(folder: Path) -> None:
    group = hunt_group(STEVEN, EMMA, strategy=Strategy.SEQUENTIAL)
    facts = call("9011", number(group, event(Action.OPEN, LUNCH)))
    whole = FakeChannel("9011", ["NOANSWER", "NOANSWER"])
    await converse(whole, desk(folder, lambda _ask: facts, NOON))
    for died_at in range(1, len(whole.heard())):
        channel = FakeChannel("9011", ["NOANSWER", "NOANSWER"])

        def die(_application: str, channel: FakeChannel = channel, died_at: int = died_at) -> None:
            if len(channel.heard()) == died_at:
                raise Death

        channel.during = die
        with pytest.raises(Death):
            await Conversation(channel, desk(folder, lambda _ask: facts, NOON)).run()
        channel.during = lambda _application: None
        await converse(channel, desk(folder, lambda _ask: facts, NOON))
        assert channel.heard() == whole.heard(), died_at
        assert channel.variables["PBXDONE"] == "1"


def test_a_stage_survives_its_text() -> None:
    for kept in (Stage(), Stage("then.no_answer", ("9011", "+32475123456"), 7, answered=True)):
        assert stage.read(kept.text()) == kept
    assert stage.read("") is None
    assert stage.read("v1/x") is None


# For random facts, the caller goes through what a walk over the plan says.


def random_facts(seed: str) -> CallFacts:
    chance = random.Random(seed)
    destinations: list[Destination] = [SayAndHangUp(BUSY), SayAndHangUp(SILENT), JustHangUp(), ForwardTo("9012")]
    people: list[Person | Outsider] = [
        STEVEN,
        EMMA,
        LUCAS,
        BARE,
        AWAY,
        Outsider("+32475123456"),
        Outsider("+442079460018"),
    ]
    group = hunt_group(
        *chance.sample(people, chance.randrange(5)),
        strategy=chance.choice(list(Strategy)),
        follow=chance.random() < 0.5,
        ends=(chance.choice(destinations), chance.choice(destinations), chance.choice(destinations)),
    )
    prompt = chance.choice([None, LUNCH, SILENT])
    function = number(group, event(chance.choice(list(Action)), prompt, "+32475123456"))
    target: FunctionNumber | Person | Nobody | None = chance.choice(
        [function, function, STEVEN, AWAY, BARE, Nobody(), None]
    )
    called = "+32475123456" if target is None else "9011"
    allowance = replace(
        ALLOWANCE,
        trunks=("t1", "t2")[: chance.randrange(3)],
        calls_left=chance.randrange(3),
        international=chance.random() < 0.5,
    )
    return call(called, target, allowance=allowance, suspended=chance.random() < 0.05)


def walk(folder: Path, world: str, statuses: list[str]) -> Log:
    """What the plans say that the caller goes through when each Dial ends as listed."""
    log: Log = []
    visited: tuple[str, ...] = ()
    turns: dict[int, int] = {}
    left = iter(statuses)
    while True:
        facts = random_facts(f"{world}/{visited[-1] if visited else '9011'}")
        verb: Verb = plan_call(facts, Live(turns, 0, visited), NOON, crc32(LINKEDID.encode())).root
        circular = isinstance(facts.target, FunctionNumber) and facts.target.service.strategy is Strategy.CIRCULAR
        while not isinstance(verb, GoTo):
            match verb:
                case Hangup(cause):
                    return [*log, ("Hangup", str(CAUSES[cause]))]
                case Play(prompt, then):
                    log.append(said(folder, prompt))
                    verb = then
                case Ring():
                    turns[21] = turns.get(21, 0) + circular
                    log.append(("Dial", "&".join(leg for target in verb.targets for leg in legs(target))))
                    verb = getattr(verb, OUTCOMES.get(next(left), "unreachable"))
                case CallOut():
                    outcome = "unreachable"
                    for trunk in verb.trunks:
                        log.append(("Dial", f"PJSIP/{verb.number}@{trunk}"))
                        if (outcome := OUTCOMES.get(next(left), "unreachable")) != "unreachable":
                            break
                    verb = getattr(verb, outcome)
        visited = (*visited, verb.number)


def legs(target: Person | RingOutside) -> list[str]:
    if isinstance(target, RingOutside):
        return [f"Local/{target.outsider.number}@outside/n"]
    return [f"PJSIP/{endpoint}" for endpoint in target.endpoints]


def in_world(world: int) -> Callable[[Ask], CallFacts]:
    return lambda ask: random_facts(f"{world}/{ask.called}")


async def test_for_5000_random_facts_the_caller_goes_through_what_the_plan_says(folder: Path) -> None:
    ends = set()
    for world in range(5000):
        statuses = [random.Random(world).choice(STATUSES) for _ in range(60)]
        channel = FakeChannel("9011", statuses)
        await converse(channel, desk(folder, in_world(world), NOON))
        went = [entry[:1] if entry[0] == "Playtones" else entry[:2] for entry in channel.heard()]
        assert went == walk(folder, str(world), statuses), world
        assert channel.variables["PBXDONE"] == "1"
        ends.add(went[-1])
    assert len(ends) > 4
