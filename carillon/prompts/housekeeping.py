"""Which files of sounds nothing names any more, and that they go."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from carillon.accounts.models import AuditEntry
from carillon.prompts.models import Announcement, Prompt, PromptAudio, PromptMaking, PromptVersion

log = structlog.get_logger()
#: A younger file may be on its way: it is there before the row that names it, and in another process.
YOUNG_SECONDS = 24 * 3600
#: So long the change of a prompt that is still there can be taken back with its sound; a deletion always.
UNDO_DAYS = 30
CHUNK = 2000
_HEARD = re.compile(r"[0-9a-f]{64}\.alaw")
_SENT = re.compile(r"[0-9a-f]{64}")
_INCOMING = re.compile(r"[0-9a-f]{32}")
#: What was left of a write that did not end (see put in speech.py).
_DRAFT = re.compile(r"[0-9a-f]{64}(\.alaw)?\.[0-9]+")


def sweep() -> int:
    """Delete the files that nothing names; return how many. A call that plays one hears it to its end.

    Asterisk has the file open, and what is open stays until it is closed, whatever became of its name. A name in a call
    that was decided before the prompt was changed a day ago is played by nobody.
    """
    store = Path(settings.PROMPTS)
    named, makings = _named(), set(_values(PromptMaking.objects.exclude(incoming=""), "incoming"))
    gone = sum(_unlink(path) for path in _files(store, _HEARD) if path.stem not in named)
    gone += sum(_unlink(path) for path in _files(store / "originals", _SENT) if path.name not in named)
    gone += sum(_unlink(path) for folder in (store, store / "originals") for path in _files(folder, _DRAFT))
    gone += sum(_unlink(path) for path in _in(store / "incoming", _INCOMING) if path.name not in makings)
    if gone:
        log.info("sounds_deleted", files=gone, named=len(named))
    return gone


def _named() -> set[str]:
    """Return the hash of every sound and every original that somebody hears, may bring back or may have again."""
    found: set[str] = set()
    for rows, *fields in (
        (PromptAudio.objects.all(), "sha256"),
        (PromptVersion.objects.all(), "sha256", "original"),
        (PromptMaking.objects.all(), "sha256", "original"),
        (Announcement.objects.all(), "sha256"),
    ):
        for field in fields:
            found.update(_values(rows, field))
    for entry in _undoable().values_list("before", flat=True).iterator(CHUNK):
        found.update(_hashes(entry))
    return found


def _values(rows: Any, field: str) -> Iterator[str]:
    return rows.values_list(field, flat=True).iterator(CHUNK)  # type: ignore[no-any-return]  # of any model's text column


def _undoable() -> Any:
    """Return the changes whose undo brings a sound back: the deletions, and what was changed of late."""
    late = timezone.now() - timedelta(days=UNDO_DAYS)
    own = AuditEntry.objects.filter(kind=Prompt._meta.label_lower, undone_by=None)
    return own.filter(Q(after__isnull=True) | Q(at__gt=late), before__isnull=False).order_by()


def _hashes(snapshot: dict[str, Any]) -> Iterator[str]:
    for row in snapshot["rows"]:
        for field in ("sha256", "original"):
            if value := row["fields"].get(field):
                yield value


def _files(folder: Path, name: re.Pattern[str]) -> Iterator[Path]:
    """Yield our files below the folder: each lies in a folder that is named as the name begins."""
    for first in range(256):
        yield from (path for path in _in(folder / f"{first:02x}", name) if path.name.startswith(f"{first:02x}"))


def _in(folder: Path, name: re.Pattern[str]) -> Iterator[Path]:
    """Yield the files that nobody wrote of late; links are not followed, and a folder that is not there is empty."""
    old = time.time() - YOUNG_SECONDS
    if folder.is_symlink() or not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            ours = name.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
            if ours and entry.stat(follow_symlinks=False).st_mtime < old:
                yield folder / entry.name


def _unlink(path: Path) -> int:
    """Delete the file unless somebody has just come to use it again (see keep in speech.py)."""
    try:
        if path.stat().st_mtime > time.time() - YOUNG_SECONDS:
            return 0
        path.unlink()
    except FileNotFoundError:  # another worker's sweep
        return 0
    return 1
