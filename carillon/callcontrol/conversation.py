"""One call, one coroutine: decide, carry out each verb by a native application, follow its outcome's branch."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, assert_never
from zlib import crc32

import structlog

from carillon.asterisk.fastagi import ChannelGone
from carillon.callcontrol import hold, stage
from carillon.callcontrol.cache import Cache
from carillon.callcontrol.stage import Stage
from carillon.callcontrol.switch import switch
from carillon.callcontrol.traces import Traces
from carillon.callcontrol.way import Way
from carillon.facts.calls import PHONE_CONTEXT, Ask, may_cost, with_caller, with_spent
from carillon.routing.explain import at
from carillon.routing.facts import CallFacts, FunctionNumber, Live, Person, Strategy, SystemPrompt
from carillon.routing.plan import plan_call
from carillon.routing.verbs import (
    CallOut,
    Cause,
    ChangeSchedule,
    GoTo,
    Hangup,
    Plan,
    Play,
    Ring,
    Signal,
    Sound,
    Verb,
)

log = structlog.get_logger()

#: Q.850: what a phone or carrier is told.
CAUSES = {
    Cause.NORMAL: 16,
    Cause.BUSY: 17,
    Cause.NO_ANSWER: 19,
    Cause.UNREACHABLE: 20,
    Cause.UNALLOCATED: 1,
    Cause.FORBIDDEN: 21,
}
OUTCOMES = {"ANSWER": "answered", "NOANSWER": "no_answer", "BUSY": "busy"}
#: Another trunk cannot help with these: the number does not exist, or is no number.
FINAL_CAUSES = {"1", "28"}
#: What stands for a prompt without recording: two rising tones, then what the plan says next.
MISSING_TONE, MISSING_SECONDS = "620/400|0/100|880/400|0/400", "2"
#: What a phone hears of a feature code: three short rising notes for done, three long low ones for refused.
SOUNDS = {
    Sound.DONE: ("710/150|0/50|1010/150|0/50|1310/300|0/1000", "1.2"),
    Sound.REFUSED: ("410/400|0/150|410/400|0/150|410/400|0/1000", "2"),
}


#: All that a script needs to know of its channel at the start, in one round trip.
OPENING = "${CHANNEL(linkedid)}|${BLINDTRANSFER}|${DIALSTATUS}|${HANGUPCAUSE}|${PBXSTAGE}"


class Wire(Protocol):
    """What a conversation needs of a channel; asterisk/fastagi.py has the real one."""

    env: dict[str, str]
    hungup: bool

    async def execute(self, application: str, *arguments: str) -> str: ...
    async def set(self, name: str, value: str) -> None: ...
    async def get(self, expression: str) -> str: ...


class FactsAwayError(Exception):
    """Nothing is known of this number now: the dialplan's fallback rings."""


@dataclass(frozen=True)
class Desk:
    """What all conversations of a worker share."""

    cache: Cache
    traces: Traces
    prompts: Path
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    #: Does something once what was sent is on its way.
    soon: Callable[..., object] = lambda do, *what: do(*what)


