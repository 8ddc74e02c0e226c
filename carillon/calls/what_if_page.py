"""What the what-if page shows: the sentence, the day as a strip, who may ring, and the way as a tree with reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from carillon.accounts.models import Organization, User
from carillon.accounts.roles import Right, can
from carillon.calls import day, telling
from carillon.calls.result import legs, result_of, tone_of, write_assumptions
from carillon.calls.what_if import Decision, Inquiry, Question
from carillon.calls.what_if_form import WhatIfForm, address_at
from carillon.numbers.destinations import names
from carillon.routing.explain import branches, sentence
from carillon.routing.facts import FunctionNumber, Person
from carillon.routing.schedule import Action
from carillon.routing.verbs import GoTo, Play, Step, StepKind, Verb
from carillon.schedules.models import may_change_schedule

EVENTS = {StepKind.EVENT_DECIDED, StepKind.DEFAULT_DECIDED, StepKind.EVENT_PASSED}
CHANGES = {StepKind.TEMPORARY_DECIDED}
CODES = {StepKind.CODE_CHANGES, StepKind.CODE_ENDS}
GROUP = {StepKind.STRATEGY, StepKind.NO_MEMBERS, StepKind.MEMBERS_AFTER_FORWARD}
PEOPLE = {
    StepKind.PERSON,
    StepKind.PERSON_FORWARDS,
    StepKind.PERSON_HAS_NO_PHONE,
    StepKind.MEMBER_FORWARD_IGNORED,
    StepKind.MEMBER_FORWARD_FOLLOWED,
    StepKind.MEMBER_HAS_NO_PHONE,
}
#: Steps of a way that are drawn; a longer one is a group in which nobody answers.
MOST_NODES = 60


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence, and the page or dialog of what decides it ("" = nothing that this person may open)."""

    text: str
    address: str
    in_dialog: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch that is not taken."""

    words: str
    ahead: str


@dataclass(frozen=True, slots=True)
class Node:
    """A step that is taken, how it ends, and what else it might have led to."""

    icon: str
    title: str
    outcome: str
    others: Sequence[Branch]


@dataclass(frozen=True, slots=True)
class Block:
    """One number that the call comes to."""

    number: str
    name: str
    decided: Reason | None
    reasons: Sequence[Reason]
    passed: Sequence[Reason]
    nodes: Sequence[Node]
    more: int


def page_of(organization: Organization, user: User, form: WhatIfForm) -> dict[str, Any]:
    """Return what the page shows for a valid question."""
    question, inquiry = form.question(), Inquiry(organization)
    decisions = inquiry.decisions(question)
    result = result_of(decisions)
    who = {number for decision in decisions for number in _forwards(decision.plan.root)}
    places = names(organization, who) if who else {}
    return {
        "question": question,
        "zone": form.zone.key,
        "ambiguous": form.is_ambiguous,
        "sentence": telling.sentence(result, question.at, form.zone),
        "tone": tone_of(decisions, result),
        "word": telling.state(tone_of(decisions, result)),
        "strip": strip(inquiry, question, form.zone),
        "legs": _legs(decisions, question),
        "fates": telling.fates(),
        "blocks": [_block(decision, user, places) for decision in decisions],
        "address": address_at(question, question.at, form.zone),
    }


def _legs(decisions: Sequence[Decision], question: Question) -> list[tuple[str, str, str]]:
    """Who may ring: key, name and what is assumed."""
    assumed = write_assumptions(question.assumed)
    return [(key, name, assumed.get(key, "answered")) for key, name in legs(decisions).items()]


def _forwards(root: Verb) -> set[str]:
    """The numbers of all forwards of a plan."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        verb = waiting.pop()
        if id(verb) in seen:
            continue
        seen.add(id(verb))
        if isinstance(verb, GoTo):
            found.add(verb.number)
        waiting += [branch for _name, branch in branches(verb)]
    return found


def _block(decision: Decision, user: User, places: Mapping[str, str]) -> Block:
    target, number = decision.facts.target, decision.facts.called.text
    decided: Reason | None = None
    reasons, passed, missing = [], [], []
    function = decision.function
    may_edit = function is not None and may_change_schedule(user, function.id)
    for step in decision.plan.steps:
        reason = _reason(step, function, user, may_edit=may_edit)
        if step.kind is StepKind.EVENT_PASSED:
            passed.append(reason)
        elif step.kind in EVENTS | CHANGES | CODES and decided is None:
            decided = reason
        elif step.kind is StepKind.PROMPT_MISSING:
            missing.append(reason)
        elif reason not in reasons:
            reasons.append(reason)
    # What lacks a recording is told last: it is no reason, and often of a branch that is not taken.
    reasons = [*reasons, *missing]
    name = target.name if isinstance(target, FunctionNumber | Person) else ""
    nodes = _nodes(decision, places)
    more = max(0, len(decision.taken) - len(nodes))
    return Block(number, name, decided, reasons, passed, nodes, more)


def _reason(step: Step, function: FunctionNumber | None, user: User, *, may_edit: bool) -> Reason:
    text = sentence(step, gettext)
    if step.kind in EVENTS and function and step.subject and may_edit:
        return Reason(text, reverse("schedules:event_edit", args=[function.id, step.subject]), in_dialog=True)
    page = function.id if function and step.kind in CHANGES else step.subject if step.kind in CODES else None
    if page and may_edit:
        return Reason(text, reverse("schedules:detail", args=[page]), in_dialog=False)
    if step.kind in GROUP and function and can(user, Right.FUNCTIONS_CHANGE):
        return Reason(text, reverse("functions:detail", args=[function.id]), in_dialog=False)
    if step.kind in PEOPLE and step.subject and can(user, Right.USERS_CHANGE):
        return Reason(text, reverse("users:detail", args=[step.subject]), in_dialog=False)
    return Reason(text, "", in_dialog=False)


