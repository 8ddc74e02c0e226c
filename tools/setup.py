"""From a fresh clone to something that runs: what is missing is installed, what is there is left alone.

Runs on the machine's own Python with nothing but its standard library. Each step that fails ends with one sentence and
the way out; running it again goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
BUILD = PROJECT / "build"
BIN = PROJECT / ".venv" / "bin"
LOG = BUILD / "setup.log"
STAMPS = BUILD / "stamps"
UV_VERSION = "0.13.9"
DATA_MEGABYTES = 100  # of a first start: the demo world and its logs
NEEDED_MEGABYTES = 1500  # of a first run: Python packages, front end, engine and what they are unpacked from
APT = "apt-get install make git python3 python3-venv ca-certificates"
AGAIN = "run the same command again; it goes on where it stopped"


class SetupError(Exception):
    """What went wrong and the way out, in one or two sentences."""


def data_folder() -> Path:
    return Path(os.environ.get("CARILLON_DATA") or PROJECT / "data").resolve()


def check_machine() -> None:
    """Python, its venv module, certificates and disk space; as root what the requirements line names is installed."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this program is started by whatever Python there is
        version = ".".join(map(str, sys.version_info[:2]))
        raise SetupError(f"Python {version} is too old: Carillon needs 3.11 or newer, as Debian 12 and 13 have.")
    missing = missing_packages()
    if missing:
        install_packages(missing)
    check_room(PROJECT, 0 if (STAMPS / "engine").exists() else NEEDED_MEGABYTES)
    if not (data_folder() / "run" / "instance.json").exists():
        check_room(data_folder(), DATA_MEGABYTES)

    if room(PROJECT) < DATA_MEGABYTES:
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # see forget_byte_code


def check_room(folder: Path, needed: int) -> None:
    """Whether the disk of a folder, which may not be there yet, has room for a first run."""
    free = room(folder)
    if free < needed:
        raise SetupError(
            f"{folder} has {free} MB of disk space left; a first run needs {needed}. "
            f"Free some space, or choose a folder on another disk, and {AGAIN}."
        )


def room(folder: Path) -> int:
    """Megabytes that the disk of a folder has left."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return shutil.disk_usage(there).free // 1_000_000


def missing_packages() -> list[str]:
    """Debian packages of the requirements line that this machine lacks and that this program needs."""
    # Debian splits these two off from Python: whether they are there is the question.
    missing = [] if all(map(importlib.util.find_spec, ("venv", "ensurepip"))) else ["python3-venv"]
    if not Path("/etc/ssl/certs/ca-certificates.crt").exists():
        missing.append("ca-certificates")
    return missing


def install_packages(missing: list[str]) -> None:
    names = " ".join(missing)
    line = f"apt-get install {names}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SetupError(f"This machine lacks {names}. As root, type:  {line}  then {AGAIN}.")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    call(["apt-get", "update", "-q"], f"apt-get update failed: check the network and {AGAIN}.", environment)
    call(
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", *missing],
        f"apt could not install {names}: type  {line}  to see why, then {AGAIN}.",
        environment,
    )


def check_ports() -> None:
    """The two ports that people type must be free, or ours already."""
    chosen = {}
    with contextlib.suppress(OSError, ValueError):
        chosen = json.loads((data_folder() / "run" / "instance.json").read_text())
    http = int(os.environ.get("CARILLON_HTTP_PORT") or chosen.get("http_port") or 8080)
    sip = int(os.environ.get("CARILLON_SIP_PORT") or chosen.get("sip_port") or 5060)
    if is_running():
        raise SetupError(
            f"Carillon runs already with the folder {data_folder()}: see http://127.0.0.1:{http}/, stop it with "
            "Ctrl-C where it was started, or name another folder: "
            "make run CARILLON_DATA=/some/folder CARILLON_HTTP_PORT=8081 CARILLON_SIP_PORT=5062"
        )
    stream, datagram = socket.SOCK_STREAM, socket.SOCK_DGRAM
    for name, port, kind in (("HTTP", http, stream), ("SIP", sip, datagram), ("SIP", sip, stream)):
        if is_taken(port, kind):
            other = 8081 if name == "HTTP" else 5062
            raise SetupError(
                f"The {name} port {port} is in use by another program. "
                f"Stop that program, or choose another port: make run CARILLON_{name}_PORT={other}"
            )


def is_taken(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 - the portal and SIP answer on every address
        except OSError:
            return True
    return False


def is_running() -> bool:
    """Whether a supervisor holds the lock of the data folder."""
    try:
        with (data_folder() / "run" / "up.lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def python_packages(dev: bool) -> str:
    """The virtual environment, exactly as uv.lock says."""
    groups = ["--group", "dev"] if dev or (STAMPS / "dev").exists() else []
    groups += [] if machine_has_node() else ["--group", "frontend"]
    key = digest([PROJECT / "uv.lock", PROJECT / "pyproject.toml"], *groups, str(PROJECT), sys.version)
    if is_done("python", key) and (BIN / "carillon").exists():
        return "as before"
    broken_off = STAMPS / "python.begun"  # packages may lack files then, which uv would take for whole ones
    if broken_off.exists() or not (BIN / "python").exists():
        mark(broken_off.name, "")
        make = [sys.executable, "-m", "venv", "--clear", str(PROJECT / ".venv")]
        call(make, f"Python can't make {BIN.parent}: {APT}")
    mark(broken_off.name, "")
    uv = find_uv()
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(PROJECT / ".venv"), "UV_PYTHON_DOWNLOADS": "never"}
    environment.pop("VIRTUAL_ENV", None)
    sync = [uv, "sync", "--frozen", "--inexact", "--no-default-groups", "--no-progress", *groups]
    call(sync, network("Python packages"), environment)
    if dev:
        mark("dev", "yes")
    mark("python", key)
    broken_off.unlink()
    return ""


def find_uv() -> str:
    """The machine's uv, or ours, which pip brings."""
    found = shutil.which("uv")
    if not found and not (BIN / "uv").exists():
        pip = [str(BIN / "python"), "-m", "pip", "install", "--quiet", f"uv=={UV_VERSION}"]
        call(pip, network("Python packages"))
    return found or str(BIN / "uv")


