"""Thirty days of plausible calls for the demo world's log: the same for the same seed and instant."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from django.conf import settings

from carillon.accounts.models import User
from carillon.calls.models import Call
from carillon.demo.people import BKM, Behaviour, Person
from carillon.demo.world import World
from carillon.devices.models import SipDevice

DAYS = 30
CALLS_OF_A_WEEKDAY, CALLS_OF_A_WEEKEND = 42, 5
CHUNK = 200
ZONE = ZoneInfo("Europe/Brussels")
Direction: TypeAlias = Call.Direction
Result: TypeAlias = Call.Result


def write(world: World, now: datetime, seed: int = 2021) -> int:
    """Put the calls of the 30 days before `now` into the log; returns how many."""
    rows = list(_Past(world, now, seed).rows())
    for begin in range(0, len(rows), CHUNK):
        Call.objects.bulk_create(rows[begin : begin + CHUNK])
    return len(rows)


class _Past:
    def __init__(self, world: World, now: datetime, seed: int) -> None:
        self.organization = world.organization
        self.now = now
        self.dice = random.Random(seed)  # noqa: S311 - a story, not a secret
        users = {user.username: user for user in world.organization.users.all()}
        self.users = {person.name: users[BKM.username(person)] for person in BKM.people}
        devices = SipDevice.objects.filter(organization=world.organization, user__isnull=False)
        self.endpoints = dict(devices.values_list("user_id", "endpoint"))
        self.sequence = 0

    def rows(self) -> Iterator[Call]:
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

    def _call(self, at: datetime) -> Call:
        match self.dice.choices((Direction.INBOUND, Direction.INTERNAL, Direction.OUTBOUND), (5, 3, 3))[0]:
            case Direction.INBOUND:
                return self._inbound(at)
            case Direction.INTERNAL:
                caller, called = self.dice.sample(BKM.people[:-1], 2)
                return self._to_person(at, Direction.INTERNAL, caller.extension, called.extension, called, caller)
            case _:
                return self._outbound(at)

    def _inbound(self, at: datetime) -> Call:
        caller = f"+3247{self.dice.randrange(0, 10)}55{self.dice.randrange(1000, 5000)}"
        if self.dice.random() < 0.4:
            called = self.dice.choice(BKM.people[:-1])
            return self._to_person(at, Direction.INBOUND, caller, called.direct, called, None)
        if not _is_open(at):
            heard = [{"prompt": "General greeting", "sha256": "", "at": at.isoformat()}]
            end = at + timedelta(seconds=4)
            return self._row(
                at, end, Direction.INBOUND, caller, BKM.main_number, Result.PROMPT, heard=heard, answered_at=at
            )
        members = [person for person in BKM.people if person.name in ("An Peeters", "Chloe Lambert", "Greet Wouters")]
        winner = self.dice.choice((members[0], members[2]))
        return self._rung(at, Direction.INBOUND, caller, BKM.main_number, members, winner, None)

    def _to_person(
        self, at: datetime, direction: Direction, caller: str, called: str, person: Person, calling: Person | None
    ) -> Call:
        user = self.users[calling.name] if calling else None
        match person.phone:
            case Behaviour.BUSY:
                leg = self._leg(person, at, at, "busy")
                return self._row(at, at + timedelta(seconds=5), direction, caller, called, Result.BUSY, user, [leg])
            case Behaviour.NEVER_ANSWERS:
                return self._rung(at, direction, caller, called, [person], None, user)
            case Behaviour.ANSWERS:
                return self._rung(at, direction, caller, called, [person], person, user)
            case _:
                return self._row(at, at + timedelta(seconds=4), direction, caller, called, Result.UNREACHABLE, user)

    def _outbound(self, at: datetime) -> Call:
        caller = self.dice.choice([person for person in BKM.people if person.phone is Behaviour.ANSWERS])
        called = f"+322555{self.dice.randrange(1000, 9999)}"
        user = self.users[caller.name]
        leg = {"endpoint": "Demo carrier", "name": "Demo carrier"}
        rang = at + timedelta(seconds=1)
        talk = self._talk()
        answered = rang + timedelta(seconds=self.dice.randrange(3, 15))
        end = answered + timedelta(milliseconds=talk)
        legs = [{**leg, "rang_at": rang.isoformat(), "ended_at": end.isoformat(), "result": "answered"}]
        return self._row(
            at, end, Direction.OUTBOUND, caller.extension, called, Result.ANSWERED, user, legs, None, answered, talk
        )

    def _rung(
        self,
        at: datetime,
        direction: Direction,
        caller: str,
        called: str,
        ringing: list[Person],
        winner: Person | None,
        user: User | None,
    ) -> Call:
        patience = timedelta(seconds=self.dice.randrange(4, 19))
        picked = at + patience
        if winner is None:
            legs = [self._leg(person, at, picked, "no_answer") for person in ringing]
            result = self.dice.choice((Result.ABANDONED, Result.NO_ANSWER))
            return self._row(at, picked, direction, caller, called, result, user, legs)
        talk = self._talk()
        end = picked + timedelta(milliseconds=talk)
        legs = [
            self._leg(person, at, end if person is winner else picked, "answered" if person is winner else "cancelled")
            for person in ringing
        ]
        row = self._row(at, end, direction, caller, called, Result.ANSWERED, user, legs, None, picked, talk)
        row.answered_by, row.answered_user = winner.name, self.users[winner.name]
        return row

    def _talk(self) -> int:
        return int(min(2400, max(6, self.dice.lognormvariate(4.6, 0.9))) * 1000)

    def _leg(self, person: Person, rang: datetime, ended: datetime, result: str) -> dict[str, str]:
        endpoint = self.endpoints.get(self.users[person.name].pk, "")
        ends = {"rang_at": rang.isoformat(), "ended_at": ended.isoformat()}
        return {"endpoint": endpoint, "name": person.name, "result": result, **ends}

    def _row(
        self,
        at: datetime,
        end: datetime,
        direction: Direction,
        caller: str,
        called: str,
        result: Result,
        user: User | None = None,
        legs: list[dict[str, str]] | None = None,
        heard: list[dict[str, Any]] | None = None,
        answered_at: datetime | None = None,
        talk_ms: int = 0,
    ) -> Call:
        self.sequence += 1
        return Call(
            organization=self.organization,
            node=settings.NODE,
            linkedid=f"demo-{int(at.timestamp())}.{self.sequence}",
            direction=direction,
            started_at=at,
            answered_at=answered_at,
            ended_at=end,
            talk_ms=talk_ms,
            caller=caller,
            caller_user=user,
            called=called,
            result=result,
            decided_by=Call.DecidedBy.CALL_CONTROL,
            legs=legs or [],
            heard=heard or [],
        )


def _is_open(at: datetime) -> bool:
    """The hours of the demo world's main number (am and pm)."""
    wall = at.astimezone(ZONE)
    hours = (time(8, 30) <= wall.time() < time(12, 30)) or (time(13, 30) <= wall.time() < time(18))
    return wall.weekday() < 5 and hours
