"""Whom a change of user groups gives or takes a right, in sentences: what is kept by another group is no loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carillon.accounts.models import Organization, User, UserGroup

#: People who are named; of the others only how many they are is told.
NAMED = 3

#: Flag -> the people who have its right by their groups alone.
Holders = dict[str, set[int]]


def _schedules(count: int, *, gained: bool) -> str:
    if gained:
        return ngettext("%(names)s changes schedules now.", "%(names)s change schedules now.", count)
    return ngettext("%(names)s changes schedules no longer.", "%(names)s change schedules no longer.", count)


def _reports(count: int, *, gained: bool) -> str:
    if gained:
        return ngettext("%(names)s sees the call log now.", "%(names)s see the call log now.", count)
    return ngettext("%(names)s sees the call log no longer.", "%(names)s see the call log no longer.", count)


_SENTENCES: dict[str, Callable[..., str]] = {"schedules_admin": _schedules, "reports": _reports}


def holders(organization: Organization, without: UserGroup | None = None) -> Holders:
    """Return who has what by a group; administrators have it all anyway. One query for each flag."""
    plain = organization.users.filter(is_active=True, is_admin=False, is_operator=False)
    found = {}
    for flag in UserGroup.FLAGS:
        groups = organization.user_groups.filter(**{flag: True})
        if without is not None:
            groups = groups.exclude(pk=without.pk)
        found[flag] = set(plain.filter(user_groups__in=groups).order_by().values_list("pk", flat=True))
    return found


def differences(organization: Organization, before: Holders, after: Holders) -> list[str]:
    """Say who gained and who lost what."""
    told = []
    for flag in UserGroup.FLAGS:
        for people, gained in ((after[flag] - before[flag], True), (before[flag] - after[flag], False)):
            if people:
                sentence = _SENTENCES[flag](len(people), gained=gained)
                told.append(sentence % {"names": _names(organization, people)})
    return told


@contextmanager
def watched(organization: Organization) -> Iterator[list[str]]:
    """Hand out a list that has the differences once the block is left."""
    told: list[str] = []
    before = holders(organization)
    yield told
    told += differences(organization, before, holders(organization))


def losses(group: UserGroup) -> list[str]:
    """Say who would lose what without this group."""
    organization = group.organization
    return differences(organization, holders(organization), holders(organization, without=group))


def _names(organization: Organization, people: set[int]) -> str:
    return in_words(list(organization.users.filter(pk__in=sorted(people)[: NAMED + 1])), len(people))


def in_words(people: list[User], count: int) -> str:
    """Return up to three names, and how many more there are."""
    names = [str(person) for person in people[:NAMED]]
    more = count - len(names)
    if more > 0:
        text = ngettext("%(names)s and %(count)s more", "%(names)s and %(count)s more", more)
        return text % {"names": ", ".join(names), "count": more}
    return _("%(names)s and %(last)s") % {"names": ", ".join(names[:-1]), "last": names[-1]} if names[1:] else names[0]
