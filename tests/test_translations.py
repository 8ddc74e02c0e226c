"""Every text for people is there in Dutch, French and German, and none is a guess."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from tools import messages

PROJECT = Path(__file__).resolve().parent.parent


def test_every_text_is_translated_into_all_languages() -> None:
    done = subprocess.run(
        [sys.executable, "tools/messages.py", "check"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_half_a_compiled_file_is_never_taken_for_a_whole_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "LOCALE", tmp_path)
    source = messages.po_path("nl")
    source.parent.mkdir(parents=True)
    shutil.copy(PROJECT / "carillon/locale/nl/LC_MESSAGES/django.po", source)

    def finds_no_room(file: IO[bytes], _catalog: object) -> None:
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(messages, "write_mo", finds_no_room)
        with pytest.raises(OSError, match="No space"):
            messages.compile_all()
    assert not source.with_suffix(".mo").exists()
    messages.compile_all()
    assert source.with_suffix(".mo").stat().st_size > 10_000