class Conversation:
    """The script of one call."""

    def __init__(self, channel: Wire, desk: Desk) -> None:
        self._channel, self._desk = channel, desk
        self._stage = Stage()
        self._linkedid = self._endpoint = self._marked = ""
        #: Whether somebody talked with the caller, and transferred the call.
        self._transferred = self._dialled = False
        self._run, self._way = "", Way("")
        #: Where the circular order of this plan began, and how many were rung since.
        self._turn: tuple[str, int] | None = None
        #: Asterisk's group in which the payer's outgoing calls are counted, and the cause of the last leg.
        self._group = self._cause = ""
        #: The function number whose music the caller hears when held.
        self._music_of: int | None = None

    async def run(self) -> None:
        """Decide and carry out until the call ends; a clean end is marked last."""
        channel, number = self._channel, self._number()
        # The dialplan sends it along to the first worker; the second one asks.
        known = channel.env.get("arg_1") or await channel.get(OPENING)
        self._linkedid, transferer, dialled, self._cause, self._marked = known.split("|", 4)
        # Who transferred the call decided where it goes and pays for it, whoever is on the line.
        self._endpoint = _endpoint(transferer or channel.env["channel"])
        self._transferred = bool(transferer)
        self._stage = stage.read(self._marked) or Stage()
        self._dialled = bool(dialled)
        begun = dialled or self._stage != Stage()
        status = self._outcome(dialled) if begun else None
        while True:
            called = self._stage.visited[-1] if self._stage.visited else number
            facts, plan = await self._decide(called)
            verb, path = _resume(plan, self._stage.path, status)
            self._stage, status = replace(self._stage, path=path), None
            self._way = self._way_from(path)
            try:
                forward = await self._carry_out(verb, facts)
            except (ChannelGone, ConnectionError):
                self._ended(hungup=True)
                raise
            self._ended(hungup=False)
            if forward is None:
                break
            self._stage = replace(
                self._stage,
                path="",
                visited=(*self._stage.visited, forward.number),
                payer_id=forward.payer_id or self._stage.payer_id,
            )
        await channel.set("PBXDONE", "1")

    def _ended(self, *, hungup: bool) -> None:
        self._desk.traces.end(self._linkedid, self._run, self._desk.clock(), self._way, hungup=hungup)

    def _number(self) -> str:
        return self._channel.env["extension"]

    def _caller(self) -> tuple[str, str]:
        """Number and name as the carrier tells them."""
        return self._channel.env.get("callerid", ""), self._channel.env.get("calleridname", "")

    def _instant(self) -> datetime:
        """The moment that the decision is made for."""
        return self._desk.clock()

    def _way_from(self, path: str) -> Way:
        return Way(path)

    def _ask(self, endpoint: str) -> Ask:
        context = self._channel.env["context"]
        return Ask(context, endpoint if context.startswith(PHONE_CONTEXT) else "", self._channel.env["extension"])

    async def _facts(self, ask: Ask) -> CallFacts:
        facts = await self._desk.cache.facts(ask)
        if facts is None:
            raise FactsAwayError(ask.called)
        return facts

    async def _decide(self, called: str) -> tuple[CallFacts, Plan]:
        visited, payer = self._stage.visited, self._stage.payer_id
        facts = await self._facts(self._ask(self._endpoint))
        if visited:
            ask = self._ask(self._endpoint)
            facts = await self._facts(
                replace(ask, called=called, organization_id=facts.organization_id, payer_id=payer)
            )
        now = self._instant()
        if not visited:
            payer = facts.caller.user_id
        facts, live = await self._moment(facts, payer, now)
        plan = plan_call(facts, live, now, crc32(self._linkedid.encode()))
        self._decided(facts, plan, payer)
        return facts, plan

    def _decided(self, facts: CallFacts, plan: Plan, payer: int | None) -> None:
        """Begin a run and keep what was decided, once the command is on its way: no caller waits for a file."""
        # A transferred call runs the script again with the same channel: the instant tells the runs apart.
        now = self._desk.clock()
        self._run = f"{self._channel.env['uniqueid']}-{len(self._stage.visited)}-{int(now.timestamp() * 1e6):x}"
        self._desk.soon(self._keep, self._run, now, facts, plan, payer)

    def _keep(self, run: str, now: datetime, facts: CallFacts, plan: Plan, payer: int | None) -> None:
        # Nothing is decided by who calls from outside: their number is read when there is time.
        facts = with_caller(facts, *self._caller())
        self._desk.traces.write(self._linkedid, run, now, facts, plan, payer)

    async def _moment(self, facts: CallFacts, payer: int | None, now: datetime) -> tuple[CallFacts, Live]:
        """Add what no revision covers: budgets where the call may cost, and whose turn it is."""
        organization, target = facts.organization_id, facts.target
        calls_now, turn = 0, {}
        if may_cost(facts) and organization is not None:
            self._group = f"{organization}-{payer or 0}"
            calls_now = _number(await self._channel.get(f"${{GROUP_COUNT({self._group}@out)}}"))
            facts = with_spent(facts, await self._desk.cache.spent(organization, payer, now), calls_now)
        self._turn = None
        if isinstance(target, FunctionNumber) and target.service.strategy is Strategy.CIRCULAR:
            key = f"hunt/{target.id}"
            first = _number(await self._channel.get(f"${{DB({key})}}"))
            turn[target.id], self._turn = first, (key, first)
        return facts, Live(turn, calls_now, self._stage.visited)

    async def _carry_out(self, verb: Verb, facts: CallFacts) -> GoTo | None:
        """Carry out verbs until the call ends (None) or leads to another number."""
        while True:
            self._way.begins(verb)
            match verb:
                case GoTo():
                    return verb
                case Hangup(cause):
                    await self._channel.execute("Hangup", str(CAUSES[cause]))
                    return None
                case Play(prompt, then):
                    await self._answer()
                    await self._mark()
                    await self._play(prompt.audio)
                    verb, name = then, "then"
                case Signal(sound, then):
                    await self._answer()
                    await self._mark()
                    await self._tone(*SOUNDS[sound])
                    verb, name = then, "then"
                case ChangeSchedule():
                    # Answered once it is known which tones follow: the engine makes no others meanwhile.
                    name = await self._switch(verb)
                    verb = getattr(verb, name)
                case Ring():
                    await self._mark()
                    name = await self._ring(verb, facts)
                    verb = getattr(verb, name)
                case CallOut():
                    await self._mark()
                    name = await self._call_out(verb, facts)
                    verb = getattr(verb, name)
                case _:
                    assert_never(verb)
            self._way.ends(name)
            path = f"{self._stage.path}.{name}".lstrip(".")
            self._stage = replace(self._stage, path=path)

    async def _mark(self) -> None:
        """Say where the script stands before a verb that takes time; the dialplan has said so for the first Dial."""
        text = self._stage.text()
        if text != self._marked:
            await self._channel.set("PBXSTAGE", text)
            self._marked = text

    async def _status(self) -> str:
        """Return how the last Dial ended, as the name of a branch; the caller's end ends the script."""
        status, self._cause = (await self._channel.get("${DIALSTATUS}|${HANGUPCAUSE}")).split("|", 1)
        if status == "ANSWER":
            # Whoever hangs up: they talked.
            self._way.ends("answered")
        return self._outcome(status)

    def _outcome(self, status: str) -> str:
        if self._channel.hungup or status == "CANCEL":
            raise ChannelGone
        return OUTCOMES.get(status, "unreachable") if status else ""

    async def _answer(self) -> None:
        if not self._stage.answered:
            await self._channel.execute("Answer")
            self._stage = replace(self._stage, answered=True)

    async def _play(self, audio: str | None) -> None:
        if recording := self._recording(audio):
            await self._channel.execute("Playback", str(recording))
        else:
            log.warning("prompt missing", call=self._linkedid, audio=audio)
            await self._tone(MISSING_TONE, MISSING_SECONDS)
        if self._channel.hungup:
            raise ChannelGone

    def _recording(self, audio: str | None) -> Path | None:
        """Return where a recording lies, as Asterisk names it; None where there is none."""
        found = self._desk.prompts / audio[:2] / audio if audio else None
        return found if found and found.with_suffix(".alaw").is_file() else None

    async def _switch(self, verb: ChangeSchedule) -> str:
        """Change a schedule; a worker that takes over decides anew and does it again, which is the same."""
        return await switch(verb, self._linkedid)

    async def _tone(self, tone: str, seconds: str) -> None:
        await self._channel.execute("Playtones", *tone.split(","))
        await self._channel.execute("Wait", seconds)
        await self._channel.execute("StopPlaytones")
        if self._channel.hungup:
            raise ChannelGone

    async def _ring(self, verb: Ring, facts: CallFacts) -> str:
        legs: list[str] = []
        for target in verb.targets:
            if isinstance(target, Person):
                legs += [f"PJSIP/{endpoint}" for endpoint in target.endpoints]
            else:
                digits = target.outsider.number.lstrip("+")
                limit_ms = max(facts.allowance.seconds_left, 1) * 1000
                line = f"{'&'.join(target.trunks)}|{target.caller_id or ''}|{limit_ms}|{self._group}"
                await self._channel.set(f"__OUT_{digits}", line)
                legs.append(f"Local/{target.outsider.number}@outside/n")
        if self._turn:
            key, first = self._turn
            self._turn = (key, first + 1)
            await self._channel.set(f"DB({key})", str(first + 1))
        await self._dial("&".join(legs), verb.seconds, "g", facts)
        return await self._status() or "unreachable"

    async def _call_out(self, verb: CallOut, facts: CallFacts) -> str:
        if facts.organization_id is not None and not verb.emergency:
            await self._channel.set("GROUP(out)", self._group)
        if verb.caller_id:
            await self._channel.set("CALLERID(num)", verb.caller_id)
            await self._channel.set("CALLERID(name)", "")
        else:
            await self._channel.set("CALLERID(num-pres)", "prohib")
        limit = f"L({verb.limit_seconds * 1000})" if verb.limit_seconds is not None else ""
        outcome = "unreachable"
        for trunk in verb.trunks:
            await self._dial(f"PJSIP/{verb.number}@{trunk}", verb.seconds, f"g{limit}", facts)
            outcome = await self._status() or "unreachable"
            if outcome != "unreachable" or self._cause in FINAL_CAUSES:
                break
        return outcome

    async def _dial(self, legs: str, seconds: int, options: str, facts: CallFacts) -> None:
        target = facts.target
        if isinstance(target, FunctionNumber) and target.music and self._music_of != target.id:
            # Before the music that the phone of whoever holds the caller asks for.
            self._music_of = target.id
            await self._channel.set("CHANNEL(musicclass)", hold.of_function(target.id))
        if self._dialled:
            # Should this worker die before the engine dials, the end of the last Dial must not pass for this one's.
            await self._channel.set("DIALSTATUS", "")
        self._dialled = True
        await self._channel.execute("Dial", legs, str(seconds), options + self._ringing(facts))

    def _ringing(self, facts: CallFacts) -> str:
        """An answered caller no longer hears the 180 of those who ring: Asterisk plays Ringin, or makes the tone."""
        if not (self._stage.answered or self._transferred):
            return ""
        ringin = facts.prompts.get(SystemPrompt.RINGIN)
        heard = ringin and facts.organization_id and self._recording(ringin.audio)
        return f"m({hold.ring_of(facts.organization_id)})" if heard and facts.organization_id else "r"


def _resume(plan: Plan, path: str, status: str | None) -> tuple[Verb, str]:
    """Return the verb to go on with and its path: the root (status None), or what follows the verb at `path`.

    A prompt is not said twice, and phones that rang are not rung again; a plan that has changed begins at its root.
    """
    if status is None:
        return plan.root, ""
    try:
        verb = at(plan.root, path)
        branch = "then" if isinstance(verb, Play | Signal) else status
        return (at(verb, branch), f"{path}.{branch}".lstrip(".")) if branch else (verb, path)
    except KeyError:
        return plan.root, ""


def _endpoint(channel: str) -> str:
    """Return the endpoint of a channel's name: PJSIP/<endpoint>-<number>."""
    return channel.removeprefix("PJSIP/").rpartition("-")[0]


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
