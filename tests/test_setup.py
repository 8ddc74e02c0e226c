"""`make run` on a machine that is not as it should be: one sentence with the way out, and the next run goes on."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import setup

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the clone, with nothing installed."""
    monkeypatch.setattr(setup, "PROJECT", tmp_path)
    monkeypatch.setattr(setup, "BUILD", tmp_path / "build")
    monkeypatch.setattr(setup, "BIN", tmp_path / ".venv" / "bin")
    monkeypatch.setattr(setup, "LOG", tmp_path / "build" / "setup.log")
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "build" / "stamps")
    for name in ("CARILLON_DATA", "CARILLON_HTTP_PORT", "CARILLON_SIP_PORT", "DEMO", "ASTERISK_BIN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CARILLON_DATA", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_taken_port_is_named_with_the_way_out(busy_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARILLON_HTTP_PORT", str(busy_port))
    monkeypatch.setenv("CARILLON_SIP_PORT", "0")
    with pytest.raises(setup.SetupError, match=f"HTTP port {busy_port} is in use.*make run CARILLON_HTTP_PORT="):
        setup.check_ports()


def test_a_second_start_in_the_same_folder_is_told_so(clone: Path) -> None:
    lock = clone / "data" / "run" / "up.lock"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(setup.SetupError, match="runs already"):
            setup.check_ports()


def test_a_sip_port_that_is_taken_for_tcp_only_is_named_too(busy_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARILLON_HTTP_PORT", "0")
    monkeypatch.setenv("CARILLON_SIP_PORT", str(busy_port))
    with pytest.raises(setup.SetupError, match=f"SIP port {busy_port} is in use"):
        setup.check_ports()


def test_a_full_disk_is_found_before_anything_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**9, 10**9, 20_000_000))
    with pytest.raises(setup.SetupError, match="20 MB of disk space left; a first run needs 1500"):
        setup.check_machine()


def test_a_full_disk_of_the_data_folder_is_found_before_anything_is_fetched(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "room", lambda folder: 99 if folder == clone / "data" else 9999)
    with pytest.raises(setup.SetupError, match="data has 99 MB of disk space left; a first run needs 100"):
        setup.check_machine()


def test_on_a_full_disk_python_keeps_no_byte_code(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    setup.mark("engine", "")
    (clone / "data" / "run").mkdir(parents=True)
    (clone / "data" / "run" / "instance.json").touch()
    setup.check_machine()
    assert "PYTHONDONTWRITEBYTECODE" not in os.environ
    monkeypatch.setattr(setup, "room", lambda _folder: 30)
    setup.check_machine()
    assert os.environ["PYTHONDONTWRITEBYTECODE"] == "1"


def test_a_program_that_fails_without_a_word_on_a_full_disk_is_not_blamed_on_the_network(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "room", lambda folder: 5 if folder == clone else 9999)
    with pytest.raises(setup.SetupError, match=f"The disk of {clone} is full: free 1500 MB there"):
        setup.call([sys.executable, "-c", "import sys; sys.exit(1)"], setup.network("Python packages"))


def test_a_log_without_room_hides_nothing_of_what_a_program_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "LOG", Path("/dev/full"))
    with pytest.raises(setup.SetupError, match=r"^Do this\.$"):
        setup.call([sys.executable, "-c", "import sys; print('Trouble: Do this.'); sys.exit(1)"], "Otherwise.")


def test_a_step_of_our_own_that_finds_no_room_is_told_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "steps", lambda _what: [("Marks", lambda: str(Path("/dev/full").write_text("x")))])
    assert setup.main(["setup"]) == 1
    assert "failed\n\nThe disk of " in capsys.readouterr().out


