"""A call-back in two scripts: one rings the person as any other call would, one says what to do and records."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog
from django.conf import settings
from django.db import DatabaseError

from carillon.asterisk.fastagi import ChannelGone
from carillon.callcontrol.conversation import MISSING_SECONDS, MISSING_TONE, OUTCOMES, Conversation, Desk, Wire
from carillon.callcontrol.database import in_thread
from carillon.facts.calls import Ask
from carillon.prompts import announcements, call_backs
from carillon.prompts.convert import SECONDS
from carillon.prompts.making import SHORTEST_SECONDS
from carillon.prompts.models import CallBack
from carillon.prompts.sound import from_alaw
from carillon.routing.facts import Caller, CallFacts, Origin, Person
from carillon.routing.numbers import Kind
from carillon.routing.verbs import Cause, GoTo, Hangup, Plan, Ring, StepKind, Verb

log = structlog.get_logger()

RING_CONTEXT, RECORD_CONTEXT = "call-back", "call-back-record"
#: The console's originate gives up after 30 s: then nobody could tell who did not answer from who cancelled.
RING_SECONDS = 28
#: Silence that ends a recording, the wait for a key after the menu, and how often the menu is said.
SILENCE_SECONDS, KEY_SECONDS, MENUS = 5, 10, 3
#: A mobile phone's own voicemail presses no key: so often and so long it is asked to.
BEGIN_TRIES, BEGIN_SECONDS = 2, 5
#: Recordings in which nothing was heard, in a row.
EMPTY_TRIES = 3
BEEP_TONE, BEEP_SECONDS = "!880/400", "0.5"
#: Before a phone has opened its ear the first word would be lost.
EAR_SECONDS = "0.5"
#: A database that says nothing for so long is away, and nothing can be kept.
ANSWER_SECONDS = 5.0
STALE_SECONDS = 2 * 3600
END_SECONDS = 3.0
_ending: set[asyncio.Task[None]] = set()
#: What is louder than this is no silence (1 is full scale); what is kept of the silence around it.
LOUD, AROUND_SAMPLES = 0.012, 1600
_LOUD = bytes(abs(sample) > LOUD for sample in from_alaw(bytes(range(256))))
_FOLDER = settings.DATA / "node" / "spool" / "call-back"
_REASONS = {
    StepKind.SUSPENDED: "suspended",
    StepKind.BARRED: "forbidden",
    StepKind.BUDGET_USED_UP: "budget",
    StepKind.NO_TRUNK: "unreachable",
    StepKind.PERSON_HAS_NO_PHONE: "unreachable",
    StepKind.NOBODY: "changed",
}
State = CallBack.State


def forget_recordings(token: str = "") -> None:
    """Delete the recording of one call, or what calls left behind that a death cut off."""
    for path in _FOLDER.glob(f"{token}*"):
        with contextlib.suppress(FileNotFoundError):
            if token or time.time() - path.stat().st_mtime > STALE_SECONDS:
                path.unlink()


async def _row_of(channel: Wire) -> CallBack | None:
    token = channel.env["extension"]
    return await in_thread(lambda: call_backs.find(token, settings.NODE))


async def ring(channel: Wire, desk: Desk) -> None:
    """Ring whom the portal wants to record; a token that is none ends the call."""
    row = await _row_of(channel)
    if row is None:
        return
    script = Ringing(channel, desk, row)
    try:
        await script.run()
    except Exception as error:
        gave_up = "no_answer" if isinstance(error, ChannelGone) else ""
        await _not_answered(script, row, gave_up)
        raise
    await _not_answered(script, row, "")


async def _not_answered(script: Ringing, row: CallBack, gave_up: str) -> None:
    """Say why there was no answer; what follows an answer is told by the other half, and if it is stuck by us."""
    if script.how != "answered":
        error = script.refusal or script.how or gave_up or "broken"
        await asyncio.shield(in_thread(lambda: call_backs.fail(row.token, error)))
        return
    ending = asyncio.create_task(_end_for_sure(row.token))
    _ending.add(ending)
    ending.add_done_callback(_ending.discard)


async def _end_for_sure(token: str) -> None:
    """The call is over: in a moment nothing is left of it but what was kept."""
    await asyncio.sleep(END_SECONDS)
    with contextlib.suppress(DatabaseError):
        await in_thread(lambda: call_backs.fail(token, "hung_up"))
    await asyncio.to_thread(forget_recordings, token)


class Ringing(Conversation):
    """The script of the half that rings: an outgoing call as any other, paid by who is called."""

    def __init__(self, channel: Wire, desk: Desk, row: CallBack) -> None:
        super().__init__(channel, desk)
        self._row = row
        #: How the last Dial ended, and why none was tried.
        self.how = self.refusal = ""

    def _number(self) -> str:
        return self._row.number

    def _ask(self, _endpoint: str) -> Ask:
        organization = self._row.making.organization_id
        return Ask(
            f"org-{organization}", "", self._row.number, organization_id=organization, payer_id=self._row.callee_id
        )

    async def _facts(self, ask: Ask) -> CallFacts:
        """Who records must be the person: no forward applies. The callee pays for a call to the mobile phone."""
        facts = await super()._facts(ask)
        target = replace(facts.target, forward_always=None) if isinstance(facts.target, Person) else facts.target
        caller = Caller(Origin.PHONE, None, self._row.making.name, self._row.callee_id)
        return replace(facts, caller=caller, target=target)

    async def _decide(self, called: str) -> tuple[CallFacts, Plan]:
        facts, plan = await super()._decide(called)
        self.refusal = next((_REASONS[step.kind] for step in plan.steps if step.kind in _REASONS), "")
        return facts, plan

    async def _carry_out(self, verb: Verb, facts: CallFacts) -> GoTo | None:
        """Ring the person's phones or the mobile; what else the number has become since is not called."""
        is_persons = isinstance(facts.target, Person) and facts.target.id == self._row.callee_id
        is_mobile = facts.target is None and facts.called.text == self._row.callee.mobile
        if facts.called.kind is Kind.EMERGENCY or not (is_persons or is_mobile):
            self.refusal = self.refusal or "changed"
            verb = Hangup(Cause.FORBIDDEN)
        await self._channel.set("CALLERID(num)", self._row.number)
        await self._channel.set("CALLERID(name)", "Carillon")
        return await super()._carry_out(verb, facts)

    async def _ring(self, verb: Ring, facts: CallFacts) -> str:
        return await super()._ring(replace(verb, seconds=min(verb.seconds, RING_SECONDS)), facts)

    async def _dial(self, legs: str, seconds: int, options: str, facts: CallFacts) -> None:
        """A phone that wants to send the call elsewhere (302) is not obeyed either."""
        await super()._dial(legs, min(seconds, RING_SECONDS), f"{options}i", facts)

    async def _answer(self) -> None:
        """Nobody listens at this end, and an answer would have the other half begin."""

    async def _play(self, audio: str | None) -> None:
        """Nobody would hear why not: the page says it."""

    def _outcome(self, status: str) -> str:
        if status and status != "CANCEL":
            self.how = OUTCOMES.get(status, "unreachable")
        return super()._outcome(status)


