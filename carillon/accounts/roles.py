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
    REPORTS = "reports"
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
    Role.REPORTS: _("Reports"),
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
    Role.REPORTS: _USER | {Right.CALLS_VIEW},
    Role.SCHEDULES_ADMIN: _SCHEDULES_ADMIN,
    Role.ADMINISTRATOR: _ADMINISTRATOR,
    Role.OPERATOR: _ADMINISTRATOR | {Right.OUTBOX_VIEW},
}

#: Flag of a user group -> what it makes of its members, the strongest first. Flags give and never take.
ROLE_OF_FLAG: Mapping[str, Role] = {"schedules_admin": Role.SCHEDULES_ADMIN, "reports": Role.REPORTS}


def roles_of(user: User) -> tuple[Role, ...]:
    """Return all roles, the strongest first; only plain users cost a query (for their groups), once per request."""
    if user.is_operator:
        return (Role.OPERATOR,)
    if user.is_admin:
        return (Role.ADMINISTRATOR,)
    return (*(role for flag, role in ROLE_OF_FLAG.items() if flag in user.group_flags), Role.USER)


def role_of(user: User) -> Role:
    """Return the strongest role."""
    return roles_of(user)[0]


def can(user: User, right: Right | str) -> bool:
    """Tell whether `user` has `right`, in the own organization."""
    return user.is_active and any(right in RIGHTS[role] for role in roles_of(user))
