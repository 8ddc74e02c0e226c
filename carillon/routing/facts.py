"""What a decision is made from: frozen facts of one call, read once, and the live state of the moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from carillon.routing.codes import Code
from carillon.routing.numbers import Dialled
from carillon.routing.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a caller may hear. `audio` is the SHA-256 of its A-law file, None where no recording exists."""

    id: int
    name: str
    audio: str | None


@dataclass(frozen=True, slots=True)
class SayAndHangUp:
    """Play the prompt, then end the call."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class JustHangUp:
    """End the call with the cause that fits."""


@dataclass(frozen=True, slots=True)
class ForwardTo:
    """Go on at another number: an extension, or E.164."""

    number: str


Destination = SayAndHangUp | JustHangUp | ForwardTo


@dataclass(frozen=True, slots=True)
class Person:
    """A user as a target: the PJSIP endpoints of all phones, and the number that all calls are forwarded to."""

    id: int
    name: str
    extension: str | None
    endpoints: tuple[str, ...]
    forward_always: str | None


@dataclass(frozen=True, slots=True)
class Outsider:
    """An external number as a hunt group member, E.164."""

    number: str


class Strategy(StrEnum):
    PARALLEL = "parallel"
    SEQUENTIAL = "sequential"
    CIRCULAR = "circular"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class HuntGroup:
    """The service behind a hunt group number; ring_seconds is of each attempt."""

    strategy: Strategy
    ring_seconds: int
    members: tuple[Person | Outsider, ...]
    follow_forwards: bool
    no_answer: Destination
    busy: Destination
    unreachable: Destination


@dataclass(frozen=True, slots=True)
class FunctionNumber:
    """A number with a schedule and a service."""

    id: int
    name: str
    number: str
    schedule: Schedule
    service: HuntGroup
    #: The prompts that the schedule's events name, by id.
    prompts: Mapping[int, Prompt] = field(default_factory=dict)
    #: What its callers hear while they are held; None = what the phone says that holds them.
    music: Prompt | None = None


@dataclass(frozen=True, slots=True)
class CodeTarget:
    """A feature code that a phone dialled. `function` is whose schedule it means, None where nobody has the number."""

    code: Code
    function: FunctionNumber | None
    #: Whether the caller may change that schedule.
    allowed: bool


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the payer of an outgoing call may do. Budgets are of today in the organization's zone."""

    #: E.164 shown to the called party: always one of the organization's own numbers; None = anonymous.
    caller_id: str | None
    international: bool
    premium: bool
    calls_left: int
    seconds_left: int
    #: PJSIP endpoints of the trunks, in order of priority.
    trunks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nobody:
    """The number belongs to nobody here."""


class Origin(StrEnum):
    TRUNK = "trunk"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: number is E.164 or an extension, None where it is withheld."""

    origin: Origin
    number: str | None
    name: str
    user_id: int | None


class SystemPrompt(StrEnum):
    """System prompts that a decision itself may need, by their key."""

    GENERAL_GREETING = "general_greeting"
    BUSY_GREETING = "busy_greeting"
    NO_ANSWER = "user_no_answer"
    USER_UNAVAILABLE = "user_unavailable"
    WRONG_NUMBER = "wrong_nr"
    FORBIDDEN = "forbidden_destination"
    BUDGET = "budget_used_up"
    RINGIN = "ringin"


@dataclass(frozen=True, slots=True)
class CallFacts:
    """All that one decision needs and no more; `target` is who has the called number inside, None = look outside."""

    organization_id: int | None
    revision: int
    country: str
    suspended: bool
    caller: Caller
    #: As dialled or as the trunk sent it, read by routing/numbers.py.
    called: Dialled
    target: FunctionNumber | Person | CodeTarget | Nobody | None
    #: Of the person (or, for a forward, of the forwarder) who pays an outgoing call.
    allowance: Allowance
    prompts: Mapping[SystemPrompt, Prompt] = field(default_factory=dict)
    #: Of the organization; with the revision it says how long these facts hold.
    epoch: str = ""


@dataclass(frozen=True, slots=True)
class Live:
    """The moment: what changes without anybody saving anything."""

    #: Hunt group (function number id) -> index of the member that circular rings first.
    next_member: Mapping[int, int] = field(default_factory=dict)
    #: Outgoing calls that the payer has up now.
    calls_now: int = 0
    #: Numbers that this call has gone through already, in order (forwards); its length is the hop count.
    visited: tuple[str, ...] = ()