async def record(channel: Wire, desk: Desk) -> None:
    """Say what to do, record and keep, in the half that was answered; a token that is none ends the call."""
    row = await _row_of(channel)
    if row is None:
        return
    script = Recording(channel, desk, row, await in_thread(lambda: announcements.sounds_for(row)))
    error = ""
    try:
        error = await script.run()
        await channel.set("PBXDONE", "1")
    except ChannelGone:
        error = error or "hung_up"
        raise
    except EndedError:
        pass  # unmarked: the second worker is asked, finds nothing and lets the dialplan hang up
    finally:
        script.file.unlink(missing_ok=True)
        if error:
            await asyncio.shield(in_thread(lambda: call_backs.fail(row.token, error)))


def spoken(audio: bytes) -> bytes:
    """Return what is loud in A-law and a moment around it; empty where there is less than the shortest prompt of it."""
    loud = audio.translate(_LOUD)
    if loud.count(1) < SHORTEST_SECONDS * 8000:
        return b""
    return audio[max(0, loud.find(1) - AROUND_SAMPLES) : loud.rfind(1) + AROUND_SAMPLES]


class EndedError(Exception):
    """The portal ended it meanwhile."""


@dataclass
class Recording:
    """The script of the half that speaks. Begun again by the second worker, it begins with the instruction."""

    channel: Wire
    desk: Desk
    row: CallBack
    sounds: Mapping[str, str]
    file: Path = field(init=False)

    def __post_init__(self) -> None:
        _FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.file = _FOLDER / f"{self.row.token}.alaw"

    async def run(self) -> str:
        """Return why nothing was kept; empty: it is kept."""
        await self._tell(State.ANSWERED)
        await self._do("Wait", EAR_SECONDS)
        if self.row.number.startswith("+") and self.row.number == self.row.callee.mobile and not await self._begins():
            return "no_key"
        for _attempt in range(EMPTY_TRIES):
            await self._say(announcements.SPEAK)
            while await self._record():
                if (answer := await self._choose()) == "1":
                    return await self._keep()
                if answer != "2":
                    await self._say(announcements.DROPPED)
                    return "discarded"
            await self._say(announcements.EMPTY)
        return "silent"

    async def _begins(self) -> bool:
        """Ask for a key: what answers a mobile phone may be its voicemail."""
        for _attempt in range(BEGIN_TRIES):
            if await self._key(announcements.BEGIN, BEGIN_SECONDS) == "1":
                return True
        return False

    async def _record(self) -> bool:
        """Record after the beep; False: there was nothing to hear."""
        await self._tell(State.RECORDING)
        await self._beep()
        # With k, as everywhere: what is not kept is deleted by us, and so nothing depends on who hung up.
        await self._do("Record", str(self.file), str(SILENCE_SECONDS), str(SECONDS), "kq")
        return await asyncio.to_thread(self._trim)

    def _trim(self) -> bool:
        """Cut the silence before and after what was said, as it is heard and kept; False: nothing was said."""
        audio = spoken(self.file.read_bytes() if self.file.is_file() else b"")
        self.file.write_bytes(audio)
        return bool(audio)

    async def _choose(self) -> str:
        """Play the recording and the menu until one of 1, 2 and 3 is pressed; 3 where none is."""
        before = str(self.file.with_suffix(""))
        for _attempt in range(MENUS):
            while True:
                await self._tell(State.LISTENING)
                key = await self._key(announcements.MENU, KEY_SECONDS, before)
                if key != "4":
                    break
                before = str(self.file.with_suffix(""))
            if key in ("1", "2", "3"):
                return key
            before = ""
        return "3"

    async def _keep(self) -> str:
        audio = self.file.read_bytes()
        try:
            kept = await self._asked(lambda: call_backs.keep(self.row.token, audio))
        except (DatabaseError, TimeoutError, OSError) as error:
            log.warning("recording not kept", making=self.row.making_id, error=str(error).strip()[:200])
            await self._say(announcements.DROPPED)
            return "broken"
        if not kept:
            raise EndedError
        await self._say(announcements.KEPT)
        return ""

    # What is heard.

    async def _say(self, key: str) -> None:
        if path := self._path(key):
            await self._do("Playback", path)
        else:
            await self._tone(MISSING_TONE, MISSING_SECONDS)

    async def _key(self, key: str, seconds: int, before: str = "") -> str:
        """Play `before` and then what is to be said, and return the key pressed meanwhile or so long after it."""
        said = [name for name in (before, self._path(key)) if name]
        if not self._path(key):
            # Tones cannot be mixed into what Read plays: they come first.
            await self._tone(MISSING_TONE, MISSING_SECONDS)
        await self._do("Read", "KEY", "&".join(said), "1", "", "1", str(seconds))
        found = await self.channel.get("${KEY}")
        self._still_there()
        return found

    async def _beep(self) -> None:
        if path := self._path("beep"):
            await self._do("Playback", path)
        else:
            await self._tone(BEEP_TONE, BEEP_SECONDS)

    async def _tone(self, tone: str, seconds: str) -> None:
        await self._do("Playtones", *tone.split(","))
        await self._do("Wait", seconds)
        await self._do("StopPlaytones")

    def _path(self, key: str) -> str:
        """Return what Asterisk plays, without the ending; empty where there is no such sound."""
        sha256 = self.sounds.get(key, "")
        path = self.desk.prompts / sha256[:2] / sha256
        return str(path) if sha256 and path.with_suffix(".alaw").is_file() else ""

    async def _do(self, application: str, *arguments: str) -> None:
        await self.channel.execute(application, *arguments)
        # A hang-up during the application is told with the next answer. Begun on a dead channel Record would not end.
        await self.channel.get("${HANGUPCAUSE}")
        self._still_there()

    def _still_there(self) -> None:
        if self.channel.hungup:
            raise ChannelGone

    # What is told.

    async def _tell(self, state: CallBack.State) -> None:
        if not await self._asked(lambda: call_backs.tell(self.row.token, state)):
            raise EndedError

    async def _asked(self, question: Callable[[], bool]) -> bool:
        return await asyncio.wait_for(in_thread(question), ANSWER_SECONDS)
