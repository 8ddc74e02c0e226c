"""Which Debian packages make the engine, and how they are fetched without root and with their signatures checked."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from carillon.asterisk.engine import EngineError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SUITE = "sid"  # the one suite of Debian that has Asterisk
OWN_ASTERISK = "or install Asterisk 22.4.1 or newer yourself and name it in ASTERISK_BIN"
_SUITES = {"bullseye", "bookworm", "trixie", "forky", "duke"}
_SUITES |= {"sid", "oldoldstable", "oldstable", "stable", "testing", "unstable"}


def mirrors(etc: Path) -> list[str]:
    """Addresses of Debian's main archive in apt's own sources files (both formats) under `etc`."""
    entries: list[tuple[list[str], list[str], list[str]]] = []
    for path in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]:
        if path.suffix in (".list", ".sources") and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            entries += _deb822(text) if path.suffix == ".sources" else _one_line(text)
    found = [
        uri
        for uris, suites, components in entries
        if "main" in components and any(_is_debian(suite) for suite in suites)
        for uri in uris
        if "debian-security" not in uri and not uri.startswith("cdrom:")
    ]
    # A foreign repository may use Debian's code names: the likely mirrors come first, the rest is tried after.
    return sorted(dict.fromkeys(found), key=lambda uri: not re.search(r"/debian/?$|^mirror\+|debian\.org", uri))


def _is_debian(suite: str) -> bool:
    return re.sub(r"-(updates|proposed-updates)$", "", suite) in _SUITES


def _deb822(text: str) -> Iterator[tuple[list[str], list[str], list[str]]]:
    for stanza in re.split(r"\n\s*\n", re.sub(r"(?m)^#.*\n?", "", text)):
        pairs = re.findall(r"(?m)^([A-Za-z0-9-]+):[ \t]*(.*(?:\n[ \t].*)*)", stanza)
        fields = {name.lower(): value.split() for name, value in pairs}
        signed = " ".join(fields.get("signed-by", []))
        if fields.get("enabled") == ["no"] or "deb" not in fields.get("types", []):
            continue
        if signed and "debian-archive" not in signed:
            continue
        yield fields.get("uris", []), fields.get("suites", []), fields.get("components", [])


def _one_line(text: str) -> Iterator[tuple[list[str], list[str], list[str]]]:
    for line in text.splitlines():
        found = re.match(r"\s*deb\s+(\[[^\]]*\])?\s*(\S+)\s+(\S+)\s*([^#]*)", line)
        if not found:
            continue
        options, uri, suite, components = found.groups()
        if "signed-by=" in (options or "") and "debian-archive" not in options:
            continue
        yield [uri], [suite], components.split()


def fetch(work: Path, names: Sequence[str], progress: Callable[[str], None]) -> list[Path]:
    """The .deb files of these packages and all that they need, below `work`; goes on where it was broken off."""
    for tool in ("apt-get", "apt-config", "dpkg-deb"):
        if not shutil.which(tool):
            raise EngineError(
                f"{tool} is missing, so this is no Debian: run Carillon on Debian 12 or 13, {OWN_ASTERISK}."
            )
    if not KEYRING.is_file():
        raise EngineError(f"{KEYRING} is missing: install debian-archive-keyring, {OWN_ASTERISK}.")
    addresses = mirrors(Path("/etc/apt"))
    if not addresses:
        raise EngineError(f"apt's sources files name no mirror of Debian's main archive: add one, {OWN_ASTERISK}.")
    last: EngineError | None = None
    for address in addresses:
        _lay_out(work, address)
        try:
            progress(f"Reading Debian's package list from {address}")
            _apt(work, ["update"], lambda _line: None)
            _download(work, names, progress)
            return sorted((work / "cache/archives").glob("*.deb"))
        except EngineError as error:
            last = error
    raise last or EngineError("No mirror of Debian answered.")


def _lay_out(work: Path, address: str) -> None:
    for folder in ("lists/partial", "state", "cache/archives/partial", "etc/sources.d"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    (work / "status").touch()
    (work / "etc/sources.d/engine.sources").write_text(
        f"Types: deb\nURIs: {address}\nSuites: {SUITE}\nComponents: main\nSigned-By: {KEYRING}\n"
    )
    # Of the machine's own apt settings only the transport (proxies, time limits) is kept: its hooks need root.
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False).stdout  # noqa: S607 - apt is where PATH has it
    kept = [line for line in dump.splitlines() if re.match(r"Acquire::(https?|ftp|Retries|ForceIPv)", line)]
    ours = {
        "Dir::Etc::parts": "/dev/null",
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": work / "etc/sources.d",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::State": work / "state",
        "Dir::State::lists": work / "lists",
        "Dir::State::status": work / "status",
        "Dir::Cache": work / "cache",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
        "APT::Update::Error-Mode": "any",
        "APT::Get::AllowUnauthenticated": "false",
        "Acquire::AllowInsecureRepositories": "false",
        "Acquire::Languages": "none",
        "Acquire::Check-Valid-Until": "false",  # a mirror may lag behind; signatures are checked all the same
        "Debug::NoLocking": "true",
    }
    text = "".join(f'{name} "{value}";\n' for name, value in ours.items())
    (work / "etc/apt.conf").write_text("\n".join([*kept, text]))


def _download(work: Path, names: Sequence[str], progress: Callable[[str], None]) -> None:
    wanted: list[str] = []
    _apt(work, ["--print-uris", "-y", "install", *names], wanted.append)
    sizes = [int(found[1]) for line in wanted if (found := re.match(r"'\S+' \S+ (\d+) ", line))]
    progress(f"Fetching {len(sizes)} packages of Debian {SUITE}, {sum(sizes) // 1_000_000} MB")
    got = 0

    def count(line: str) -> None:
        nonlocal got
        if line.startswith("Get:"):
            got += 1
            if got % 25 == 0:
                progress(f"Fetched {got} of {len(sizes)} packages")

    _apt(work, ["-y", "--download-only", "install", *names], count)


def _apt(work: Path, arguments: Sequence[str], each_line: Callable[[str], None]) -> None:
    environment = os.environ | {"APT_CONFIG": str(work / "etc/apt.conf"), "LC_ALL": "C.UTF-8"}
    said: list[str] = []
    with subprocess.Popen(
        ["apt-get", *arguments],  # noqa: S607 - apt is where PATH has it
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            said.append(line.rstrip())
            each_line(line.rstrip())
    if process.returncode != 0:
        raise EngineError(_why("\n".join(said), work))


def disk_full(folder: Path) -> str:
    """The sentence for it, and the way out."""
    return f"The disk of {folder} is full: free 1 GB there and run it again; it goes on where it stopped."


def _why(said: str, work: Path) -> str:
    """One sentence from what apt-get said."""
    troubles = [line for line in said.splitlines() if line.startswith(("E:", "W:", "Err:"))]
    detail = troubles[0] if troubles else said.strip()[-300:]
    if re.search(r"No space left|enough free space|Disk quota", said):
        return f"{disk_full(work)[:-1]} ({detail})."
    if re.search(r"NO_PUBKEY|not signed|verif|GPG error|Sqv|signature", said, re.IGNORECASE):
        return f"The signature of Debian's package list can't be checked: update debian-archive-keyring ({detail})."
    if re.search(r"Unable to locate package|unmet dependencies|no installation candidate", said):
        return f"Debian {SUITE} has no installable Asterisk today: try again later, {OWN_ASTERISK} ({detail})."
    return f"Debian's mirror can't be read: check the network and run it again; it goes on where it stopped ({detail})."


def unpack(archives: Sequence[Path], root: Path) -> None:
    """All files of these packages below `root`; a broken one is removed, so that the next run fetches it again."""
    root.mkdir(parents=True, exist_ok=True)
    for archive in archives:
        done = subprocess.run(
            ["dpkg-deb", "-x", str(archive), str(root)],  # noqa: S607 - dpkg is where PATH has it
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            if "No space left" in done.stderr:
                raise EngineError(disk_full(root))
            archive.unlink(missing_ok=True)
            raise EngineError(f"{archive.name} is damaged and was removed: run it again ({done.stderr.strip()[:200]}).")
