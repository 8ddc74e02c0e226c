"""Kept what-ifs: how each stands now, which ones a change flips, and the changes that people make of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from carillon.accounts import audit
from carillon.accounts.http import Request
from carillon.accounts.models import AuditEntry, Organization
from carillon.calls.models import Case
from carillon.calls.result import Result, result_of, write_assumptions
from carillon.calls.what_if import Inquiry, Question
from carillon.calls.what_if_form import WhatIfForm

#: More cases than this nobody looks after, and every change of the organization waits for all of them.
MOST_CASES = 200
Verb = AuditEntry.Verb


@dataclass(frozen=True, slots=True)
class Verdict:
    """A case and what its question gives now."""

    case: Case
    at: datetime
    expected: Result
    result: Result

    @property
    def ok(self) -> bool:
        return self.result.key == self.expected.key

    @property
    def seen(self) -> str:
        """The result as one word: a page that shows another one is stale."""
        return sha256(repr(self.result.key).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Flip:
    """A case that held and would hold no more."""

    before: Verdict
    after: Verdict


def judge(organization: Organization, cases: Iterable[Case], now: datetime) -> list[Verdict]:
    """Return how each case stands at `now`; cases of one number share what is read."""
    inquiry, cases, found = Inquiry(organization), list(cases), []
    inquiry.expect(case.number for case in cases)
    for case in cases:
        at = case.moment(now)
        result = result_of(inquiry.decisions(Question(case.number, case.caller, at, case.assumed)))
        found.append(Verdict(case, at, case.result, result))
    return found


def judge_all(organization: Organization, now: datetime) -> list[Verdict]:
    """Return how every case of the organization stands."""
    return judge(organization, organization.cases.all()[:MOST_CASES], now)


def flips(before: Sequence[Verdict], after: Sequence[Verdict]) -> list[Flip]:
    """Return the cases that held before and differ after; one that is new, gone, or differed already is none."""
    held = {verdict.case.pk: verdict for verdict in before if verdict.ok}
    return [
        Flip(held[verdict.case.pk], verdict)
        for verdict in after
        if verdict.case.pk in held and verdict.result.key != held[verdict.case.pk].expected.key and not verdict.ok
    ]


def digest(found: Sequence[Flip]) -> str:
    """Return exactly these flips as one word, so that a confirmation counts for them and for no others."""
    rows = [(flip.after.case.pk, flip.after.expected.to_json(), flip.after.result.to_json()) for flip in found]
    return sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:32]


def keep(request: Request, asked: WhatIfForm, name: str, *, weekly: bool) -> Case | None:
    """Keep a question with its present result as the expected one; None: there are MOST_CASES already."""
    question, data = asked.question(), asked.cleaned_data
    with transaction.atomic():
        organization = Organization.objects.select_for_update(no_key=True).get(pk=request.organization.pk)
        if organization.cases.count() >= MOST_CASES:
            return None
        case = Case(
            organization=organization,
            name=name,
            number=question.number,
            caller=question.caller,
            day=None if weekly else data["date"],
            weekday=data["date"].weekday() if weekly else None,
            clock=data["time"],
            later=data["later"],
            timezone=asked.zone.key,
            assumptions=write_assumptions(question.assumed),
            expected=result_of(Inquiry(organization).decisions(question)).to_json(),
        )
        with audit.change(request, case, Verb.CREATE):
            case.save()
    return case


def accept(request: Request, case: Case, now: datetime, seen: str) -> bool:
    """Expect from now on what the case gives now, if that is still what the page showed."""
    with audit.change(request, case, Verb.CHANGE):
        (verdict,) = judge(request.organization, [case], now)
        if verdict.seen != seen:
            return False
        case.expected = verdict.result.to_json()
        case.save(update_fields=["expected"])
    return True


def delete(request: Request, case: Case) -> None:
    """Delete a case; it can be undone."""
    with audit.change(request, case, Verb.DELETE):
        case.delete()
