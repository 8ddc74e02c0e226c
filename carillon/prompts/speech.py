"""How words become a recording: espeak-ng or a command says them, and the sound is kept by the hash of its content."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog
from django.conf import settings

from carillon.prompts import engine, sound
from carillon.prompts.convert import SoundError
from carillon.prompts.wave import read

log = structlog.get_logger()

VOICES = {"en": "en-gb", "nl": "nl", "fr": "fr-fr", "de": "de"}
WORDS_PER_MINUTE = 150
SECONDS = 60
#: Of full scale: what is never louder says nothing.
SILENT = 0.001


def _installed() -> Sequence[str]:
    return (shutil.which("espeak-ng") or "espeak-ng",)


#: How espeak-ng is started here; the command line, which knows the engine's own, says so to the worker.
_program: list[Callable[[], Sequence[str]]] = [_installed]


def use(program: Callable[[], Sequence[str]]) -> None:
    """Have this process start espeak-ng as `program` says."""
    _program[0] = program


def program() -> Sequence[str]:
    """Return the argv that starts espeak-ng."""
    return _program[0]()


def say(espeak: Sequence[str], voice: str, words: str) -> bytes:
    """Return the words as A-law, at an even loudness and without silence at both ends."""
    # By a pipe: into a file on a full disk espeak-ng writes half a sentence and calls it done.
    argv = [*espeak, "-v", voice, "-s", str(WORDS_PER_MINUTE), "--stdin", "--stdout"]
    said = subprocess.run(argv, check=True, capture_output=True, timeout=SECONDS, input=words.encode()).stdout
    return _even(said)


def speak(language: str, words: str) -> bytes:
    """Return the words as `say` does, by the command of CARILLON_SPEECH if there is one; SoundError says why not."""
    try:
        if not settings.SPEECH:
            return say(program(), VOICES[language], words)
        said = engine.say(settings.SPEECH, language, words)
    except subprocess.TimeoutExpired:
        raise SoundError("slow") from None
    except engine.EngineFailedError as error:
        log.warning("speech_failed", reason=error.key, told=str(error))
        raise SoundError(error.key) from None
    try:
        return _even(said)
    except SoundError as error:
        log.warning("speech_failed", reason="no WAV file", begin=said[:16])
        raise SoundError("engine") from error


def _even(wav: bytes) -> bytes:
    rate, samples = read(wav)
    if max(map(abs, samples), default=0) < SILENT:
        return b""
    return sound.alaw(sound.levelled(sound.to_8000(rate, samples)))


def put(path: Path, audio: bytes) -> None:
    """Write a file that is complete once it is there."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(audio)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def keep(store: Path, audio: bytes) -> str:
    """Put a recording where Asterisk plays it from; its SHA-256 is its name."""
    name = hashlib.sha256(audio).hexdigest()
    path = store / name[:2] / f"{name}.alaw"
    if not is_renewed(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        put(path, audio)
    return name


def is_renewed(path: Path) -> bool:
    """Whether the file is there already; it counts as young again, so that no housekeeping takes it for left behind."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True
