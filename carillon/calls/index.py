"""The index of trigrams behind the search of the log: FTS5 on SQLite, pg_trgm on PostgreSQL where it may be created."""

from __future__ import annotations

import structlog
from django.db import DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

log = structlog.get_logger()

TABLE = "calls_call"

_DELETE = "INSERT INTO calls_search(calls_search, rowid, search) VALUES ('delete', old.place, old.search);"
_INSERT = "INSERT INTO calls_search(rowid, search) VALUES (new.place, new.search);"
_SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS calls_search USING fts5("
    "search, content='calls_call', content_rowid='place', tokenize='trigram', columnsize=0)",
    f"CREATE TRIGGER IF NOT EXISTS calls_search_added AFTER INSERT ON calls_call BEGIN {_INSERT} END",
    f"CREATE TRIGGER IF NOT EXISTS calls_search_gone AFTER DELETE ON calls_call BEGIN {_DELETE} END",
    "CREATE TRIGGER IF NOT EXISTS calls_search_changed AFTER UPDATE OF search, place ON calls_call "
    f"WHEN old.search <> new.search OR old.place <> new.place BEGIN {_DELETE} {_INSERT} END",
)
_POSTGRES = "CREATE INDEX IF NOT EXISTS calls_search ON calls_call USING gin (search gin_trgm_ops)"


def ensure(using: str = "default") -> None:
    """Create what is missing, where the log's table has what is to be searched."""
    connection = connections[using]
    if not _is_there(connection):
        return
    if connection.vendor == "sqlite":
        _ensure_sqlite(connection)
    else:
        _ensure_postgres(connection)


def _is_there(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        if TABLE not in connection.introspection.table_names(cursor):
            return False
        columns = {column.name for column in connection.introspection.get_table_description(cursor, TABLE)}
    return {"place", "search"} <= columns


def _ensure_sqlite(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'calls_search'")
        is_new = cursor.fetchone() == (0,)
        for statement in _SQLITE:
            cursor.execute(statement)
        if is_new:
            cursor.execute("INSERT INTO calls_search(calls_search) VALUES ('rebuild')")


def _ensure_postgres(connection: BaseDatabaseWrapper) -> None:
    try:
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(_POSTGRES)
    except DatabaseError as error:
        # Searching still works, by reading; docs/operations.md says what to do.
        log.warning("the call log is searched without index", error=str(error).strip())
