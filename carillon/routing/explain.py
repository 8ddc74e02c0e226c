"""The words of a decision: one sentence for each reason, and a plan as an indented tree. Texts here are msgids."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC
from typing import assert_never

from carillon.routing.feasts import Feast
from carillon.routing.schedule import Always, Moment, Span, When, Windows
from carillon.routing.verbs import (
    CallOut,
    ChangeSchedule,
    GoTo,
    Hangup,
    Plan,
    Play,
    Ring,
    RingOutside,
    Signal,
    Step,
    StepKind,
    Verb,
)


def times_of(when: When) -> tuple[tuple[str, str], ...]:
    """Return an event's times by name, to be read when it has changed: days are "1" (Monday) to "7".

    A holiday is told by country, region and name; a temporary change by its instants in ISO 8601, UTC.
    """
    match when:
        case Always():
            return ()
        case Moment(start, stop):
            return (("from", start.astimezone(UTC).isoformat()), ("to", stop.astimezone(UTC).isoformat()))
        case Windows(since=since, until=until, feast=Feast(country, region, name)):
            feast = (("country", country), ("region", region), ("feast", name))
            return (*feast, ("since", f"{since:%H:%M}"), ("until", f"{until:%H:%M}"))
        case Windows(weekdays, since, until):
            days = "".join(str(day + 1) for day in sorted(weekdays))
            return (("days", days), ("since", f"{since:%H:%M}"), ("until", f"{until:%H:%M}"))
        case Span(repeat, start, stop):
            times = (("start", f"{start:%Y-%m-%d %H:%M}"), ("stop", f"{stop:%Y-%m-%d %H:%M}"))
            return (("repeat", repeat.value), *times)
        case _:  # pragma: no cover
            assert_never(when)


def _(text: str) -> str:
    """Marks a text for translation; the reader translates it."""
    return text


SENTENCES: dict[StepKind, str] = {
    StepKind.EMERGENCY: _("%(number)s is an emergency number: it goes out before every rule."),
    StepKind.SUSPENDED: _("The organization is suspended."),
    StepKind.TOO_MANY_HOPS: _("The call was forwarded too often: %(path)s."),
    StepKind.NOBODY: _("Nobody has the number %(number)s."),
    StepKind.EVENT_PASSED: _("The event “%(event)s” is passed over: %(reason)s."),
    StepKind.EVENT_DECIDED: _("The event “%(event)s” decides: %(action)s."),
    StepKind.DEFAULT_DECIDED: _("No other event matches: the default event “%(event)s” decides: %(action)s."),
    StepKind.TEMPORARY_DECIDED: _("A temporary change by %(event)s decides: %(action)s."),
    StepKind.STRATEGY: _("The hunt group rings %(count)s members: %(strategy)s."),
    StepKind.MEMBER_FORWARD_IGNORED: _("%(person)s forwards calls; the group ignores that."),
    StepKind.MEMBER_FORWARD_FOLLOWED: _("%(person)s forwards calls to %(number)s; the group follows."),
    StepKind.MEMBERS_AFTER_FORWARD: _("The call does not come back from a forward: %(count)s members are not reached."),
    StepKind.MEMBER_HAS_NO_PHONE: _("%(person)s has no phone."),
    StepKind.NO_MEMBERS: _("The group has nobody to ring."),
    StepKind.PERSON: _("The phones of %(person)s ring."),
    StepKind.PERSON_FORWARDS: _("%(person)s forwards all calls to %(number)s."),
    StepKind.PERSON_HAS_NO_PHONE: _("%(person)s has no phone."),
    StepKind.PROMPT_MISSING: _("The prompt “%(prompt)s” has no recording: a tone is played."),
    StepKind.NUMBER_CLASS: _("%(number)s is outside: %(class)s."),
    StepKind.BARRED: _("Calls to %(number)s are closed: %(class)s."),
    StepKind.BUDGET_USED_UP: _("Today's budget of outgoing calls is used up."),
    StepKind.NO_TRUNK: _("There is no trunk to go out by."),
    StepKind.GOES_OUT: _("The call goes out to %(number)s and shows %(caller_id)s."),
    StepKind.CODE_CHANGES: _("A feature code of %(person)s changes %(function)s: %(action)s until %(until)s."),
    StepKind.CODE_ENDS: _("A feature code of %(person)s sets %(function)s back to its schedule."),
    StepKind.CODE_REFUSED: _("The feature code is refused: %(reason)s."),
}

#: The words of values inside sentences.
WORDS: dict[str, str] = {
    "open": _("open"),
    "closed": _("closed"),
    "forward": _("forward"),
    "parallel": _("all at once"),
    "sequential": _("one after the other from the top"),
    "circular": _("one after the other, beginning after the last one called"),
    "random": _("one after the other in random order"),
    "national": _("national"),
    "international": _("international"),
    "premium": _("premium"),
    "short": _("public short number"),
    "emergency": _("emergency number"),
    "extension": _("extension"),
    "invalid": _("not a number that exists"),
    "ended": _("it has ended"),
    "not_yet": _("it has not begun yet"),
    "other_day": _("another day"),
    "later_today": _("it begins later today"),
    "over_today": _("it is over for today"),
    "other_holiday": _("the day is not this public holiday"),
    "unknown_holiday": _("the calendar does not know this public holiday"),
    "no_code": _("it is not complete or names no time of day"),
    "no_function": _("no function number has this number"),
    "no_right": _("the caller may not change this schedule"),
    "no_end": _("the schedule does not change by itself, so it needs a time"),
}
_VALUES = {"reason", "action", "strategy", "class"}


def sentence(step: Step, translate: Callable[[str], str] = str) -> str:
    """Return the sentence of a step; `translate` is gettext of the reader's language."""
    args = {name: translate(WORDS.get(value, value)) if name in _VALUES else value for name, value in step.args}
    return translate(SENTENCES[step.kind]) % args


