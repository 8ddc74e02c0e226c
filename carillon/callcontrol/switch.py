"""A feature code is carried out: the change is stored off the loop, as the caller's own, or nothing is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog
from django.db import Error, connection

from carillon.accounts.audit import Actor
from carillon.accounts.models import User
from carillon.callcontrol.database import in_thread
from carillon.routing.verbs import ChangeSchedule
from carillon.schedules import temporary
from carillon.schedules.models import Schedule, may_change_schedule

log = structlog.get_logger()

#: A caller who waits longer for the tones believes that nothing happens.
ANSWER_SECONDS = 3.0


class TooLateError(Exception):
    """The caller has heard that it is refused: nothing may be stored any more."""


async def switch(verb: ChangeSchedule, call: str) -> str:
    """Carry out a feature code; the name of the branch to go on with. `call` is for the log."""
    late = time.monotonic() + ANSWER_SECONDS
    try:
        done = await asyncio.wait_for(in_thread(lambda: _store(verb, late)), ANSWER_SECONDS + 0.2)
    except (Error, TimeoutError, TooLateError) as error:
        log.warning("feature code not carried out", call=call, error=str(error).strip() or type(error).__name__)
        return "refused"
    return "done" if done else "refused"


def _store(verb: ChangeSchedule, late: float) -> bool:
    """Store the change if the person still may make it; rights and rows are read anew."""
    if connection.connection is not None and not connection.is_usable():
        connection.close()  # the database went and came back since this thread last asked
    schedule = Schedule.objects.select_related("function_number").filter(function_number=verb.function_id).first()
    user = User.objects.select_related("organization").filter(pk=verb.user_id).first()
    if schedule is None or user is None or schedule.function_number.organization_id != user.organization_id:
        return False
    if not may_change_schedule(user, schedule.function_number_id):
        return False
    actor = Actor(user.organization, user, str(user))
    return temporary.switch(actor, schedule, verb.action, verb.until, _before(late))


def _before(late: float) -> Callable[[], None]:
    def check() -> None:
        if time.monotonic() > late:
            raise TooLateError

    return check
