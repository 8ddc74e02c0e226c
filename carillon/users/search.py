"""How people are found in the list: every word typed, filters, and pages in constant time in the order of any column.

One query reads a page in two ways: along the order of the column, for so many rows and no more, which finds what is
frequent; and, where that does not fill the page, by an index of what is asked for, which finds what is rare.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Aggregate, OuterRef, QuerySet, Subquery, TextField
from django.db.models.expressions import RawSQL

from carillon.accounts.models import GroupMember, Organization, User
from carillon.numbers.trigrams import mark, patterns
from carillon.users.models import ListedPerson

#: So many rows are read in order before an index is asked.
NEAR = 1000
#: More that match are not counted.
MOST_COUNTED = 500
#: What can be sorted: the columns of the list that have a key.
SORTS = tuple(
    field.name.removeprefix("by_") for field in ListedPerson._meta.concrete_fields if field.name.startswith("by_")
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is looked for, and in which order. None: it does not matter."""

    words: tuple[str, ...] = ()
    group_id: int | None = None
    department: str | None = None
    has_phone: bool | None = None
    is_active: bool | None = None
    sort: str = "last_name"
    down: bool = False

    @property
    def key(self) -> str:
        """The column by which rows are in order; of one department or state all are equal, and in order by name."""
        same = (self.sort == "department" and self.department is not None) or (
            self.sort == "state" and self.is_active is not None
        )
        return "by_last_name" if same else f"by_{self.sort}"

    @property
    def filtered(self) -> bool:
        asked = (self.group_id, self.department, self.has_phone, self.is_active)
        return bool(self.words) or any(each is not None for each in asked)


@dataclass(frozen=True, slots=True)
class _Where:
    """Conditions of SQL with their values."""

    conditions: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()

    @property
    def sql(self) -> str:
        return " AND ".join(self.conditions)

    def __add__(self, other: _Where) -> _Where:
        return _Where(self.conditions + other.conditions, self.values + other.values)


def matching(organization: Organization, people: QuerySet[User], text: str) -> QuerySet[User]:
    """Return those of `people` whom `text` describes; all of them where nothing of it can be searched for."""
    listed = organization.listed_people.all()
    for pattern in patterns(text, organization.country):
        listed = listed.filter(search__contains=pattern)
    return people.filter(pk__in=listed.values("user_id"))


