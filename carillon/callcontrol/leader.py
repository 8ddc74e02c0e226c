"""Which of the two workers does what only one may do: the one that holds the lock on a file; no database needed."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Leader:
    """A lock that its process's death releases."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self.leads = False

    def try_to_lead(self) -> bool:
        """Return whether this process leads, taking the lock if it is free."""
        if not self.leads:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self.leads = True
            except BlockingIOError:
                pass
        return self.leads
