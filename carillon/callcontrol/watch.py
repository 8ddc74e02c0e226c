"""Whether anything was written to the database since the last look, where that can be told without asking it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from django.db import connection

#: Two equal stamps: nothing was committed in between. None: it can't be told, so ask.
Stamp = int | None


def of_database() -> Callable[[], Stamp]:
    """Return the look for the default database: SQLite counts commits in shared memory, PostgreSQL must be asked."""
    if connection.vendor != "sqlite":
        return lambda: None
    return FileWatch(str(connection.settings_dict["NAME"])).stamp


class FileWatch:
    """A connection of its own that waits for nothing. Not safe for two threads."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: sqlite3.Connection | None = None

    def stamp(self) -> Stamp:
        """Return the count of what others committed, as this connection sees it; None while the file is locked."""
        try:
            if self._file is None:
                self._file = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=0, isolation_level=None)
            count: int = self._file.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:
            return None
        return count
