"""Which prompts a person may change: schedules admins the organization's own, administrators the system's too."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from carillon.accounts.models import User
from carillon.accounts.roles import Right, can
from carillon.prompts.models import Prompt


def changes(user: User, prompt: Prompt) -> bool:
    """Tell whether `user`, who may change prompts, may change this one."""
    return not prompt.key or can(user, Right.PROMPTS_SYSTEM)


def may_change(user: User, prompt: Prompt) -> None:
    """Refuse who may not; every screen that changes a prompt asks."""
    if not changes(user, prompt):
        raise PermissionDenied
