"""The rows that one call needs become its facts: who calls, who has the number, who pays, what may be heard."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

from django.db.models import Prefetch, Q, QuerySet

from carillon.accounts.models import Organization, User
from carillon.devices.models import SipDevice
from carillon.facts.schedules import current_changes, schedule_facts
from carillon.functions.models import HuntGroup as HuntGroupRow
from carillon.functions.models import HuntGroupMember, Otherwise
from carillon.numbers.models import FunctionNumber as FunctionNumberRow
from carillon.numbers.models import Number, Trunk
from carillon.prompts.hearing import recording
from carillon.prompts.models import Prompt as PromptRow
from carillon.routing.codes import Code, read_code
from carillon.routing.facts import (
    Allowance,
    Caller,
    CallFacts,
    CodeTarget,
    Destination,
    ForwardTo,
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
from carillon.routing.numbers import Dialled, Kind, caller_e164, read_number
from carillon.schedules.models import may_change_schedule

PHONE_CONTEXT, TRUNK_CONTEXT = "org-", "trunk-"
#: Country in which a carrier's numbers are read where they carry none.
HOME_COUNTRY = "BE"


@dataclass(frozen=True, slots=True)
class Ask:
    """What a call asks: the context it came in by, the phone's endpoint, the number called, and who pays a forward."""

    context: str
    endpoint: str
    called: str
    #: The organization of a forward; None = by the context.
    organization_id: int | None = None
    payer_id: int | None = None


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rows:
    """What several asks about one organization share: each row is read once."""

    kept: dict[object, object] = field(default_factory=dict)

    def once(self, key: object, read: Callable[[], T]) -> T:
        if key not in self.kept:
            self.kept[key] = read()
        return self.kept[key]  # type: ignore[return-value]  # a key stands for one kind of row

    def fetch(self, organization: Organization, values: Iterable[str]) -> None:
        """Read many numbers together, and those that they forward to: whole levels cost what one number costs."""
        wanted = set(values)
        for _level in range(LEVELS):
            wanted -= {key[1] for key in self.kept if isinstance(key, tuple) and key[0] == "number"}
            if not wanted:
                return
            rows = {row.value: row for row in _numbers(organization).filter(value__in=wanted)}
            self.kept.update({("number", value): rows.get(value) for value in wanted})
            wanted = {number for row in rows.values() for number in _forwards(row)}


#: Forwards of forwards that are read together; what lies deeper is read when a call comes to it.
LEVELS = 3


def load(ask: Ask, shared: Rows | None = None) -> CallFacts:
    """Return the facts of a call; the number of queries does not depend on the size of the organization.

    Budgets are not in them (they change without a revision): see calls/budget.py. With `shared` several asks of one
    organization (named by organization_id or a phone's context) read what they have in common once.
    """
    rows = shared or Rows()
    whose = ask.context if ask.context.startswith(PHONE_CONTEXT) else ask.organization_id
    organization = rows.once(("organization", whose), lambda: _organization(ask))
    if organization is None:
        return _unknown(ask)
    origin = Origin.PHONE if ask.context.startswith(PHONE_CONTEXT) else Origin.TRUNK
    called, code = _called(ask, organization), _code(ask)
    wanted = read_number(code.number, organization.country) if code else called
    phone = rows.once(("phone", ask.endpoint), lambda: _phone(organization, ask.endpoint))
    user = phone.user if phone else None
    row = rows.once(("number", wanted.e164 or wanted.text), lambda: _number(organization, wanted))
    payer = user
    if pk := ask.payer_id:
        payer = rows.once(("user", pk), lambda: organization.users.filter(pk=pk).first())
    ids = None if shared else _prompt_ids(row)  # one ask needs few prompts, many asks may need any
    prompts = _prompts(rows.once("prompts", lambda: _prompt_rows(organization, ids)), _languages(row, organization))
    emergency = phone if called.kind is Kind.EMERGENCY else None
    return CallFacts(
        organization_id=organization.pk,
        revision=organization.revision,
        country=organization.country,
        suspended=organization.status == Organization.Status.SUSPENDED,
        caller=rows.once(("caller", origin, user and user.pk), lambda: _caller(origin, user)),
        called=called,
        target=_switch(code, row, user, prompts) if code else _target(row, called, prompts),
        allowance=rows.once(
            ("allowance", payer and payer.pk, emergency and emergency.pk),
            lambda: _allowance(organization, payer, emergency),
        ),
        prompts=prompts.by_key,
        epoch=str(organization.epoch),
    )


