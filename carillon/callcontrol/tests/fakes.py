"""A channel without Asterisk: it does what applications do to variables, and keeps what the caller went through."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from carillon.asterisk.fastagi import ChannelGone
from carillon.callcontrol.cache import Cache
from carillon.callcontrol.conversation import Conversation, Desk
from carillon.callcontrol.traces import Traces
from carillon.facts.calls import Ask, Spent
from carillon.routing.facts import CallFacts

_VARIABLE = re.compile(r"\$\{([^{}]+)\}")
LINKEDID = "node1-1790000000.7"
#: What the caller went through: ("Playback", file), ("Dial", legs), ("Hangup", cause) ...
Log = list[tuple[str, ...]]


class FakeChannel:
    """A caller. `statuses` are what each Dial ends with; the caller hangs up during application number `gone_at`."""

    def __init__(
        self, called: str, statuses: Iterable[str] = (), *, context: str = "org-1", gone_at: int | None = None
    ) -> None:
        self.env = {
            "extension": called,
            "context": context,
            "channel": "PJSIP/pcaller-00000001",
            "uniqueid": LINKEDID,
            "callerid": "+32470000000",
            "calleridname": "Anybody",
        }
        self.hungup = False
        self.log: Log = []
        self.variables = {"CHANNEL(linkedid)": LINKEDID, "PBXSTAGE": "v1////0"}
        self._statuses: Iterator[str] = iter(statuses)
        self._gone_at = gone_at
        #: Raises to stand for a worker that dies while the engine carries an application out.
        self.during: Callable[[str], None] = lambda _application: None

    async def execute(self, application: str, *arguments: str) -> str:
        if self.hungup:
            raise ChannelGone
        self.log.append((application, *arguments))
        if application == "Dial":
            self.variables["DIALSTATUS"] = next(self._statuses)
        if len(self.log) - 1 == self._gone_at:
            self.hungup = True
        self.during(application)
        return "0"

    async def set(self, name: str, value: str) -> None:
        self.variables[name] = value

    async def get(self, expression: str) -> str:
        return _VARIABLE.sub(lambda found: self.variables.get(found[1], ""), expression)

    def heard(self) -> Log:
        """The applications that a caller notices."""
        return [entry for entry in self.log if entry[0] in ("Playback", "Playtones", "Dial", "Hangup")]


class FakeCache(Cache):
    """Facts by the number called; None = the database is away and nothing is known."""

    def __init__(self, facts: Callable[[Ask], CallFacts | None], used: Spent | None = None) -> None:
        super().__init__(lambda: 0.0)
        self._facts, self._used = facts, used or Spent(0, 0)
        self.asked: list[Ask] = []

    async def facts(self, ask: Ask) -> CallFacts | None:
        self.asked.append(ask)
        return self._facts(ask)

    async def spent(self, organization_id: int, payer_id: int | None, now: datetime) -> Spent:
        return self._used


def desk(folder: Path, facts: Callable[[Ask], CallFacts | None], now: datetime, used: Spent | None = None) -> Desk:
    return Desk(FakeCache(facts, used), Traces(folder / "traces", "worker1"), folder / "prompts", lambda: now)


async def converse(channel: FakeChannel, at: Desk) -> None:
    """Run a script; the caller's end is no trouble."""
    with contextlib.suppress(ChannelGone):
        await Conversation(channel, at).run()


def record(folder: Path, audio: str) -> None:
    """Make a recording exist."""
    path = folder / "prompts" / audio[:2] / f"{audio}.alaw"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\xd5" * 8)