def machine_has_node() -> bool:
    """Whether the machine's own Node.js (20.19 or newer, as sass asks, with npm) will do."""
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return False
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    found = re.match(r"v(\d+)\.(\d+)", said)
    return bool(found and (int(found[1]), int(found[2])) >= (20, 19))


def front_end() -> str:
    """Style sheets, scripts and icons, built from package-lock.json; tools/frontend.py knows what is done already."""
    call([str(BIN / "python"), "tools/frontend.py"], network("front-end packages"))
    return ""


def engine() -> str:
    """Asterisk and espeak-ng in build/engine, or the machine's own."""
    named = os.environ.get("ASTERISK_BIN", "")
    key = digest([PROJECT / "carillon/asterisk/install.py", PROJECT / "carillon/asterisk/packages.py"], named)
    if is_done("engine", key) and (named or (BUILD / "engine" / "manifest.json").exists()):
        return "as before"
    code = (
        "import sys, pathlib\n"
        "from carillon.asterisk.install import EngineError, find_or_install\n"
        "try:\n    find_or_install(pathlib.Path('build/engine').resolve(), lambda text: print(text, flush=True))\n"
        "except EngineError as error:\n    sys.exit(f'Trouble: {error}')\n"
    )
    call([str(BIN / "python"), "-c", code], f"Asterisk can't be had: see {LOG}, then {AGAIN}.", show=True)
    mark("engine", key)
    return ""


def languages() -> str:
    """The compiled translations."""
    script = PROJECT / "tools" / "messages.py"
    texts = sorted((PROJECT / "carillon").glob("**/*.po"))
    key = digest([script, *texts])
    if not script.exists() or (is_done("languages", key) and all(path.with_suffix(".mo").exists() for path in texts)):
        return "as before"
    call([str(BIN / "python"), str(script), "compile"], f"The translations can't be compiled: see {LOG}.")
    mark("languages", key)
    return ""


def database(starts_next: bool) -> str:
    """Tables, static files and the demo world (or the first administrator)."""
    if starts_next and (data_folder() / "run" / "instance.json").exists():
        return "as before"  # `carillon up` looks again, in a process that is needed anyway
    demo = [] if os.environ.get("DEMO") == "0" else ["--demo"]
    call([str(BIN / "carillon"), "setup", *demo], f"The database can't be prepared: see {LOG}.", show=True)
    return ""


def network(what: str) -> str:
    return f"The {what} can't be fetched: check the network (details in {LOG}) and {AGAIN}."


