"""A call-control worker: it answers calls; the leading one also writes Asterisk's files and reads its events."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog
import uvloop
from django.conf import settings
from django.db import DatabaseError

from carillon.asterisk.console import Console, ConsoleError
from carillon.asterisk.fastagi import Channel, ChannelGone, Server
from carillon.asterisk.instance import Ports
from carillon.callcontrol import call_back, configuration, hold, journal, live, ring_back, watch
from carillon.callcontrol.cache import Cache
from carillon.callcontrol.conversation import Conversation, Desk, FactsAwayError
from carillon.callcontrol.database import in_thread
from carillon.callcontrol.drafts import TRY_CONTEXT
from carillon.callcontrol.leader import Leader
from carillon.callcontrol.rehearsal import rehearse
from carillon.callcontrol.traces import Traces
from carillon.devices.models import SipDevice
from carillon.routing.feasts import countries

log = structlog.get_logger()

NODE_FOLDER = settings.DATA / "node"
GENERATED = NODE_FOLDER / "etc" / "generated"
HEARTBEAT = "CARILLON_HEARTBEAT_FD"
BEAT_SECONDS = 0.5
#: How often the leader looks for changes; Asterisk reloads at most once in RELOAD_SECONDS.
LOOK_SECONDS, RELOAD_SECONDS = 0.5, 2.0
#: How often the log is written while nobody looks at a page that shows calls as they are.
UNSEEN_SECONDS = 1.0
#: After a look that found so many ended calls the next one may wait: a call costs less among many.
MANY_CALLS, BUSY_SECONDS = 20, 2.0
HEAD_START_SECONDS = 2.0
#: Threads ask the database while the loop answers calls: a busy one must not hold it up for Python's usual 5 ms.
SWITCH_SECONDS = 0.0005
#: Measured: a trim takes some milliseconds, and 30 s at 50 calls a second leave 60 MB behind.
TRIM_SECONDS = 30.0
#: How often Asterisk is asked for its registered phones while somebody looks.
PHONES_SECONDS = 5.0
#: What is no usual call, by the context of the static dialplan that it comes from.
SCRIPTS = {
    TRY_CONTEXT: rehearse,
    call_back.RING_CONTEXT: call_back.ring,
    call_back.RECORD_CONTEXT: call_back.record,
}
RELOADS = {
    configuration.PJSIP: "res_pjsip.so",
    configuration.EXTENSIONS: "pbx_config.so",
    configuration.MUSIC: "res_musiconhold.so",
}


class Worker:
    """Worker 1 or 2 of a node."""

    def __init__(self, number: int, ports: Ports) -> None:
        loop = asyncio.get_running_loop()
        self._name, self._port = f"worker{number}", ports.agi1 if number == 1 else ports.agi2
        self._desk = Desk(
            Cache(loop.time, look=watch.of_database()),
            Traces(NODE_FOLDER / "traces", self._name),
            settings.PROMPTS,
            soon=loop.call_soon,
        )
        self._server = Server(self._call)
        #: Worker 1 answers the calls; what may take its time from them is better done by the other.
        self._head_start = HEAD_START_SECONDS if number == 1 else 0.0
        self._leader = Leader(settings.DATA / "run" / "leader.lock")
        self._console = Console(NODE_FOLDER / "run" / "asterisk.ctl")
        #: Files that Asterisk has yet to read. At first all: a leader before us may have died between both steps.
        self._owed = set(RELOADS)
        self._board, self._telling = live.Board(settings.NODE), asyncio.Lock()
        self._stop = asyncio.Event()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stop.set)
        jobs: list[Coroutine[Any, Any, None]] = [self._beat(), self._lead()]
        tasks = [asyncio.create_task(job) for job in jobs]
        for task in tasks:
            task.add_done_callback(self._ended)
        await self._desk.cache.warm()
        await self._server.start("127.0.0.1", self._port)
        log.info("ready", worker=self._name, port=self._port)
        await self._stop.wait()
        with contextlib.suppress(TimeoutError):
            # Calls that talk go on without us; a script in the middle of a prompt is waited for.
            await asyncio.wait_for(self._server.drain(), 2)
        for task in tasks:
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A worker whose work ended by a bug ends: the supervisor starts it anew, the other one takes over."""
        if not task.cancelled() and task.exception():
            log.error("ends", worker=self._name, exc_info=task.exception())
            self._stop.set()

    async def _call(self, channel: Channel) -> None:
        try:
            if script := SCRIPTS.get(channel.env.get("context", "")):
                await script(channel, self._desk)
            else:
                await Conversation(channel, self._desk).run()
        except (ChannelGone, ConnectionError):
            raise
        except FactsAwayError as error:
            log.warning("no facts: the fallback rings", call=channel.env.get("uniqueid"), number=str(error))
        except Exception:
            # Top of a task: left unmarked, the call goes to the other worker and then to the fallback.
            log.exception("call failed", call=channel.env.get("uniqueid"))

    async def _beat(self) -> None:
        descriptor = os.environ.get(HEARTBEAT)
        while descriptor:
            os.write(int(descriptor), b".")
            await asyncio.sleep(BEAT_SECONDS)

    async def _lead(self) -> None:
        """Do what one worker does: configuration and log. Whatever goes wrong is logged and tried again."""
        await asyncio.sleep(self._head_start)
        while not self._leader.try_to_lead():  # noqa: ASYNC110 - a lock of another process sets no event of ours
            await asyncio.sleep(LOOK_SECONDS)
        log.info("leads", worker=self._name)
        calling_back = ring_back.watch(settings.NODE, self._console)
        await asyncio.gather(self._configure(), self._read_events(), self._trim(), self._watch_phones(), calling_back)

    async def _configure(self) -> None:
        seen: tuple[object, ...] | None = None
        while True:
            try:
                found = await in_thread(lambda: (configuration.mark(), hold.lasts(GENERATED)))
                if found != seen:
                    files = await in_thread(lambda: configuration.render(settings.NODE, hold.written(GENERATED)))
                    self._owed |= set(configuration.write(GENERATED, files))
                    seen = (found[0], True)
            except (DatabaseError, OSError) as error:
                log.warning("configuration not written", error=str(error).strip())
            except Exception:
                # Top of a task: a bug in one row's text must not end the leader's other work.
                log.exception("configuration not written")
            if self._owed:
                await self._reload()
                await asyncio.sleep(RELOAD_SECONDS - LOOK_SECONDS)
            await asyncio.sleep(LOOK_SECONDS)

    async def _reload(self) -> None:
        """Have Asterisk read what it has not read yet; one that is away will read all when it starts, and is asked."""
        try:
            for name in sorted(self._owed):
                await self._console.ask("module", "reload", RELOADS[name])
            log.info("Asterisk reloads", files=sorted(self._owed))
            phones = configuration.PJSIP in self._owed
            self._owed.clear()
            if phones:
                await self._forget_phones()
        except (ConsoleError, DatabaseError) as error:
            log.warning("Asterisk not reloaded", error=str(error).strip())

    async def _forget_phones(self) -> None:
        """End the registrations of phones that were deleted: they survive a reload."""
        known = set(await in_thread(lambda: list(SipDevice.objects.values_list("endpoint", flat=True))))
        kept = await self._console.ask("database", "show", "registrar", "contact")
        for key in configuration.gone(kept, known):
            await self._console.ask("database", "del", "registrar/contact", key)
            log.info("registration ended", endpoint=key.partition(";")[0])

    async def _trim(self) -> None:
        """Have Asterisk give back the memory of ended calls: glibc keeps some 40 kB of each otherwise."""
        while True:
            await asyncio.sleep(TRIM_SECONDS)
            with contextlib.suppress(ConsoleError):
                await self._console.ask("malloc", "trim")

    async def _read_events(self) -> None:
        reader = journal.Journal(NODE_FOLDER, settings.NODE)
        while True:
            ended = 0
            try:
                ended = await in_thread(reader.catch_up)
            except (DatabaseError, OSError) as error:
                log.warning("log waits", error=str(error).strip())
            except Exception:
                # Top of a task, as above.
                log.exception("log waits")
            # After the log and not beside it, so that no event comes in between.
            await self._tell(lambda: self._board.show_calls(reader.going_on(), datetime.now(UTC)))
            await asyncio.sleep(rest(ended, watched=bool(self._board.watched)))

    async def _watch_phones(self) -> None:
        """Say which phones are registered, to pages that somebody looks at; at once to a new one."""
        told: frozenset[int] = frozenset()
        slept = 0.0
        while True:
            watched = self._board.watched
            if watched - told or (watched and slept >= PHONES_SECONDS):
                told, slept = watched, 0.0
                await self._tell_phones()
            told &= watched
            await asyncio.sleep(LOOK_SECONDS)
            slept += LOOK_SECONDS

    async def _tell_phones(self) -> None:
        try:
            endpoints = await live.registered(self._console.ask)
            self._board.engine_began = await live.began(self._console.ask)
        except (ConsoleError, ValueError) as error:
            log.warning("registrations not known", error=str(error))
            return
        if endpoints is not None:
            await self._tell(lambda: self._board.show_phones(endpoints, datetime.now(UTC)))

    async def _tell(self, work: Callable[[], None]) -> None:
        """Write live state; whatever goes wrong with it does not stop the log."""
        try:
            async with self._telling:
                await in_thread(work)
        except (DatabaseError, OSError) as error:
            log.warning("live state waits", error=str(error).strip())
        except Exception:
            # Top of a task, as above.
            log.exception("live state waits")


def rest(ended: int, *, watched: bool) -> float:
    """Return the seconds until the log is read again, after a look that found so many ended calls."""
    if watched:
        return LOOK_SECONDS
    return BUSY_SECONDS if ended >= MANY_CALLS else UNSEEN_SECONDS


def _say_as(stream: TextIO) -> None:
    """Log lines are for people on a terminal and JSON elsewhere."""
    shown = [structlog.dev.ConsoleRenderer()]
    kept = [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *(shown if stream.isatty() else kept),
        ],
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )


def run(number: int) -> None:
    """Run a worker until SIGTERM."""
    _say_as(sys.stdout)
    ports = Ports.load(settings.DATA)

    async def main() -> None:
        await Worker(number, ports).run()

    # The calendar's tables are read now and not while the first caller of a holiday waits.
    countries()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
