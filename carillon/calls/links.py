"""What of a decision still exists and may be opened: the addresses of the events, people and groups of a trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.urls import reverse

from carillon.accounts.models import User
from carillon.accounts.roles import Right, can
from carillon.calls.models import Call, DecisionTrace
from carillon.routing.verbs import StepKind
from carillon.schedules.models import schedules_given_to

EVENTS = {StepKind.EVENT_DECIDED.value, StepKind.EVENT_PASSED.value, StepKind.DEFAULT_DECIDED.value}
CHANGES = {StepKind.TEMPORARY_DECIDED.value}
FUNCTIONS = {StepKind.CODE_CHANGES.value, StepKind.CODE_ENDS.value}
PEOPLE = {
    kind.value
    for kind in (
        StepKind.PERSON,
        StepKind.PERSON_FORWARDS,
        StepKind.PERSON_HAS_NO_PHONE,
        StepKind.MEMBER_FORWARD_FOLLOWED,
        StepKind.MEMBER_FORWARD_IGNORED,
        StepKind.MEMBER_HAS_NO_PHONE,
    )
}
#: (kind of step, subject) -> address.
Links = Mapping[tuple[str, int], str]


def traces_of(call: Call) -> list[DecisionTrace]:
    """Return the decisions of a call, in order."""
    return list(DecisionTrace.objects.filter(node=call.node, linkedid=call.linkedid).order_by("at", "pk"))


def links_of(user: User, traces: Sequence[DecisionTrace]) -> Links:
    """Return the pages of what decided, as far as it is still there and `user` may open it; a query for each kind."""
    given = schedules_given_to(user)
    events, people = _subjects(traces, EVENTS), _subjects(traces, PEOPLE)
    changes, functions = _subjects(traces, CHANGES), _subjects(traces, FUNCTIONS)
    pages: dict[tuple[str, int], str] = {}
    if events:
        rows = given.filter(schedule__events__pk__in=events)
        for event, function in rows.values_list("schedule__events__pk", "pk"):
            pages |= {(kind, event): reverse("schedules:detail", args=[function]) for kind in EVENTS}
    if changes:
        rows = given.filter(schedule__temporary_changes__pk__in=changes)
        for change, function in rows.values_list("schedule__temporary_changes__pk", "pk"):
            pages |= {(kind, change): reverse("schedules:detail", args=[function]) for kind in CHANGES}
    if functions:
        for function in given.filter(pk__in=functions).values_list("pk", flat=True):
            pages |= {(kind, function): reverse("schedules:detail", args=[function]) for kind in FUNCTIONS}
    if people and can(user, Right.USERS_CHANGE):
        for person in user.organization.users.filter(pk__in=people).values_list("pk", flat=True):
            pages |= {(kind, person): reverse("users:detail", args=[person]) for kind in PEOPLE}
    return pages


def _subjects(traces: Iterable[DecisionTrace], kinds: set[str]) -> set[int]:
    steps = (step for trace in traces for step in trace.steps)
    return {step["subject"] for step in steps if step.get("kind") in kinds and isinstance(step.get("subject"), int)}