def with_own_certificates(environment: dict[str, str]) -> dict[str, str]:
    """Have pip, uv and npm trust whom the machine trusts: behind a company's proxy nothing else works."""
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    names = ("PIP_CERT", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
    ours = dict.fromkeys(names, bundle) if Path(bundle).exists() else {}
    return {**ours, "UV_SYSTEM_CERTS": "1", **environment}


def call(argv: list[str], otherwise: str, environment: dict[str, str] | None = None, show: bool = False) -> None:
    """Run a program, its words in the log; `show` also prints them. A failure raises `otherwise` or a better reason."""
    BUILD.mkdir(exist_ok=True)
    said: list[str] = []
    note(f"\n$ {' '.join(argv)}\n")
    try:
        process = subprocess.Popen(
            argv,
            cwd=PROJECT,
            env=with_own_certificates(environment or dict(os.environ)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise SetupError(f"{argv[0]} can't be started ({error.strerror}): {otherwise}") from error
    with process:
        for line in process.stdout or ():
            said.append(line.rstrip())
            note(line)
            if show and line.strip() and not line.startswith("Trouble: "):
                print(f"      {line.rstrip()}", flush=True)
    if process.returncode:
        # Some programs (venv, npm) fail on a full disk without a word about it.
        full = min(map(room, written_to())) < DATA_MEGABYTES
        raise SetupError(reason("\n".join(said[-60:])) or (disk_full() if full else otherwise))


def forget_byte_code() -> None:
    """Python leaves half a file of byte code on a full disk and trips over it ever after: have it made anew."""
    for folder in (PROJECT / ".venv", PROJECT / "carillon", PROJECT / "tools"):
        for cache in list(folder.rglob("__pycache__")):
            shutil.rmtree(cache, ignore_errors=True)


def note(text: str) -> None:
    """Add to the log; a disk too full for it must not hide what the program says of it."""
    with contextlib.suppress(OSError), LOG.open("a", encoding="utf-8") as log:
        log.write(text)


def reason(said: str) -> str:
    """The sentence of a program that says what to do, or of a trouble that has only one way out."""
    if found := re.findall(r"(?m)^Trouble: (.+)$", said):
        return str(found[-1])
    if re.search(r"(?i)no space left on device|ENOSPC|disk quota exceeded|no usable temporary directory", said):
        return disk_full()
    return ""


def written_to() -> list[Path]:
    """Folders whose disk may be full: programs keep caches and drafts of their own."""
    return [PROJECT, data_folder(), Path.home(), Path(os.environ.get("TMPDIR") or "/tmp")]  # noqa: S108 - asked for its room only


def disk_full() -> str:
    """Names, of these folders, the one whose disk has least room."""
    fullest = min(written_to(), key=room)
    return f"The disk of {fullest} is full: free {NEEDED_MEGABYTES} MB there and {AGAIN}."


def digest(files: list[Path], *words: str) -> str:
    summary = hashlib.sha256("\0".join(words).encode())
    for path in files:
        summary.update(path.name.encode() + b"\0" + (path.read_bytes() if path.exists() else b""))
    return summary.hexdigest()


def is_done(name: str, key: str) -> bool:
    stamp = STAMPS / name
    return stamp.exists() and stamp.read_text() == key


def mark(name: str, key: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(key)


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Two set-ups in one clone take turns."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another set-up in this folder ...", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def steps(what: str) -> list[tuple[str, Callable[[], str | None]]]:
    listed: list[tuple[str, Callable[[], str | None]]] = [("This machine", check_machine)]
    if what == "run":
        listed.append(("Ports", check_ports))
    listed += [
        ("Python packages", lambda: python_packages(what == "dev")),
        ("Front end", front_end),
        ("Asterisk", engine),
        ("Languages", languages),
    ]
    if what != "dev":
        listed.append(("Database and demo world", lambda: database(what == "run")))
    return listed


def prepare(what: str) -> None:
    listed = steps(what)
    for number, (title, step) in enumerate(listed, start=1):
        head = f"[{number}/{len(listed)}] {title} ... "
        print(head, end="", flush=True)
        begun = time.monotonic()
        said = step()
        print(said or f"done in {time.monotonic() - begun:.0f} s", flush=True)


def told(error: SetupError | OSError) -> str:
    if isinstance(error, SetupError):
        return str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full()
    return f"{error.strerror}{f' ({error.filename})' if error.filename else ''}: mend that and {AGAIN}."


def main(argv: list[str]) -> int:
    what = argv[0] if argv else "run"
    if what not in ("run", "setup", "dev"):
        print("usage: python3 tools/setup.py [run|setup|dev]")
        return 2
    try:
        with only_one():
            prepare(what)
    except (SetupError, OSError) as error:
        forget_byte_code()
        print(f"failed\n\n{told(error)}", flush=True)
        return 1
    except KeyboardInterrupt:
        print(f"\nStopped. To go on, {AGAIN}.")
        return 130
    if what == "run":
        demo = [] if os.environ.get("DEMO") == "0" else ["--demo"]
        os.execv(BIN / "carillon", [str(BIN / "carillon"), "up", *demo])  # noqa: S606 - no shell wanted
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