def with_caller(facts: CallFacts, number: str, name: str) -> CallFacts:
    """Return the facts with what the carrier says of the caller; a phone's caller is known by its endpoint alone."""
    if facts.caller.origin is Origin.PHONE:
        return facts
    shown = caller_e164(number, facts.country)
    return replace(facts, caller=replace(facts.caller, number=shown, name=name))


@dataclass(frozen=True, slots=True)
class Spent:
    """What a payer used today."""

    calls: int
    seconds: int


def with_spent(facts: CallFacts, used: Spent, calls_now: int = 0) -> CallFacts:
    """Return the facts with today's budget reduced by what is used.

    A call beside `calls_now` others of the same payer gets its share of the time that is left, not all of it once more.
    """
    left = facts.allowance
    seconds = (left.seconds_left - used.seconds) // (calls_now + 1)
    return replace(facts, allowance=replace(left, calls_left=left.calls_left - used.calls, seconds_left=seconds))


def may_cost(facts: CallFacts) -> bool:
    """Whether a call with these facts may go out, so that budgets matter."""
    target = facts.target
    return target is None or (
        isinstance(target, FunctionNumber) and any(isinstance(member, Outsider) for member in target.service.members)
    )


def _as_sent(text: str) -> list[str]:
    """Return the E.164 forms that a carrier may mean, also for numbers that the numbering data does not know."""
    digits = text.lstrip("+")
    forms = [f"+{digits.lstrip('0')}"] if digits.isascii() and digits.isdecimal() and digits.strip("0") else []
    dialled = read_number(text, HOME_COUNTRY)
    return [dialled.e164, *forms] if dialled.e164 else forms


def _organization(ask: Ask) -> Organization | None:
    """By the context of the phone, or by the number that a carrier calls. Read first: a change after it is seen."""
    if ask.organization_id is not None or ask.context.startswith(PHONE_CONTEXT):
        pk = ask.organization_id or int(ask.context.removeprefix(PHONE_CONTEXT))
        return Organization.objects.filter(pk=pk).first()
    owner = Number.objects.filter(kind=Number.Kind.E164, value__in=_as_sent(ask.called)).select_related("organization")
    number = owner.first()
    return number.organization if number else None


def _unknown(ask: Ask) -> CallFacts:
    called = read_number(ask.called, HOME_COUNTRY)
    caller = Caller(Origin.TRUNK, None, "", None)
    none = Allowance(None, international=False, premium=False, calls_left=0, seconds_left=0, trunks=())
    return CallFacts(
        None, 0, HOME_COUNTRY, suspended=False, caller=caller, called=called, target=Nobody(), allowance=none
    )


def _called(ask: Ask, organization: Organization) -> Dialled:
    if ask.context.startswith(PHONE_CONTEXT) or ask.organization_id is not None:
        return read_number(ask.called, organization.country)
    value = organization.numbers.filter(kind=Number.Kind.E164, value__in=_as_sent(ask.called)).first()
    return Dialled(Kind.NATIONAL, value.value, value.value) if value else read_number(ask.called, organization.country)


def _code(ask: Ask) -> Code | None:
    """The feature code that a phone dialled itself: what a carrier sends and what is forwarded to are numbers."""
    is_dialled = ask.context.startswith(PHONE_CONTEXT) and ask.organization_id is None
    return read_code(ask.called) if is_dialled else None


