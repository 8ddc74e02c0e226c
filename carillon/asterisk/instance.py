"""How one Asterisk is laid out in its folder and started: files from deploy/asterisk, filled in.

The call event file <folder>/cel/events.csv is opened anew for each line: it may be renamed while Asterisk runs,
and the next event makes a new file. One reader renames, reads the renamed file to its end, and removes it.
"""

from __future__ import annotations

import os
import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from string import Template

from carillon.asterisk.engine import Engine, EngineError
from carillon.asterisk.music import hold_music
from carillon.asterisk.ports import Ports

__all__ = ["Instance", "Ports"]

TEMPLATES = Path(__file__).resolve().parents[2] / "deploy" / "asterisk"
SOCKET_PATH_LIMIT = 100  # of a Unix socket's address, minus what Asterisk adds to the folder
MOST_OPEN_FILES = 65536


class _Conf(Template):
    delimiter = "%%"  # the dialplan is full of dollars, caller ids of at-signs


@dataclass(frozen=True)
class Instance:
    """One Asterisk with its own folder; several run side by side."""

    folder: Path
    engine: Engine
    ports: Ports
    node: str = "node1"

    @property
    def etc(self) -> Path:
        return self.folder / "etc"

    @property
    def generated(self) -> Path:
        """Where call control writes pjsip.conf and extensions.conf; both may be absent."""
        return self.etc / "generated"

    @property
    def events(self) -> Path:
        """The file of call events, one event a line; events.py reads it."""
        return self.folder / "cel" / "events.csv"

    @property
    def socket(self) -> Path:
        """Where console.py asks it."""
        return self._run / "asterisk.ctl"

    def lay_out(self) -> None:
        """Write all static files anew; the generated ones, contacts and call events stay."""
        if len(str(self._run)) > SOCKET_PATH_LIMIT - len("/asterisk.ctl"):
            raise EngineError(f"{self.folder} is too long a path for Asterisk's control socket: choose a shorter one.")
        for part in ("etc/generated", "lib/keys", "spool", "run", "log", "cache", "cel", "moh"):
            (self.folder / part).mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        # A file named by its path is a section name to Asterisk, and those end at 79 characters.
        events = self.folder / "log" / "cel-custom"
        if not events.is_symlink():
            events.symlink_to(Path("..") / "cel")
        music = self.folder / "moh" / "hold.alaw"
        if not music.exists():
            draft = music.with_name("hold.new")  # half of it, left by a full disk, would be played ever after
            draft.write_bytes(hold_music())
            draft.replace(music)
        values = {name: str(value) for name, value in vars(self.ports).items()} | {
            "folder": str(self.folder),
            "etc": str(self.etc),
            "generated": str(self.generated),
            "run": str(self._run),
            "moh": str(self.folder / "moh"),
            "modules": str(self.engine.modules),
            "share": str(self.engine.share),
            "node": self.node,
            "open_files": str(_open_files()),
        }
        for template in sorted(TEMPLATES.glob("*.conf")):
            text = _Conf(template.read_text(encoding="utf-8")).substitute(values)
            write_secret(self.etc / template.name, text)

    @property
    def _run(self) -> Path:
        return self.folder / "run"

    def command(self) -> list[str]:
        """The argv that runs it in the foreground."""
        return self.engine.start(self.etc)

    @staticmethod
    def environment() -> dict[str, str]:
        # Without this limit glibc's arenas grow by hundreds of megabytes under load.
        return dict(os.environ) | {"MALLOC_ARENA_MAX": "2"}

    def start(self) -> subprocess.Popen[bytes]:
        """Lay out and start it; its output goes to log/console.log."""
        self.lay_out()
        with (self.folder / "log" / "console.log").open("ab") as console:
            return subprocess.Popen(
                self.command(),
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
            )

    def wait_until_up(self, process: subprocess.Popen[bytes], seconds: float = 20.0) -> None:
        """Return when it takes calls; EngineError with its last words when it ends or is not up in time."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if process.poll() is not None:
                raise EngineError(f"Asterisk ended with status {process.returncode}: {self._last_words()}")
            if self.socket.exists() and "fully booted" in self.ask("core waitfullybooted").lower():
                return
            time.sleep(0.05)
        raise EngineError(f"Asterisk is not up after {seconds:g} s: {self._last_words()}")

    def ask(self, command: str) -> str:
        """What the running Asterisk's console says to a command; empty when it is not reachable."""
        argv = self.engine.ask(self.etc, command)
        done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
        return done.stdout if done.returncode == 0 else ""

    def _last_words(self) -> str:
        console = self.folder / "log" / "console.log"
        lines = console.read_text(errors="replace").strip().splitlines() if console.exists() else []
        return " / ".join(lines[-3:]) or "it said nothing"


def _open_files() -> int:
    _now, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_OPEN_FILES if allowed == resource.RLIM_INFINITY else min(allowed, MOST_OPEN_FILES)


def write_secret(path: Path, text: str) -> bool:
    """Put `text` into `path` in one step, readable by the owner alone; False when it was there already."""
    data = text.encode()
    try:
        if path.read_bytes() == data:
            return False
    except FileNotFoundError:
        pass
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return True
