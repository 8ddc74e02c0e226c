"""What goes wrong on the command line in a way that people can mend."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
NEEDED_MEGABYTES = 100  # of a first start: the demo world and its logs are some 40 MB
LEAST_MEGABYTES = 20  # of a later start
FULL = ("no space left on device", "disk is full", "disk quota exceeded", "no usable temporary directory")


class Trouble(Exception):
    """One or two sentences: what is wrong, and the way out."""


def is_disk_full(error: BaseException) -> bool:
    """Whether this, or what it was raised from, says that a disk is full; databases say it in words only."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    if any(word in str(error).lower() for word in FULL):
        return True
    cause = error.__cause__ or error.__context__
    return cause is not None and is_disk_full(cause)


def disk_full() -> Trouble:
    """The sentence for it; of the folders that are written to it names the one whose disk has least room."""
    # Not from the settings: reading them makes keys, which a full disk refuses.
    places = [Path(os.environ.get("CARILLON_DATA") or PROJECT / "data").absolute(), PROJECT / "build"]
    temporary = next((Path(name) for name in map(os.environ.get, ("TMPDIR", "TEMP", "TMP")) if name), Path("/tmp"))  # noqa: S108 - asked for its room only
    there = [place for place in (*places, temporary) if place.exists()]
    fullest = min(there, key=lambda place: shutil.disk_usage(place).free, default=PROJECT)
    return Trouble(
        f"The disk of {fullest} is full: free {NEEDED_MEGABYTES} MB there and run the same command again; "
        "it goes on where it stopped."
    )


def forget_byte_code() -> None:
    """Python leaves half a file of byte code on a full disk and trips over it ever after: have it made anew."""
    for folder in (PROJECT / "carillon", Path(sys.prefix) / "lib"):
        for cache in list(folder.rglob("__pycache__")):
            shutil.rmtree(cache, ignore_errors=True)
