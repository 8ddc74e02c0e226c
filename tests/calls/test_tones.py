"""That the ear of the call tests can be trusted."""

from __future__ import annotations

import math
import random

from tests.calls.tones import FRAME_SECONDS, SILENCE, Segment, Tones, decode, encode, frequencies, tone_frame

NAMES = [f"name {n}" for n in range(64)]


def test_a_law_of_known_samples_is_as_the_standard_says() -> None:
    # Silence is D5 and full scale is AA and 2A (ITU-T G.711, even bits inverted).
    assert encode([0, 32767, -32768, 8]) == b"\xd5\xaa\x2a\xd5"


def test_a_law_comes_back_within_its_step() -> None:
    for sample in range(-32768, 32768, 37):
        back = decode(encode([sample]))[0]
        assert abs(back - sample) <= max(8, abs(sample) / 16), sample


def test_a_law_keeps_each_code() -> None:
    every = bytes(range(256))
    assert encode(decode(every)) == every


def test_each_of_sixty_four_names_is_recognised() -> None:
    tones = Tones(NAMES)
    for name in NAMES:
        assert [segment.name for segment in tones.segments(tones.audio(name, 0.2))] == [name]


def test_a_tone_is_recognised_at_any_phase_and_a_tenth_of_the_volume() -> None:
    for volume in (16000, 1600):
        for start in range(0, 160, 7):
            turn = 2 * math.pi * 1250 / 8000
            frame = encode(round(volume * math.sin(turn * (n + start))) for n in range(160))
            assert frequencies(frame) == (1250,)


def test_segments_tell_when_each_tone_began_and_ended() -> None:
    tones = Tones(["welcome", "closed"])
    audio = tones.audio("welcome", 0.4) + SILENCE * 10 + tones.audio("closed", 0.2) + tones.audio("welcome", 0.1)
    assert tones.segments(audio) == [
        Segment(0.0, 0.4, "welcome"),
        Segment(0.6, 0.8, "closed"),
        Segment(0.8, 0.9, "welcome"),
    ]


def test_two_tones_at_once_are_both_heard() -> None:
    one, two = decode(tone_frame(500)), decode(tone_frame(1900))
    mixed = encode((a + b) // 2 for a, b in zip(one, two, strict=True))
    assert set(frequencies(mixed)) == {500, 1900}


def test_noise_silence_and_a_click_are_no_tone() -> None:
    noise = random.Random(1)
    assert frequencies(encode(noise.randint(-16000, 16000) for _ in range(160))) == ()
    assert frequencies(SILENCE) == ()
    tones = Tones(["click"])
    assert tones.segments(SILENCE * 5 + tones.audio("click", FRAME_SECONDS) + SILENCE * 20) == []


def test_a_gap_in_the_arrival_splits_a_tone_in_two() -> None:
    tones = Tones(["moh"])
    frames = [(at * 0.02 + (1.0 if at >= 10 else 0.0), tones.frame("moh")) for at in range(20)]
    assert [(s.t0, s.t1) for s in tones.heard(frames)] == [(0.0, 0.2), (1.2, 1.4)]


def test_a_strange_tone_is_named_by_its_frequency() -> None:
    assert Tones(["a"]).segments(tone_frame(1000) * 10) == [Segment(0.0, 0.2, "1000 Hz")]
