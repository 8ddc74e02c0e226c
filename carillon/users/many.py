"""One change of many people: what it would do to each, and doing it; an administrator is never locked out by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carillon.accounts import audit
from carillon.accounts.http import Request
from carillon.accounts.models import GroupMember, Organization, User, UserGroup
from carillon.schedules.many import Verdict
from carillon.users import groups_actions
from carillon.users import people as people_actions

#: So many people are changed at once, each with an audit row of its own.
MOST = 1000
#: How a preview lists people.
ORDER = ("last_name", "first_name", "pk")
#: So many names of hunt groups a line tells.
_MOST_NAMES = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One person and what becomes of it, in words. `entry`: the audit row by which it is taken back."""

    person: User
    verdict: Verdict
    text: str
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Activation:
    """Everybody can sign in and be called again, or no longer."""

    active: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """Everybody is a member of a group, or no longer."""

    group: UserGroup
    joins: bool


Change = Activation | Membership


def people_of(organization: Organization, ids: Iterable[int]) -> QuerySet[User]:
    """Return these people with what a preview tells of them."""
    people = organization.users.filter(pk__in=list(ids)).annotate(devices=Count("sip_devices", distinct=True))
    return people.prefetch_related("lines__number", "hunt_memberships__hunt_group__function_number", "user_groups")


def preview(request: Request, change: Change, people: Sequence[User]) -> list[Line]:
    """Return what the change would do to each person."""
    if isinstance(change, Membership):
        return [_judge_member(change, person) for person in people]
    return _judge(request, change, people)


def apply(request: Request, change: Change, people: Sequence[User]) -> list[Line]:
    """Make the change where it may be, as things are at this moment."""
    done = _join(request, change, people) if isinstance(change, Membership) else _activate(request, change, people)
    # The offer of the next message would take back the last one alone.
    request.session.pop("undo", None)
    return done


def _judge(request: Request, change: Activation, people: Sequence[User]) -> list[Line]:
    active = request.organization.users.filter(is_active=True)
    if change.active:
        taken = dict(active.exclude(mobile="").values_list("mobile", "pk")) if any(p.mobile for p in people) else {}
        lines = []
        for person in people:
            lines.append(_may_activate(person, taken))
            if lines[-1].verdict is Verdict.READY and person.mobile:
                taken[person.mobile] = person.pk
        return lines
    admins = set(active.filter(is_admin=True).values_list("pk", flat=True))
    lines = []
    for person in people:
        lines.append(_may_deactivate(request.user, person, admins))
        if lines[-1].verdict is Verdict.READY:
            admins.discard(person.pk)
    return lines


def _may_activate(person: User, taken: dict[str, int]) -> Line:
    if person.is_active:
        return Line(person, Verdict.SKIPPED, _("Is active already."))
    if taken.get(person.mobile, person.pk) != person.pk:
        return Line(person, Verdict.REFUSED, _("Somebody active has the same mobile phone: %s.") % person.mobile)
    numbers = _numbers(person)
    words = [_("Can sign in again with the password of before.")]
    if numbers:
        words.append(_("Callers of %s reach this person again.") % numbers)
    return Line(person, Verdict.READY, " ".join(words))


def _may_deactivate(actor: User, person: User, admins: set[int]) -> Line:
    if person.pk == actor.pk:
        return Line(person, Verdict.REFUSED, _("You cannot deactivate yourself."))
    if not person.is_active:
        return Line(person, Verdict.SKIPPED, _("Is inactive already."))
    if person.is_operator and not actor.is_operator:
        return Line(person, Verdict.REFUSED, _("Is an operator of the platform: only an operator may do that."))
    if admins == {person.pk}:
        return Line(person, Verdict.REFUSED, _("Is the last active administrator."))
    return Line(person, Verdict.READY, _touches(person))


def _numbers(person: User) -> str:
    return ", ".join(line.number.value for line in person.lines.all())


def _touches(person: User) -> str:
    """Return what happens when somebody is switched off, in sentences."""
    words = [_("Cannot sign in, open sessions end.")]
    if numbers := _numbers(person):
        words.append(_("Callers of %s hear that nobody has the number.") % numbers)
    groups = sorted({row.hunt_group.function_number.name for row in person.hunt_memberships.all()})
    if groups:
        shown = groups if len(groups) <= _MOST_NAMES else [*groups[: _MOST_NAMES - 1], _("others")]
        words.append(_("No longer rings in: %s.") % get_text_list(shown, _("and")))
    devices: int = getattr(person, "devices", 0)
    if devices:
        text = ngettext(
            "%(count)s phone stays registered: calls can still be made with it.",
            "%(count)s phones stay registered: calls can still be made with them.",
            devices,
        )
        words.append(text % {"count": devices})
    return " ".join(words)


def _activate(request: Request, change: Activation, people: Sequence[User]) -> list[Line]:
    done = []
    for person in people:
        with transaction.atomic():
            # Two who deactivate each other at the same moment: one of them waits here and is refused.
            list(request.organization.users.select_for_update().filter(is_admin=True).order_by("pk").values_list("pk"))
            person.is_active = request.organization.users.values_list("is_active", flat=True).get(pk=person.pk)
            line = _judge(request, change, [person])[0]
            if line.verdict is Verdict.READY:
                entry = people_actions.switch(request, person, active=change.active)
                line = replace(line, verdict=Verdict.DONE, entry=entry)
        done.append(line)
    return done


def _judge_member(change: Membership, person: User) -> Line:
    is_member = any(group.pk == change.group.pk for group in person.user_groups.all())
    said = {"group": change.group.name}
    if change.joins:
        if is_member:
            return Line(person, Verdict.SKIPPED, _("Is a member of “%(group)s” already.") % said)
        text = _("Becomes a member of “%(group)s”.") % said
        gives = _("May then change the schedules that are given to this group.")
    else:
        if not is_member:
            return Line(person, Verdict.SKIPPED, _("Is no member of “%(group)s”.") % said)
        text = _("Is no longer a member of “%(group)s”.") % said
        gives = _("May then no longer change the schedules that are given to this group.")
    plain = person.is_admin or person.is_operator
    return Line(person, Verdict.READY, f"{text} {gives}" if change.group.schedules_admin and not plain else text)


def _join(request: Request, change: Membership, people: Sequence[User]) -> list[Line]:
    """One audit row for each person, as on the group's own page."""
    group, entries = change.group, dict[int, int | None]()
    with transaction.atomic():
        # Two administrators at once: the second waits here and finds what the first did.
        UserGroup.objects.select_for_update().get(pk=group.pk)
        fresh = people_of(request.organization, [person.pk for person in people]).order_by(*ORDER)
        lines = preview(request, change, list(fresh))
        for line in lines:
            if line.verdict is Verdict.READY:
                entries[line.person.pk] = _member(request, group, line.person, joins=change.joins)
    return [
        replace(line, verdict=Verdict.DONE, entry=entries[line.person.pk]) if line.person.pk in entries else line
        for line in lines
    ]


def _member(request: Request, group: UserGroup, person: User, *, joins: bool) -> int | None:
    if joins:
        changed = groups_actions.join(request, GroupMember(usergroup=group, user=person))
    else:
        changed = groups_actions.leave(request, group.memberships.get(user=person))
    return changed.entry.pk if changed.entry else None


def take_back(request: Request, ids: Iterable[int]) -> tuple[int, int]:
    """Undo these changes as far as they can be; return how many were and how many could not be."""
    undone, refused = audit.take_back(request, ids, ("accounts.user", "accounts.groupmember"))
    return len(undone), refused