def _switch(code: Code, row: Number | None, user: User | None, prompts: Prompts) -> CodeTarget:
    function: FunctionNumberRow | None = getattr(row, "function_number", None)
    if function is None:
        return CodeTarget(code, None, allowed=False)
    allowed = user is not None and may_change_schedule(user, function.pk)
    return CodeTarget(code, _function(function, prompts), allowed)


def _phone(organization: Organization, endpoint: str) -> SipDevice | None:
    return organization.sip_devices.select_related("user", "site").filter(endpoint=endpoint).first()


def _caller(origin: Origin, user: User | None) -> Caller:
    return Caller(origin, _extension(user), str(user) if user else "", user.pk if user else None)


def _extension(user: User | None) -> str | None:
    if user is None:
        return None
    values = Number.objects.filter(personal_line__user=user).order_by("-kind", "pk").values_list("value", flat=True)
    return values.first()


def _number(organization: Organization, called: Dialled) -> Number | None:
    return _numbers(organization).filter(value=called.e164 or called.text).first()


def _numbers(organization: Organization) -> QuerySet[Number]:
    groups = "function_number__hunt_group"
    return organization.numbers.select_related(
        "function_number__schedule", groups, "function_number__hold_music", "personal_line__user__call_forward"
    ).prefetch_related(
        "function_number__schedule__events",
        current_changes("function_number__schedule", datetime.now(UTC)),
        "personal_line__user__sip_devices",
        _members(groups),
    )


def _forwards(row: Number) -> set[str]:
    """Every number that calls of this number may be forwarded to."""
    found: set[str] = set()
    people = [row.personal_line.user] if hasattr(row, "personal_line") else []
    if hasattr(row, "function_number"):
        group = row.function_number.hunt_group
        schedule = row.function_number.schedule
        found |= {event.destination for event in schedule.events.all()}
        found |= {change.destination for change in schedule.temporary_changes.all()}
        found |= {group.on_no_answer_number, group.on_busy_number, group.on_unreachable_number}
        people += [member.user for member in group.members.all() if member.user]
    found |= {person.call_forward.number for person in people if hasattr(person, "call_forward")}
    return found - {""}


def _members(path: str) -> Prefetch[str]:
    rows = HuntGroupMember.objects.select_related("user__call_forward").prefetch_related(
        "user__sip_devices", "user__lines"
    )
    return Prefetch(f"{path}__members", queryset=rows)


def _languages(row: Number | None, organization: Organization) -> tuple[str, ...]:
    """The number's language, then the organization's; a prompt that has neither is heard in its default recording."""
    function = getattr(row, "function_number", None)
    return (function.language if function else "", organization.language)


def _prompt_ids(row: Number | None) -> set[int]:
    function: FunctionNumberRow | None = getattr(row, "function_number", None)
    if function is None:
        return set()
    group = function.hunt_group
    ids = {event.prompt_id for event in function.schedule.events.all()}
    ids |= {change.prompt_id for change in function.schedule.temporary_changes.all()}
    ids |= {group.on_no_answer_prompt_id, group.on_busy_prompt_id, group.on_unreachable_prompt_id, _music_id(function)}
    return {pk for pk in ids if pk is not None}


def _music_id(function: FunctionNumberRow) -> int | None:
    return function.hold_music.prompt_id if hasattr(function, "hold_music") else None


@dataclass(frozen=True, slots=True)
class Prompts:
    """What this call may play: prompts that rows name, and the system's own."""

    by_id: dict[int, Prompt]
    by_key: dict[SystemPrompt, Prompt]


def _prompt_rows(organization: Organization, ids: Iterable[int] | None) -> list[PromptRow]:
    """The prompts with these ids and the system's own, with their recordings; all of them where `ids` is None."""
    rows = organization.prompts.prefetch_related("audio")
    return list(rows if ids is None else rows.filter(Q(pk__in=ids) | Q(key__in=_KEYS)))


