"""Thirty days of plausible calls for the demo world's log: the same for the same seed and instant."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from django.conf import settings

from carillon.calls.models import Call, CallPerson, DecisionTrace
from carillon.demo.lives import Book, Director, Life
from carillon.demo.people import BKM, Behaviour, Person
from carillon.demo.world import World
from carillon.devices.models import SipDevice
from carillon.numbers.trigrams import text_of

DAYS = 30
CALLS_OF_A_WEEKDAY, CALLS_OF_A_WEEKEND = 42, 5
CHUNK = 200
ZONE = ZoneInfo("Europe/Brussels")
Direction: TypeAlias = Call.Direction


def write(world: World, now: datetime, seed: int = 2021) -> int:
    """Put the calls of the 30 days before `now` into the log, each with its decision; returns how many."""
    told = list(_Past(world, now, seed).calls())
    for begin in range(0, len(told), CHUNK):
        chunk = told[begin : begin + CHUNK]
        Call.objects.bulk_create([each.call for each in chunk])
        DecisionTrace.objects.bulk_create([trace for each in chunk for trace in each.traces])
        CallPerson.objects.bulk_create(
            [CallPerson(call=each.call, user_id=user, place=each.call.place) for each in chunk for user in each.people]
        )
    return len(told)


@dataclass(frozen=True, slots=True)
class _Told:
    """A call with its decisions and the people who had part in it."""

    call: Call
    traces: list[DecisionTrace]
    people: set[int]


class _Past:
    def __init__(self, world: World, now: datetime, seed: int) -> None:
        self.organization = world.organization
        self.now = now
        self.dice = random.Random(seed)  # noqa: S311 - a story, not a secret
        users = {user.username: user for user in world.organization.users.all()}
        self.users = {person.name: users[BKM.username(person)] for person in BKM.people}
        devices = SipDevice.objects.filter(organization=world.organization, user__isnull=False)
        self.endpoints = dict(devices.values_list("user_id", "endpoint"))
        self.functions = {row.number.value: row for row in world.organization.function_numbers.select_related("number")}
        self.lines = {number: person for person in BKM.people for number in (person.extension, person.direct)}
        habits = {person.name: person.phone for person in BKM.people}
        book = Book(world.organization, world.trunk.pk)
        self.director = Director(book, habits, world.trunk.endpoint, self.dice)
        self.trunk = world.trunk.endpoint
        self.sequence = 0

    def calls(self) -> Iterator[_Told]:
        today = self.now.astimezone(ZONE).date()
        for back in range(DAYS, -1, -1):
            day = today - timedelta(days=back)
            for at in sorted(self._instants(day)):
                if at < self.now - timedelta(minutes=10):
                    yield self._call(at)

    def _instants(self, day: date) -> Iterator[datetime]:
        for _n in range(CALLS_OF_A_WEEKDAY if day.weekday() < 5 else CALLS_OF_A_WEEKEND):
            hour = min(21.9, max(6.5, self.dice.choice((self.dice.gauss(10.3, 1.6), self.dice.gauss(15, 1.8)))))
            wall = datetime.combine(day, time(int(hour), int(hour % 1 * 60), self.dice.randrange(60)), ZONE)
            yield wall.astimezone(UTC)

    def _call(self, at: datetime) -> _Told:
        match self.dice.choices((Direction.INBOUND, Direction.INTERNAL, Direction.OUTBOUND), (5, 3, 3))[0]:
            case Direction.INBOUND:
                caller = f"+3247{self.dice.randrange(0, 10)}55{self.dice.randrange(1000, 5000)}"
                to_person = self.dice.random() < 0.4
                called = self.dice.choice(BKM.people[:-1]).direct if to_person else BKM.main_number
                return self._lived(at, None, caller, called)
            case Direction.INTERNAL:
                able = [person for person in BKM.people[:-1] if self.endpoints.get(self.users[person.name].pk)]
                calling = self.dice.choice(able)
                called = self.dice.choice([person for person in BKM.people[:-1] if person is not calling]).extension
                return self._lived(at, calling, calling.extension, called)
            case _:
                calling = self.dice.choice([person for person in BKM.people if person.phone is Behaviour.ANSWERS])
                return self._lived(at, calling, calling.extension, f"+322555{self.dice.randrange(1000, 9999)}")

    def _talk(self) -> int:
        return int(min(2400, max(6, self.dice.lognormvariate(4.6, 0.9))) * 1000)

    def _lived(self, at: datetime, calling: Person | None, caller: str, called: str) -> _Told:
        endpoint = self.endpoints[self.users[calling.name].pk] if calling else ""
        life = self.director.call(at, endpoint, caller, called, self._talk())
        self.sequence += 1
        linkedid = f"demo-{int(at.timestamp())}.{self.sequence}"
        call = self._row(life, at, calling, caller, called, linkedid)
        traces = [
            DecisionTrace(
                node=settings.NODE, linkedid=linkedid, run=f"{linkedid}-{n}", worker="worker1",
                organization=self.organization, **run,
            )
            for n, run in enumerate(life.runs)
        ]  # fmt: skip
        people = life.people | ({self.users[calling.name].pk} if calling else set())
        if owner := self.lines.get(called):
            people |= {self.users[owner.name].pk}
        return _Told(call, traces, people)

    def _row(self, life: Life, at: datetime, calling: Person | None, caller: str, called: str, linkedid: str) -> Call:
        function, owner = self.functions.get(called), self.lines.get(called)
        caller_name, called_name = calling.name if calling else "", function.name if function else owner and owner.name
        outside = [leg for leg in life.legs if leg["endpoint"] == self.trunk]
        direction = (Direction.OUTBOUND if outside else Direction.INTERNAL) if calling else Direction.INBOUND
        winner = self.users.get(life.answered_by)
        names = [str(leg["name"]) for leg in life.legs if leg not in outside]
        return Call(
            organization=self.organization,
            node=settings.NODE,
            linkedid=linkedid,
            direction=direction,
            started_at=at,
            answered_at=life.answered_at,
            ended_at=life.now,
            talk_ms=life.talk_ms if life.answered_at else 0,
            caller=caller,
            caller_name=caller_name,
            caller_user=self.users[calling.name] if calling else None,
            called=called,
            called_name=called_name or "",
            function=function,
            result=life.result,
            answered_by=life.answered_by,
            answered_user=winner,
            decided_by=Call.DecidedBy.CALL_CONTROL,
            went_outside=bool(outside),
            outside_ms=life.talk_ms if outside else 0,
            payer_id=life.runs[-1]["payer_id"],
            legs=life.legs,
            heard=life.heard,
            search=text_of(self.organization.pk, [caller, called, caller_name, called_name or "", *names]),
        )