class _Joined(Aggregate):
    """Values as one text with commas between."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(self, compiler, connection, **context):  # type: ignore[no-untyped-def]  # as Django's own
        return self.as_sql(compiler, connection, template="STRING_AGG(%(expressions)s::text, ',')", **context)


def read(
    organization: Organization, wanted: Wanted, count: int, *, after: str = "", before: str = "", last: bool = False,
    groups: bool = False,
) -> list[ListedPerson]:  # fmt: skip
    """Return at most `count` people: those next after a key of the order, or next before it, or the last. One query.

    `groups`: with the ids of their groups.
    """
    back = bool(before) or last
    down = wanted.down != back
    rows = organization.listed_people.select_related("user__call_forward").defer("search", "user__password")
    limit = _Where((f"{{key}} {'<' if down else '>'} %s",), (before or after,)) if before or after else _Where()
    if wanted.filtered:
        sql, values = _query(organization, wanted, limit, count, "DESC" if down else "ASC")
        rows = rows.filter(pk__in=RawSQL(sql, values))  # noqa: S611 - names of columns are ours, all values are parameters
    elif before or after:
        rows = rows.filter(**{f"{wanted.key}__{'lt' if down else 'gt'}": before or after})
    if groups:
        rows = _with_groups(rows)
    found = list(rows.order_by(f"-{wanted.key}" if down else wanted.key)[:count])
    return found[::-1] if back else found


def these(
    organization: Organization, ids: Iterable[int], wanted: Wanted, *, groups: bool = False
) -> list[ListedPerson]:
    """Return these people, in the order that is wanted."""
    rows = organization.listed_people.select_related("user__call_forward").filter(user_id__in=list(ids))
    found = _with_groups(rows) if groups else rows
    return list(found.order_by(f"-{wanted.key}" if wanted.down else wanted.key))


def _with_groups(rows: QuerySet[ListedPerson]) -> QuerySet[ListedPerson]:
    of_person = GroupMember.objects.filter(user_id=OuterRef("user_id"))
    joined = of_person.order_by().values("user_id").annotate(ids=_Joined("usergroup_id")).values("ids")
    return rows.annotate(group_ids=Subquery(joined))


def count(organization: Organization, wanted: Wanted) -> tuple[int, bool]:
    """Return how many match, and whether that is all of them: of a filtered list MOST_COUNTED are counted at most."""
    if not wanted.filtered:
        return organization.listed_people.count(), True
    keep, (tables, far) = _holds(wanted.words) + _filters(wanted), _far(organization, wanted)
    # What many have is seen in the first rows; only otherwise the index is asked. The SQL is put together as below.
    sql = f"""
        WITH near AS MATERIALIZED (
            SELECT COUNT(*) AS n FROM (
                SELECT * FROM users_listedperson WHERE organization_id = %s LIMIT {2 * MOST_COUNTED}
            ) AS p WHERE {keep.sql}
        ) SELECT CASE WHEN n > {MOST_COUNTED} THEN n ELSE (
            SELECT COUNT(*) FROM (SELECT 1 FROM {tables} WHERE {far.sql} LIMIT {MOST_COUNTED + 1}) AS found
        ) END FROM near
    """  # noqa: S608 - as said
    with connection.cursor() as cursor:
        cursor.execute(sql, (organization.pk, *keep.values, *far.values))
        found: int = cursor.fetchone()[0]
    return min(found, MOST_COUNTED), found <= MOST_COUNTED


def _query(
    organization: Organization, wanted: Wanted, limit: _Where, count: int, order: str
) -> tuple[str, tuple[object, ...]]:
    key = f"p.{wanted.key}"
    near = _Where(("p.organization_id = %s",), (organization.pk,)) + _at(limit, key) + _range(wanted)
    keep = _holds(wanted.words) + _filters(wanted)
    tables, far = _far(organization, wanted)
    # Put together so that no index of the order is used here: for a rare text it would read all of it.
    plain = f"({key} || '')"
    far += _at(limit, plain)
    if wanted.words and connection.vendor == "sqlite":
        # FTS5 is asked before other conditions are looked at: of no rows at all where enough was found nearby.
        far += _Where(("s.rowid > CASE WHEN (SELECT COUNT(*) FROM near) < %s THEN 0 ELSE %s END",), (count, 2**62))
    # What is put together are names of columns and words of this file; every value is a parameter.
    sql = f"""
        WITH near AS MATERIALIZED (
            SELECT p.id FROM (
                SELECT p.id, p.user_id, p.search, p.department, p.phones, p.is_active, {key} FROM users_listedperson p
                WHERE {near.sql} ORDER BY {key} {order} LIMIT {NEAR}
            ) AS p WHERE {keep.sql} ORDER BY {key} {order} LIMIT {count}
        ), far AS (
            SELECT p.id FROM {tables} WHERE (SELECT COUNT(*) FROM near) < %s AND {far.sql}
            ORDER BY {plain} {order} LIMIT {count}
        ) SELECT id FROM near UNION ALL SELECT id FROM far
    """  # noqa: S608 - as said above
    return sql, (*near.values, *keep.values, count, *far.values)


def _at(limit: _Where, key: str) -> _Where:
    return _Where(tuple(each.replace("{key}", key) for each in limit.conditions), limit.values)


def _range(wanted: Wanted) -> _Where:
    """Where those with a phone are sorted by phones, the others stand apart: their keys begin with 1."""
    if wanted.has_phone is None or wanted.sort != "phones":
        return _Where()
    return _Where((f"p.by_phones {'<' if wanted.has_phone else '>='} %s",), ("1",))


def _holds(words: Sequence[str]) -> _Where:
    if connection.vendor == "sqlite":
        return _Where(("instr(p.search, %s) > 0",) * len(words), tuple(words))
    return _Where(("p.search LIKE %s",) * len(words), tuple(f"%{word}%" for word in words))


def _filters(wanted: Wanted) -> _Where:
    found = _Where()
    if wanted.department is not None:
        found += _Where(("p.department = %s",), (wanted.department,))
    if wanted.is_active is not None:
        found += _Where(("p.is_active = %s",), (wanted.is_active,))
    if wanted.has_phone is not None:
        found += _Where((f"p.phones {'>' if wanted.has_phone else '='} 0",))
    if wanted.group_id is not None:
        member = "SELECT m.user_id FROM accounts_usergroup_members m WHERE m.usergroup_id = %s"
        found += _Where((f"p.user_id IN ({member})",), (wanted.group_id,))
    return found


def _far(organization: Organization, wanted: Wanted) -> tuple[str, _Where]:
    """Return the tables and conditions by which everybody who is wanted is found through an index."""
    filters = _filters(wanted)
    if not wanted.words:
        return "users_listedperson p", _Where(("p.organization_id = %s",), (organization.pk,)) + filters
    words = (mark(organization.pk), *wanted.words)
    if connection.vendor == "sqlite":
        phrases = " AND ".join(f'"{word}"' for word in words)
        text = _Where(("users_search MATCH %s", "(p.organization_id + 0) = %s"), (phrases, organization.pk))
        return "users_search s CROSS JOIN users_listedperson p ON p.id = s.rowid", text + filters
    own = _Where(("(p.organization_id + 0) = %s",), (organization.pk,))
    text = _Where(("p.search LIKE %s",) * len(words), tuple(f"%{word}%" for word in words))
    return "users_listedperson p", own + text + filters


_DEPARTMENTS = """
    WITH RECURSIVE found(name) AS (
        SELECT MIN(department) FROM users_listedperson WHERE organization_id = %s AND department > ''
        UNION ALL
        SELECT (SELECT MIN(p.department) FROM users_listedperson p
                WHERE p.organization_id = %s AND p.department > found.name)
        FROM found WHERE found.name IS NOT NULL
    )
    SELECT 0, id, name, priority FROM accounts_usergroup WHERE organization_id = %s
    UNION ALL SELECT * FROM (SELECT 1, 0, name, 0 FROM found WHERE name IS NOT NULL LIMIT 500) AS departments
"""


def choices(organization: Organization) -> tuple[list[tuple[int, str]], list[str]]:
    """Return the groups by priority and the names of departments; one query, however many people there are."""
    with connection.cursor() as cursor:
        cursor.execute(_DEPARTMENTS, [organization.pk] * 3)
        rows = cursor.fetchall()
    groups = sorted((row for row in rows if row[0] == 0), key=lambda row: (row[3], row[1]))
    return [(row[1], row[2]) for row in groups], sorted(row[2] for row in rows if row[0] == 1)
