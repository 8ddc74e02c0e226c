"""Changes of user groups: each is one audit row, and what one click did is taken back by one click."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from carillon.accounts import audit
from carillon.accounts.http import Request
from carillon.accounts.models import AuditEntry, GroupMember, Organization, User, UserGroup
from carillon.users.groups_effects import in_words, watched
from carillon.users.groups_forms import FlagsForm, GroupForm

Verb = AuditEntry.Verb

#: The words of the last click and its audit rows wait here for the next page.
DONE = "user_groups_done"
KINDS = ("accounts.usergroup", "accounts.groupmember")


@dataclass
class Done:
    """What one click did: sentences for the person, and the audit rows that its Undo takes back."""

    sentences: list[str] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)

    def add(self, change: audit.Change) -> None:
        if change.entry:
            self.entries.append(change.entry.pk)


def tell(request: Request, done: Done) -> None:
    """Keep it for the next page; the frame's own offer would take back the last row alone."""
    request.session.pop("undo", None)
    request.session[DONE] = asdict(done)


def apply(request: Request, forms: Iterable[FlagsForm]) -> Done:
    """Set the flags that somebody ticked or unticked, and no other."""
    done = Done()
    with transaction.atomic(), watched(request.organization) as told:
        for form in forms:
            wanted = form.wanted()
            if not wanted:
                continue
            with audit.change(request, form.instance) as change:
                row = UserGroup.objects.get(pk=form.instance.pk)
                for name in wanted:
                    setattr(row, name, form.cleaned_data[name])
                row.save(update_fields=wanted)
            done.add(change)
    done.sentences = [_("Saved."), *(told or [_("Nobody's rights differ by it.")])] if done.entries else []
    return done


def save(request: Request, form: GroupForm) -> Done | None:
    """Make the group, or change it; None where somebody else took the name meanwhile."""
    group, organization, done = form.instance, request.organization, Done()
    is_new = group.pk is None
    try:
        with transaction.atomic(), watched(organization) as told:
            if is_new:
                # Two new groups at once get two places.
                Organization.objects.select_for_update().get(pk=organization.pk)
                last = organization.user_groups.aggregate(last=Max("priority"))["last"] or 0
                group.organization, group.priority = organization, last + 1
            with audit.change(request, group, Verb.CREATE if is_new else Verb.CHANGE) as change:
                group.save() if is_new else group.save(update_fields=form.changed_data)
            done.add(change)
    except IntegrityError:
        return None
    first = _("The user group is created. Add its members.") if is_new else _("Saved.")
    done.sentences = [first, *told]
    return done


def set_members(request: Request, group: UserGroup, add: Sequence[User], remove: Sequence[User]) -> Done:
    """Let people join and leave."""
    done = Done()
    with transaction.atomic(), watched(request.organization) as told:
        # Two administrators at once: the second waits here and finds what the first did.
        UserGroup.objects.select_for_update().get(pk=group.pk)
        there = set(group.memberships.filter(user__in=add).values_list("user_id", flat=True))
        joining = [GroupMember(usergroup=group, user=person) for person in add if person.pk not in there]
        for row in joining:
            done.add(join(request, row))
        leaving = list(group.memberships.filter(user__in=remove).select_related("user"))
        for row in leaving:
            done.add(leave(request, row))
    if joining:
        names = in_words([row.user for row in joining], len(joining))
        done.sentences.append(_("Added: %(names)s.") % {"names": names})
    if leaving:
        names = in_words([row.user for row in leaving], len(leaving))
        done.sentences.append(_("Removed: %(names)s.") % {"names": names})
    done.sentences += told
    return done


def join(request: Request, row: GroupMember) -> audit.Change:
    """Let one person join."""
    with audit.change(request, row, Verb.CREATE) as change:
        row.save()
    return change


def leave(request: Request, row: GroupMember) -> audit.Change:
    """Let one person leave."""
    with audit.change(request, row, Verb.DELETE) as change:
        row.delete()
    return change


def delete(request: Request, group: UserGroup) -> Done:
    """Delete the group with its memberships and the schedules given to it; people stay."""
    done = Done()
    with transaction.atomic(), watched(request.organization) as told:
        with audit.change(request, group, Verb.DELETE) as change:
            group.delete()
        done.add(change)
    done.sentences = [_("“%(name)s” is deleted.") % {"name": group.name}, *told]
    return done


def take_back(request: Request, ids: Iterable[int]) -> tuple[Done, int]:
    """Undo these changes, the last first; return what that means and how many could not be undone."""
    with watched(request.organization) as told:
        undone, refused = audit.take_back(request, ids, KINDS)
    return Done(list(told), [entry.pk for entry in undone]), refused
