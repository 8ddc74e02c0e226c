"""A trial is carried out as asked: whom it rings, which way it goes, what it tells, and that telling never stops it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import OperationalError

from carillon.asterisk.fastagi import ChannelGone
from carillon.callcontrol import rehearsal
from carillon.callcontrol.conversation import CAUSES
from carillon.callcontrol.rehearsal import ANSWERED_TONE, RINGING_TONE, rehearse
from carillon.callcontrol.tests.fakes import FakeCache, FakeChannel, Log, desk
from carillon.callcontrol.way import described
from carillon.calls import trials
from carillon.calls.models import Trial, TrialStep
from carillon.calls.what_if import Decision, Inquiry, Question
from carillon.demo import people
from carillon.demo.world import World
from carillon.facts.calls import Ask, load
from carillon.routing.explain import to_json
from carillon.routing.facts import CallFacts
from carillon.routing.path import Assumptions, Fate
from carillon.routing.verbs import Cause
from carillon.users.models import CallForward

MONDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)
SUNDAY = MONDAY - timedelta(days=1)
MAIN = people.BKM.main_number


@pytest.fixture(autouse=True)
def everything_in_this_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's transaction belongs to the thread that it runs in."""

    async def at_once(question: Any) -> Any:
        return await sync_to_async(question)()

    monkeypatch.setattr(rehearsal, "in_thread", at_once)


class Rows(FakeCache):
    """Facts as the loader makes them of the test's rows."""

    async def facts(self, ask: Ask) -> CallFacts | None:
        return await sync_to_async(load)(ask)


def ask(world: World, **wanted: Any) -> tuple[Trial, str]:
    return trials.ask(world.user(people.ADMIN), **{"rings": False, "at": MONDAY, "caller": "+32470123123"} | wanted)


def dialled(token: str, statuses: tuple[str, ...] = (), gone_at: int | None = None) -> FakeChannel:
    return FakeChannel(token, statuses, context="try", gone_at=gone_at)


def run(channel: FakeChannel, folder: Path, now: datetime | None = None) -> FakeChannel:
    """Carry a trial out; a caller who goes is no trouble."""
    at = replace(desk(folder, load, now or datetime.now(UTC)), cache=Rows(load))

    async def script() -> None:
        with contextlib.suppress(ChannelGone):
            await rehearse(channel, at)

    async_to_sync(script)()
    return channel


def told(trial: Trial) -> list[tuple[str, Any]]:
    return [(step.kind, step.data) for step in trial.steps.all()]


def should_be_told(decisions: list[Decision]) -> list[tuple[str, Any]]:
    """What a trial tells of the way that the what-if says."""
    rows: list[tuple[str, Any]] = []
    for decision in decisions:
        steps = [to_json(step) for step in decision.plan.steps]
        rows.append((TrialStep.Kind.DECIDED, {"called": decision.facts.called.text, "steps": steps}))
        for taken in decision.taken:
            rows.append((TrialStep.Kind.BEGAN, described(taken.verb) | {"outcome": ""}))
            if taken.outcome:
                rows.append((TrialStep.Kind.ENDED, {"outcome": taken.outcome}))
    return rows


def everybody(world: World, fate: Fate) -> Assumptions:
    """All people and all numbers outside that anybody forwards to share one fate."""
    outside = [row.number for row in CallForward.objects.all()]
    return Assumptions({user.pk: fate for user in world.organization.users.all()}, dict.fromkeys(outside, fate))


def applications(log: Log) -> list[str]:
    return [entry[0] for entry in log]


TONES: dict[Fate, list[str]] = {
    Fate.ANSWERED: [RINGING_TONE, ANSWERED_TONE],
    Fate.NO_ANSWER: [RINGING_TONE],
    Fate.BUSY: [],
    Fate.UNREACHABLE: [],
}
ENDS = {
    Fate.ANSWERED: Cause.NORMAL,
    Fate.NO_ANSWER: Cause.NO_ANSWER,
    Fate.BUSY: Cause.BUSY,
    Fate.UNREACHABLE: Cause.UNREACHABLE,
}


@pytest.mark.parametrize("fate", Fate)
def test_what_is_pretended_is_heard_and_rings_nobody(world: World, tmp_path: Path, fate: Fate) -> None:
    trial, token = ask(world, called=MAIN, fate=fate)
    channel = run(dialled(token), tmp_path)
    assert "Dial" not in applications(channel.log)
    heard = [",".join(entry[1:]) for entry in channel.log if entry[0] == "Playtones"]
    assert heard[: len(TONES[fate])] == TONES[fate]
    # Prompts of the tests' world have no recording, which is a tone of its own.
    assert len(heard) == len(TONES[fate]) + (fate is not Fate.ANSWERED)
    assert channel.log[-1] == ("Hangup", str(CAUSES[ENDS[fate]]))
    outcomes = [data["outcome"] for kind, data in told(trial) if kind == TrialStep.Kind.ENDED]
    assert outcomes == [fate.value] + ["then"] * (fate is not Fate.ANSWERED)


