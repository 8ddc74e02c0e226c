"""The rows that one call needs become its facts: who calls, who has the number, who pays, what may be heard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import Prefetch, Q

from carillon.accounts.models import Organization, User
from carillon.devices.models import SipDevice
from carillon.facts.schedules import schedule_facts
from carillon.functions.models import HuntGroup as HuntGroupRow
from carillon.functions.models import HuntGroupMember, Otherwise
from carillon.numbers.models import FunctionNumber as FunctionNumberRow
from carillon.numbers.models import Number, Trunk
from carillon.prompts.models import Prompt as PromptRow
from carillon.routing.facts import (
    Allowance,
    Caller,
    CallFacts,
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


def load(ask: Ask) -> CallFacts:
    """Return the facts of a call; the number of queries does not depend on the size of the organization.

    Budgets are not in them (they change without a revision): see calls/budget.py.
    """
    organization = _organization(ask)
    if organization is None:
        return _unknown(ask)
    origin = Origin.PHONE if ask.context.startswith(PHONE_CONTEXT) else Origin.TRUNK
    called = _called(ask, organization)
    phone = _phone(organization, ask.endpoint)
    user = phone.user if phone else None
    row = _number(organization, called)
    payer = organization.users.filter(pk=ask.payer_id).first() if ask.payer_id else user
    prompt_ids = _prompt_ids(row)
    prompts = _prompts(organization, prompt_ids, _language(row, organization))
    return CallFacts(
        organization_id=organization.pk,
        revision=organization.revision,
        country=organization.country,
        suspended=organization.status == Organization.Status.SUSPENDED,
        caller=Caller(origin, _extension(user), str(user) if user else "", user.pk if user else None),
        called=called,
        target=_target(row, called, prompts),
        allowance=_allowance(organization, payer, phone if called.kind is Kind.EMERGENCY else None),
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


def with_spent(facts: CallFacts, used: Spent) -> CallFacts:
    """Return the facts with today's budget reduced by what is used."""
    left = facts.allowance
    return replace(
        facts,
        allowance=replace(left, calls_left=left.calls_left - used.calls, seconds_left=left.seconds_left - used.seconds),
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


def _phone(organization: Organization, endpoint: str) -> SipDevice | None:
    return organization.sip_devices.select_related("user", "site").filter(endpoint=endpoint).first()


def _extension(user: User | None) -> str | None:
    if user is None:
        return None
    values = Number.objects.filter(personal_line__user=user).order_by("-kind", "pk").values_list("value", flat=True)
    return values.first()


def _number(organization: Organization, called: Dialled) -> Number | None:
    value = called.e164 or called.text
    groups = "function_number__hunt_group"
    return (
        organization.numbers.filter(value=value)
        .select_related("function_number__schedule", groups, "personal_line__user__call_forward")
        .prefetch_related("function_number__schedule__events", "personal_line__user__sip_devices", _members(groups))
        .first()
    )


def _members(path: str) -> Prefetch[str]:
    rows = HuntGroupMember.objects.select_related("user__call_forward").prefetch_related(
        "user__sip_devices", "user__lines"
    )
    return Prefetch(f"{path}__members", queryset=rows)


def _language(row: Number | None, organization: Organization) -> str:
    function = getattr(row, "function_number", None)
    return (function.language if function else "") or organization.language


def _prompt_ids(row: Number | None) -> set[int]:
    function: FunctionNumberRow | None = getattr(row, "function_number", None)
    if function is None:
        return set()
    group = function.hunt_group
    ids = {event.prompt_id for event in function.schedule.events.all()}
    ids |= {group.on_no_answer_prompt_id, group.on_busy_prompt_id, group.on_unreachable_prompt_id}
    return {pk for pk in ids if pk is not None}


@dataclass(frozen=True, slots=True)
class Prompts:
    """What this call may play: prompts that rows name, and the system's own."""

    by_id: dict[int, Prompt]
    by_key: dict[SystemPrompt, Prompt]


def _prompts(organization: Organization, ids: Iterable[int], language: str) -> Prompts:
    keys = [key.value for key in SystemPrompt]
    rows = organization.prompts.filter(Q(pk__in=ids) | Q(key__in=keys)).prefetch_related("audio")
    found = Prompts({}, {})
    for row in rows:
        prompt = Prompt(row.pk, row.name, _audio(row, language))
        found.by_id[row.pk] = prompt
        if row.key in keys:
            found.by_key[SystemPrompt(row.key)] = prompt
    return found


def _audio(row: PromptRow, language: str) -> str | None:
    """The recording in the number's language, else the default one, else any that there is."""
    recordings = {audio.language: audio.sha256 for audio in row.audio.all()}
    return recordings.get(language) or recordings.get("") or next(iter(recordings.values()), None)


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
