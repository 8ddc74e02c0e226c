"""A trial is a call like any other: the same decisions and verbs, for the instant and the caller asked for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError

from carillon.callcontrol.conversation import Conversation, Desk, Wire
from carillon.callcontrol.database import in_thread
from carillon.callcontrol.way import Way
from carillon.calls import trials
from carillon.calls.models import Trial, TrialStep
from carillon.calls.what_if import TRUNK, ask_inside_or_outside
from carillon.facts.calls import Ask
from carillon.prompts.hearing import recording
from carillon.routing.explain import to_json
from carillon.routing.facts import CallFacts, Prompt
from carillon.routing.numbers import Dialled, Kind
from carillon.routing.path import Fate
from carillon.routing.verbs import CallOut, Cause, ChangeSchedule, GoTo, Hangup, Plan, Play, Ring, Verb

log = structlog.get_logger()

#: What stands for phones that do not ring: the ringing tone for so long, and three rising notes for "answered".
RINGING_TONE, RINGING_SECONDS = "425/1000,0/3000", "5"
ANSWERED_TONE, ANSWERED_SECONDS = "!523/180,!659/180,!784/360", "1"


async def rehearse(channel: Wire, desk: Desk) -> None:
    """Run the trial whose token was dialled; a number that is none ends the call."""
    token = channel.env["extension"]
    linkedid = (channel.env.get("arg_1") or await channel.get("${CHANNEL(linkedid)}")).partition("|")[0]
    trial = await in_thread(lambda: trials.claim(token, settings.NODE, linkedid, desk.clock()))
    if trial is None:
        return
    notes = Notes(trial, desk)
    keeping = asyncio.create_task(notes.keep())
    try:
        await Rehearsal(channel, desk, trial, notes).run()
    finally:
        notes.close()
        await asyncio.shield(keeping)


class Notes:
    """What happens in a trial, written while it goes on by one task: the call waits for none of it."""

    def __init__(self, trial: Trial, desk: Desk) -> None:
        self._trial, self._clock = trial, desk.clock
        self._waiting: asyncio.Queue[tuple[datetime, TrialStep.Kind, dict[str, Any]] | None] = asyncio.Queue()

    def add(self, kind: TrialStep.Kind, data: dict[str, Any]) -> None:
        self._waiting.put_nowait((self._clock(), kind, data))

    def close(self) -> None:
        self._waiting.put_nowait(None)

    async def keep(self) -> None:
        """Write what is added until it is closed; without a database the call goes on untold."""
        try:
            while (row := await self._waiting.get()) is not None:
                rows = [row]
                await in_thread(lambda rows=rows: trials.tell(self._trial, rows))  # type: ignore[misc]  # bound now
            await in_thread(lambda: trials.end(self._trial, self._clock()))
        except DatabaseError as error:
            log.warning("trial not told", error=str(error).strip())


class ToldWay(Way):
    """A way whose verbs are told as they begin and end."""

    def __init__(self, path: str, notes: Notes) -> None:
        super().__init__(path)
        self._notes = notes

    def begins(self, verb: Verb) -> None:
        super().begins(verb)
        self._notes.add(TrialStep.Kind.BEGAN, dict(self.passed[-1]))

    def ends(self, outcome: str) -> None:
        before = self.path
        super().ends(outcome)
        if self.path != before:
            self._notes.add(TrialStep.Kind.ENDED, {"outcome": outcome})


class Rehearsal(Conversation):
    """The script of a trial."""

    def __init__(self, channel: Wire, desk: Desk, trial: Trial, notes: Notes) -> None:
        super().__init__(channel, desk)
        self._trial, self._notes = trial, notes

    async def run(self) -> None:
        """Show the chosen number, then do what a call does."""
        await self._channel.set("CALLERID(num)", self._trial.caller)
        await super().run()

    def _number(self) -> str:
        return self._trial.called

    def _caller(self) -> tuple[str, str]:
        return self._trial.caller, ""

    def _instant(self) -> datetime:
        return self._trial.at or super()._instant()

    def _way_from(self, path: str) -> Way:
        return ToldWay(path, self._notes)

    def _ask(self, _endpoint: str) -> Ask:
        return ask_inside_or_outside(self._trial.organization_id, self._trial.called)

    async def _decide(self, called: str) -> tuple[CallFacts, Plan]:
        facts, plan = await (self._hear_prompt() if self._trial.prompt else super()._decide(called))
        steps = [to_json(step) for step in plan.steps]
        self._notes.add(TrialStep.Kind.DECIDED, {"called": facts.called.text, "steps": steps})
        return facts, plan

    async def _carry_out(self, verb: Verb, facts: CallFacts) -> GoTo | None:
        """The dialplan has answered, so that the browser hears all: what follows has to know."""
        await self._answer()
        return await super()._carry_out(verb, facts)

    async def _hear_prompt(self) -> tuple[CallFacts, Plan]:
        """Nothing is decided: the prompt is played, and that is all."""
        row, organization = self._trial.prompt, self._trial.organization
        assert row
        facts = await self._facts(Ask(TRUNK, "", "", organization_id=organization.pk))
        audio = await in_thread(lambda: recording(row, organization.language))
        facts = replace(facts, called=Dialled(Kind.INVALID, row.name))
        plan = Plan(Play(Prompt(row.pk, row.name, audio), Hangup(Cause.NORMAL)), ())
        self._decided(facts, plan, None)
        return facts, plan

    async def _ring(self, verb: Ring, facts: CallFacts) -> str:
        return await (super()._ring(verb, facts) if self._trial.rings else self._pretend())

    async def _call_out(self, verb: CallOut, facts: CallFacts) -> str:
        return await (super()._call_out(verb, facts) if self._trial.rings else self._pretend())

    async def _switch(self, verb: ChangeSchedule) -> str:
        """A trial changes nothing."""
        return "done"

    async def _pretend(self) -> str:
        """Ring nobody: the ringing tone is heard, and then what was assumed is so."""
        fate = Fate(self._trial.fate)
        if fate in (Fate.ANSWERED, Fate.NO_ANSWER):
            await self._tone(RINGING_TONE, RINGING_SECONDS)
        if fate is Fate.ANSWERED:
            await self._tone(ANSWERED_TONE, ANSWERED_SECONDS)
        return fate.value
