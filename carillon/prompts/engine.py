"""Another voice than espeak-ng's: which commands CARILLON_SPEECH accepts, and how one of them says something."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

ACCEPTED = (
    "a command that reads the words on its standard input and writes a WAV file on its standard output; its first word "
    "is a program of this machine, {language} in its other words becomes nl, fr, de or en, and no shell reads it"
)
SECONDS = 60
#: Three minutes of 48 kHz, 16 bits and mono are 17 MB.
MOST_BYTES = 20_000_000
_PLACE = re.compile(r"\{(\w*)\}")


class EngineFailedError(Exception):
    """Nothing was said; `key` is what the page tells: engine, slow or large."""

    def __init__(self, key: str, told: str = "") -> None:
        super().__init__(told)
        self.key = key


def command(text: str) -> tuple[str, ...]:
    """Take CARILLON_SPEECH apart, empty where it is empty; ValueError says what is wrong with it."""
    words = shlex.split(text)
    if not words:
        return ()
    unknown = {place for word in words for place in _PLACE.findall(word)} - {"language"}
    if unknown:
        raise ValueError(f"there is no {{{sorted(unknown)[0]}}}")
    if "{" in words[0] or not shutil.which(words[0]):
        raise ValueError(f"there is no program {words[0]}")
    return tuple(words)


def say(template: Sequence[str], language: str, words: str, seconds: float = SECONDS) -> bytes:
    """Return what the command writes. The words are never part of it, whatever they look like."""
    argv = [word.replace("{language}", language) for word in template]
    # A session of its own: a script's children end with it.
    try:
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
    except OSError as error:
        raise EngineFailedError("engine", str(error)) from None
    late = threading.Event()

    def stop() -> None:
        late.set()
        _end(process)

    clock = threading.Timer(seconds, stop)
    clock.start()
    with process:
        try:
            said, told = _talk(process, words.encode())
        finally:
            clock.cancel()
            _end(process)
    if late.is_set():
        raise EngineFailedError("slow", told)
    if len(said) > MOST_BYTES:
        raise EngineFailedError("large", told)
    if process.returncode:
        raise EngineFailedError("engine", f"status {process.returncode}: {told}")
    return said


def _talk(process: subprocess.Popen[bytes], words: bytes) -> tuple[bytes, str]:
    """Hand over the words, and return what was said and the last of what the command complained of."""
    assert process.stdin
    assert process.stdout
    assert process.stderr
    complaint = bytearray()
    listener = threading.Thread(target=_tail, args=(process.stderr, complaint), daemon=True)
    listener.start()
    with suppress(BrokenPipeError):  # a command that reads nothing may still say something
        process.stdin.write(words)
        process.stdin.close()
    said = process.stdout.read(MOST_BYTES + 1)
    if len(said) <= MOST_BYTES:
        process.wait()
    listener.join(0.2)
    return said, complaint.decode(errors="replace")


def _tail(stream: IO[bytes], kept: bytearray) -> None:
    with suppress(ValueError):  # closed meanwhile: nobody waits for the last complaints of what a command started
        while block := stream.read(256):
            kept[:] = (kept + block)[-400:]


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
