"""An installed Asterisk that ASTERISK_BIN names is used for everything, and a call through it is heard."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from carillon.asterisk.engine import TESTED_VERSION, Engine
from carillon.asterisk.install import find_or_install
from carillon.demo import people
from tests.calls.test_up import PROJECT, Installation, free_port, up, visitor
from tests.calls.tones import Tones

pytestmark = pytest.mark.calls


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.delenv("ASTERISK_BIN", raising=False)
    return find_or_install(PROJECT / "build" / "engine", print)


def installed(prefix: Path, engine: Engine, version: str = "") -> Path:
    """A prefix as `make install` leaves one: the unpacked engine behind the program's usual name and folders."""
    program = prefix / "sbin" / "asterisk"
    for folder, kept in ((prefix / "lib/asterisk/modules", engine.modules), (prefix / "share/asterisk", engine.share)):
        folder.parent.mkdir(parents=True)
        folder.symlink_to(kept)
    program.parent.mkdir()
    claim = f'[ "$1" = -V ] && {{ echo "Asterisk {version}"; exit 0; }}\n' if version else ""
    program.write_text(f'#!/bin/sh\n{claim}exec {shlex.join(engine.asterisk)} "$@"\n')
    program.chmod(0o755)
    return program


def carillon(installation: Installation, *words: str) -> str:
    """What a command says that is typed in another terminal, where nobody set ASTERISK_BIN."""
    environment = {name: value for name, value in installation.environment.items() if name != "ASTERISK_BIN"}
    command = [sys.executable, "-m", "carillon.cli", *words]
    done = subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_calls_go_through_the_installed_asterisk_and_other_terminals_find_it(
    tmp_path: Path, unpacked: Engine
) -> None:
    program = installed(tmp_path / "opt", unpacked)
    with up(tmp_path / "data", ASTERISK_BIN=str(program)) as installation:
        told = installation.status()
        assert told["versions"]["asterisk"] == f"{unpacked.version} ({program})"
        assert ("Warning: this is Asterisk" in installation.said) is (unpacked.version != TESTED_VERSION)
        modules = (tmp_path / "data" / "node" / "etc" / "asterisk.conf").read_text()
        assert str(tmp_path / "opt" / "lib/asterisk/modules") in modules
        phone = await visitor(told, Tones())
        try:
            call = await phone.call("9011").answered(20)
            await call.hears("visitor", 12)  # Elise says her name, then echoes
            await call.hang_up()
        finally:
            await phone.stop()
        assert f"({program})" in await asyncio.to_thread(carillon, installation, "status")
        said = await asyncio.to_thread(carillon, installation, "demo", "call", "+3227811606", "--seconds", "4")
        assert f"rang   {people.FARIDS_MOBILE}: answered" in said
        assert "decided by call control" in said.lower()
        assert "active call" in await asyncio.to_thread(carillon, installation, "asterisk", "core show channels")


def test_another_version_is_warned_of_and_works(tmp_path: Path, unpacked: Engine) -> None:
    program = installed(tmp_path / "opt", unpacked, "22.99.0")
    with up(tmp_path / "data", ASTERISK_BIN=str(program)) as installation:
        warning = f"Warning: this is Asterisk 22.99.0; Carillon was tested with {TESTED_VERSION}"
        assert warning in installation.said
        assert installation.status()["versions"]["asterisk"] == f"22.99.0 ({program})"
        assert f"rang   {people.FARIDS_MOBILE}: answered" in installation.carrier_calls("+3227811606")


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("22.4.0", "is Asterisk 22.4.0; Carillon needs 22.4.1 or newer"),
        ("nonsense", "does not tell its version"),
    ],
)
def test_an_asterisk_that_will_not_do_ends_the_start_with_one_sentence(
    version: str, sentence: str, tmp_path: Path, unpacked: Engine
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {
        "CARILLON_DATA": str(tmp_path / "data"),
        "CARILLON_HTTP_PORT": str(free_port()),
        "CARILLON_SIP_PORT": str(free_port()),
        "ASTERISK_BIN": str(installed(tmp_path / "opt", unpacked, version)),
    }
    for _start in ("first", "later"):
        done = subprocess.run(
            [sys.executable, "-m", "carillon.cli", "up", "--demo"],
            env=environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 1
        assert done.stderr.startswith("Trouble: ")
        assert sentence in done.stderr
        assert "unset ASTERISK_BIN" in done.stderr
        assert done.stderr.count("\n") == 1
