"""When Carillon plays each system prompt by itself: only what a caller hears today is promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: By key. A prompt that is not named here is played by nothing but what chooses it, such as an event of a schedule.
PLACES: dict[str, StrOrPromise] = {
    "general_greeting": _(
        "Plays when a function number is closed and its event names no prompt, and when a person does not answer."
    ),
    "busy_greeting": _(
        "Plays when a person is busy, and when all members of a hunt group are busy and it names no other prompt."
    ),
    "user_no_answer": _("Plays when no member of a hunt group answers and it names no other prompt."),
    "user_unavailable": _(
        "Plays when no phone of a person or of a hunt group can be reached, and when a call outside gets no line."
    ),
    "wrong_nr": _("Plays when nobody has the number that was dialled, and when forwards lead in a circle."),
    "forbidden_destination": _("Plays when somebody dials a number that is barred here."),
    "beep": _("Plays before a prompt is recorded by telephone."),
    "midcall_hold_current": _(
        "Plays again and again while a caller is held, where Music on hold is set to this announcement."
    ),
    "music_on_hold": _("Plays while a caller is held, where no other music is chosen."),
    "ringin": _("Plays while the phones ring, to callers who heard a prompt before or are transferred."),
    "budget_used_up": _("Plays when somebody calls outside and has used up the calls or minutes of the day."),
}
#: What is said of all others.
NOWHERE = _("Nothing plays it by itself yet. An event of a schedule or a hunt group can choose it.")


def place_of(key: str) -> StrOrPromise:
    """Return the sentence of a system prompt."""
    return PLACES.get(key, NOWHERE)
