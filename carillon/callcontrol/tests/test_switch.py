"""A feature code of a phone: stored for whoever may, heard in any case, refused where the database is away."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import OperationalError

from carillon.accounts.models import User
from carillon.callcontrol import conversation, switch
from carillon.callcontrol.conversation import SOUNDS, Conversation
from carillon.callcontrol.tests.fakes import FakeChannel, Log, converse, desk
from carillon.callcontrol.way import described
from carillon.functions.tests.builders import chapter_five, make_organization, make_person
from carillon.numbers.models import FunctionNumber
from carillon.routing.codes import read_code
from carillon.routing.facts import CallFacts, CodeTarget
from carillon.routing.schedule import Action
from carillon.routing.tests.test_codes import DAY
from carillon.routing.tests.world import NOON, call
from carillon.routing.verbs import Cause, ChangeSchedule, Hangup, Signal, Sound

END = Hangup(Cause.NORMAL)
BRANCHES = (Signal(Sound.DONE, END), Signal(Sound.REFUSED, END))
SOON = time.monotonic() + 3600


@pytest.fixture
def function() -> FunctionNumber:
    return chapter_five(make_organization())


@pytest.fixture
def greet(function: FunctionNumber) -> User:
    return make_person(function.organization, "greet.wouters", is_admin=True)


def verb(function: FunctionNumber, user: User, action: Action | None = Action.CLOSED) -> ChangeSchedule:
    until = datetime.now(UTC) + timedelta(hours=1) if action else None
    return ChangeSchedule(function.pk, function.name, user.pk, action, until, *BRANCHES)


def tones(sound: Sound) -> Log:
    return [("Playtones", SOUNDS[sound][0]), ("Hangup", "16")]


def facts(*, allowed: bool = True) -> CallFacts:
    code = read_code("*62*9011")
    assert code
    return call("*62*9011", CodeTarget(code, DAY, allowed))


@pytest.mark.parametrize(("outcome", "sound"), [("done", Sound.DONE), ("refused", Sound.REFUSED)])
async def test_the_caller_hears_what_became_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outcome: str, sound: Sound
) -> None:
    asked: list[ChangeSchedule] = []

    async def carry_out(verb: ChangeSchedule, _call: str) -> str:
        asked.append(verb)
        return outcome

    monkeypatch.setattr(conversation, "switch", carry_out)
    channel = FakeChannel("*62*9011")
    await converse(channel, desk(tmp_path, lambda _ask: facts(), NOON))
    assert [entry for entry in channel.heard() if entry[0] != "Answer"] == tones(sound)
    assert [(each.function_id, each.action) for each in asked] == [(21, Action.CLOSED)]
    assert channel.variables["PBXDONE"] == "1"


async def test_who_may_not_hears_the_refusal_and_nobody_is_asked(tmp_path: Path) -> None:
    channel = FakeChannel("*62*9011")
    await converse(channel, desk(tmp_path, lambda _ask: facts(allowed=False), NOON))
    assert channel.heard() == tones(Sound.REFUSED)


async def test_a_worker_that_takes_over_does_not_say_the_tones_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_verb: ChangeSchedule, _call: str) -> str:
        raise AssertionError("it is stored already")

    monkeypatch.setattr(conversation, "switch", never)
    channel = FakeChannel("*62*9011")
    channel.variables["PBXSTAGE"] = "v1/done///1"
    await Conversation(channel, desk(tmp_path, lambda _ask: facts(), NOON)).run()
    assert channel.heard() == [("Hangup", "16")]


@pytest.mark.django_db
def test_it_is_stored_as_the_callers_own_change(function: FunctionNumber, greet: User) -> None:
    assert switch._store(verb(function, greet), SOON)
    change = function.schedule.temporary_changes.get()
    assert (change.action, change.made_by) == ("closed", "Greet Wouters")
    assert function.organization.audit_entries.get().actor == greet
    assert switch._store(verb(function, greet, None), SOON)
    assert not function.schedule.temporary_changes.exists()


@pytest.mark.django_db
def test_rights_are_asked_again_and_what_is_gone_is_refused(function: FunctionNumber, greet: User) -> None:
    asked = verb(function, greet)
    User.objects.filter(pk=greet.pk).update(is_admin=False)
    assert not switch._store(asked, SOON)
    function.delete()
    assert not switch._store(asked, SOON)


@pytest.mark.django_db
def test_what_comes_too_late_is_not_stored(function: FunctionNumber, greet: User) -> None:
    with pytest.raises(switch.TooLateError):
        switch._store(verb(function, greet), time.monotonic() - 1)
    assert not function.schedule.temporary_changes.exists()


async def test_without_database_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_verb: ChangeSchedule, _late: float) -> bool:
        raise OperationalError("away")

    monkeypatch.setattr(switch, "_store", away)
    asked = ChangeSchedule(1, "Main number", 2, None, None, *BRANCHES)
    assert await switch.switch(asked, "call") == "refused"


@pytest.mark.parametrize(("stored", "outcome"), [(True, "done"), (False, "refused")])
async def test_the_outcome_names_the_branch(monkeypatch: pytest.MonkeyPatch, outcome: str, *, stored: bool) -> None:
    monkeypatch.setattr(switch, "_store", lambda _verb, _late: stored)
    asked = ChangeSchedule(1, "Main number", 2, None, None, *BRANCHES)
    assert await switch.switch(asked, "call") == outcome


def test_the_log_keeps_what_was_asked_in_names() -> None:
    asked = ChangeSchedule(1, "Main number", 2, None, None, *BRANCHES)
    assert described(asked) == {"verb": "change_schedule", "function": "Main number", "action": ""}
    assert described(asked.done) == {"verb": "signal", "sound": "done"}
