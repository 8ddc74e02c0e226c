"""The leader and call-backs: each is rung once and in time, hung up when asked, failed when its channels are gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.utils import timezone

from carillon.asterisk.console import Console, ConsoleError
from carillon.callcontrol import ring_back
from carillon.demo import people
from carillon.demo.world import World
from carillon.prompts import call_backs
from carillon.prompts.models import CallBack, How, PromptMaking

State = CallBack.State
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def everything_in_this_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's transaction belongs to the thread that it runs in."""

    async def at_once(question: Any) -> Any:
        return await sync_to_async(question)()

    monkeypatch.setattr(ring_back, "in_thread", at_once)


class FakeConsole(Console):
    """A console that keeps what it is told; `channels` are those of Asterisk, None: it is away."""

    def __init__(self, *channels: str, away: bool = False) -> None:
        self.told: list[str] = []
        self._channels, self._away = channels, away

    async def ask(self, *words: str) -> str:
        if self._away:
            raise ConsoleError("Asterisk does not run")
        self.told.append(" ".join(words))
        return "\n".join(f"{name}!call-back!x" for name in self._channels)


def asked(world: World) -> CallBack:
    user = world.user(people.ADMIN)
    row = PromptMaking(organization=world.organization, user=user, how=How.CALL, name="x")
    call_backs.ask(row, user, "9101")
    return CallBack.objects.select_related("making").get(making=row)


def look(row: CallBack, console: Console) -> CallBack:
    async_to_sync(ring_back._begin_or_end)(row, console)
    row.refresh_from_db()
    return row


def test_a_waiting_call_back_is_rung_once(world: World) -> None:
    row, console = asked(world), FakeConsole()
    before = CallBack.objects.get(pk=row.pk)
    assert look(row, console).state == State.DIALLING
    look(before, console)
    assert console.told == [f"channel originate Local/{row.token}@call-back/n extension {row.token}@call-back-record"]


def test_without_asterisk_it_fails_at_once(world: World) -> None:
    row = asked(world)
    with pytest.raises(ConsoleError):
        look(row, FakeConsole(away=True))
    row.refresh_from_db()
    assert (row.state, row.error) == (State.FAILED, "away")


def test_a_cancelled_call_is_hung_up_and_no_other(world: World) -> None:
    row = asked(world)
    CallBack.objects.update(state=State.RECORDING)
    call_backs.cancel(row)
    row.refresh_from_db()
    own = f"Local/{row.token}@call-back-00000001;1"
    console = FakeConsole(own, "PJSIP/p1-00000002", f"Local/{'0' * 32}@call-back-00000003;1")
    assert (look(row, console).state, row.error) == (State.FAILED, "cancelled")
    assert console.told == ["core show channels concise", f"channel request hangup {own}"]


def test_a_call_whose_channels_are_gone_has_failed_and_one_that_talks_has_not(world: World) -> None:
    row = asked(world)
    CallBack.objects.update(state=State.LISTENING, changed_at=timezone.now() - timedelta(seconds=6))
    row.refresh_from_db()
    talking = FakeConsole(f"Local/{row.token}@call-back-00000001;1")
    async_to_sync(ring_back._fail_cut_off)([row], talking)
    row.refresh_from_db()
    assert row.state == State.LISTENING
    async_to_sync(ring_back._fail_cut_off)([row], FakeConsole())
    row.refresh_from_db()
    assert (row.state, row.error) == (State.FAILED, "broken")
    # One that has just begun has no channels yet.
    CallBack.objects.update(state=State.DIALLING, error="", changed_at=timezone.now())
    row.refresh_from_db()
    async_to_sync(ring_back._fail_cut_off)([row], FakeConsole())
    row.refresh_from_db()
    assert row.state == State.DIALLING
