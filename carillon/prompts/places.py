"""Where each system prompt plays: the sentence that its page shows; none = nothing that is built yet plays it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PLACES: Mapping[str, StrOrPromise] = {
    "beep": "",
    "busy_greeting": _("Callers hear it when whom they call is busy."),
    "conference_beep": "",
    "general_greeting": _(
        "Callers hear it when a number is closed and its event has no prompt, and when a person does not answer."
    ),
    "invalid_choice": "",
    "lunch_greeting": "",
    "meeting_greeting": "",
    "midcall_hold_current": _(
        "Callers hear it again and again while they are held, where Music on hold is set to this announcement."
    ),
    "music_on_hold": _("Callers hear it while they are held, where no other music is chosen."),
    "no_answer_greeting": "",
    "ooo_greeting": "",
    "placed_in_queue": "",
    "ringin": _("Callers who heard a prompt or are transferred hear it while the phones ring."),
    "sick_greeting": "",
    "silence": "",
    "silence_halfsecond": "",
    "still_placed_in_queue": "",
    "user_unavailable": _("Callers hear it when no phone of whom they call is connected, or no line outside is free."),
    "vac_greeting": "",
    "vocalmail_busy_in_call": "",
    "welcome": "",
    "wrong_nr": _("Callers hear it when nobody has the number."),
    "user_no_answer": _("Callers hear it when nobody of a hunt group answers."),
    "forbidden_destination": _("Colleagues hear it when they dial a number that is closed for the organization."),
    "budget_used_up": _("Colleagues hear it when the calls or minutes of their day are used up."),
}


def place_of(key: str) -> StrOrPromise:
    """Return the sentence for a system prompt; empty = it may be chosen, and nothing plays it of itself."""
    return PLACES.get(key, "")
