"""A file that another process appends to, read once: positions survive restarts, and what was read goes away."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

#: A file longer than this is set aside, so that nothing grows for ever.
LONGEST_BYTES = 20_000_000
#: A writer that has the file open while it is set aside has written its line after so long.
WRITER_SECONDS = 0.05


class Tail:
    """Lines of `path`, whose writer opens it for each line. Positions count from the first byte ever written.

    A file set aside is named <path>.<position of its first byte> and is deleted once everything in it is done with.
    """

    def __init__(self, path: Path, state: Path) -> None:
        self._path, self._state = path, state
        kept = json.loads(state.read_text()) if state.exists() else {}
        self._live_base = int(kept.get("live_base", 0))
        for base, aside in self._segments()[:-1]:
            # A reader that died between setting a file aside and saying so.
            self._live_base = max(self._live_base, base + aside.stat().st_size)
        #: All before this is done with for good.
        self.done = int(kept.get("done", 0))
        self._at = self.done

    def lines(
        self,
        most: int = 5000,
        is_whole: Callable[[str], bool] = lambda _text: True,
        begins: Callable[[str], bool] = lambda _text: True,
    ) -> Iterator[tuple[int, str]]:
        """Yield what was not read yet, each with the position of its first byte: whole lines, or, where text may hold
        line breaks, all lines until `is_whole`; one that stays incomplete ends where the next begins."""
        for base, path in self._segments():
            if not path.exists() or self._at < base:
                continue
            with path.open("rb") as file:
                file.seek(self._at - base)
                for data in _joined(file, is_whole, begins):
                    if most == 0:
                        return
                    start, self._at, most = self._at, self._at + len(data), most - 1
                    yield start, data[:-1].decode("utf-8", "replace")

    def rewind(self) -> None:
        """Read again what is not done with."""
        self._at = self.done

    @property
    def position(self) -> int:
        """Where the next line begins."""
        return self._at

    def finish(self, position: int) -> None:
        """Say that everything before `position` is done with; files that end there go away."""
        if position != self.done:
            self.done = position
            self._save()
        if self._path.exists() and self._path.stat().st_size > LONGEST_BYTES:
            aside = self._path.with_name(f"{self._path.name}.{self._live_base:020}")
            self._path.rename(aside)
            time.sleep(WRITER_SECONDS)
            self._live_base += aside.stat().st_size
            self._save()
        for base, path in self._segments()[:-1]:
            if base + path.stat().st_size <= self.done:
                path.unlink()

    def _segments(self) -> list[tuple[int, Path]]:
        aside = sorted(self._path.parent.glob(f"{self._path.name}.[0-9]*"))
        return [*((int(path.name.rpartition(".")[2]), path) for path in aside), (self._live_base, self._path)]

    def _save(self) -> None:
        # Renamed, not synced: an older position only means that lines are read again, which changes nothing.
        draft = self._state.with_name(self._state.name + ".new")
        draft.write_text(json.dumps({"live_base": self._live_base, "done": self.done}))
        draft.replace(self._state)


def _joined(file: BinaryIO, is_whole: Callable[[str], bool], begins: Callable[[str], bool]) -> Iterator[bytes]:
    pending = b""
    for line in file:
        if not line.endswith(b"\n"):
            return
        if pending and begins(line.decode("utf-8", "replace")):
            yield pending
            pending = b""
        pending += line
        if is_whole(pending[:-1].decode("utf-8", "replace")):
            yield pending
            pending = b""
