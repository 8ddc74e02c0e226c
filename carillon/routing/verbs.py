"""A plan is data: frozen verbs whose outcomes are branches. One native application of Asterisk carries out each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from carillon.routing.facts import Outsider, Person, Prompt
from carillon.routing.schedule import Action


class Cause(StrEnum):
    """Why a call ends; call control maps it to a Q.850 cause."""

    NORMAL = "normal"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    UNALLOCATED = "unallocated"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Hangup:
    cause: Cause


@dataclass(frozen=True, slots=True)
class Play:
    """Answer if needed, play the prompt (a missing recording is audible: a tone), go on."""

    prompt: Prompt
    then: Verb


@dataclass(frozen=True, slots=True)
class RingOutside:
    """An external number among those who ring: it goes out over the trunks and shows `caller_id`."""

    outsider: Outsider
    trunks: tuple[str, ...]
    caller_id: str | None


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring all targets at once for so many seconds; the first to answer gets the call."""

    targets: tuple[Person | RingOutside, ...]
    seconds: int
    answered: Verb
    no_answer: Verb
    busy: Verb
    unreachable: Verb


@dataclass(frozen=True, slots=True)
class CallOut:
    """Send the call to `number` (E.164, or as it stands for emergency) over the first trunk that takes it."""

    number: str
    trunks: tuple[str, ...]
    caller_id: str | None
    seconds: int
    #: The call is cut after so many seconds of talk (the rest of the budget); None = no limit.
    limit_seconds: int | None
    emergency: bool
    answered: Verb
    no_answer: Verb
    busy: Verb
    unreachable: Verb


@dataclass(frozen=True, slots=True)
class GoTo:
    """Plan anew for another number, at the moment it is reached. The forwarder pays if it leads outside."""

    number: str
    #: User id of the forwarder; None where a function number forwards (then the organization pays).
    payer_id: int | None


class Sound(StrEnum):
    """What tells a caller at a phone that a feature code is done or refused."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Signal:
    """Answer if needed, play the tones of `sound`, go on."""

    sound: Sound
    then: Verb


@dataclass(frozen=True, slots=True)
class ChangeSchedule:
    """Store a temporary change of a function number's schedule from now `until` then, made by a user.

    `action` None ends the changes that count now; only then `until` is None.
    """

    function_id: int
    function: str
    user_id: int
    action: Action | None
    until: datetime | None
    done: Verb
    refused: Verb


Verb = Hangup | Play | Ring | CallOut | GoTo | Signal | ChangeSchedule


class StepKind(StrEnum):
    """What a line of the trace says; explain.py has the sentence of each."""

    EMERGENCY = "emergency"
    SUSPENDED = "suspended"
    TOO_MANY_HOPS = "too_many_hops"
    NOBODY = "nobody"
    EVENT_PASSED = "event_passed"
    EVENT_DECIDED = "event_decided"
    TEMPORARY_DECIDED = "temporary_decided"
    DEFAULT_DECIDED = "default_decided"
    STRATEGY = "strategy"
    MEMBER_FORWARD_IGNORED = "member_forward_ignored"
    MEMBER_FORWARD_FOLLOWED = "member_forward_followed"
    MEMBERS_AFTER_FORWARD = "members_after_forward"
    MEMBER_HAS_NO_PHONE = "member_has_no_phone"
    NO_MEMBERS = "no_members"
    PERSON = "person"
    PERSON_FORWARDS = "person_forwards"
    PERSON_HAS_NO_PHONE = "person_has_no_phone"
    PROMPT_MISSING = "prompt_missing"
    NUMBER_CLASS = "number_class"
    BARRED = "barred"
    BUDGET_USED_UP = "budget_used_up"
    NO_TRUNK = "no_trunk"
    GOES_OUT = "goes_out"
    CODE_CHANGES = "code_changes"
    CODE_ENDS = "code_ends"
    CODE_REFUSED = "code_refused"


@dataclass(frozen=True, slots=True)
class Step:
    """One reason. `subject` is the id of the event, person or group that it speaks of; `args` fill the sentence."""

    kind: StepKind
    subject: int | None = None
    args: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What will happen, and why."""

    root: Verb
    steps: tuple[Step, ...]
