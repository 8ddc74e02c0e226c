"""What goes on now, told as rows to pages that somebody looks at: calls as they change, and registered phones."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import F

from carillon.callcontrol.drafts import Event, instant
from carillon.callcontrol.glance import Glance, glance
from carillon.calls.models import Call, LiveCall, LiveWatch, Registration
from carillon.devices.models import SipDevice

#: Asks the console of Asterisk with the words of one command.
Ask = Callable[..., Awaitable[str]]
State = LiveCall.State
#: A watcher is told at least so often that what is shown is still true.
STILL_TRUE = timedelta(seconds=2)
#: Rows of one transaction: a writer of SQLite must not keep others waiting.
CHUNK = 200
#: Its start is known to a second, and the first call may come in it.
BOOT_SECONDS = 2.0
#: Of a large group that rings, so many names are told.
MOST_NAMES = 5
_CONTACT = re.compile(r"^/registrar/contact/([^\s;]+);@[0-9a-f]+\s*:\s*(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Row:
    """A call as its row tells it."""

    organization_id: int
    linkedid: str
    direction: Call.Direction
    caller: str
    caller_name: str
    called: str
    called_name: str
    state: LiveCall.State
    whom: str
    started_at: datetime
    since: datetime


class Board:
    """The rows of one node. Not safe for two threads: calls and phones are written one after the other."""

    def __init__(self, node: str) -> None:
        self._node = node
        #: linkedid -> number of events read, and what they say. Kept while anybody looks.
        self._read: dict[str, tuple[int, Row | None]] = {}
        #: The rows there are; None: unknown, so all of this node go first.
        self._rows: dict[str, Row] | None = None
        self._phones: dict[int, frozenset[str]] = {}
        self._told_at = datetime.min.replace(tzinfo=UTC)
        #: When the engine began to run, in seconds since 1970: what went on before has ended, whatever the events say.
        self.engine_began = 0.0
        #: Organizations that somebody looked at when we looked last.
        self.watched: frozenset[int] = frozenset()

    def show_calls(self, calls: Mapping[str, Sequence[Event]], now: datetime) -> None:
        """Write what changed since the last look at `calls` (linkedid -> events), for watched organizations only."""
        rows = self._forget_all() if self._rows is None else self._rows
        self._rows = None
        watches = LiveWatch.objects.filter(until__gt=now, organization__home_node=self._node)
        watched = frozenset(watches.values_list("organization_id", flat=True))
        self._phones = {pk: phones for pk, phones in self._phones.items() if pk in watched}
        if gone := self.watched - watched:
            Registration.objects.filter(organization__in=gone, node=self._node).delete()
        wanted = self._wanted({name: each for name, each in calls.items() if self._may_go_on(each)}, watched)
        self._write(rows, wanted)
        changed = {row.organization_id for row in {*rows.values()} ^ {*wanted.values()}} & watched
        self._tell(watched, changed, now)
        # Only now: after a failure in between all is written anew.
        self._rows, self.watched = wanted, watched

    def _may_go_on(self, events: Sequence[Event]) -> bool:
        return events[0].time >= self.engine_began - BOOT_SECONDS

    def show_phones(self, endpoints: Iterable[str], now: datetime) -> None:
        """Write which phones of the watched organizations are registered, of all `endpoints` that are."""
        devices = SipDevice.objects.filter(organization__in=self.watched, endpoint__in=set(endpoints))
        found: dict[int, set[str]] = {pk: set() for pk in self.watched}
        for organization, endpoint in devices.values_list("organization_id", "endpoint"):
            found[organization].add(endpoint)
        changed = {pk for pk, phones in found.items() if self._phones.get(pk) != frozenset(phones)}
        for pk in changed:
            self._write_phones(pk, found[pk])
        watches = LiveWatch.objects.filter(organization__in=self.watched)
        watches.update(phones_at=now)
        if changed:
            watches.filter(organization__in=changed).update(phones_version=F("phones_version") + 1)
        self._phones |= {pk: frozenset(phones) for pk, phones in found.items()}

    def _write_phones(self, organization: int, phones: set[str]) -> None:
        rows = Registration.objects.filter(organization=organization, node=self._node)
        there = set(rows.values_list("endpoint", flat=True))
        rows.filter(endpoint__in=there - phones).delete()
        new = [Registration(organization_id=organization, node=self._node, endpoint=name) for name in phones - there]
        Registration.objects.bulk_create(new, batch_size=CHUNK, ignore_conflicts=True)

    def _forget_all(self) -> dict[str, Row]:
        """What a leader before us, or we before a failure, left behind is nobody's truth."""
        LiveWatch.objects.filter(organization__home_node=self._node).update(calls_at=None, phones_at=None)
        LiveCall.objects.filter(node=self._node).delete()
        Registration.objects.filter(node=self._node).delete()
        self._read, self._phones = {}, {}
        return {}

    def _wanted(self, calls: Mapping[str, Sequence[Event]], watched: frozenset[int]) -> dict[str, Row]:
        if not watched:
            self._read = {}
            return {}
        news = {name: events for name, events in calls.items() if self._read.get(name, (0, None))[0] != len(events)}
        rows = {row.linkedid: row for row in _rows(self._node, news)}
        kept = {name: self._read[name] for name in calls if name not in news}
        self._read = kept | {name: (len(events), rows.get(name)) for name, events in news.items()}
        return {name: row for name, (_n, row) in self._read.items() if row and row.organization_id in watched}

    def _write(self, rows: Mapping[str, Row], wanted: Mapping[str, Row]) -> None:
        gone = [name for name in rows if name not in wanted]
        for start in range(0, len(gone), CHUNK):
            LiveCall.objects.filter(node=self._node, linkedid__in=gone[start : start + CHUNK]).delete()
        new = [LiveCall(node=self._node, **asdict(row)) for name, row in wanted.items() if rows.get(name) != row]
        if new:
            fields = [name for name in Row.__dataclass_fields__ if name != "linkedid"]
            LiveCall.objects.bulk_create(
                new, CHUNK, update_conflicts=True, unique_fields=["node", "linkedid"], update_fields=fields
            )

    def _tell(self, watched: frozenset[int], changed: set[int], now: datetime) -> None:
        if changed:
            LiveWatch.objects.filter(organization__in=changed).update(calls_version=F("calls_version") + 1)
        if watched and (now - self._told_at >= STILL_TRUE or watched - self.watched or changed):
            LiveWatch.objects.filter(organization__in=watched).update(calls_at=now)
            self._told_at = now


