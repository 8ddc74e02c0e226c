"""How long a minute of 48 kHz stereo takes from a file to what a telephone plays, beside the command line of ffmpeg."""

from __future__ import annotations

import math
import shutil
import statistics
import subprocess
import tempfile
import time
import wave
from array import array
from collections.abc import Callable
from pathlib import Path

from carillon.prompts.convert import convert
from tests.bench.figures import Figure, say

SECONDS, RATE, CHANNELS, RUNS = 60, 48_000, 2, 9
TIMES = 3


def run() -> list[Figure]:
    program = shutil.which("ffmpeg")
    if program is None:
        raise RuntimeError("ffmpeg is missing: apt-get install ffmpeg (only this measurement needs it)")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "minute.wav", Path(folder) / "minute.alaw"
        _write(source)
        # The same low-pass, rate, channels and coding; it does not look at the loudness, which we do besides.
        how = ["-af", "aresample=8000:ochl=mono:filter_size=64:cutoff=0.96", "-c:a", "pcm_alaw", "-f", "alaw"]
        argv = [program, "-v", "error", "-nostdin", "-y", "-i", str(source), *how, str(target)]
        theirs, ours = [], []
        for _run in range(RUNS):
            theirs.append(_seconds(lambda: subprocess.run(argv, check=True)))
            ours.append(_seconds(lambda: convert(source)))
        assert abs(target.stat().st_size - len(convert(source)[0])) < 100
    ffmpeg, we = statistics.median(theirs), statistics.median(ours)
    say(f"  ffmpeg {ffmpeg:.3f} s, we {we:.3f} s")
    detail = (
        f"our process {we * 1000:.0f} ms, ffmpeg {ffmpeg * 1000:.0f} ms without loudness; medians of {RUNS} in turn"
    )
    return [Figure("import of 60 s of 48 kHz stereo", we / ffmpeg, "x ffmpeg", TIMES, detail=detail)]


def _write(path: Path) -> None:
    """A minute of two chords that swell, so that nothing is alike."""
    second = array("h")
    for n in range(RATE):
        swell = 9000 * (1 + math.sin(math.tau * 3 * n / RATE))
        second.append(int(swell * math.sin(math.tau * 440 * n / RATE)))
        second.append(int(swell * math.sin(math.tau * 660 * n / RATE)))
    with wave.open(str(path), "wb") as file:
        file.setparams((CHANNELS, 2, RATE, 0, "NONE", ""))
        for _second in range(SECONDS):
            file.writeframes(second.tobytes())


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
