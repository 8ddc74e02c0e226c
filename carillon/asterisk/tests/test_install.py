"""The engine's way onto a machine: what is found, what is refused, and that each failure names the way out."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from carillon.asterisk import install, packages
from carillon.asterisk.engine import EngineError
from carillon.asterisk.install import TESTED_VERSION, find_or_install


def quiet(_text: str) -> None:
    """Progress that nobody reads."""


def etc(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


DEB822 = """# of the installer
Types: deb deb-src
URIs: http://mirror.example/debian http://second.example/debian/
Suites: trixie trixie-updates
Components: main non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://security.example/debian-security
Suites: trixie-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: trixie
Components: main
"""
FOREIGN = """Types: deb
URIs: https://packages.foreign.example/linux
Suites: bookworm
Components: main
Signed-By: /etc/apt/keyrings/foreign.gpg
"""


def test_mirrors_are_read_from_both_formats_and_foreign_ones_left_out(tmp_path: Path) -> None:
    old = "# deb http://old.example/debian bookworm main\n"
    one_line = old + "deb [arch=amd64] http://line.example/debian bookworm main contrib # x\n"
    folder = etc(
        tmp_path,
        {
            "sources.list": one_line
            + "deb cdrom:[Debian]/ bookworm main\ndeb-src http://src.example/debian bookworm main\n",
            "sources.list.d/debian.sources": DEB822,
            "sources.list.d/foreign.sources": FOREIGN,
            "sources.list.d/foreign.list": "deb [signed-by=/etc/x.gpg] https://x.example/debian bookworm main\n",
            "sources.list.d/off.list.disabled": "deb http://off.example/debian bookworm main\n",
        },
    )
    assert packages.mirrors(folder) == [
        "http://line.example/debian",
        "http://mirror.example/debian",
        "http://second.example/debian/",
    ]


def test_a_machine_of_another_distribution_has_no_mirror(tmp_path: Path) -> None:
    ubuntu = "deb http://archive.ubuntu.example/ubuntu noble main universe\n"
    assert packages.mirrors(etc(tmp_path, {"sources.list": ubuntu})) == []


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (lambda patch: patch.setenv("PATH", "/nowhere"), "apt-get is missing.*ASTERISK_BIN"),
        (lambda patch: patch.setattr(packages, "KEYRING", Path("/nowhere")), "install debian-archive-keyring"),
        (lambda patch: patch.setattr(packages, "mirrors", lambda _etc: []), "no mirror of Debian's main archive"),
        (lambda patch: patch.setattr(install, "NEEDED_BYTES", 10**18), "MB free; unpacking the engine needs"),
    ],
)
def test_what_is_missing_is_one_sentence_with_the_way_out(
    prepare: Callable[[pytest.MonkeyPatch], None], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASTERISK_BIN", raising=False)
    prepare(monkeypatch)
    with pytest.raises(EngineError, match=sentence):
        find_or_install(tmp_path / "engine", quiet)
    assert not (tmp_path / "engine").exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "E: Failed to fetch http://m/x  Temporary failure resolving 'm'",
            "check the network.*goes on where it stopped",
        ),
        ("E: You don't have enough free space in /x", "The disk of .* is full"),
        ("W: GPG error: http://m sid InRelease: NO_PUBKEY 1234", "update debian-archive-keyring"),
        ("E: Unable to locate package asterisk", "no installable Asterisk today"),
    ],
)
def test_what_apt_says_becomes_a_sentence(
    said: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text(f'#!/bin/sh\ncat <<"END"\n{said}\nEND\nexit 100\n')
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("ASTERISK_BIN", raising=False)
    monkeypatch.setattr(packages, "KEYRING", apt)
    monkeypatch.setattr(packages, "mirrors", lambda _etc: ["http://m.example/debian"])
    with pytest.raises(EngineError, match=sentence):
        find_or_install(tmp_path / "engine", quiet)


def test_a_folder_without_a_whole_manifest_is_not_taken_for_an_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASTERISK_BIN", raising=False)
    monkeypatch.setattr(packages, "mirrors", lambda _etc: [])
    folder = tmp_path / "engine"
    folder.mkdir()
    for manifest in ("", "{", json.dumps({"layout": 0, "names": ["asterisk", "espeak-ng"]}), json.dumps({"layout": 1})):
        (folder / install.MANIFEST).write_text(manifest)
        with pytest.raises(EngineError, match="no mirror"):
            find_or_install(folder, quiet)


def test_a_damaged_package_is_removed_so_that_the_next_run_fetches_it_again(tmp_path: Path) -> None:
    broken = tmp_path / "broken_1_all.deb"
    broken.write_bytes(b"!<arch>\nnothing")
    with pytest.raises(EngineError, match="is damaged and was removed: run it again"):
        packages.unpack([broken], tmp_path / "root")
    assert not broken.exists()


def installed(folder: Path, version: str) -> Path:
    """A tree that looks like an Asterisk installed below a prefix."""
    for name in ("lib/x/asterisk/modules/app_dial.so", "share/asterisk/documentation/core.xml", "bin/espeak-ng"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    program = folder / "sbin/asterisk"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\necho '{version}'\n")
    for path in (program, folder / "bin/espeak-ng"):
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return program


def test_an_installed_asterisk_is_used_and_another_version_than_the_tested_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = installed(tmp_path, "Asterisk 22.5.0")
    monkeypatch.setenv("ASTERISK_BIN", str(program))
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    said: list[str] = []
    engine = find_or_install(tmp_path / "engine", said.append)
    assert (engine.version, engine.asterisk) == ("22.5.0", (str(program),))
    assert engine.espeak == (str(tmp_path / "bin/espeak-ng"),)
    assert engine.modules == tmp_path / "lib/x/asterisk/modules"
    assert said == [f"Warning: this is Asterisk 22.5.0; Carillon was tested with {TESTED_VERSION}"]
    assert engine.ask(tmp_path, "core show uptime")[-2:] == ["-rx", "core show uptime"]


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("Asterisk 20.11.1", "is Asterisk 20.11.1; Carillon needs 22.4.1 or newer"),
        ("Asterisk 22.4.0~dfsg", "needs 22.4.1 or newer"),
        ("hello", "does not tell its version"),
    ],
)
def test_an_older_asterisk_is_refused(
    version: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASTERISK_BIN", str(installed(tmp_path, version)))
    with pytest.raises(EngineError, match=sentence):
        find_or_install(tmp_path / "engine", quiet)


def test_a_named_asterisk_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASTERISK_BIN", str(tmp_path / "none"))
    with pytest.raises(EngineError, match=r"does not start.*unset ASTERISK_BIN"):
        find_or_install(tmp_path / "engine", quiet)
