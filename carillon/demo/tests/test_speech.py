"""What callers hear is A-law, is not silent, and has nothing above what a telephone carries."""

from __future__ import annotations

import math
import os
import shutil
from pathlib import Path

import pytest

from carillon.asterisk.install import find_or_install
from carillon.demo import phrases, sound, speech
from carillon.prompts.sound import CUTOFF_HZ, alaw, to_8000


def decode(code: int) -> int:
    """ITU-T G.711, written from the table's side: independent of sound.py."""
    code ^= 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    level = (mantissa * 16 + 8) if exponent == 0 else (mantissa * 16 + 0x108) << (exponent - 1)
    return level if code & 0x80 else -level


def power(samples: list[float], hertz: float, rate: int) -> float:
    """The share of one frequency (Goertzel), 1 for a full-scale sine."""
    step = 2 * math.pi * hertz / rate
    real = sum(sample * math.cos(step * n) for n, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(step * n) for n, sample in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / len(samples)


@pytest.mark.parametrize("value", [0, 1, 15, 16, 100, -100, 1000, -1000, 8000, 20000, 32767, -32768])
def test_a_law_gives_each_sample_back_within_its_step(value: int) -> None:
    code = alaw([value / 32767])[0]
    assert abs(decode(code) - value) <= max(16, abs(value) / 32 + 16)


def test_digital_silence_is_the_code_that_the_standard_names() -> None:
    assert set(alaw(sound.silence(0.1))) == {0xD5}


def test_a_high_note_does_not_come_back_as_a_low_one() -> None:
    rate = 22050
    high = [math.sin(2 * math.pi * 6000 * n / rate) for n in range(rate // 4)]
    low = [math.sin(2 * math.pi * 1000 * n / rate) for n in range(rate // 4)]
    kept, folded = to_8000(rate, low), to_8000(rate, high)
    assert power(kept, 1000, 8000) > 0.9
    assert max(map(abs, folded[200:-200])) < 0.01
    assert abs(len(kept) - 2000) <= 1


def test_each_prompt_of_the_test_world_has_its_own_tone() -> None:
    tones = speech.tones()
    assert len(set(tones.values())) == len(tones) == len(speech.prompt_keys())
    highest = sound.FIRST_TONE_HZ + sound.TONE_STEP_HZ * (len(tones) - 1)
    assert highest < CUTOFF_HZ


def test_every_phrase_has_four_different_wordings() -> None:
    for phrase in (*phrases.PHRASES, *phrases.EXTRA):
        assert len(set(phrase.words)) == 4, phrase.key


def espeak() -> tuple[str, ...]:
    """The voice of the unpacked engine, or the machine's."""
    project = Path(__file__).resolve().parents[3]
    folder = Path(os.environ.get("CARILLON_ENGINE", project / "build" / "engine"))
    found = shutil.which("espeak-ng")
    return (found,) if found else find_or_install(folder, lambda _line: None).espeak


def test_espeak_says_words_that_are_heard_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [("welcome", "en", "Welcome."), ("welcome", "de", "Willkommen.")]
    monkeypatch.setattr(phrases, "spoken", lambda: lines)
    said: list[str] = []
    first = speech.spoken(espeak(), tmp_path, said.append)
    for key in (("welcome", "en"), ("welcome", "de"), ("welcome", "")):
        samples = [decode(code) / 32768 for code in first[key]]
        assert 0.3 < len(samples) / 8000 < 4
        assert math.sqrt(sum(sample * sample for sample in samples) / len(samples)) > 0.03
    assert said == ["Speaking 2 prompts"]
    assert speech.spoken(("no-such-program",), tmp_path, said.append) == first
    assert len(said) == 1
