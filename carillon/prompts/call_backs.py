"""What becomes of a call-back that records a prompt: asked for by the portal, claimed and told by call control."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO

from django.db import transaction
from django.utils import timezone

from carillon.accounts.models import User
from carillon.prompts import files, making
from carillon.prompts.hearing import wav
from carillon.prompts.models import CallBack, PromptMaking

State = CallBack.State
OVER = (State.KEPT, State.FAILED)
#: Somebody asked to end the call: call control hangs up within a second.
CANCELLING = "cancelling"
#: From the button to the ringing; nobody wants to be called after that.
CLAIM_SECONDS = 10
#: How long each state may last before a page no longer believes in it; call control sees it much sooner.
LONGEST_SECONDS = {State.WAITING: CLAIM_SECONDS, State.DIALLING: 60, State.ANSWERED: 180}
LONGEST_TALK_SECONDS = 900
#: More in an hour are no person's doing.
MOST_IN_AN_HOUR = 30


class RunningError(Exception):
    """A call-back of this person goes on already."""


class TooManyError(Exception):
    """One person asked for more call-backs than a person makes."""


def ask(wanted: PromptMaking, callee: User, number: str) -> None:
    """Have call control ring `number` (an extension or E.164), a number of `callee`, and record."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=wanted.user_id)
        rows = CallBack.objects.filter(making__user=user)
        for row in rows.exclude(state__in=OVER):
            if settle(row).state not in OVER:
                raise RunningError
        if rows.filter(making__created_at__gte=timezone.now() - timedelta(hours=1)).count() >= MOST_IN_AN_HOUR:
            raise TooManyError
        wanted.state = PromptMaking.State.CALLING
        wanted.save()
        node = wanted.organization.home_node
        CallBack.objects.create(making=wanted, token=secrets.token_hex(16), number=number, callee=callee, node=node)


def ask_again(row: CallBack) -> PromptMaking:
    """Call once more for the same prompt; what was typed is kept."""
    wanted = row.making
    wanted.pk, wanted._state.adding = None, True
    ask(wanted, row.callee, row.number)
    return wanted


def settle(row: CallBack) -> CallBack:
    """Return the row as it is to be believed: what lasts too long has failed, and is not rung any more."""
    if row.state in OVER:
        return row
    age = (timezone.now() - row.changed_at).total_seconds()
    if age > CLAIM_SECONDS and row.error == CANCELLING:
        fail(row.token, "cancelled")
    elif age > LONGEST_SECONDS.get(State(row.state), LONGEST_TALK_SECONDS):
        fail(row.token, "away" if row.state == State.WAITING else "broken", row.state)
    else:
        return row
    row.refresh_from_db()
    return row


def cancel(row: CallBack) -> None:
    """End it; where the call goes on, call control hangs up."""
    rows = CallBack.objects.filter(pk=row.pk)
    if not rows.filter(state=State.WAITING).update(state=State.FAILED, error="cancelled", changed_at=timezone.now()):
        rows.exclude(state__in=OVER).update(error=CANCELLING, changed_at=timezone.now())


def going_on(node: str) -> Sequence[CallBack]:
    """Return the call-backs of a node that have not ended; one short query, nearly always empty."""
    return list(CallBack.objects.filter(node=node).exclude(state__in=OVER).order_by("pk"))


def claim(row: CallBack, now: datetime) -> bool:
    """Take a waiting call-back for the one who rings; False: cancelled, another's, or too late."""
    since = now - timedelta(seconds=CLAIM_SECONDS)
    rows = CallBack.objects.filter(pk=row.pk, state=State.WAITING, changed_at__gte=since)
    return bool(rows.update(state=State.DIALLING, changed_at=now))


def find(token: str, node: str) -> CallBack | None:
    """Return the call-back that goes on under this token, which call control itself dialled."""
    rows = CallBack.objects.filter(token=token, node=node).exclude(state__in=(*OVER, State.WAITING))
    return rows.select_related("making__organization", "callee").first()


def tell(token: str, state: CallBack.State) -> bool:
    """Say how far it is; False: it has ended meanwhile, and so must the call."""
    rows = CallBack.objects.filter(token=token).exclude(state__in=OVER)
    return bool(rows.update(state=state, changed_at=timezone.now()))


def fail(token: str, error: str, state: str = "") -> None:
    """End it without a recording, unless it has ended (or is no longer in `state`)."""
    rows = CallBack.objects.filter(token=token).exclude(state__in=OVER)
    rows = rows.filter(state=state) if state else rows
    rows.update(state=State.FAILED, error=error, changed_at=timezone.now())


def keep(token: str, audio: bytes) -> bool:
    """Have a worker make the prompt of what was recorded (A-law, 8 kHz, mono); False: it has ended meanwhile."""
    incoming = files.take_in(BytesIO(wav(audio)))
    kept = False
    try:
        with transaction.atomic():
            if kept := tell(token, State.KEPT):
                row = CallBack.objects.select_related("making").get(token=token)
                wanted = row.making
                wanted.incoming, wanted.file_name = incoming, row.number
                wanted.state = PromptMaking.State.WAITING
                making.begin(wanted)
    except BaseException:
        kept = False
        raise
    finally:
        if not kept:
            files.drop(incoming)
    return kept
