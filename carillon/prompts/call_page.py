"""What the page of a call-back says: the steps with the one it is at, or why it failed."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carillon.prompts.models import CallBack

State = CallBack.State
#: Why it failed -> the sentence; `name` is who was called.
FAILURES = {
    "away": gettext_lazy("The telephone system does not respond. Nobody was called."),
    "no_answer": gettext_lazy("%(name)s did not answer."),
    "busy": gettext_lazy("%(name)s is busy."),
    "unreachable": gettext_lazy("No phone of %(name)s could be reached: none is registered or switched on."),
    "forbidden": gettext_lazy("Calls to this number are closed for your organization."),
    "budget": gettext_lazy("The calls of %(name)s of today are used up."),
    "suspended": gettext_lazy("Your organization cannot make calls at the moment."),
    "changed": gettext_lazy("This is no longer a number of %(name)s."),
    "no_key": gettext_lazy("Nobody pressed 1. A voicemail may have answered; nothing was recorded."),
    "silent": gettext_lazy("There was nothing to hear on the phone. Nothing was saved."),
    "discarded": gettext_lazy("The recording was discarded on the phone."),
    "hung_up": gettext_lazy("The call ended before 1 was pressed. Nothing was saved."),
    "cancelled": gettext_lazy("You ended the call. Nothing was saved."),
    "broken": gettext_lazy("The call was cut off. Nothing was saved."),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the call: done, the present one, or still to come."""

    title: str
    hint: str
    place: str


@dataclass(frozen=True, slots=True)
class Progress:
    state: str
    number: str
    stages: tuple[Stage, ...]
    failure: str = ""


def progress_of(row: CallBack) -> Progress:
    """Return what the page shows of a call-back."""
    if row.state == State.FAILED:
        sentence = FAILURES.get(row.error, FAILURES["broken"])
        return Progress(row.state, row.number, (), str(sentence) % {"name": row.callee})
    titles = (
        (_("Calling %(number)s"), _("Pick up the phone.")),
        (_("Answered"), _("Listen to the instructions.")),
        (_("Recording"), _("Speak, then press #.")),
        (_("Listening"), _("Press 1 to keep, 2 to record again, 3 to discard, 4 to listen again.")),
        (_("Saved"), ""),
    )
    order = (State.DIALLING, State.ANSWERED, State.RECORDING, State.LISTENING, State.KEPT)
    at = order.index(State(row.state)) if row.state in order else 0
    places = ["done" if n < at else "now" if n == at else "next" for n in range(len(titles))]
    stages = tuple(
        Stage(title % {"number": row.number}, hint if place == "now" else "", place)
        for place, (title, hint) in zip(places, titles, strict=True)
    )
    return Progress(row.state, row.number, stages)
