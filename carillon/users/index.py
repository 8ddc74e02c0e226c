"""Keeps the list of users current: one row for each person, written anew whenever something it is made of changes.

Every change of configuration passes carillon.accounts.audit, an undo too; it calls follow() in the same transaction.
Who writes people without it (the first set-up, the demo world) calls refresh().
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import structlog
from django.db import DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Count

from carillon.accounts.models import User
from carillon.accounts.snapshots import Snapshot, by_key
from carillon.numbers.models import Number
from carillon.numbers.search import fold
from carillon.numbers.trigrams import text_of
from carillon.users.models import ListedPerson, PersonalLine

log = structlog.get_logger()

#: People written at once.
CHUNK = 200
#: The longest part of a value, and of a name after it, that decides about the order.
_SORTED = 40
#: What comes before all letters: "Sales" is complete before "Sales East" begins.
_END = "\x1f"
#: Rows of these models belong to the person that their key `user` names.
_OF_PERSON = {"users.personalline", "users.callforward", "devices.sipdevice"}
_WRITTEN = [field.name for field in ListedPerson._meta.concrete_fields if field.name not in {"id", "user"}]

_DELETE = "INSERT INTO users_search(users_search, rowid, search) VALUES ('delete', old.id, old.search);"
_INSERT = "INSERT INTO users_search(rowid, search) VALUES (new.id, new.search);"
_SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS users_search USING fts5("
    "search, content='users_listedperson', content_rowid='id', tokenize='trigram', columnsize=0)",
    f"CREATE TRIGGER IF NOT EXISTS users_search_added AFTER INSERT ON users_listedperson BEGIN {_INSERT} END",
    f"CREATE TRIGGER IF NOT EXISTS users_search_gone AFTER DELETE ON users_listedperson BEGIN {_DELETE} END",
    "CREATE TRIGGER IF NOT EXISTS users_search_changed AFTER UPDATE OF search ON users_listedperson "
    f"WHEN old.search <> new.search BEGIN {_DELETE} {_INSERT} END",
)
_POSTGRES = "CREATE INDEX IF NOT EXISTS users_search ON users_listedperson USING gin (search gin_trgm_ops)"


def refresh(ids: Iterable[int]) -> None:
    """Write the rows of these people as they are now."""
    wanted = sorted(set(ids))
    for first in range(0, len(wanted), CHUNK):
        people = User.objects.filter(pk__in=wanted[first : first + CHUNK]).select_related("call_forward")
        rows = [
            _row(person) for person in people.annotate(devices=Count("sip_devices")).prefetch_related("lines__number")
        ]
        ListedPerson.objects.bulk_create(rows, update_conflicts=True, unique_fields=["user"], update_fields=_WRITTEN)


def complete() -> None:
    """Write the rows of people who have none: they were written past the audit."""
    refresh(User.objects.exclude(pk__in=ListedPerson.objects.values("user_id")).values_list("pk", flat=True))


def follow(before: Snapshot | None, after: Snapshot | None) -> None:
    """Refresh the people whom a change was about."""
    people, numbers = set[int](), set[int]()
    for snapshot in (before, after):
        for (label, pk), row in by_key(snapshot).items():
            if label == "accounts.user":
                people.add(pk)
            elif label in _OF_PERSON and row["fields"]["user"]:
                people.add(row["fields"]["user"])
            elif label == "numbers.number":
                numbers.add(pk)
    if numbers:
        people.update(PersonalLine.objects.filter(number__in=numbers).values_list("user_id", flat=True))
    refresh(people)


def _row(person: User) -> ListedPerson:
    numbers = [line.number for line in person.lines.all()]
    extension = next((each.value for each in numbers if each.kind == Number.Kind.EXTENSION), "")
    outside = next((each.value for each in numbers if each.kind == Number.Kind.E164), "")
    primary = outside or extension
    phones: int = getattr(person, "devices", 0)
    forward = person.call_forward.number if hasattr(person, "call_forward") else ""
    values = {
        "username": person.username,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "primary": _counted(primary),
        "email": person.email,
        "department": person.department,
        "extension": _counted(extension),
        "mobile": _counted(person.mobile),
        "cost_center": person.cost_center,
        "phones": f"{phones:05}" if phones else "",
        "forward": _counted(forward),
        "language": person.language,
        "state": "0" if person.is_active else "1",
    }
    found = (person.get_full_name(), person.username, person.email, person.department, person.cost_center)
    fields = (person.field1, person.field2, person.field3)
    return ListedPerson(
        organization_id=person.organization_id,
        user=person,
        search=text_of(person.organization_id, [*found, *fields, person.mobile, *(each.value for each in numbers)]),
        primary=primary,
        extension=extension,
        phones=phones,
        department=person.department,
        is_active=person.is_active,
        **_keys(values, person),
    )


def _counted(number: str) -> str:
    """Return a number so that 9 comes before 10, and extensions before phone numbers."""
    return number.lstrip("+").zfill(16) if number else ""


def _keys(values: dict[str, str], person: User) -> dict[str, str]:
    """Return the keys of all columns: by the value, those without one last, equal ones by name."""
    name = fold(f"{person.last_name} {person.first_name}")[:_SORTED]
    tie = f"{_END}{name}{_END}{person.pk:012}"
    return {f"by_{column}": f"{_begin(value)}{tie}" for column, value in values.items()}


def _begin(value: str) -> str:
    return f"0{fold(value)[:_SORTED]}" if value else "1"


def ensure(using: str = "default") -> None:
    """Create the index of trigrams where it is missing: FTS5 on SQLite, pg_trgm on PostgreSQL where it may be."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if ListedPerson._meta.db_table not in connection.introspection.table_names(cursor):
            return
    for statement in _missing(connection):
        try:
            with transaction.atomic(using), connection.cursor() as cursor:
                cursor.execute(statement)
        except DatabaseError as error:
            # Searching still works, by reading; docs/operations.md says what to do.
            log.warning("users are searched without index", error=str(error).strip())
            return


def _missing(connection: BaseDatabaseWrapper) -> Iterator[str]:
    if connection.vendor != "sqlite":
        yield from ("CREATE EXTENSION IF NOT EXISTS pg_trgm", _POSTGRES)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'users_search'")
        is_new = cursor.fetchone() == (0,)
    yield from _SQLITE
    if is_new:
        yield "INSERT INTO users_search(users_search) VALUES ('rebuild')"
