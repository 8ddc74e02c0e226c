"""Files that people send: every kind comes out at 8 kHz and the common level, and hostile ones are refused."""

from __future__ import annotations

import io
import math
import random
import struct
import zipfile
import zlib
from array import array
from collections.abc import Sequence
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carillon.prompts import convert as converting
from carillon.prompts.convert import Report, SoundError, convert
from carillon.prompts.hearing import wav
from carillon.prompts.report import peaks, told
from carillon.prompts.sound import alaw, from_alaw
from carillon.prompts.tests.sounds import EVERY_KIND, encoded, tone
from carillon.prompts.tests.waves import pcm

LEVEL = 10 ** (-22 / 20) * math.sqrt(2)  # of a tone, at the common level


def power(samples: Sequence[float], hertz: float) -> float:
    """The share of one frequency, 1 for a full-scale sine."""
    step = 2 * math.pi * hertz / 8000
    real = sum(sample * math.cos(step * n) for n, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(step * n) for n, sample in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / len(samples)


def header(form: int, channels: int, rate: int, bits: int, data: bytes, claimed: int | None = None) -> bytes:
    block = channels * bits // 8 & 0xFFFF
    fmt = struct.pack("<HHIIHH", form, channels, rate, rate * block & 0xFFFFFFFF, block, bits)
    parts = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data"
    return b"RIFF\xff\xff\xff\xff" + parts + struct.pack("<I", len(data) if claimed is None else claimed) + data


def ran(content: bytes, folder: Path, *, recorded: bool = False) -> tuple[bytes, Report]:
    path = folder / "sent"
    path.write_bytes(content)
    return convert(path, recorded=recorded)


def refused(content: bytes, folder: Path) -> str:
    with pytest.raises(SoundError) as caught:
        ran(content, folder)
    return str(caught.value)


@pytest.mark.parametrize("name", EVERY_KIND)
def test_every_kind_comes_out_with_its_tone_at_the_common_level(name: str, tmp_path: Path) -> None:
    kind, codec, rate, layout = EVERY_KIND[name]
    audio, report = ran(encoded(kind, codec, tone(1.2, 700, rate), rate, layout), tmp_path)
    assert abs(len(audio) - 9600) < 400
    heard = list(from_alaw(audio))
    assert 0.9 * LEVEL < power(heard[400:9200], 700) < 1.1 * LEVEL
    assert power(heard, 1900) < 0.01
    assert (report["rate"], abs(float(report["gain"]) + 13) < 1) == (rate, True)
    assert told(report, 1200).warnings == []


@pytest.mark.parametrize("rate", [5000, 8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000, 192000])
def test_every_rate_comes_out_at_8000_and_nothing_folds_back(rate: int, tmp_path: Path) -> None:
    audio, _report = ran(pcm(rate, 1, 2, 0.3, 700), tmp_path)
    assert abs(len(audio) - 2400) <= 2
    assert 0.9 * LEVEL < power(list(from_alaw(audio)), 700) < 1.1 * LEVEL
    if rate > 16000:
        both = array(
            "h", (a + b // 8 for a, b in zip(*(_words(pcm(rate, 1, 2, 0.3, f)) for f in (7000, 700)), strict=True))
        )
        heard = list(from_alaw(ran(header(1, 1, rate, 16, both.tobytes()), tmp_path)[0]))
        assert power(heard, 1000) < LEVEL / 100, "7 kHz came back as 1 kHz"


def _words(content: bytes) -> array[int]:
    return array("h", content[44:])


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_every_width_and_number_of_channels_sounds_the_same(width: int, channels: int, tmp_path: Path) -> None:
    heard = list(from_alaw(ran(pcm(16000, channels, width, 0.3), tmp_path)[0]))
    assert 0.9 * LEVEL < power(heard, 1000) < 1.1 * LEVEL


def test_a_file_that_is_ours_and_at_the_level_stays_sample_for_sample(tmp_path: Path) -> None:
    data = bytes(range(256)) + alaw(tone(2.0, 400, 8000, LEVEL))
    kept, report = ran(wav(data), tmp_path)
    assert (kept, report["gain"]) == (data, 0)
    assert ran(header(6, 1, 8000, 8, data, claimed=0xFFFFFFFF), tmp_path)[0] == data
    louder, report = ran(wav(alaw(tone(2.0, 400, 8000, LEVEL / 4))), tmp_path)
    assert 11.5 < float(report["gain"]) < 12.5
    assert 0.9 * LEVEL < power(list(from_alaw(louder)), 400) < 1.1 * LEVEL


def test_quiet_and_loud_files_come_to_one_level_and_no_peak_is_clipped(tmp_path: Path) -> None:
    """A voice: bursts and pauses; a file with one loud click is not raised until the click clips."""
    rng = random.Random(1)
    voice = [rng.gauss(0, 0.1) * (n // 4000 % 3 != 0) for n in range(48000)]
    levels = []
    for factor in (0.05, 0.3, 1.5):
        samples = array("h", (int(max(-1, min(1, sample * factor)) * 32767) for sample in voice))
        heard = list(from_alaw(ran(header(1, 1, 8000, 16, samples.tobytes()), tmp_path)[0]))
        levels.append(math.sqrt(sum(sample**2 for sample in heard) / len(heard)))
    assert max(levels) < 1.12 * min(levels)
    click = [0.01 * math.sin(n / 3) for n in range(16000)]
    click[8000] = 0.5
    samples = array("h", (int(sample * 32767) for sample in click))
    audio, report = ran(header(1, 1, 8000, 16, samples.tobytes()), tmp_path)
    assert max(map(abs, from_alaw(audio))) < 0.92
    assert 4 < float(report["gain"]) < 6


def test_silence_at_both_ends_is_cut_and_told_and_a_short_one_stays(tmp_path: Path) -> None:
    sound = array("f", bytes(4 * 8000)) + tone(1.0, 500, 8000) + array("f", bytes(4 * 3200))
    audio, report = ran(encoded("wav", "pcm_s16le", sound, 8000, "mono"), tmp_path)
    assert 1.55 < len(audio) / 8000 < 1.7
    assert (round(float(report["silence_begin"]), 1), round(float(report["cut_begin"]), 1)) == (1.0, 0.8)
    assert (round(float(report["silence_end"]), 1), report["cut_end"]) == (0.4, 0)
    assert ("Silence at the beginning", "1.0 seconds, shortened to 0.2") in told(report, 1600).facts


def test_clipping_in_the_source_is_told_as_a_share_of_it(tmp_path: Path) -> None:
    loud = array("h", (max(-32768, min(32767, int(60000 * math.sin(n / 20)))) for n in range(44100)))
    stereo = array("h", (sample for sample in loud for _channel in range(2)))
    for content in (header(1, 1, 44100, 16, loud.tobytes()), header(1, 2, 44100, 16, stereo.tobytes())):
        _audio, report = ran(content, tmp_path)
        assert 0.55 < float(report["clipped"]) < 0.75
        assert "of the file is clipped" in told(report, 1000).warnings[0]
    for amplitude in (0.5, 1.0):
        for rate in (8000, 44100, 96000):
            _audio, report = ran(encoded("wav", "pcm_s16le", tone(0.3, 440, rate, amplitude), rate, "mono"), tmp_path)
            assert float(report["clipped"]) < 0.0001, "a full tone is not a clipped one"
    float_file = encoded("wav", "pcm_f32le", array("f", (2 * sample for sample in tone(0.3, 440, 44100, 1.0))), 44100)
    assert float(ran(float_file, tmp_path)[1]["clipped"]) > 0.3


def test_a_file_that_is_cut_off_is_read_as_far_as_it_goes_and_told(tmp_path: Path) -> None:
    for name in ("WAV, 24 bit, 48 kHz, stereo", "AIFF", "FLAC"):
        kind, codec, rate, layout = EVERY_KIND[name]
        content = encoded(kind, codec, tone(4.0, 700, rate), rate, layout)
        audio, report = ran(content[: len(content) // 2], tmp_path)
        assert 1.5 < len(audio) / 8000 < 2.3, name
        assert told(report, 2000).warnings[0].startswith("The file is incomplete: it should last 4.0 seconds"), name
    m4a = encoded("ipod", "aac", tone(4.0, 700, 44100))
    assert refused(m4a[: len(m4a) // 2], tmp_path) == "broken"
    mp3 = encoded("mp3", "libmp3lame", tone(4.0, 700, 44100))
    assert 1.5 < len(ran(mp3[: len(mp3) // 2], tmp_path)[0]) / 8000 < 2.3
    mp3 = mp3[:10000] + random.Random(2).randbytes(5000) + mp3[15000:]
    assert len(ran(mp3, tmp_path)[0]) > 8000


PLAYLIST = "ffconcat version 1.0\nfile '{path}'\n"
M3U8 = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{path}\n#EXT-X-ENDLIST\n"


def zip_bomb() -> bytes:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("prompt.wav", bytes(20_000_000))
        return file.getvalue()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "empty"),
        (b"RIFF", "format"),
        (b"%PDF-1.7" + bytes(400), "format"),
        (b"Welcome to the company.\n" * 40, "format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "format"),
        (PLAYLIST.format(path="/etc/passwd").encode(), "format"),
        (M3U8.format(path="file:///etc/passwd").encode(), "format"),
        (zip_bomb(), "format"),
        (zlib.compress(bytes(9_000_000)), "format"),
        (b"RIFF\x00\x00\x00\x00AVI " + bytes(400), "kind"),
        (b"\x1a\x45\xdf\xa3" + bytes(400), "kind"),
        (b"\x30\x26\xb2\x75" + bytes(400), "kind"),
        (b"\xff\xf1" + bytes(400), "kind"),
        (b"ID3\x03" + bytes(400), "broken"),
        (b"OggS" + bytes(400), "broken"),
        (b"fLaC" + bytes(400), "broken"),
        (b"\x00\x00\x00\x20ftypM4A " + bytes(400), "broken"),
        (b"FORM\x00\x00\x10\x00AIFF" + bytes(400), "broken"),
        (b"RIFF\x00\x00\x00\x00WAVE", "broken"),
        (b"RIFF\x00\x00\x00\x00WAVEdata\x04\x00\x00\x00abcd", "broken"),
        (header(1, 0, 8000, 16, bytes(8000)), "broken"),
        (header(1, 1, 0, 16, bytes(8000)), "broken"),
        (header(1, 60000, 8000, 16, bytes(8000)), "broken"),
        (header(2, 1, 8000, 4, bytes(8000)), "kind"),
        (header(85, 1, 8000, 16, bytes(8000)), "broken"),
        (header(1, 1, 2000, 16, b"\x00\x40" * 8000), "format"),
        (header(1, 1, 3_000_000, 16, b"\x00\x40" * 8000), "format"),
        (header(1, 12, 8000, 16, b"\x00\x40" * 12000), "format"),
        (header(1, 1, 8000, 16, b""), "empty"),
        (header(1, 1, 8000, 16, b"x"), "broken"),
        (header(1, 1, 8000, 16, bytes(80000)), "nosound"),
        (header(1, 1, 8000, 16, b"\x01\x00\xff\xff" * 8000), "nosound"),
        (header(6, 1, 8000, 8, b"\x2a\xaa" * 4000 * 601), "length"),
    ],
)  # fmt: skip
def test_a_hostile_file_is_refused_by_its_content(content: bytes, error: str, tmp_path: Path) -> None:
    assert refused(content, tmp_path) == error
    assert [path.name for path in tmp_path.iterdir()] == ["sent"]


def test_a_playlist_in_a_sound_file_opens_no_other_file(tmp_path: Path) -> None:
    """Not even one that names a good file beside it, and not behind the first bytes of a sound."""
    good = tmp_path / "good.wav"
    good.write_bytes(pcm())
    for words in (PLAYLIST, M3U8):
        text = words.format(path=good).encode()
        for content in (text, b"ID3\x03" + text, b"RIFF\x00\x00\x00\x00WAVE" + text, b"OggS" + text, b"fLaC" + text):
            assert refused(content, tmp_path) in {"format", "broken"}


def test_what_a_browser_recorded_is_read_only_where_a_browser_recorded_it(tmp_path: Path) -> None:
    content = encoded("webm", "libopus", tone(1.2, 700, 48000), 48000, "mono")
    assert refused(content, tmp_path) == "kind"
    audio, report = ran(content, tmp_path, recorded=True)
    assert power(list(from_alaw(audio)), 700) > 0.9 * LEVEL
    assert ("Format", "WebM, 48 kHz, mono") in told(report, 1200).facts


def test_a_film_is_told_from_a_sound_with_a_cover(tmp_path: Path) -> None:
    with io.BytesIO() as file:
        with av.open(file, "w", format="mp4") as out:
            stream = out.add_stream("mpeg4", rate=10)
            stream.width = stream.height = 64
            stream.pix_fmt = "yuv420p"
            for _n in range(5):
                out.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
            out.mux(stream.encode(None))
        assert refused(file.getvalue(), tmp_path) == "video"


def test_hours_of_silence_in_a_small_file_stop_at_the_limit(tmp_path: Path) -> None:
    """Fifteen minutes are a file of 180 kB, three hours one of 10 MB; reading either costs what ten minutes cost."""
    packed = encoded("flac", "flac", array("f", bytes(4 * 8000 * 900)), 8000, "mono")
    assert len(packed) < 200_000
    minute = encoded("mp3", "libmp3lame", array("f", bytes(4 * 8000 * 60)), 8000, "mono")
    for content in (packed, minute * 180):
        assert refused(content, tmp_path) == "length"
    assert [path.name for path in tmp_path.iterdir()] == ["sent"]


def test_a_reader_that_runs_out_of_time_or_memory_is_ended_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def instead(program: str) -> str:
        path = tmp_path / "instead.py"
        path.write_text(program)
        monkeypatch.setattr(converting, "CONVERTER", path)
        return refused(pcm(), tmp_path)

    hold = (
        f"import sys; sys.path.insert(0, {str(Path(converting.__file__).parent)!r}); import converter; converter.hold()"
    )
    assert instead(f"{hold}\ntry:\n bytes(2 << 30)\nexcept MemoryError:\n print('error resources')") == "resources"
    assert instead(f"{hold}\nopen('/etc/passwd')") == "resources"
    assert instead(f"{hold}\nprint('report []')") == "broken"
    assert instead("print('error /etc/passwd')") == "broken"
    assert instead("print('report ' + 'x' * 9000)") == "broken"
    monkeypatch.setattr(converting, "WALL_SECONDS", 0.5)
    assert instead(f"{hold}\nwhile True: pass") == "resources"


def test_the_reader_cannot_open_or_write_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen = tmp_path / "instead.py", tmp_path / "seen"
    folder = Path(converting.__file__).parent
    path.write_text(
        f"import os, sys; sys.path.insert(0, {str(folder)!r}); import converter; converter.hold()\n"
        "found = []\n"
        "for name in ('/etc/passwd', sys.argv[0]):\n"
        "    try: open(name); found.append(name)\n"
        "    except OSError: pass\n"
        "print('error', 'length' if not found and not os.environ.get('DATABASE_URL') else 'kind')\n"
    )
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    monkeypatch.setattr(converting, "CONVERTER", path)
    assert refused(pcm(), tmp_path) == "length"
    assert not seen.exists()


GOOD = [encoded(kind, codec, tone(0.3, 700, rate), rate, layout) for kind, codec, rate, layout in (
    EVERY_KIND["WAV, 16 bit, 11.025 kHz"], EVERY_KIND["AIFC, sowt"], EVERY_KIND["MP3"], EVERY_KIND["M4A"],
    EVERY_KIND["Ogg Opus"], EVERY_KIND["FLAC"],
)]  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    good=st.sampled_from(GOOD),
    cut=st.floats(0, 1),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8),
)
def test_any_damage_to_a_good_file_is_refused_or_read_and_never_breaks(
    good: bytes, cut: float, changes: list[tuple[float, int]], tmp_path: Path
) -> None:
    content = bytearray(good[: int(cut * len(good))])
    for place, value in changes:
        if content:
            content[int(place * len(content))] = value
    try:
        audio, report = ran(bytes(content), tmp_path)
    except SoundError as error:
        assert str(error) in converting.WORDS - {"resources"}
    else:
        assert 0 < len(audio) <= 8000 * converting.SECONDS
        told(report, len(audio) // 8)


@given(st.binary(max_size=3000))
def test_the_picture_of_any_sound_has_a_hundred_bars(audio: bytes) -> None:
    found = bytes.fromhex(peaks(audio))
    assert len(found) == (100 if audio else 0)
    if len(audio) >= 100:
        assert max(found) == min(255, int(max(map(abs, from_alaw(audio))) * 256))
