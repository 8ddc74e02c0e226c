"""Where sounds lie below PROMPTS: what callers hear, what was sent for it, and what nobody has looked at yet."""

from __future__ import annotations

import hashlib
import re
import secrets
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from carillon.prompts.speech import is_renewed

_SHA256 = re.compile(r"[0-9a-f]{64}")
_TOKEN = re.compile(r"[0-9a-f]{32}")
#: Of the name that a file had: enough to know it again.
NAME_LENGTH = 200


def path_of(sha256: str) -> Path:
    """Return where what callers hear lies, there or not."""
    return Path(settings.PROMPTS) / sha256[:2] / f"{sha256}.alaw"


def original(sha256: str) -> Path:
    """Return where the file that was sent lies, there or not; ValueError for what is no hash."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError(sha256)
    return Path(settings.PROMPTS) / "originals" / sha256[:2] / sha256


def incoming(token: str) -> Path:
    """Return where a file lies that a worker has yet to look at; ValueError for what is no token."""
    if not _TOKEN.fullmatch(token):
        raise ValueError(token)
    return Path(settings.PROMPTS) / "incoming" / token


def take_in(content: UploadedFile[bytes] | IO[bytes]) -> str:
    """Keep what was sent, unread, until a worker looks at it; return its token. Its own name is never a path."""
    token = secrets.token_hex(16)
    path = incoming(token)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with path.open("xb") as file:
            while block := content.read(1 << 20):
                file.write(block)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return token


def drop(token: str) -> None:
    """Forget what was sent."""
    if token:
        incoming(token).unlink(missing_ok=True)


def hash_of(token: str) -> str:
    """Return the SHA-256 of what was sent."""
    with incoming(token).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep_original(token: str, sha256: str) -> None:
    """Keep what was sent, by the hash of its content."""
    if not token:
        return
    path = original(sha256)
    if is_renewed(path):
        drop(token)
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    incoming(token).replace(path)
    # It may lie here since yesterday, and its row comes after it: housekeeping must take it for new.
    path.touch()


def told_name(name: str) -> str:
    """Return a file's name as it may be shown: one line, of a length that fits; what cannot be printed is dropped."""
    return "".join(sign for sign in name if sign.isprintable())[-NAME_LENGTH:]
