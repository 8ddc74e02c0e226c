"""The demo world with tones for prompts and test phones for people: what the call tests ring, change and ask."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo, available_timezones

from django.core.management import call_command
from django.test import RequestFactory

from carillon.accounts.http import Request
from carillon.calls.models import Call as CallRow
from carillon.calls.models import DecisionTrace
from carillon.demo import people, phrases
from carillon.demo.world import World as Rows
from carillon.demo.world import build
from carillon.devices.models import SipDevice
from carillon.functions import actions as groups
from carillon.functions.forms import HuntGroupForm, MemberForm
from carillon.numbers.models import FunctionNumber
from carillon.numbers.ranges import free_numbers
from carillon.schedules import actions as schedules
from carillon.schedules.forms import DefaultEventForm, EventForm, TimezoneForm
from carillon.schedules.models import Schedule, ScheduleEvent
from carillon.users.actions import set_forward
from carillon.users.forms import ForwardForm
from tests.calls.bare import free_udp_port
from tests.calls.call import Call, CallFailure
from tests.calls.journal import Entry
from tests.calls.phone import Behaviour, Phone, never
from tests.calls.system import System, ask
from tests.calls.tones import Tones

PROMPT_SECONDS = 0.6
EVERY_DAY = [str(day) for day in range(7)]
OUTSIDE = "outside"


def local_zone(wanted: Iterable[int], now: datetime | None = None) -> str:
    """A time zone in which the minute of the day is now one of `wanted`."""
    now, minutes = now or datetime.now(UTC), set(wanted)
    for name in sorted(available_timezones()):
        if "/" in name and not name.startswith(("Etc/", "posix")):
            local = now.astimezone(ZoneInfo(name))
            # Not in the last seconds of a period: the call comes a moment later.
            if {local.hour * 60 + local.minute, local.hour * 60 + local.minute + 1} <= minutes:
                return name
    raise AssertionError(f"no time zone has now a time of {min(minutes)} to {max(minutes)}")


@dataclass(frozen=True)
class Log:
    """A row of the call log with the workers that decided it, in order."""

    row: CallRow
    workers: tuple[str, ...]
    steps: tuple[str, ...]


def extension_of(name: str) -> str:
    """The number that colleagues see of the phone of the person with this first name."""
    everybody = (person for company in people.COMPANIES for person in company.people)
    return next(person.extension for person in everybody if person.name.startswith(name))


@dataclass
class World:
    """Rows, phones and processes of one test run."""

    system: System
    tones: Tones
    rows: Rows
    carrier: Phone
    phones: dict[str, Phone] = field(default_factory=dict)
    plans: dict[tuple[str, str], Behaviour] = field(default_factory=dict)
    _callers: Iterable[int] = field(default_factory=lambda: itertools.count(470100000))

    # People and calls.

    def caller(self) -> str:
        """A number outside that nobody else calls from: by it a call is known to phones and log."""
        return f"+32{next(cast(Any, self._callers))}"

    def plan(self, caller: str, **behaviours: Behaviour) -> None:
        """What phones do when this caller rings; all others ring and never answer."""
        for name, behaviour in behaviours.items():
            self.plans[name, caller] = behaviour

    def inbound(self, number: str, caller: str = "", **behaviours: Behaviour) -> Call:
        """A call from outside; the phones named behave as told for this caller."""
        caller = caller or self.caller()
        self.plan(caller, **behaviours)
        call = self.carrier.call(number, caller=caller)
        call.entry.other = caller
        return call

    def rung(self, caller: str) -> list[str]:
        """The phones that this caller rang, in order."""
        entries = [e for p in self.phones.values() for e in p.journal if not e.outgoing and e.other == caller]
        return [entry.phone for entry in sorted(entries, key=lambda entry: entry.began)]

    def entries(self, name: str, caller: str) -> list[Entry]:
        """The calls of a phone that this caller rang."""
        return [entry for entry in self.phones[name].journal if not entry.outgoing and entry.other == caller]

    async def ended(self, name: str, caller: str, within_seconds: float = 5) -> Entry:
        """Wait until a phone's first call from this caller is over."""
        until = time.monotonic() + within_seconds
        while time.monotonic() < until:
            if (found := self.entries(name, caller)) and found[0].ended:
                return found[0]
            await asyncio.sleep(0.02)
        raise CallFailure(f"{name}'s call from {caller} goes on: {self.entries(name, caller)}")

    async def leg(self, name: str, caller: str, within_seconds: float = 5) -> Call:
        """Wait until a phone is rung by this caller."""
        phone = self.carrier if name == OUTSIDE else self.phones[name]
        until = time.monotonic() + within_seconds
        while time.monotonic() < until:
            for call in phone.calls:
                if not call.entry.outgoing and call.entry.other == caller:
                    return call
            await asyncio.sleep(0.02)
        raise CallFailure(f"{phone} was not rung by {caller} within {within_seconds} s: {self.system.last_words()}")

    async def fallback_knows(self, number: str, within_seconds: float = 10) -> None:
        """Wait until the dialplan of the fallback has a number; files follow a change within seconds."""
        path = self.system.data / "node" / "etc" / "generated" / "extensions.conf"
        until = time.monotonic() + within_seconds
        while number not in path.read_text():
            assert time.monotonic() < until, f"{number} is not in the fallback: {self.system.last_words()}"
            await asyncio.sleep(0.1)
        # Written is not yet read again by the engine.
        context = f"fallback-trunk-{self.rows.trunk.pk}"
        while number not in await asyncio.to_thread(self.system.console, f"dialplan show {context}"):
            assert time.monotonic() < until + 10, f"the engine does not know {number}: {self.system.last_words()}"
            await asyncio.sleep(0.2)

    # The log.

    async def log(self, caller: str, within_seconds: float = 20, *, call: Call | None = None) -> Log:
        """Wait for the log row of the newest call from this number; with an extension tell the call, too."""
        since = call.entry.began - timedelta(seconds=0.5) if call else datetime.fromtimestamp(0, UTC)
        until = time.monotonic() + within_seconds
        while True:
            found = await ask(lambda: self._log(caller, since))
            if found:
                return found
            if time.monotonic() > until:
                raise AssertionError(f"no row for {caller} in the log: {self.system.last_words()}")
            await asyncio.sleep(0.2)

    def _log(self, caller: str, since: datetime) -> Log | None:
        row = (
            CallRow.objects.select_related("caller_user", "answered_user", "payer")
            .filter(caller=caller, started_at__gte=since)
            .order_by("-started_at")
            .first()
        )
        if row is None:
            return None
        traces = list(DecisionTrace.objects.filter(linkedid=row.linkedid).order_by("at", "pk"))
        steps = tuple(step["kind"] for trace in traces for step in trace.steps)
        return Log(row, tuple(trace.worker for trace in traces), steps)

    # Configuration, by the product's own forms and actions.

    @property
    def request(self) -> Request:
        """What the forms' actions get from a signed-in administrator."""
        made = RequestFactory().post("/")
        made.user = self.rows.user(people.ADMIN)
        made.organization = self.rows.organization  # type: ignore[attr-defined]  # a Request as a view gets it
        return cast(Request, made)

    async def group(
        self, members: Iterable[str] = (), number: str = "", *, opened: bool = True, **settings: object
    ) -> FunctionNumber:
        """Create a hunt group with these members (first names or numbers), open unless told."""
        return await ask(lambda: self._group(list(members), number, settings, opened=opened))

    def _group(self, members: list[str], number: str, settings: dict[str, object], *, opened: bool) -> FunctionNumber:
        organization = self.rows.organization
        number = number or free_numbers(organization, 1)[0]
        data: dict[str, object] = {"name": f"group {number}", "number": number, "strategy": "parallel"}
        data |= {"ring_seconds": 2, **self._ends(), **settings}
        form = HuntGroupForm(data, organization=organization)
        assert form.is_valid(), form.errors
        function = groups.create_hunt_group(self.request, form)
        assert function
        for member in members:
            typed = extension_of(member) if member in self.phones or member == "Farid" else member
            added = MemberForm({"member": typed}, group=function.hunt_group)
            assert added.is_valid(), added.errors
            groups.add_member(self.request, function.hunt_group, added.person, added.cleaned_data["member"])
        if opened:
            self._save_default(function, action="open")
        return function

    def _ends(self) -> dict[str, object]:
        keys = {"on_no_answer": "user_no_answer", "on_busy": "busy_greeting", "on_unreachable": "user_unavailable"}
        return dict.fromkeys(keys, "prompt") | {f"{n}_prompt": self._prompt(key) for n, key in keys.items()}

    async def prompt(self, key: str) -> int:
        """The id of a system prompt."""
        return await ask(lambda: self._prompt(key))

    def _prompt(self, key: str) -> int:
        return self.rows.organization.prompts.get(key=key).pk

    def _save_default(self, function: FunctionNumber, **data: object) -> None:
        schedule = Schedule.objects.get(function_number=function)
        event = schedule.events.get(is_default=True)
        form = DefaultEventForm({"action": "closed", **data}, instance=event, function=function)
        assert form.is_valid(), form.errors
        assert schedules.save_event(self.request, schedule, schedule.version, form) is None

    async def default(self, function: FunctionNumber, **data: object) -> None:
        """Save the default event."""
        await ask(lambda: self._save_default(function, **data))

    async def event(self, function: FunctionNumber, name: str, **data: object) -> int:
        """Add an event on top of the schedule; its id."""

        def add() -> int:
            schedule = Schedule.objects.get(function_number=function)
            typed: dict[str, object] = {"name": name, "repeat": "day", "action": "open", "end": "never"}
            typed |= {"time_from": "00:00", "time_to": "00:00", **data}
            form = EventForm(typed, instance=ScheduleEvent(), function=function)
            assert form.is_valid(), form.errors
            assert schedules.add_event(self.request, schedule, schedule.version, form) is None
            return form.instance.pk

        return await ask(add)

    async def reorder(self, function: FunctionNumber, order: Iterable[int]) -> None:
        """Put the events in this order."""

        def save() -> None:
            schedule = Schedule.objects.get(function_number=function)
            assert schedules.reorder(self.request, schedule, schedule.version, list(order)) is None

        await ask(save)

    async def zone(self, function: FunctionNumber, name: str) -> None:
        """Set the schedule's time zone."""

        def save() -> None:
            schedule = Schedule.objects.get(function_number=function)
            form = TimezoneForm({"timezone": name}, instance=schedule)
            assert form.is_valid(), form.errors
            assert schedules.change_timezone(self.request, schedule, schedule.version, form) is None

        await ask(save)

    async def forward(self, name: str, number: str) -> None:
        """Set (or end) a person's forward."""

        def save() -> None:
            person = self._person(name)
            form = ForwardForm({"number": number}, person=person)
            assert form.is_valid(), form.errors
            set_forward(self.request, person, form.cleaned_data["number"])

        await ask(save)

    def _person(self, name: str) -> Any:
        return self.rows.organization.users.get(first_name=name)

    async def organization(self, **fields: object) -> None:
        """Change the organization's switches, which have no screen yet."""

        def save() -> None:
            row = self.rows.organization
            type(row).objects.filter(pk=row.pk).update(**fields)
            row.touch()

        await ask(save)


