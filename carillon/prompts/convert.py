"""How a file that was sent becomes a recording: a process that may do nothing else reads it, and is not trusted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import IO

#: A file may be this large and a prompt this long, which may be music: ten minutes of 48 kHz stereo are 115 MB.
MEGABYTES, SECONDS = 120, 600
#: The converter has this long, whatever it is doing.
WALL_SECONDS = 120
CONVERTER = Path(__file__).with_name("converter.py")
KINDS = ("wav", "aiff", "mp3", "mov", "ogg", "flac")
#: What browsers record; nobody has such files otherwise.
RECORDED_KINDS = (*KINDS, "matroska")
#: Why not: keys of SENTENCES in forms.py.
WORDS = {"format", "kind", "video", "broken", "length", "empty", "nosound", "resources"}
NUMBERS = (
    *("rate", "channels", "seconds", "claimed", "damaged", "gain", "clipped"),
    *("silence_begin", "silence_end", "cut_begin", "cut_end"),
)
#: No line of the converter is longer.
LINE_BYTES = 2000

#: What is told of a file; see Report in converter.py.
Report = dict[str, str | float]


class SoundError(ValueError):
    """A sound that cannot be made; str() is one of WORDS, "silent" or "other"."""


def convert(
    path: Path, *, recorded: bool = False, progress: Callable[[float], None] = lambda _share: None
) -> tuple[bytes, Report]:
    """Return a file as A-law, 8 kHz, mono, at the common level, and what is told of it; SoundError says why not.

    It is judged by its content alone. `recorded`: by a browser's microphone.
    """
    kinds = ",".join(RECORDED_KINDS if recorded else KINDS)
    argv = [sys.executable, "-I", str(CONVERTER), str(SECONDS), kinds]
    with (
        path.open("rb") as file,
        # Nothing of our environment: it has the keys of the database.
        subprocess.Popen(argv, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}) as child,
    ):
        limit = Timer(WALL_SECONDS, child.kill)
        limit.start()
        try:
            assert child.stdout
            return _answer(child.stdout, progress)
        finally:
            limit.cancel()
            child.kill()


def _answer(lines: IO[bytes], progress: Callable[[float], None]) -> tuple[bytes, Report]:
    while line := lines.readline(LINE_BYTES):
        word, _space, rest = line.decode("ascii", "replace").strip().partition(" ")
        if word == "progress":
            progress(_number(rest))
        elif word == "error":
            raise SoundError(rest if rest in WORDS else "broken")
        elif word == "report":
            audio = lines.read(SECONDS * 8000 + 1)
            if len(audio) > SECONDS * 8000:
                raise SoundError("length")
            return audio, _report(rest)
    # It was ended by one of its limits, or by a fault in what reads the file.
    raise SoundError("resources")


def _number(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0


def _report(text: str) -> Report:
    """Take what is known and in its bounds, whatever a converter that was taken over may write."""
    try:
        told = json.loads(text)
        words = {name: str(told[name])[:20] for name in ("kind", "codec")}
        numbers = {name: max(-1e6, min(1e6, float(told[name]))) for name in NUMBERS}
    except (ValueError, TypeError, KeyError) as error:
        raise SoundError("broken") from error
    return {**words, **numbers}
