"""How people are found: every word typed has to be in a name, the username, the directory information or a number."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from carillon.accounts.models import Organization, User
from carillon.users.models import PersonalLine

#: Words looked at; the rest of a pasted text would only make the query slow.
MOST_WORDS = 5


def matching(organization: Organization, people: QuerySet[User], text: str) -> QuerySet[User]:
    """Return those of `people` whom `text` describes; all of them where it is empty."""
    for word in text.split()[:MOST_WORDS]:
        lines = PersonalLine.objects.filter(number__organization=organization, number__value__contains=word)
        people = people.filter(
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(username__icontains=word)
            | Q(department__icontains=word)
            | Q(field1__icontains=word)
            | Q(field2__icontains=word)
            | Q(field3__icontains=word)
            | Q(pk__in=lines.values("user_id"))
        )
    return people