def test_half_written_byte_code_is_forgotten_after_a_failure(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    caches = [clone / ".venv" / "lib" / "x" / "__pycache__", clone / "carillon" / "cli" / "__pycache__"]
    for cache in caches:
        cache.mkdir(parents=True)
        (cache / "module.cpython-311.pyc").write_bytes(b"half")
    monkeypatch.setattr(setup, "steps", lambda _what: [("Marks", lambda: str(Path("/dev/full").write_text("x")))])
    assert setup.main(["setup"]) == 1
    assert not any(cache.exists() for cache in caches)
    assert all(cache.parent.exists() for cache in caches)


def test_an_environment_that_was_broken_off_is_made_anew(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setattr(setup, "find_uv", lambda: "uv")
    typed: list[list[str]] = []

    def breaks_off(argv: list[str], *_rest: object) -> None:
        typed.append(argv)
        if argv[0] == "uv" and len(typed) == 1:
            raise setup.SetupError("The disk is full.")

    monkeypatch.setattr(setup, "call", breaks_off)
    with pytest.raises(setup.SetupError):
        setup.python_packages(dev=False)
    setup.python_packages(dev=False)
    setup.python_packages(dev=False)
    assert [argv[0] == "uv" for argv in typed] == [True, False, True, True]
    assert typed[1][1:4] == ["-m", "venv", "--clear"]


def test_a_missing_package_is_named_to_a_plain_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "missing_packages", lambda: ["python3-venv"])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(setup.SetupError, match="apt-get install python3-venv"):
        setup.check_machine()


def test_root_has_the_missing_package_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    typed: list[list[str]] = []
    monkeypatch.setattr(setup, "missing_packages", lambda: ["python3-venv"])
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(setup, "call", lambda argv, *_rest: typed.append(argv))
    setup.check_machine()
    assert typed[-1][-1] == "python3-venv"


def test_an_old_python_is_told_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(setup.SetupError, match=r"Python 3\.9 is too old: Carillon needs 3\.11"):
        setup.check_machine()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("error: No space left on device (os error 28)", "The disk of .* is full"),
        ("npm ERR! code ENOSPC", "The disk of .* is full"),
        ("noise\nTrouble: The signature can't be checked: do this.", "The signature can't be checked: do this."),
        ("Temporary failure in name resolution", "check the network"),
    ],
)
def test_what_a_program_says_becomes_one_sentence(said: str, told: str) -> None:
    program = [sys.executable, "-c", f"import sys; print({said!r}); sys.exit(1)"]
    with pytest.raises(setup.SetupError, match=told) as caught:
        setup.call(program, setup.network("Python packages"))
    assert "\n" not in str(caught.value)
    assert said in setup.LOG.read_text()


def test_a_program_that_is_not_there_is_no_traceback() -> None:
    with pytest.raises(setup.SetupError, match="can't be started"):
        setup.call(["/no/such/uv", "sync"], "Install it.")


def test_a_broken_download_leaves_no_stamp_and_the_next_run_goes_on(
    monkeypatch: pytest.MonkeyPatch, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []
    network = iter([False, True])

    def packages() -> str:
        if not next(network):
            raise setup.SetupError(setup.network("Python packages"))
        done.append("packages")
        return ""

    monkeypatch.setattr(setup, "steps", lambda _what: [("Python packages", packages)])
    assert setup.main(["setup"]) == 1
    said = capsys.readouterr().out
    assert said.startswith(
        "[1/1] Python packages ... failed\n\nThe Python packages can't be fetched: check the network"
    )
    assert "Traceback" not in said
    assert setup.main(["setup"]) == 0
    assert done == ["packages"]
    assert "done in" in capsys.readouterr().out


def test_a_done_step_is_skipped_until_its_sources_change(clone: Path) -> None:
    source = clone / "uv.lock"
    source.write_text("one")
    setup.mark("python", setup.digest([source]))
    assert setup.is_done("python", setup.digest([source]))
    source.write_text("two")
    assert not setup.is_done("python", setup.digest([source]))


def test_a_real_download_that_fails_ends_with_status_1(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bin_folder = clone / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    fake = bin_folder / "uv"
    fake.write_text("#!/bin/sh\necho 'error: dns error: failed to lookup address'\nexit 2\n")
    fake.chmod(0o755)
    (bin_folder / "python").symlink_to(sys.executable)
    monkeypatch.setattr(setup, "find_uv", lambda: str(fake))
    with pytest.raises(setup.SetupError, match="Python packages can't be fetched: check the network"):
        setup.python_packages(dev=False)
    assert not (clone / "build" / "stamps" / "python").exists()


def test_the_program_needs_no_package_of_ours() -> None:
    file = Path(__file__).resolve().parents[1] / "tools" / "setup.py"
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(file), "nonsense"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "usage" in done.stdout
