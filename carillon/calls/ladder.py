"""One call as a story: what was decided when and why, what rang, what was heard, who answered, how it ended.

Pure: rows in, frozen values out, in the reader's language. picture.py draws them, the page prints them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carillon.calls.models import Call, DecisionTrace
from carillon.calls.rows import State, clock, marks_of, readable, state_of
from carillon.routing import explain
from carillon.routing.verbs import StepKind
from carillon.schedules import words

CALLER, CARILLON = 0, 1
#: Phones that rang within so many seconds of each other are told in one sentence.
TOGETHER_SECONDS = 0.5
#: More columns than this are no picture any more; the sentences name every phone.
MOST_PHONES = 8


#: How a verb ended, in words; "" = the caller went meanwhile.
OUTCOMES: Mapping[str, Callable[[], str]] = {
    "answered": lambda: _("answered"),
    "no_answer": lambda: _("no answer"),
    "busy": lambda: _("busy"),
    "unreachable": lambda: _("not reachable"),
    "": lambda: _("the caller hung up"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of a decision as a sentence; `address` is the page of what it speaks of, "" where that is gone."""

    text: str
    address: str
    #: The times of an event, as they were then.
    times: str = ""


@dataclass(frozen=True, slots=True)
class Arrow:
    """Something that goes from one column to another, or stays at one."""

    source: int
    target: int
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the story."""

    at: datetime
    after: str
    icon: str
    text: str
    arrows: tuple[Arrow, ...] = ()
    reasons: tuple[Reason, ...] = ()
    passed: tuple[Reason, ...] = ()
    #: The way that this run took through its plan, one sentence a verb.
    way: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """How long a column rang or talked."""

    column: int
    since: datetime
    until: datetime
    tone: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """The whole story of a call. `note` is what there is to say where no decision was kept."""

    summary: str
    note: str
    caller: str
    called: str
    state: State
    marks: tuple[State, ...]
    waited: str
    talked: str
    workers: str
    revisions: str
    columns: tuple[str, ...]
    hidden_phones: int
    moments: tuple[Moment, ...]
    bars: tuple[Bar, ...]


def ladder_of(
    call: Call, traces: Sequence[DecisionTrace], country: str, links: Mapping[tuple[str, int], str]
) -> Ladder:
    """Return the story of a call."""
    story = _Story(call, traces, country, links)
    answered = call.answered_at if call.result == Call.Result.ANSWERED else None
    return Ladder(
        summary=story.summary(),
        note=_note(call, traces),
        caller=story.caller,
        called=story.called,
        state=state_of(call),
        marks=marks_of(call),
        waited=_span(call.started_at, answered or call.ended_at),
        talked=clock(call.talk_ms) if call.talk_ms else "",
        workers=", ".join(dict.fromkeys(trace.worker for trace in traces)),
        revisions=", ".join(dict.fromkeys(str(trace.revision) for trace in traces)),
        columns=(story.short_caller, "Carillon", *story.phones[:MOST_PHONES]),
        hidden_phones=max(0, len(story.phones) - MOST_PHONES),
        moments=tuple(sorted(story.moments(), key=lambda moment: moment.at)),
        bars=tuple(story.bars()),
    )


def named(name: str, number: str) -> str:
    """Return "An Peeters, 9101", or what of it is known."""
    return f"{name}, {number}" if name and number and name != number else name or number or _("withheld")


def step_of_way(row: Mapping[str, Any], country: str) -> str:
    """Return a verb that the call passed and how it ended, as one sentence."""
    who = [readable(name, country) for name in row.get("who", ())]
    said = {
        "prompt": row.get("prompt", ""),
        "names": get_text_list(who, _("and")),
        "seconds": row.get("seconds", 0),
        "number": readable(row.get("number", ""), country),
        "outcome": OUTCOMES.get(row["outcome"], OUTCOMES[""])() if row.get("outcome") != "then" else "",
    }
    match row["verb"]:
        case "play" if row["outcome"]:
            return _("“%(prompt)s” is played.") % said
        case "play":
            return _("“%(prompt)s” is played until the caller hangs up.") % said
        case "ring":
            return _("%(names)s ring for at most %(seconds)s s: %(outcome)s.") % said
        case "call_out":
            return _("The call goes out to %(number)s: %(outcome)s.") % said
        case "go_to":
            return _("The call goes on at %(number)s.") % said
        case "change_schedule" if row["outcome"] == "done":
            return _("The schedule is changed.")
        case "change_schedule":
            return _("The schedule is not changed.")
        case "signal":
            return (
                _("The caller hears the tones for “done”.")
                if row["sound"] == "done"
                else _("The caller hears the tones for “refused”.")
            )
        case _:
            return _("The call is ended.")


def _note(call: Call, traces: Sequence[DecisionTrace]) -> str:
    match Call.DecidedBy(call.decided_by):
        case Call.DecidedBy.DIALPLAN:
            return _("An emergency call goes out at once, before any rule: nothing was decided.")
        case Call.DecidedBy.FALLBACK if traces:
            return _("Call control did not bring this call to its end: the fallback rang the phones that it knew last.")
        case Call.DecidedBy.FALLBACK:
            return _("Call control was away: nothing was decided, the fallback rang the phones that it knew last.")
        case Call.DecidedBy.CALL_CONTROL:
            return "" if traces else _("The reasons of this call were not kept.")


def _span(since: datetime, until: datetime) -> str:
    return clock(max(0, round((until - since).total_seconds() * 1000)))


def _seconds(since: datetime, until: datetime) -> str:
    count = max(0, round((until - since).total_seconds()))
    return ngettext("%(count)s second", "%(count)s seconds", count) % {"count": count}


@dataclass(frozen=True, slots=True)
class _Leg:
    """A phone that was rung; `column` None = it has none in the picture."""

    name: str
    column: int | None
    rang: datetime
    answered: datetime | None
    ended: datetime
    result: str


def _together(legs: Iterable[_Leg]) -> Iterator[_Leg]:
    """Give phones that began to ring together one beginning: the story has one moment for them."""
    first = None
    for leg in sorted(legs, key=lambda each: each.rang):
        if first is None or (leg.rang - first).total_seconds() > TOGETHER_SECONDS:
            first = leg.rang
        yield replace(leg, rang=first)


class _Story:
    """Reads the rows of one call."""

    def __init__(
        self, call: Call, traces: Sequence[DecisionTrace], country: str, links: Mapping[tuple[str, int], str]
    ) -> None:
        self._call, self._traces, self._country, self._links = call, traces, country, links
        self.caller = named(call.caller_name, readable(call.caller, country))
        self.short_caller = call.caller_name or readable(call.caller, country) or _("withheld")
        self.called = named(call.called_name, readable(call.called, country))
        keys = list(dict.fromkeys((leg["endpoint"], leg["name"]) for leg in call.legs))
        self.phones = [readable(name, country) for _endpoint, name in keys]
        places = {key: CARILLON + 1 + place for place, key in enumerate(keys[:MOST_PHONES])}
        self._legs = list(_together([self._leg(row, places) for row in call.legs]))

    def _leg(self, row: Mapping[str, Any], places: Mapping[tuple[str, str], int]) -> _Leg:
        answered, ended = row.get("answered_at"), row.get("ended_at")
        answer = datetime.fromisoformat(answered) if answered else None
        if answer is None and row["result"] == "answered":
            answer = self._call.answered_at
        return _Leg(
            name=readable(row["name"], self._country),
            column=places.get((row["endpoint"], row["name"])),
            rang=datetime.fromisoformat(row["rang_at"]),
            answered=answer,
            ended=datetime.fromisoformat(ended) if ended else self._call.ended_at,
            result=row["result"],
        )

    def summary(self) -> str:
        said = {"caller": self.caller, "called": self.called, "by": readable(self._call.answered_by, self._country)}
        match Call.Result(self._call.result):
            case Call.Result.ANSWERED:
                said["talked"] = clock(self._call.talk_ms)
                return _("%(caller)s called %(called)s. %(by)s answered; they talked for %(talked)s.") % said
            case Call.Result.NO_ANSWER:
                return _("%(caller)s called %(called)s. Nobody answered.") % said
            case Call.Result.BUSY:
                return _("%(caller)s called %(called)s. It was busy.") % said
            case Call.Result.UNREACHABLE:
                return _("%(caller)s called %(called)s. No phone could be reached.") % said
            case Call.Result.PROMPT:
                return _("%(caller)s called %(called)s and heard a prompt.") % said
            case Call.Result.ABANDONED:
                return _("%(caller)s called %(called)s and hung up before anybody answered.") % said
            case Call.Result.REFUSED:
                return _("%(caller)s called %(called)s. The call was refused.") % said
            case Call.Result.FAILED:
                return _("%(caller)s called %(called)s. The call failed.") % said
            case Call.Result.TRIED:
                return _("%(caller)s called %(called)s as a test; no phone was rung.") % said

    def moments(self) -> Iterator[Moment]:
        call = self._call
        number = readable(call.called, self._country)
        arrow = Arrow(CALLER, CARILLON, number, "calm")
        text = _("%(caller)s calls %(called)s.") % {"caller": self.caller, "called": self.called}
        yield self._moment(call.started_at, "phone-call", text, [arrow])
        for trace in self._traces:
            yield self._decision(trace)
        for played in call.heard:
            name = played["prompt"] or _("a prompt without name")
            arrow = Arrow(CARILLON, CALLER, name, "accent")
            at = datetime.fromisoformat(played["at"])
            yield self._moment(at, "volume", _("The caller hears “%(prompt)s”.") % {"prompt": name}, [arrow])
        yield from self._rings()
        yield from self._ends_of_legs()
        yield self._moment(call.ended_at, "phone-end", self._end(), [Arrow(CALLER, CALLER, _("end"), "calm")])

    def _moment(self, at: datetime, icon: str, text: str, arrows: Iterable[Arrow] = ()) -> Moment:
        return Moment(at, f"+{_span(self._call.started_at, at)}", icon, text, tuple(arrows))

    def _decision(self, trace: DecisionTrace) -> Moment:
        said = {"number": readable(trace.called, self._country) or self.called}
        text = _("Carillon decides for %(number)s.") % said
        reasons: list[Reason] = []
        passed: list[Reason] = []
        label = _("decides")
        for row in trace.steps:
            reason, kind = self._reason(row), row["kind"]
            (passed if kind == StepKind.EVENT_PASSED else reasons).append(reason)
            if kind in (StepKind.EVENT_DECIDED, StepKind.DEFAULT_DECIDED):
                label = row["args"].get("event", label)
            if kind == StepKind.TEMPORARY_DECIDED:
                label = _("temporary change")
        arrow = Arrow(CARILLON, CARILLON, label, "accent")
        moment = self._moment(trace.at, "git-branch", text, [arrow])
        way = tuple(step_of_way(row, self._country) for row in trace.passed)
        return replace(moment, reasons=tuple(reasons), passed=tuple(passed), way=way)

    def _reason(self, row: Mapping[str, Any]) -> Reason:
        address = self._links.get((row["kind"], row["subject"]), "")
        try:
            sentence = explain.sentence(explain.from_json(dict(row)), _)
            return Reason(sentence, address, words.times(row["args"]))
        except (KeyError, ValueError):  # a kind of step that this version no longer has
            return Reason(str(row["kind"]).replace("_", " "), address)

    def _rings(self) -> Iterator[Moment]:
        for _instant, group in groupby(self._legs, key=lambda leg: leg.rang):
            legs = list(group)
            names = get_text_list(list(dict.fromkeys(leg.name for leg in legs)), _("and"))
            arrows = [Arrow(CARILLON, leg.column, _("rings"), "warn") for leg in legs if leg.column]
            count = len(legs)
            text = ngettext("The phone of %(names)s rings.", "The phones of %(names)s ring.", count) % {"names": names}
            yield self._moment(legs[0].rang, "bell-ringing", text, arrows)

    def _ends_of_legs(self) -> Iterator[Moment]:
        # Of what happens in the same moment the answer comes first.
        for leg in sorted(self._legs, key=lambda leg: leg.answered is None):
            said = {"name": leg.name, "time": _seconds(leg.rang, leg.answered or leg.ended)}
            if leg.answered:
                arrow = [Arrow(leg.column, CARILLON, _("answers"), "good")] if leg.column else []
                text = _("%(name)s answers after %(time)s.") % said
                yield self._moment(leg.answered, "circle-check", text, arrow)
            else:
                label, text, icon = self._not_answered(leg.result)
                tone = "calm" if leg.result in ("elsewhere", "cancelled") else "bad"
                arrow = [Arrow(leg.column, CARILLON, label, tone)] if leg.column else []
                yield self._moment(leg.ended, icon, text % said, arrow)

    def _not_answered(self, result: str) -> tuple[str, str, str]:
        match result:
            case "busy":
                return _("busy"), _("%(name)s is busy."), "circle-minus"
            case "declined":
                return _("declines"), _("%(name)s declines the call."), "circle-minus"
            case "unreachable":
                return _("not reachable"), _("The phone of %(name)s cannot be reached."), "plug-connected-x"
            case "elsewhere":
                return _("stops"), _("The phone of %(name)s stops: somebody else answered."), "phone-off"
            case "cancelled":
                return _("stops"), _("The phone of %(name)s stops ringing after %(time)s."), "phone-off"
            case _:
                return _("no answer"), _("%(name)s does not answer for %(time)s."), "phone-off"

    def _end(self) -> str:
        gone = self._traces[-1].hungup if self._traces else None
        total = {
            "time": _span(self._call.started_at, self._call.ended_at),
            "name": readable(self._call.answered_by, self._country),
        }
        if gone:
            return _("The caller hangs up; the call took %(time)s.") % total
        if gone is False and self._call.answered_by:
            return _("%(name)s hangs up; the call took %(time)s.") % total
        return _("The call ends; it took %(time)s.") % total

    def bars(self) -> Iterator[Bar]:
        for leg in self._legs:
            if leg.column is None:
                continue
            yield Bar(leg.column, leg.rang, leg.answered or leg.ended, "rings")
            if leg.answered:
                yield Bar(leg.column, leg.answered, leg.ended, "talks")
                yield Bar(CALLER, leg.answered, leg.ended, "talks")