_KEYS = [key.value for key in SystemPrompt]


def _prompts(rows: Iterable[PromptRow], languages: tuple[str, ...]) -> Prompts:
    found = Prompts({}, {})
    for row in rows:
        prompt = Prompt(row.pk, row.name, recording(row, *languages))
        found.by_id[row.pk] = prompt
        if row.key in _KEYS:
            found.by_key[SystemPrompt(row.key)] = prompt
    return found


def _target(row: Number | None, called: Dialled, prompts: Prompts) -> FunctionNumber | Person | Nobody | None:
    if row is None:
        return Nobody() if called.kind is Kind.EXTENSION else None
    if hasattr(row, "function_number"):
        return _function(row.function_number, prompts)
    if hasattr(row, "personal_line") and row.personal_line.user.is_active:
        return _person(row.personal_line.user, row.value)
    return Nobody()


def _person(user: User, extension: str | None) -> Person:
    forward = getattr(user, "call_forward", None)
    endpoints = tuple(device.endpoint for device in user.sip_devices.all())
    return Person(user.pk, str(user), extension, endpoints, forward.number if forward else None)


def _function(row: FunctionNumberRow, prompts: Prompts) -> FunctionNumber:
    group = row.hunt_group
    return FunctionNumber(
        id=row.pk,
        name=row.name,
        number=row.number.value,
        schedule=schedule_facts(row.schedule, row.schedule.events.all()),
        service=HuntGroup(
            strategy=Strategy(group.strategy),
            ring_seconds=group.ring_seconds,
            members=tuple(
                _member(member) for member in group.members.all() if not member.user or member.user.is_active
            ),
            follow_forwards=group.follow_forwards,
            no_answer=_otherwise(group, "on_no_answer", prompts),
            busy=_otherwise(group, "on_busy", prompts),
            unreachable=_otherwise(group, "on_unreachable", prompts),
        ),
        prompts=prompts.by_id,
        music=prompts.by_id.get(_music_id(row) or 0),
    )


def _member(row: HuntGroupMember) -> Person | Outsider:
    return _person(row.user, None) if row.user else Outsider(row.number)


#: What a caller hears where a prompt is wanted and none was chosen.
_USUAL = {
    "on_no_answer": SystemPrompt.NO_ANSWER,
    "on_busy": SystemPrompt.BUSY_GREETING,
    "on_unreachable": SystemPrompt.USER_UNAVAILABLE,
}


def _otherwise(group: HuntGroupRow, name: str, prompts: Prompts) -> Destination:
    prompt = prompts.by_id.get(getattr(group, f"{name}_prompt_id")) or prompts.by_key.get(_USUAL[name])
    number = getattr(group, f"{name}_number")
    match Otherwise(getattr(group, name)):
        case Otherwise.PROMPT if prompt:
            return SayAndHangUp(prompt)
        case Otherwise.FORWARD if number:
            return ForwardTo(number)
        case _:
            return JustHangUp()


def _allowance(organization: Organization, payer: User | None, phone: SipDevice | None) -> Allowance:
    trunks = Trunk.objects.filter(Q(organization=organization) | Q(organization=None), node=organization.home_node)
    return Allowance(
        caller_id=phone.site.emergency_number if phone else _caller_id(organization, payer),
        international=organization.allow_international,
        premium=organization.allow_premium,
        calls_left=organization.daily_calls_per_user,
        seconds_left=organization.daily_minutes_per_user * 60,
        trunks=tuple(trunks.order_by("priority", "pk").values_list("endpoint", flat=True)),
    )


def _caller_id(organization: Organization, payer: User | None) -> str | None:
    """The payer's own published number, else the organization's main number; only numbers that it has."""
    own = organization.numbers.filter(kind=Number.Kind.E164)
    if payer and (number := own.filter(personal_line__user=payer).values_list("value", flat=True).first()):
        return number
    return own.filter(value=organization.main_number).values_list("value", flat=True).first()
