"""The portal's menu, in the manual's order and words: only what exists, and only what the person may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import User
from carillon.accounts.roles import ROLE_NAMES, Right, can, role_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

#: An Undo button is only offered with the message of the change itself.
UNDO_OFFERED_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu; `view` is the name of its first page."""

    title: StrOrPromise
    view: str
    icon: str
    right: Right


@dataclass(frozen=True, slots=True)
class Group:
    """One of the manual's menus; the first line stands above them all, without title."""

    title: StrOrPromise
    entries: tuple[Entry, ...]


MENU = (
    Group("", (Entry(_("Home"), "home", "home", Right.SCHEDULES_VIEW),)),
    Group(_("Services"), (Entry(_("Music on hold"), "hold:levels", "music", Right.SERVICES_CHANGE),)),
    Group(
        _("Function numbers"),
        (
            Entry(_("Schedules"), "schedules:list", "calendar-time", Right.SCHEDULES_VIEW),
            Entry(_("Hunt groups"), "functions:list", "users-group", Right.FUNCTIONS_VIEW),
        ),
    ),
    Group(
        _("Calls"),
        (
            Entry(_("Try it"), "calls:try_it", "headphones", Right.TRY_CALLS),
            Entry(_("Call log"), "calls:log", "list-details", Right.CALLS_VIEW),
            Entry(_("What if"), "calls:what_if", "route", Right.WHAT_IF),
            Entry(_("Cases"), "calls:cases", "checkup-list", Right.WHAT_IF),
        ),
    ),
    Group(
        _("User administration"),
        (
            Entry(_("User groups"), "users:groups", "friends", Right.USERS_CHANGE),
            Entry(_("Users"), "users:list", "users", Right.USERS_VIEW),
        ),
    ),
    Group(
        _("Organization"),
        (
            Entry(_("Voice prompts"), "prompts:list", "speakerphone", Right.PROMPTS_CHANGE),
            Entry(_("Changes"), "accounts:changes", "history", Right.AUDIT_VIEW),
        ),
    ),
    Group(_("Personal"), (Entry(_("My calls"), "users:my_calls", "phone", Right.OWN_CALLS),)),
    Group(_("Platform"), (Entry(_("Outbox"), "accounts:outbox", "mail", Right.OUTBOX_VIEW),)),
)


def _groups(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    entries = {reverse(entry.view): entry for group in MENU for entry in group.entries if can(user, entry.right)}
    home = reverse("home")
    # Of two addresses that both begin the page's own, the longer one is the page's.
    begins = [each for each in entries if each != home and request.path.startswith(each)]
    here = max(begins, key=len) if begins else home if request.path == home else ""
    groups = []
    for group in MENU:
        lines = [
            {"entry": entry, "address": address, "here": address == here}
            for address, entry in entries.items()
            if entry in group.entries
        ]
        if lines:
            groups.append({"title": group.title, "lines": lines})
    return groups


def _undo(request: HttpRequest) -> int | None:
    """Return the audit row that the message on this page may undo; it is offered once."""
    session = getattr(request, "session", None)
    if session is None or "undo" not in session:
        return None
    offer = session["undo"]
    if timezone.now().timestamp() - offer["at"] > UNDO_OFFERED_SECONDS:
        del session["undo"]
        return None
    return int(offer["entry"])


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of the base template: menu, organization, role, languages and the theme that the browser keeps."""
    theme = request.COOKIES.get("theme", "")
    context: dict[str, Any] = {
        "theme": theme if theme in {"light", "dark"} else "",
        "languages": settings.LANGUAGES,
        "language": (get_language() or settings.LANGUAGE_CODE).partition("-")[0],
    }
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return context
    return context | {
        "menu": _groups(request, user),
        "organization": user.organization,
        "role": ROLE_NAMES[role_of(user)],
        "undo_entry": _undo(request),
        "may_create": can(user, Right.FUNCTIONS_CHANGE),
    }
