"""Every text for people is there in Dutch, French and German, and none is a guess."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def test_every_text_is_translated_into_all_languages() -> None:
    done = subprocess.run(
        [sys.executable, "tools/messages.py", "check"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
