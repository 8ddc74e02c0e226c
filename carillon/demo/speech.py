"""Prompts as files: what espeak-ng says and what sound.py makes, kept by the hash of their content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from carillon.asterisk.music import hold_music
from carillon.demo import phrases, sound
from carillon.prompts.sound import alaw
from carillon.prompts.speech import VOICES, WORDS_PER_MINUTE, put, say

LAYOUT = 1  # raise it when the way from words to sound changes, so that cached files are made anew

#: (key, language) -> A-law; the empty language is the default recording.
Recordings = Mapping[tuple[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to say and the file that keeps it once said."""

    words: str
    voice: str
    cached: Path


def _say(espeak: Sequence[str], line: Line) -> None:
    """Have espeak-ng say one line and keep it; a file that is there is complete."""
    put(line.cached, say(espeak, line.voice, line.words))


def _say_all(work: tuple[Sequence[str], Sequence[Line]]) -> int:
    espeak, lines = work
    for line in lines:
        _say(espeak, line)
    return len(lines)


def _line(cache: Path, language: str, words: str) -> Line:
    voice = VOICES[language]
    name = hashlib.sha256(f"{LAYOUT}|{voice}|{WORDS_PER_MINUTE}|{words}".encode()).hexdigest()
    return Line(words, voice, cache / f"{name}.alaw")


def spoken(espeak: Sequence[str], cache: Path, progress: Callable[[str], None]) -> Recordings:
    """Every prompt of the demo world; only what `cache` lacks is said, by all processors at once."""
    cache.mkdir(parents=True, exist_ok=True)
    wanted = {(key, language): _line(cache, language, words) for key, language, words in phrases.spoken()}
    missing = [line for line in wanted.values() if not line.cached.is_file()]
    if missing:
        progress(f"Speaking {len(missing)} prompts")
        workers = min(os.cpu_count() or 1, 8)
        shares = [(tuple(espeak), missing[n :: workers * 2]) for n in range(workers * 2)]
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            list(pool.map(_say_all, shares))
    recordings = {key: line.cached.read_bytes() + pause(key[0]) for key, line in wanted.items()}
    english = {(key, ""): audio for (key, language), audio in recordings.items() if language == "en"}
    return {**recordings, **english, **sounds()}


def pause(key: str) -> bytes:
    """The silence that belongs to a prompt's words."""
    return alaw(sound.silence(phrases.PAUSES.get(key, 0)))


def sounds() -> Recordings:
    """The prompts without words."""
    made = {(item.key, ""): alaw(sound.NAMED[item.key]()) for item in phrases.SOUNDS if item.key in sound.NAMED}
    return {**made, ("music_on_hold", ""): hold_music()}


def tones() -> Recordings:
    """For tests: each prompt is a tone of its own frequency, in the order of prompt_keys()."""
    return {(key, ""): sound.own_tone(index) for index, key in enumerate(prompt_keys())}


def prompt_keys() -> list[str]:
    """Keys of everything in the list of Voice prompts that has a sound of its own."""
    silent = {"silence", "silence_halfsecond"}
    return sorted(item.key for item in (*phrases.PHRASES, *phrases.EXTRA, *phrases.SOUNDS) if item.key not in silent)