@pytest.mark.parametrize("fate", Fate)
@pytest.mark.parametrize("at", [MONDAY, SUNDAY])
@pytest.mark.parametrize("called", [MAIN, "9011", "9101", "9106", "+3227811606"])
def test_a_trial_goes_the_way_of_the_what_if_and_tells_each_step(
    world: World, tmp_path: Path, called: str, at: datetime, fate: Fate
) -> None:
    world.main.schedule.events.filter(is_default=True).update(action="forward", destination="9011")
    trial, token = ask(world, called=called, at=at, fate=fate)
    run(dialled(token), tmp_path)
    asked = Question(called, "", at, everybody(world, fate))
    assert told(trial) == should_be_told(Inquiry(world.organization).decisions(asked))


@pytest.mark.parametrize(("now", "verb"), [(MONDAY, "ring"), (SUNDAY, "play")])
def test_now_is_now_where_no_instant_was_asked_for(world: World, tmp_path: Path, now: datetime, verb: str) -> None:
    trial, token = ask(world, called=MAIN, at=None)
    Trial.objects.update(created_at=now)
    run(dialled(token), tmp_path, now)
    assert told(trial)[1][1]["verb"] == verb
    assert trial.steps.all()[0].at == now


def test_for_real_the_phones_ring_and_see_the_chosen_number(world: World, tmp_path: Path) -> None:
    trial, token = ask(world, called=MAIN, rings=True)
    channel = run(dialled(token, ("ANSWER",)), tmp_path)
    [dial] = [entry for entry in channel.log if entry[0] == "Dial"]
    assert dial[1].count("PJSIP/") == 3
    assert "r" in dial[3], "a caller who was answered hears ringing only if Asterisk makes it"
    assert channel.variables["CALLERID(num)"] == "+32470123123"
    assert told(trial)[-2] == (TrialStep.Kind.ENDED, {"outcome": "answered"})


def test_the_first_prompt_is_said(world: World, tmp_path: Path) -> None:
    _trial, token = ask(world, called=MAIN, at=SUNDAY)
    channel = run(dialled(token), tmp_path)
    assert applications(channel.heard()) == ["Playtones", "Hangup"]


def test_a_prompt_is_played_and_that_is_all(world: World, tmp_path: Path) -> None:
    prompt = world.organization.prompts.get(key="welcome")
    trial, token = ask(world, prompt=prompt)
    channel = run(dialled(token), tmp_path)
    assert applications(channel.heard()) == ["Playtones", "Hangup"]
    assert [kind for kind, _data in told(trial)] == ["decided", "began", "ended", "began"]
    assert told(trial)[1][1]["prompt"] == prompt.name


def test_an_unknown_token_is_no_call(world: World, tmp_path: Path) -> None:
    assert run(dialled("0" * 32), tmp_path).log == []


def test_a_token_is_worth_one_call_and_the_same_call_goes_on_with_the_second_worker(
    world: World, tmp_path: Path
) -> None:
    trial, token = ask(world, called=MAIN, at=SUNDAY)
    first = dialled(token)
    first.during = lambda application: _die() if application == "Playtones" else None
    with pytest.raises(RuntimeError):
        run(first, tmp_path)
    first.during = lambda _application: None
    first.log.clear()
    run(first, tmp_path)
    assert applications(first.heard()) == ["Hangup"], "the prompt was said before, and is not said twice"
    other = dialled(token)
    other.variables["CHANNEL(linkedid)"] = "node1-1790000000.99"
    assert run(other, tmp_path).log == []
    trial.refresh_from_db()
    assert trial.ended_at


def _die() -> None:
    raise RuntimeError("the worker dies")


def test_who_hangs_up_while_nobody_rings_ends_the_trial(world: World, tmp_path: Path) -> None:
    trial, token = ask(world, called=MAIN)
    channel = run(dialled(token, gone_at=2), tmp_path)
    assert "Hangup" not in applications(channel.log)
    assert "PBXDONE" not in channel.variables
    trial.refresh_from_db()
    assert trial.ended_at


def test_a_database_that_goes_away_ends_no_trial(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_row: object) -> None:
        raise OperationalError("away")

    trial, token = ask(world, called=MAIN, fate=Fate.NO_ANSWER)
    monkeypatch.setattr(trials, "tell", away)
    channel = run(dialled(token), tmp_path)
    assert channel.log[-1] == ("Hangup", "19")
    assert channel.variables["PBXDONE"] == "1"
    assert told(trial) == []
