"""What happens in a trial, told while it happens: decisions with their reasons, then each verb and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from carillon.calls.ladder import OUTCOMES
from carillon.calls.models import Trial, TrialStep
from carillon.calls.rows import readable
from carillon.routing import explain
from carillon.routing.path import Fate
from carillon.routing.verbs import StepKind

#: The icon of a line that tells who is rung.
RINGS = "bell-ringing"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the story; `passed` are the reasons that did not decide."""

    at: datetime
    icon: str
    text: str
    reasons: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    outcome: str = ""


def lines_of(trial: Trial, steps: Iterable[TrialStep], answered_by: str) -> list[Line]:
    """Return what has happened so far, in the reader's language; `answered_by`: who talks or talked, if anybody."""
    lines: list[Line] = []
    who = _("%(name)s has answered") % {"name": answered_by} if answered_by else ""
    for step in steps:
        match step.kind:
            case TrialStep.Kind.DECIDED:
                lines.append(_decision(trial, step))
            case TrialStep.Kind.BEGAN:
                lines.append(_verb(trial, step))
            case _ if lines and (outcome := _outcome(step.data["outcome"])):
                talked = who and step.data["outcome"] == Fate.ANSWERED
                lines[-1] = replace(lines[-1], outcome=who if talked else outcome)
    if who and lines and lines[-1].icon == RINGS and not lines[-1].outcome:
        lines[-1] = replace(lines[-1], outcome=who)
    return lines


def _outcome(name: str) -> str:
    return "" if name == "then" else OUTCOMES.get(name, OUTCOMES[""])()


def _decision(trial: Trial, step: TrialStep) -> Line:
    reasons: list[str] = []
    passed: list[str] = []
    for row in step.data["steps"]:
        kept = explain.from_json(row)
        (passed if kept.kind is StepKind.EVENT_PASSED else reasons).append(explain.sentence(kept, _))
    number = readable(step.data["called"], trial.organization.country)
    if trial.prompt_id:
        return Line(step.at, "git-branch", _("You hear the prompt “%(prompt)s”.") % {"prompt": step.data["called"]})
    text = _("Carillon decides for %(number)s.") % {"number": number}
    return Line(step.at, "git-branch", text, tuple(reasons), tuple(passed))


def _verb(trial: Trial, step: TrialStep) -> Line:
    row = step.data
    match row["verb"]:
        case "play":
            return Line(step.at, "volume", _("“%(prompt)s” is played.") % {"prompt": row["prompt"]})
        case "ring" | "call_out":
            return Line(step.at, RINGS, "".join(_ringing(trial, row)))
        case "go_to":
            number = readable(row["number"], trial.organization.country)
            return Line(step.at, "arrow-forward-up", _("The call goes on at %(number)s.") % {"number": number})
        case _:
            return Line(step.at, "phone-end", _("The call is ended."))


def _ringing(trial: Trial, row: dict[str, Any]) -> Iterator[str]:
    who = [readable(name, trial.organization.country) for name in row.get("who", [row.get("number", "")])]
    said = {"names": get_text_list(who, _("and")), "seconds": row["seconds"]}
    if trial.rings:
        yield _("Ringing for at most %(seconds)s s: %(names)s.") % said
    else:
        yield _("Nobody is rung. For real it would be %(names)s, for at most %(seconds)s s.") % said
