"""Jobs that tests run in real workers."""

from __future__ import annotations

import os
import time
from pathlib import Path

from django_tasks import task


@task()
def note(path: str, text: str) -> None:
    """Append a line to a file."""
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(text + "\n")


@task()
def fail(path: str) -> None:
    """Fail, after noting that it ran."""
    with Path(path).open("a", encoding="utf-8") as file:
        file.write("tried\n")
    raise RuntimeError("as wanted")


@task()
def hang_once(path: str) -> None:
    """Hang on the first try, work on the second."""
    first = not Path(path).exists()
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")
    if first:
        time.sleep(600)