async def registered(ask: Ask) -> set[str] | None:
    """Return the endpoints that have a contact now; `ask` is Asterisk's console. None: it does not answer."""
    answer = await ask("database", "show", "registrar", "contact")
    if "results found" not in answer:
        return None
    now = datetime.now(UTC).timestamp()
    return {name for name, contact in _CONTACT.findall(answer) if _expires(contact) > now}


async def began(ask: Ask) -> float:
    """Return when Asterisk began to run, in seconds since 1970, to about a second; 0 where it does not say."""
    found = re.search(r"System uptime:\s*(\d+)", await ask("core", "show", "uptime", "seconds"))
    return datetime.now(UTC).timestamp() - int(found[1]) if found else 0.0


def _expires(contact: str) -> float:
    """When a registration ends, in seconds since 1970; one that does not say so has not ended."""
    try:
        return float(json.loads(contact)["expiration_time"])
    except (ValueError, KeyError, TypeError):
        return float("inf")


def _rows(node: str, calls: Mapping[str, Sequence[Event]]) -> list[Row]:
    """Return the rows of calls whose organization is known; as many queries for one as for a hundred."""
    return [_row(each, pk) for each in glance(node, calls) if (pk := each.organization_id)] if calls else []


def _row(seen: Glance, organization: int) -> Row:
    first = seen.first
    state, whom, since = _state(seen)
    # Carriers send the number where they know no name.
    sent_name = first.caller_name if first.caller_name != first.caller_number else ""
    return Row(
        organization_id=organization,
        linkedid=first.linkedid,
        direction=seen.direction,
        caller=_clean(first.caller_number, 60),
        caller_name=_clean(seen.caller_name or sent_name, 160),
        called=_clean(first.extension, 60),
        called_name=_clean(seen.called_name, 160),
        state=state,
        whom=_clean(whom, 400),
        started_at=instant(first.time),
        since=instant(since),
    )


def _state(seen: Glance) -> tuple[LiveCall.State, str, float]:
    """Return the state of a call, who or what it is with, and since when (seconds since 1970)."""
    up = [(leg, name) for leg, name in seen.legs if leg.ended is None]
    talks = [(leg.answered, name) for leg, name in up if leg.answered is not None]
    if talks:
        return State.TALKING, _names_of([name for _at, name in talks]), min(at for at, _name in talks)
    if up:
        return State.RINGING, _names_of([name for _leg, name in up]), min(leg.rang for leg, _name in up)
    started = seen.application
    if started and started.application == "Playback":
        return State.PROMPT, seen.prompt, started.time
    ends = [leg.ended for leg, _name in seen.legs if leg.ended is not None]
    return State.WAITING, "", max([seen.first.time, *([started.time] if started else []), *ends])


def _names_of(names: Sequence[str]) -> str:
    """One person's two phones are one person; of many the first are named."""
    unique = list(dict.fromkeys(names))
    more = len(unique) - MOST_NAMES
    return ", ".join(unique[:MOST_NAMES]) + (f" +{more}" if more > 0 else "")


def _clean(text: str, most: int) -> str:
    """One line that the database takes: callers write what they like."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:most].strip()
