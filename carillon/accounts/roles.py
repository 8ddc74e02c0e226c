"""Who may do what: the one table of roles and rights."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import User


class Role(StrEnum):
    """What a person is. One person may be several."""

    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    SCHEDULES_ADMIN = "schedules_admin"
    USER = "user"


class Right(StrEnum):
    """What can be done. `own` means: with oneself, not with others."""

    SCHEDULES_VIEW = "schedules.view"
    SCHEDULES_CHANGE = "schedules.change"
    PROMPTS_CHANGE = "prompts.change"
    PROMPTS_SYSTEM = "prompts.system"
    FUNCTIONS_VIEW = "functions.view"
    FUNCTIONS_CHANGE = "functions.change"
    SERVICES_CHANGE = "services.change"
    USERS_VIEW = "users.view"
    USERS_CHANGE = "users.change"
    AUDIT_VIEW = "audit.view"
    CALLS_VIEW = "calls.view"
    OWN_CALLS = "own.calls"
    WHAT_IF = "calls.what_if"
    TRY_CALLS = "calls.try"
    CASES_CHANGE = "calls.cases"
    OUTBOX_VIEW = "outbox.view"


ROLE_NAMES = {
    Role.OPERATOR: _("Operator"),
    Role.ADMINISTRATOR: _("Administrator"),
    Role.SCHEDULES_ADMIN: _("Schedules admin"),
    Role.USER: _("User"),
}

_USER = frozenset({Right.OWN_CALLS})
_SCHEDULES_ADMIN = _USER | {
    Right.SCHEDULES_VIEW,
    Right.SCHEDULES_CHANGE,
    Right.PROMPTS_CHANGE,
    Right.WHAT_IF,
    Right.CASES_CHANGE,
    Right.TRY_CALLS,
}
_ADMINISTRATOR = _SCHEDULES_ADMIN | {
    Right.PROMPTS_SYSTEM,
    Right.FUNCTIONS_VIEW,
    Right.FUNCTIONS_CHANGE,
    Right.SERVICES_CHANGE,
    Right.USERS_VIEW,
    Right.USERS_CHANGE,
    Right.AUDIT_VIEW,
    Right.CALLS_VIEW,
}

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.USER: _USER,
    Role.SCHEDULES_ADMIN: _SCHEDULES_ADMIN,
    Role.ADMINISTRATOR: _ADMINISTRATOR,
    Role.OPERATOR: _ADMINISTRATOR | {Right.OUTBOX_VIEW},
}


def role_of(user: User) -> Role:
    """Return the strongest role; only plain users cost a query (for the flag of their groups), once per request."""
    if user.is_operator:
        return Role.OPERATOR
    if user.is_admin:
        return Role.ADMINISTRATOR
    return Role.SCHEDULES_ADMIN if user.is_schedules_admin else Role.USER


def can(user: User, right: Right | str) -> bool:
    """Tell whether `user` has `right`, in the own organization."""
    return user.is_active and right in RIGHTS[role_of(user)]
