"""Every change of configuration passes here: one transaction, one audit row, one new revision; and it can be undone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.db.models import F, ProtectedError, RestrictedError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from carillon.accounts import snapshots
from carillon.accounts.models import AuditEntry, Organization, User
from carillon.accounts.roles import Right, can
from carillon.accounts.snapshots import Snapshot

if TYPE_CHECKING:
    from carillon.accounts.http import Request

Verb = AuditEntry.Verb

#: Who may take back an own change: the right that was needed to make it, by the kind's room.
RIGHT_OF_ROOM = {
    "schedules": Right.SCHEDULES_CHANGE,
    "prompts": Right.PROMPTS_CHANGE,
    "functions": Right.FUNCTIONS_CHANGE,
    "numbers": Right.FUNCTIONS_CHANGE,
    "users": Right.OWN_CALLS,
    "calls": Right.CASES_CHANGE,
}


#: Called within the transaction of every change and undo with what was and what is; for rows that are made of others.
FOLLOWERS: list[Callable[[Snapshot | None, Snapshot | None], None]] = []


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a change where no request is at hand; without user the product itself does."""

    organization: Organization
    user: User | None = None
    name: str = "Carillon"
    address: str | None = None


@dataclass(slots=True)
class Change:
    """What `change` hands out; `entry` is there when the block is left, None if nothing differed."""

    entry: AuditEntry | None = None


class UndoRefusedError(Exception):
    """An undo that cannot be; str() is the sentence for the person."""


def actor_of(source: Request | Actor) -> Actor:
    """Return who acts: the person behind a guarded request, from its address."""
    if isinstance(source, Actor):
        return source
    address = get_adapter(source).get_client_ip(source)
    return Actor(source.organization, source.user, str(source.user), address)


@contextmanager
def change(source: Request | Actor, obj: models.Model, verb: str = Verb.CHANGE) -> Iterator[Change]:
    """Record what the block does to `obj` and its parts, all in one transaction that also raises the revision.

    CREATE: the block saves `obj`. CHANGE: `obj` must exist, its row is locked. DELETE: the block deletes it; whatever
    the database deletes with it is recorded too, so that undo brings it back with the same ids.
    """
    actor, done, whole = actor_of(source), Change(), verb != Verb.CHANGE
    with transaction.atomic():
        before = None
        if verb != Verb.CREATE:
            type(obj)._base_manager.select_for_update().get(pk=obj.pk)
            before = snapshots.take(obj, whole=whole)
        pk = obj.pk
        yield done
        actor.organization.touch()
        after = None if verb == Verb.DELETE else snapshots.take(obj, whole=whole)
        if not snapshots.same(before, after):
            what = (obj._meta.label_lower, pk or obj.pk)
            done.entry = _record(actor, verb, (*what, _label(what, after or before)), before, after)
            _follow(before, after)
    if done.entry and isinstance(source, HttpRequest):
        offer_undo(source, done.entry)


def _follow(before: Snapshot | None, after: Snapshot | None) -> None:
    for follower in FOLLOWERS:
        follower(before, after)


def _label(what: tuple[str, int], snapshot: Snapshot | None) -> str:
    """Return the name of the root row, from the snapshot: the object itself may be gone."""
    return str(snapshots.by_key(snapshot)[what]["name"])


def _record(
    actor: Actor, verb: str, what: tuple[str, int, str], before: Snapshot | None, after: Snapshot | None
) -> AuditEntry:
    kind, pk, label = what
    return AuditEntry.objects.create(
        organization=actor.organization,
        actor=actor.user,
        actor_name=actor.name[:160],
        address=actor.address,
        verb=verb,
        kind=kind,
        object_id=pk,
        label=label[:200],
        before=before,
        after=after,
    )


def offer_undo(request: HttpRequest, entry: AuditEntry) -> None:
    """Let the next message carry an Undo button (portal/_messages.html)."""
    if hasattr(request, "session"):
        request.session["undo"] = {"entry": entry.pk, "at": timezone.now().timestamp()}


def may_undo(user: User, entry: AuditEntry) -> bool:
    """Administrators undo everything, others what they did themselves and might do now."""
    if can(user, Right.AUDIT_VIEW):
        return entry.kind != User._meta.label_lower or User.audit_may_undo(user, entry.object_id)
    right = RIGHT_OF_ROOM.get(entry.kind.partition(".")[0])
    if entry.actor_id != user.pk or right is None or not can(user, right):
        return False
    # A model may know more: whether this very row may still be changed by this person.
    ask = getattr(apps.get_model(entry.kind), "audit_may_undo", None)
    return ask is None or bool(ask(user, entry.object_id))


def undo(entry: AuditEntry, source: Request | Actor) -> AuditEntry:
    """Make the object what it was before `entry`; UndoRefusedError says why that cannot be."""
    actor = actor_of(source)
    try:
        with transaction.atomic():
            return _undo(entry, actor)
    except (ProtectedError, RestrictedError):
        raise UndoRefusedError(_("It cannot be taken back: something else uses it by now.")) from None
    except DatabaseError:
        raise UndoRefusedError(
            _("It cannot be brought back as it was: its number or name is taken by now, or something it used is gone.")
        ) from None


def take_back(request: Request, ids: Iterable[int], kinds: Collection[str]) -> tuple[list[AuditEntry], int]:
    """Undo changes of these kinds, the last first, as far as this person may; count those that could not be undone."""
    undone, refused = [], 0
    for entry in request.organization.audit_entries.filter(pk__in=list(ids), kind__in=kinds).order_by("-pk"):
        try:
            if not may_undo(request.user, entry):
                raise UndoRefusedError
            undone.append(undo(entry, request))
        except UndoRefusedError:
            refused += 1
    return undone, refused


def _undo(entry: AuditEntry, actor: Actor) -> AuditEntry:
    locked = AuditEntry.objects.select_for_update().get(pk=entry.pk, organization=actor.organization)
    if locked.undone_by_id:
        raise UndoRefusedError(_("This change is undone already."))
    root = _root(locked)
    whole = bool((locked.after or locked.before or {}).get("whole"))
    now = snapshots.take(root, whole=whole)
    if not snapshots.same(now, locked.after):
        raise UndoRefusedError(_("“%(name)s” was changed again since. Undo the later change first.") % _name(locked))
    if snapshots.hidden_change(locked.before, locked.after):
        raise UndoRefusedError(_("Passwords and secrets are not kept, so this change cannot be undone."))
    if getattr(root, "audit_gone", lambda *_rows: False)(snapshots.by_key(now), snapshots.by_key(locked.before)):
        raise UndoRefusedError(_("It cannot be brought back as it was: its sound is not kept any more."))
    snapshots.restore(now, locked.before)
    if locked.before and "version" in getattr(root, "audit_ignored", ()):
        # A page that shows the state before the undo is stale, too.
        type(root)._base_manager.filter(pk=root.pk).update(version=F("version") + 1)
    actor.organization.touch()
    what, restored = (locked.kind, locked.object_id, locked.label), snapshots.take(root, whole=whole)
    _follow(now, restored)
    locked.undone_by = _record(actor, Verb.UNDO, what, now, restored)
    locked.save(update_fields=["undone_by"])
    return locked.undone_by


def _name(entry: AuditEntry) -> dict[str, str]:
    return {"name": entry.label}


def _root(entry: AuditEntry) -> models.Model:
    model: type[models.Model] = apps.get_model(entry.kind)
    return model(pk=entry.object_id)