def to_json(step: Step) -> dict[str, object]:
    """Return a step as the call log keeps it."""
    return {"kind": step.kind.value, "subject": step.subject, "args": dict(step.args)}


def from_json(row: dict[str, object]) -> Step:
    """Return the step that to_json() wrote. KeyError or ValueError for anything else."""
    args, subject = row["args"], row["subject"]
    if not isinstance(args, dict) or not (subject is None or isinstance(subject, int)):
        raise ValueError("no step")
    return Step(StepKind(str(row["kind"])), subject, tuple((str(key), str(value)) for key, value in args.items()))


def outline(plan: Plan) -> str:
    """Return the plan as an indented tree, in English, for terminals."""
    return "\n".join(_lines(plan.root, "", set()))


def title(verb: Verb) -> str:
    """Return a verb as one line."""
    match verb:
        case Hangup(cause):
            return f"hang up ({cause.value.replace('_', ' ')})"
        case Play(prompt):
            return f"play “{prompt.name}”"
        case Ring(targets, seconds):
            names = [t.outsider.number if isinstance(t, RingOutside) else t.name for t in targets]
            return f"ring {', '.join(names)} for {seconds} s"
        case CallOut(number, trunks):
            return f"call out to {number} over {', '.join(trunks) or 'no trunk'}"
        case GoTo(number):
            return f"go on at {number}"
        case Signal(sound):
            return f"play the tones for “{sound.value}”"
        case ChangeSchedule(function=function, action=action, until=until):
            what = f"{action.value} until {until:%Y-%m-%d %H:%M} UTC" if action and until else "back to the schedule"
            return f"set {function}: {what}"
        case _:  # pragma: no cover
            assert_never(verb)


def branches(verb: Verb) -> tuple[tuple[str, Verb], ...]:
    """Return the outcomes of a verb by name: the names of PBXSTAGE paths."""
    match verb:
        case Hangup() | GoTo():
            return ()
        case Play(_, then) | Signal(_, then):
            return (("then", then),)
        case ChangeSchedule(done=done, refused=refused):
            return (("done", done), ("refused", refused))
        case Ring() | CallOut():
            return (
                ("answered", verb.answered),
                ("no_answer", verb.no_answer),
                ("busy", verb.busy),
                ("unreachable", verb.unreachable),
            )
        case _:  # pragma: no cover
            assert_never(verb)


def at(root: Verb, path: str) -> Verb:
    """Return the verb at a path such as "then.no_answer"; "" is the root. KeyError where the plan has no such path."""
    verb = root
    for name in filter(None, path.split(".")):
        verb = dict(branches(verb))[name]
    return verb


def _lines(verb: Verb, indent: str, seen: set[int]) -> Iterator[str]:
    yield indent + title(verb)
    if id(verb) in seen:  # a plan shares branches: each is printed in full once
        return
    seen.add(id(verb))
    groups: dict[int, tuple[list[str], Verb]] = {}
    for name, branch in branches(verb):
        if name != "answered":
            groups.setdefault(id(branch), ([], branch))[0].append(name.replace("_", " "))
    for names, branch in groups.values():
        yield f"{indent}  {' or '.join(names)}:"
        yield from _lines(branch, indent + "    ", seen)
