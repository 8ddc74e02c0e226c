"""What the database knows of all that a batch of calls mentions, in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils import translation
from django.utils.translation import gettext

from carillon.accounts.models import Organization, User
from carillon.callcontrol.drafts import (
    TRY_CONTEXT,
    Draft,
    Event,
    Leg,
    call_back_of,
    endpoint_of,
    instant,
    of_context,
    played_in,
    public_number,
)
from carillon.callcontrol.owners import Owner, Owners, owners
from carillon.calls.models import DecisionTrace, Trial
from carillon.devices.models import SipDevice
from carillon.facts.calls import PHONE_CONTEXT
from carillon.numbers.models import Trunk
from carillon.prompts.models import CallBack, PromptAudio, PromptVersion


@dataclass(frozen=True, slots=True)
class Known:
    """What the database says of all that a batch of calls mentions."""

    traces: Mapping[str, Sequence[DecisionTrace]]
    people: Mapping[str, User]
    trunks: frozenset[str]
    organizations: frozenset[int]
    owners: Owners
    #: (organization, sha256) -> name of the prompt.
    prompts: Mapping[tuple[int, str], str]


def as_asked(node: str, drafts: Sequence[Draft]) -> list[Draft]:
    """Trials and call-backs dialled a token: each is kept as what was asked for. One query where there is any."""
    drafts = _as_called_back(drafts)
    tried = [draft.linkedid for draft in drafts if draft.first.context == TRY_CONTEXT]
    found = Trial.objects.filter(node=node, linkedid__in=tried).select_related("prompt") if tried else ()
    trials = {trial.linkedid: trial for trial in found}
    return [
        replace(draft, first=first_of(draft.first, trials[draft.linkedid]), trial=trials[draft.linkedid])
        if draft.linkedid in trials
        else draft
        for draft in drafts
        if draft.linkedid in trials or draft.first.context != TRY_CONTEXT
    ]


def _as_called_back(drafts: Sequence[Draft]) -> list[Draft]:
    """A call-back is told as a call to its number, by the recording that it is for."""
    tokens = [token for draft in drafts if (token := call_back_of(draft.first))]
    found = (
        CallBack.objects.filter(token__in=tokens).select_related("making__organization", "making__prompt")
        if tokens
        else ()
    )
    rows = {row.token: row for row in found}
    return [
        replace(draft, first=_first_of_call_back(draft.first, rows[token])) if token in rows else draft
        for draft in drafts
        if not (token := call_back_of(draft.first)) or token in rows
    ]


def _first_of_call_back(first: Event, row: CallBack) -> Event:
    making = row.making
    with translation.override(making.organization.language):
        name = gettext("Recording of “%(name)s”") % {"name": making.prompt or making.name}
    context = f"{PHONE_CONTEXT}{making.organization_id}"
    return replace(first, extension=row.number, caller_number="", caller_name=name, context=context)


def first_of(first: Event, trial: Trial) -> Event:
    called = trial.called or (trial.prompt.name if trial.prompt else "")
    return replace(first, extension=called, caller_number=trial.caller, caller_name="", context=f"trunk-{TRY_CONTEXT}")


def look_up(node: str, drafts: Sequence[Draft]) -> Known:
    traces: dict[str, list[DecisionTrace]] = defaultdict(list)
    ids = [draft.linkedid for draft in drafts]
    decided = DecisionTrace.objects.filter(node=node, linkedid__in=ids).select_related("payer")
    for trace in decided.order_by("at", "pk"):
        traces[trace.linkedid].append(trace)
    endpoints = {endpoint_of(draft.first.channel) for draft in drafts}
    endpoints |= {leg.endpoint for draft in drafts for leg in draft.legs}
    devices = SipDevice.objects.filter(endpoint__in=endpoints, user__isnull=False).select_related("user")
    trunks = Trunk.objects.filter(endpoint__in=endpoints).values_list("endpoint", flat=True)
    contexts = {pk for draft in drafts if (pk := of_context(draft.first.context)) is not None}
    shas = {sha for draft in drafts for sha, _at in played_in(draft)}
    return Known(
        traces=traces,
        people={device.endpoint: device.user for device in devices if device.user},
        trunks=frozenset(trunks),
        organizations=frozenset(Organization.objects.filter(pk__in=contexts).values_list("pk", flat=True)),
        owners=owners((public_number(draft.first) for draft in drafts), (draft.first.extension for draft in drafts)),
        prompts=_prompts(shas),
    )


def _prompts(shas: Collection[str]) -> dict[tuple[int, str], str]:
    """Return the names of sounds: of the prompt that has the sound now, else of the one that had it last."""
    earlier = PromptVersion.objects.filter(sha256__in=shas).order_by("made_at", "pk")
    named = [
        *earlier.values_list("prompt__organization_id", "sha256", "prompt__name"),
        *PromptAudio.objects.filter(sha256__in=shas).values_list("prompt__organization_id", "sha256", "prompt__name"),
    ]
    return {(organization, sha): name for organization, sha, name in named}


def organization_of(first: Event, traces: Sequence[DecisionTrace], known: Known) -> int | None:
    """By the context of a phone, by the decision, or by who has the number called; None: nobody has it."""
    if first.context.startswith("org-"):
        pk = of_context(first.context)
        return pk if pk in known.organizations else None
    decided = (trace.organization_id for trace in traces if trace.organization_id)
    owner = known.owners.public.get(public_number(first))
    return next(decided, None) or (owner.organization_id if owner else None)


def owner_of(draft: Draft, known: Known) -> Owner | None:
    """Whose number was called."""
    organization = organization_of(draft.first, known.traces.get(draft.linkedid, ()), known)
    return known.owners.of(organization, public_number(draft.first), draft.first.extension)


def heard_in(draft: Draft, organization: int | None, known: Known) -> list[dict[str, str]]:
    return [
        {"prompt": known.prompts.get((organization or 0, sha), ""), "sha256": sha, "at": instant(at).isoformat()}
        for sha, at in played_in(draft)
    ]


def leg_name(leg: Leg, people: Mapping[str, User]) -> str:
    user = people.get(leg.endpoint)
    return str(user) if user else leg.number or leg.endpoint