async def make_world(data: Path, url: str) -> World:
    """Migrate the database, write the rows, start the processes, register the phones."""
    tones = Tones()
    carrier_port = free_udp_port("127.0.0.3")
    items = (*phrases.PHRASES, *phrases.EXTRA, *phrases.SOUNDS)
    recordings = {(item.key, ""): tones.audio(item.key, PROMPT_SECONDS) for item in items}
    system = System(data, url)

    def prepare() -> tuple[Rows, list[tuple[str, str, str]]]:
        call_command("migrate", verbosity=0)
        rows = build(recordings, store=data / "prompts", carrier_port=carrier_port, languages=("",))
        devices = SipDevice.objects.select_related("user")
        return rows, [(d.user.first_name, d.endpoint, rows.secret(d)) for d in devices if d.user]

    rows, accounts = await ask(prepare)
    carrier = Phone(OUTSIDE, tones, system.server, user="carrier", ip="127.0.0.3", port=carrier_port)
    world = World(system, tones, rows, carrier)
    await system.start()
    await carrier.start()
    for name, endpoint, secret in accounts:
        phone = Phone(name, tones, system.server, user=endpoint, password=secret)
        phone.behaviour = _by_caller(world, name)
        world.phones[name] = await phone.start()
    carrier.behaviour = _by_caller(world, OUTSIDE)
    await _register(world)
    return world


def _by_caller(world: World, name: str) -> Behaviour:
    async def behave(call: Call) -> None:
        await world.plans.get((name, call.entry.other), world.plans.get((name, call.number), never))(call)

    return behave


async def _register(world: World) -> None:
    """The leading worker writes the accounts within seconds of its start; until then they are unknown."""
    until = time.monotonic() + 30
    for phone in world.phones.values():
        while (status := await _status(phone)) != 200:
            if time.monotonic() > until:
                raise AssertionError(f"{phone}: REGISTER is answered {status}: {world.system.last_words()}")
            await asyncio.sleep(0.3)


async def _status(phone: Phone) -> int:
    try:
        return await phone.try_register(2)
    except CallFailure:
        return 0


async def end_world(world: World) -> None:
    """Stop phones and processes."""
    try:
        await asyncio.gather(*(phone.stop() for phone in [*world.phones.values(), world.carrier]))
    finally:
        await world.system.stop()
