"""Who may change a schedule where no request is at hand: a person whose phone dialled a feature code."""

from __future__ import annotations

from carillon.accounts.models import User
from carillon.accounts.roles import Right, can
from carillon.numbers.models import FunctionNumber


def may_change_by_phone(user: User, function: FunctionNumber) -> bool:
    """Tell whether this person may change the schedule of this function number, of the own organization."""
    return user.organization_id == function.organization_id and can(user, Right.SCHEDULES_CHANGE)