def _nodes(decision: Decision, places: Mapping[str, str]) -> list[Node]:
    found, came_by = [], ""
    taken = decision.taken
    # A way that is too long is shown by its beginning and its end.
    kept = taken if len(taken) <= MOST_NODES else (*taken[: MOST_NODES - 2], *taken[-2:])
    for step in kept:
        title = telling.title(step.verb, came_by, _place(step.verb, places))
        others = [] if isinstance(step.verb, Play) else _others(step.verb, step.outcome, places)
        found.append(
            Node(telling.icon(step.verb, came_by), title, telling.outcome(step.outcome, step.verb), others),
        )
        came_by = step.outcome
    return found


def _place(verb: Verb, places: Mapping[str, str]) -> str:
    if not isinstance(verb, GoTo):
        return ""
    name = places.get(verb.number)
    return f"{name}, {verb.number}" if name else verb.number


def _others(verb: Verb, taken: str, places: Mapping[str, str]) -> list[Branch]:
    """The branches that are not taken, those that lead to the same together."""
    groups: dict[str, list[str]] = {}
    for name, branch in branches(verb):
        if name != taken:
            groups.setdefault(_ahead(branch, name, places), []).append(telling.outcome(name, verb))
    return [Branch(", ".join(words), ahead) for ahead, words in groups.items()]


def _ahead(verb: Verb, came_by: str, places: Mapping[str, str]) -> str:
    last = verb
    while isinstance(last, Play):
        last = last.then
    return telling.ahead(verb, came_by, _place(last, places))


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of the day, drawn: `x` and `width` in percent. Minutes are since midnight, on the clock and elapsed."""

    x: str
    width: str
    tone: Action
    label: str
    span: str
    words: str
    word: str
    address: str
    clock: int
    elapsed: int
    later: bool
    here: bool
    changes: bool


def strip(inquiry: Inquiry, question: Question, zone: ZoneInfo) -> dict[str, Any]:
    """Return the day of the question as a strip: bars, hours, where the question and the present stand."""
    today = question.at.astimezone(zone).date()
    start, end = day.bounds(today, zone)
    length = (end - start).total_seconds()

    def at(instant: datetime) -> str:
        return f"{(instant - start).total_seconds() / length * 100:.3f}%"

    bars = [_bar(piece, question, zone, start, length) for piece in day.pieces(inquiry, question, today, zone)]
    now = timezone.now()
    marked = question.at.astimezone(zone)
    return {
        "bars": bars,
        "legend": _legend(bars),
        "hours": [(at(instant), text, int(text) % 3 == 0) for instant, text in day.hours(today, zone)],
        "at": at(question.at),
        "now": at(now) if start <= now < end else "",
        "minutes": int(length // 60),
        "day": telling.day_words(marked),
        "clock": f"{marked:%H:%M}",
        "long": int(length // 3600) if length != 86400 else 0,
        "previous": address_at(question, _same_time(question, zone, -1), zone),
        "next": address_at(question, _same_time(question, zone, 1), zone),
    }


def _same_time(question: Question, zone: ZoneInfo, days: int) -> datetime:
    """The same time of the clock some days later: wall time, so clock changes do not move it."""
    return question.at.astimezone(zone).replace(fold=0) + timedelta(days=days)


def _bar(piece: day.Piece, question: Question, zone: ZoneInfo, start: datetime, length: float) -> Bar:
    begin = piece.start.astimezone(zone)
    # As the clock of the piece goes on: where it is then set, the end is the time before that.
    stop = begin.replace(tzinfo=None) + (piece.stop - piece.start)
    span = f"{begin:%H:%M} - {stop:%H:%M}"
    words, word = telling.words(piece.result), telling.state(piece.tone)
    if piece.temporary:
        word = gettext("%(state)s, temporary") % {"state": word}
    return Bar(
        x=f"{(piece.start - start).total_seconds() / length * 100:.3f}%",
        width=f"{(piece.stop - piece.start).total_seconds() / length * 100:.3f}%",
        tone=piece.tone,
        label=f"{span}: {word}. {words}",
        span=span,
        words=words,
        word=word,
        address=address_at(question, piece.start, zone),
        clock=begin.hour * 60 + begin.minute,
        elapsed=int((piece.start - start).total_seconds() // 60),
        later=bool(begin.fold),
        here=piece.start <= question.at < piece.stop,
        changes=piece.changes,
    )


def _legend(bars: Sequence[Bar]) -> list[dict[str, Any]]:
    """Each result of the day once, with all its times."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    before: Bar | None = None
    for bar in bars:
        row = rows.setdefault((bar.word, bar.words), {"bar": bar, "last": None, "spans": [], "here": False})
        if row["spans"] and row["last"] is before and not bar.changes:
            row["spans"][-1] = f"{row['spans'][-1].partition(' - ')[0]} - {bar.span.partition(' - ')[2]}"
        else:
            row["spans"].append(bar.span)
        row["last"] = before = bar
        row["here"] = row["here"] or bar.here
    if len(rows) == 1:
        rows[(bars[0].word, bars[0].words)]["spans"] = [gettext("the whole day")]
    return list(rows.values())
