"""How the log is searched: any spelling of a number or a part of it, names without accents, and pages in constant time.

A searched text is looked for in two ways by one query: among the newest calls, which finds what is frequent, and, where
that does not fill the page, in an index of trigrams, which finds what is rare. Neither reads the whole log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from carillon.accounts.models import Organization
from carillon.calls.models import Call
from carillon.calls.models.place import LAST_PLACE, first_place
from carillon.numbers.trigrams import mark

#: So many of the newest calls are read before the index is asked: PostgreSQL's gives all its finds at once, so that
#: what is frequent is better found before. SQLite's gives them newest first; there it helps only with other filters.
NEAR = 2000
#: The filters with an index of their own, the one that leaves least first: nearby calls are read along it.
_LEADING = ("function_id", "result", "direction")
#: What no page needs of a row.
UNUSED = ("legs", "heard", "search")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. Instants are aware, `until` is left out itself."""

    words: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    #: Equal columns of the call, by name.
    equal: dict[str, Any] = field(default_factory=dict)
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """Places between which a page lies, and whether it is read from the newer to the older end."""

    above: int | None = None
    below: int | None = None
    older: bool = True

    @property
    def order(self) -> str:
        return "DESC" if self.older else "ASC"


def read(
    organization: Organization, wanted: Wanted, count: int, *, before: int | None = None, after: int | None = None
) -> list[Call]:
    """Return at most `count` calls, newest first: those next before a place, or next after it. One query."""
    bounds = _bounds(wanted, before, after)
    calls = organization.calls.defer(*UNUSED)
    found = _by_text(calls, organization, wanted, bounds, count) if wanted.words else _plain(calls, wanted, bounds)
    rows = list(found[:count])
    return rows if bounds.older else rows[::-1]


def _bounds(wanted: Wanted, before: int | None, after: int | None) -> Bounds:
    below = [first_place(wanted.until)] if wanted.until else []
    above = [first_place(wanted.since) - 1] if wanted.since else []
    below += [before] if before is not None else []
    above += [after] if after is not None else []
    return Bounds(max(above, default=None), min(below, default=None), older=after is None)


def _plain(calls: QuerySet[Call], wanted: Wanted, bounds: Bounds) -> QuerySet[Call]:
    column, limits = "place", dict(wanted.equal)
    if wanted.person_id is not None:
        column, limits["people__user_id"] = "people__place", wanted.person_id
    if bounds.below is not None:
        limits[f"{column}__lt"] = bounds.below
    if bounds.above is not None:
        limits[f"{column}__gt"] = bounds.above
    return calls.filter(**limits).order_by(f"-{column}" if bounds.older else column)


def _by_text(
    calls: QuerySet[Call], organization: Organization, wanted: Wanted, bounds: Bounds, count: int
) -> QuerySet[Call]:
    sql, values = _text_query(organization, wanted, bounds, count)
    found = calls.filter(pk__in=RawSQL(sql, values))  # noqa: S611 - names of columns are ours, all values are parameters
    return found.order_by("-place" if bounds.older else "place")


@dataclass(frozen=True, slots=True)
class _Where:
    """Conditions of SQL with their values."""

    conditions: tuple[str, ...]
    values: tuple[object, ...]

    @property
    def sql(self) -> str:
        return " AND ".join(self.conditions)

    def __add__(self, other: _Where) -> _Where:
        return _Where(self.conditions + other.conditions, self.values + other.values)


def _text_query(
    organization: Organization, wanted: Wanted, bounds: Bounds, count: int
) -> tuple[str, tuple[object, ...]]:
    sqlite = connection.vendor == "sqlite"
    near_from, near, rest = _near(organization, wanted, bounds)
    holds = _holds(wanted.words) + rest
    far_from, far, order = (_far_sqlite if sqlite else _far_postgres)(organization, wanted, bounds, count)
    depth = NEAR if not sqlite or wanted.equal or wanted.person_id is not None else 0
    # What is put together are names of columns and words of this file; every value is a parameter.
    sql = f"""
        WITH near AS MATERIALIZED (
            SELECT id FROM (
                SELECT c.id, c.place, c.search, c.function_id, c.result, c.direction FROM {near_from} WHERE {near.sql}
                ORDER BY {"p" if wanted.person_id is not None else "c"}.place {bounds.order} LIMIT {depth}
            ) AS c WHERE {holds.sql} ORDER BY place {bounds.order} LIMIT {count}
        ), far AS (
            SELECT c.id FROM {far_from} WHERE {far.sql}
            ORDER BY {order} {bounds.order} LIMIT {count}
        ) SELECT id FROM near UNION ALL SELECT id FROM far
    """  # noqa: S608 - as said above
    return sql, (*near.values, *holds.values, *far.values)


