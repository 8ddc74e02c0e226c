"""The calls that the tests of this room decide: short ways to say who calls whom."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from carillon.routing.facts import (
    Allowance,
    Caller,
    CallFacts,
    CodeTarget,
    Destination,
    FunctionNumber,
    HuntGroup,
    JustHangUp,
    Nobody,
    Origin,
    Outsider,
    Person,
    Prompt,
    SayAndHangUp,
    Strategy,
    SystemPrompt,
)
from carillon.routing.numbers import read_number
from carillon.routing.schedule import Action, Always, Event, Schedule

BRUSSELS = ZoneInfo("Europe/Brussels")
NOON = datetime(2026, 11, 23, 12, tzinfo=BRUSSELS)

GREETING = Prompt(1, "General greeting", "a" * 64)
BUSY = Prompt(2, "Busy greeting", "b" * 64)
NO_ANSWER = Prompt(3, "No answer greeting", "c" * 64)
UNAVAILABLE = Prompt(4, "User unavailable", "d" * 64)
WRONG = Prompt(5, "Wrong nr", "e" * 64)
FORBIDDEN = Prompt(6, "Forbidden destination", "f" * 64)
BUDGET = Prompt(7, "Budget used up", "0" * 64)
LUNCH = Prompt(8, "Lunch", "1" * 64)
SILENT = Prompt(9, "Not recorded", None)
PROMPTS = {
    SystemPrompt.GENERAL_GREETING: GREETING,
    SystemPrompt.BUSY_GREETING: BUSY,
    SystemPrompt.NO_ANSWER: NO_ANSWER,
    SystemPrompt.USER_UNAVAILABLE: UNAVAILABLE,
    SystemPrompt.WRONG_NUMBER: WRONG,
    SystemPrompt.FORBIDDEN: FORBIDDEN,
    SystemPrompt.BUDGET: BUDGET,
}

STEVEN = Person(11, "Steven", "201", ("ep-steven",), None)
EMMA = Person(12, "Emma", "202", ("ep-emma-1", "ep-emma-2"), None)
LUCAS = Person(13, "Lucas", "203", ("ep-lucas",), None)
BARE = Person(14, "Nora", "204", (), None)
AWAY = Person(15, "Ines", "205", ("ep-ines",), "+32475123456")

ALLOWANCE = Allowance("+3227811501", international=False, premium=False, calls_left=5, seconds_left=600, trunks=("t1",))
PHONE = Caller(Origin.PHONE, "201", "Steven", 11)
CARRIER = Caller(Origin.TRUNK, "+32475123456", "", None)

SORRY = (SayAndHangUp(NO_ANSWER), SayAndHangUp(BUSY), JustHangUp())


def event(action: Action, prompt: Prompt | None = None, destination: str | None = None) -> Event:
    return Event(99, "default", action, Always(), destination, prompt.id if prompt else None)


def hunt_group(
    *members: Person | Outsider,
    strategy: Strategy = Strategy.PARALLEL,
    follow: bool = False,
    ends: tuple[Destination, Destination, Destination] = SORRY,
) -> HuntGroup:
    return HuntGroup(strategy, 20, members, follow, *ends)


def number(service: HuntGroup, default: Event, *events: Event) -> FunctionNumber:
    prompts = {prompt.id: prompt for prompt in (LUNCH, SILENT)}
    return FunctionNumber(21, "Main number", "+3227811501", Schedule(BRUSSELS, events, default), service, prompts)


def opened(service: HuntGroup) -> FunctionNumber:
    return number(service, event(Action.OPEN))


def call(
    called: str,
    target: FunctionNumber | Person | CodeTarget | Nobody | None,
    caller: Caller = PHONE,
    allowance: Allowance = ALLOWANCE,
    *,
    suspended: bool = False,
    prompts: dict[SystemPrompt, Prompt] | None = None,
) -> CallFacts:
    said = PROMPTS if prompts is None else prompts
    return CallFacts(1, 7, "BE", suspended, caller, read_number(called, "BE"), target, allowance, said)
