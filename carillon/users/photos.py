"""Photos of people: made small and plain by a program of its own, kept by the hash of what came out."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from carillon.accounts.models import User

#: A process of its own decodes what strangers made; its exit code for a refusal.
PROGRAM, REFUSED = Path(__file__).with_name("jpeg.py"), 3
#: What a person may send.
MEGABYTES = 10
NAMES = (".jpg", ".jpeg", ".jpe")
SECONDS = 20
#: A photo that nobody has any more can still be brought back by undo for so long.
KEPT_DAYS = 30
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: Rows per query when photos are looked up.
_CHUNK = 200


class PhotoError(Exception):
    """What was sent cannot be a photo; str() is the sentence for the person."""


def _sentence(word: str) -> str:
    return {
        "jpeg": _("This is not a JPEG picture. Save it as JPEG and try again."),
        "colours": _("The colours of this picture are not those of a screen. Save it as JPEG in RGB and try again."),
        "large": _("This picture has too many pixels. Make it smaller and try again; 400 x 400 is enough."),
        "small": _("This picture is too small. It needs at least 16 x 16 pixels."),
    }.get(word, _("This picture is damaged or incomplete. Save it again as JPEG and try again."))


def make(content: bytes) -> str:
    """Return the hash of the photo made of `content`, which is kept by then; PhotoError says what is wrong."""
    argv = [sys.executable, "-I", str(PROGRAM)]
    try:
        done = subprocess.run(argv, input=content, capture_output=True, timeout=SECONDS, check=False, env={})
    except subprocess.TimeoutExpired:
        raise PhotoError(_sentence("broken")) from None
    if done.returncode:
        raise PhotoError(_sentence(done.stdout.decode("ascii", "replace") if done.returncode == REFUSED else ""))
    return _keep(done.stdout)


def _keep(picture: bytes) -> str:
    name = hashlib.sha256(picture).hexdigest()
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{name}.{os.getpid()}.{time.monotonic_ns()}")
    draft.write_bytes(picture)
    draft.replace(path)
    return name


def path_of(name: str) -> Path:
    """Return where a photo lies, there or not; ValueError for what is no hash."""
    if not _SHA256.fullmatch(name):
        raise ValueError(name)
    return Path(settings.PHOTOS) / name[:2] / f"{name}.jpg"


def is_kept(name: str) -> bool:
    """Tell whether there is a photo of this name."""
    return bool(name) and path_of(name).is_file()


def let_go(name: str) -> None:
    """Note that somebody has this photo no more: from now on its days are counted."""
    if is_kept(name):
        os.utime(path_of(name))


def forget() -> int:
    """Periodic: delete the photos that nobody has had for KEPT_DAYS; return how many."""
    before, gone = time.time() - KEPT_DAYS * 86400, 0
    old = [path for path in Path(settings.PHOTOS).glob("*/*") if path.stat().st_mtime < before]
    for start in range(0, len(old), _CHUNK):
        chunk = old[start : start + _CHUNK]
        used = _used(path.stem for path in chunk)
        for path in chunk:
            if path.stem not in used:
                path.unlink(missing_ok=True)
                gone += 1
    return gone


def _used(names: Iterable[str]) -> set[str]:
    return set(User.objects.filter(photo__in=list(names)).values_list("photo", flat=True))