def _holds(words: Sequence[str]) -> _Where:
    if connection.vendor == "sqlite":
        return _Where(("instr(search, %s) > 0",) * len(words), tuple(words))
    return _Where(("search LIKE %s",) * len(words), tuple(f"%{word}%" for word in words))


def _between(bounds: Bounds, place: str) -> _Where:
    pairs = [(f"{place} < %s", bounds.below)] if bounds.below is not None else []
    pairs += [(f"{place} > %s", bounds.above)] if bounds.above is not None else []
    return _Where(tuple(sql for sql, _value in pairs), tuple(value for _sql, value in pairs))


def _equal(wanted: Wanted, names: Iterable[str]) -> _Where:
    # The columns come from LogFilter, never from a request.
    names = list(names)
    return _Where(tuple(f"c.{name} = %s" for name in names), tuple(wanted.equal[name] for name in names))


def _near(organization: Organization, wanted: Wanted, bounds: Bounds) -> tuple[str, _Where, _Where]:
    """Return the tables and conditions of what is read nearby, along one index, and the conditions that are left."""
    own = _Where(("c.organization_id = %s",), (organization.pk,))
    if wanted.person_id is not None:
        part = _Where(("p.user_id = %s",), (wanted.person_id,))
        tables = "calls_callperson p JOIN calls_call c ON c.id = p.call_id"
        return tables, part + own + _between(bounds, "p.place"), _equal(wanted, wanted.equal)
    leading = next((name for name in _LEADING if name in wanted.equal), None)
    first = _equal(wanted, [leading] if leading else [])
    rest = _equal(wanted, (name for name in wanted.equal if name != leading))
    return "calls_call c", own + first + _between(bounds, "c.place"), rest


def _has_part(wanted: Wanted) -> _Where:
    if wanted.person_id is None:
        return _Where((), ())
    exists = "EXISTS (SELECT 1 FROM calls_callperson p WHERE p.call_id = c.id AND p.user_id = %s)"
    return _Where((exists,), (wanted.person_id,))


def _far_sqlite(organization: Organization, wanted: Wanted, bounds: Bounds, count: int) -> tuple[str, _Where, str]:
    """FTS5 gives its rows in the order of places, so that reading stops when the page is full.

    Where enough was found nearby the index is asked for no places at all: a limit of its own, that it knows beforehand.
    """
    start, stop = bounds.below, bounds.above
    sign, end = "<", -LAST_PLACE
    if not bounds.older:
        start, stop, sign, end = stop, start, ">", LAST_PLACE
    # One limit on this side: of two, FTS5 might be told the wrong one.
    enough = f"s.rowid {sign} CASE WHEN (SELECT COUNT(*) FROM near) < %s THEN %s ELSE %s END"  # noqa: S608 - the sign is ours
    limits = _Where((enough,), (count, -end if start is None else start, end))
    if stop is not None:
        limits += _Where((f"s.rowid {'>' if bounds.older else '<'} %s",), (stop,))
    limits += _equal(wanted, wanted.equal)
    part = _has_part(wanted)
    phrases = " AND ".join(f'"{word}"' for word in (mark(organization.pk), *wanted.words))
    where = ("calls_search MATCH %s", "c.organization_id = %s", *limits.conditions, *part.conditions)
    values = (phrases, organization.pk, *limits.values, *part.values)
    return "calls_search s CROSS JOIN calls_call c ON c.place = s.rowid", _Where(where, values), "s.rowid"


def _far_postgres(organization: Organization, wanted: Wanted, bounds: Bounds, count: int) -> tuple[str, _Where, str]:
    """`+ 0` keeps the planner from walking the log in its order, which for a rare text reads all of it."""
    limits, part = _between(bounds, "(c.place + 0)") + _equal(wanted, wanted.equal), _has_part(wanted)
    words = (mark(organization.pk), *wanted.words)
    where = (
        "(SELECT COUNT(*) FROM near) < %s",
        "(c.organization_id + 0) = %s",
        *["c.search LIKE %s"] * len(words),
        *limits.conditions,
        *part.conditions,
    )
    values = (count, organization.pk, *(f"%{word}%" for word in words), *limits.values, *part.values)
    return "calls_call c", _Where(where, values), "(c.place + 0)"
