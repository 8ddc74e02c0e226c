"""What stands in each column of the list of users, on the page and in its export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.conf import settings

from carillon.accounts.models import Organization
from carillon.numbers.templatetags.places import place
from carillon.portal import sheets
from carillon.users import search
from carillon.users.listing import COLUMNS, STATES
from carillon.users.models import ListedPerson
from carillon.users.search import Wanted

#: People read at once for an export.
CHUNK = 500
_OWN = {"primary", "extension", "phones"}
_LANGUAGES = dict(settings.LANGUAGES)


def forward_of(person: ListedPerson) -> str:
    return person.user.call_forward.number if hasattr(person.user, "call_forward") else ""


def cell(person: ListedPerson, column: str, groups: Mapping[int, str], places: Mapping[str, str]) -> str:
    """Return what a column says of a person; `groups` and `places` are names by id and by number."""
    match column:
        case _ if column in _OWN:
            return str(getattr(person, column))
        case "groups":
            ids = {int(pk) for pk in (getattr(person, "group_ids", "") or "").split(",") if pk}
            return ", ".join(name for pk, name in groups.items() if pk in ids)
        case "forward":
            number = forward_of(person)
            return str(place(number, places)) if number else ""
        case "language":
            return str(_LANGUAGES.get(person.user.language.partition("-")[0], person.user.language))
        case "state":
            return str(STATES["active" if person.is_active else "inactive"])
        case _:
            return str(getattr(person.user, column))


def lines(organization: Organization, wanted: Wanted, columns: Sequence[str]) -> Iterator[str]:
    """Yield everybody who is wanted as CSV in parts, in their order; at most CHUNK people are in memory."""

    def parts() -> Iterator[list[ListedPerson]]:
        after = ""
        while True:
            people = search.read(organization, wanted, CHUNK, after=after, groups="groups" in columns)
            yield people
            if len(people) < CHUNK:
                return
            after = getattr(people[-1], wanted.key)

    return _written(organization, columns, parts())


def lines_of(organization: Organization, ids: Iterable[int], wanted: Wanted, columns: Sequence[str]) -> Iterator[str]:
    """Yield these people in the same way."""
    return _written(organization, columns, iter([search.these(organization, ids, wanted, groups="groups" in columns)]))


def _written(organization: Organization, columns: Sequence[str], parts: Iterator[list[ListedPerson]]) -> Iterator[str]:
    groups = dict(organization.user_groups.values_list("pk", "name"))
    yield sheets.MARK + sheets.row(str(COLUMNS[name]) for name in columns)
    for people in parts:
        yield "".join(sheets.row(cell(person, name, groups, {}) for name in columns) for person in people)
