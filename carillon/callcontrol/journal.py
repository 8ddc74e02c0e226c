"""The engine's events and the workers' decisions become rows of the call log, once each, however often we restart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import structlog
from django.db import DataError, transaction

from carillon.asterisk.events import begins_event, is_whole, read_event
from carillon.callcontrol import record, runs
from carillon.callcontrol.drafts import Event
from carillon.callcontrol.tail import Tail

log = structlog.get_logger()

#: Rows of one transaction: a writer of SQLite must not keep others waiting.
CHUNK = 200
#: The engine takes longer than this to start: what happened so shortly before its first channel is of the same run.
START_SECONDS = 0.3
#: Field of Event -> name in the engine's event file.
COLUMNS = {
    "kind": "eventtype",
    "caller_name": "name",
    "caller_number": "num",
    "extension": "exten",
    "context": "context",
    "channel": "channame",
    "application": "appname",
    "data": "appdata",
    "uniqueid": "uniqueid",
    "linkedid": "linkedid",
    "peer": "peer",
}


class Journal:
    """Reads what the node wrote since the last time. Not safe for two readers: only the leader has one."""

    def __init__(self, node_folder: Path, node: str) -> None:
        self._node = node
        state = node_folder / "run"
        self._events = Tail(node_folder / "cel" / "events.csv", state / "events.json")
        self._traces = [
            Tail(node_folder / "traces" / f"{worker}.jsonl", state / f"traces-{worker}.json")
            for worker in ("worker1", "worker2")
        ]
        #: linkedid -> position of its first event, and its events.
        self._open: dict[str, tuple[int, list[Event]]] = {}

    def catch_up(self) -> int:
        """Write a row for each call that ended; return how many. DatabaseError: nothing is lost, call again."""
        ended = self._read_events()
        # A decision is written before the call it belongs to ends: all that the ended calls need is there now.
        for tail in self._traces:
            while self._keep_traces(tail):
                pass
        for start in range(0, len(ended), CHUNK):
            self._keep_calls(ended[start : start + CHUNK])
        self._events.finish(min((position for position, _events in self._open.values()), default=self._events.position))
        return len(ended)

    def going_on(self) -> dict[str, list[Event]]:
        """Return the events of the calls that have not ended, by linkedid; ask between two catch_up() only."""
        return {name: events for name, (_at, events) in self._open.items() if events[-1].kind != "LINKEDID_END"}

    def _keep_calls(self, linkedids: list[str]) -> None:
        calls = {linkedid: self._open[linkedid][1] for linkedid in linkedids}
        try:
            with transaction.atomic():
                record.keep(self._node, calls)
        except (DataError, ValueError, KeyError, TypeError):
            if len(linkedids) == 1:
                # One row that can never be written must not hold up all that follow.
                log.exception("call not kept", call=linkedids[0])
            else:
                for linkedid in linkedids:
                    self._keep_calls([linkedid])
                return
        for linkedid in linkedids:
            del self._open[linkedid]

    def _read_events(self) -> list[str]:
        """Read new events; return the calls that ended, those of an attempt that failed among them."""
        for position, line in self._events.lines(is_whole=is_whole, begins=begins_event):
            event = read(line)
            if event is None:
                log.warning("unreadable event", line=line[:200])
                continue
            if _first_of_all(event):
                self._end_those_before(event)
            self._open.setdefault(event.linkedid, (position, []))[1].append(event)
        return [linkedid for linkedid, (_at, events) in self._open.items() if events[-1].kind == "LINKEDID_END"]

    def _end_those_before(self, event: Event) -> None:
        """The engine started anew: the calls that its death cut off have no end of their own in the file."""
        for _position, events in self._open.values():
            if events[-1].kind != "LINKEDID_END" and events[-1].time < event.time - START_SECONDS:
                events.append(replace(events[-1], kind="LINKEDID_END", channel="", application="", extra={}))

    def _keep_traces(self, tail: Tail) -> int:
        # What was read when the database went away has not been written.
        tail.rewind()
        lines = [line for _position, line in tail.lines(CHUNK)]
        if lines:
            runs.keep(self._node, lines)
        tail.finish(tail.position)
        return len(lines)


def _first_of_all(event: Event) -> bool:
    """Whether this is the first channel since the engine started: it counts them from 0."""
    return event.kind == "CHAN_START" and event.uniqueid.endswith(".0")


def read(line: str) -> Event | None:
    """Return one line of the engine's event file; None for a line that was cut."""
    row = read_event(line)
    try:
        if row is None:
            return None
        fields = {field: row[name] for field, name in COLUMNS.items()}
        extra = json.loads(row["eventextra"]) if row["eventextra"] else {}
        return Event(**fields, time=float(row["eventtime"]), extra=extra)
    except (ValueError, KeyError, TypeError):
        return None
