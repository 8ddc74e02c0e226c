"""Which Asterisk is good enough, and how an engine's programs are started."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

TESTED_VERSION = "22.10.1"
OLDEST_VERSION = (22, 4, 1)  # the first 22 whose REST over WebSocket and call event files we rely on


class EngineError(Exception):
    """The engine can't be had or started; the message is one sentence or two, with the way out."""


@dataclass(frozen=True)
class Engine:
    """An Asterisk and an espeak-ng that can be started without further preparation."""

    version: str
    asterisk: tuple[str, ...]  # argv that starts Asterisk, its options still to come
    espeak: tuple[str, ...]  # argv that starts espeak-ng
    modules: Path
    share: Path  # Asterisk's data folder: documentation/, rest-api/

    def start(self, config: Path) -> list[str]:
        """The argv that runs Asterisk in the foreground with config/asterisk.conf."""
        return [*self.asterisk, "-f", "-C", str(config / "asterisk.conf")]

    def ask(self, config: Path, command: str) -> list[str]:
        """The argv that has the running Asterisk of that configuration carry out one console command."""
        return [*self.asterisk, "-C", str(config / "asterisk.conf"), "-rx", command]


def asterisk_version(argv: tuple[str, ...]) -> str:
    """What `asterisk -V` says, as "22.10.1"; EngineError when it doesn't run or is too old."""
    try:
        done = subprocess.run([*argv, "-V"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(f"{argv[-1]} does not start ({error}). {_WAY_OUT}") from error
    found = re.search(r"Asterisk (?:certified[/-])?(\d+)\.(\d+)(?:\.(\d+))?", done.stdout)
    if done.returncode != 0 or not found:
        said = (done.stderr or done.stdout).strip() or f"exit status {done.returncode}"
        raise EngineError(f"{argv[-1]} does not tell its version ({said}). {_WAY_OUT}")
    version = tuple(int(part or 0) for part in found.groups())
    text = ".".join(map(str, version))
    if version < OLDEST_VERSION:
        oldest = ".".join(map(str, OLDEST_VERSION))
        raise EngineError(f"{argv[-1]} is Asterisk {text}; Carillon needs {oldest} or newer. {_WAY_OUT}")
    return text


_WAY_OUT = "Name a newer Asterisk in ASTERISK_BIN, or unset ASTERISK_BIN to have one unpacked."
