"""A full disk is one sentence with the way out, ends no telephone system, and leaves nothing half done behind."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import shutil
import sqlite3
import sys
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError

from carillon import cli
from carillon.accounts.models import Organization, User
from carillon.asterisk.ports import Ports
from carillon.cli import readiness, setup, supervisor, trouble
from carillon.cli.supervisor import Journal, Supervisor
from carillon.cli.tests.test_supervisor import SLEEPER, python, until
from carillon.cli.trouble import Trouble, disk_full, is_disk_full
from carillon.demo import history, people, speech

Usage = namedtuple("Usage", "total used free")


def full(*_arguments: object, **_named: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def sqlite_says() -> sqlite3.OperationalError:
    """What SQLite says when there is no room for another page."""
    with sqlite3.connect(":memory:") as database:
        database.execute("PRAGMA max_page_count = 2")
        try:
            for number in range(100):
                database.execute(f"CREATE TABLE t{number} (text)")
        except sqlite3.OperationalError as error:
            return error
    raise AssertionError("it had room")


def test_a_full_disk_is_known_by_its_number_by_words_and_by_its_cause() -> None:
    with pytest.raises(OSError, match="No space left") as caught, Path("/dev/full").open("wb", buffering=0) as file:
        file.write(b"x")
    assert is_disk_full(caught.value)
    assert is_disk_full(sqlite_says())
    wrapped = OperationalError("the transaction was broken off")
    wrapped.__cause__ = sqlite_says()
    assert is_disk_full(wrapped)
    assert is_disk_full(FileNotFoundError("No usable temporary directory found in ['/tmp']"))
    assert not is_disk_full(OperationalError("database is locked"))


def test_the_sentence_names_the_fullest_disk_that_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARILLON_DATA", str(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(9, 9, 0 if path == tmp_path else 9))
    assert str(disk_full()).startswith(f"The disk of {tmp_path} is full: free 100 MB there and run the same")


def test_a_command_on_a_full_disk_ends_with_that_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_words: object) -> int:
        raise OperationalError("database or disk is full")

    cache = tmp_path / "lib" / "x" / "__pycache__"
    cache.mkdir(parents=True)
    monkeypatch.setattr(trouble, "PROJECT", tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(cli, "_run", run)
    assert cli.main(["migrate"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("Trouble: The disk of ")
    assert said.count("\n") == 1
    assert not cache.exists(), "half a file of byte code may be in it"


def test_nothing_is_started_where_each_process_would_fail_in_its_own_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.DATA = tmp_path
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**9, 10**9, 50_000_000))
    with pytest.raises(OSError, match="No space left"):
        setup.prepare(demo=True, progress=print)
    assert list(tmp_path.iterdir()) == []
    Ports.choose(tmp_path, 8000, 5060)
    setup._check_room()  # a later start needs less


@pytest.mark.django_db
def test_a_demo_world_that_found_no_room_is_written_the_next_time_with_the_password_that_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.PROMPTS = tmp_path / "prompts"
    ports = Ports.choose(tmp_path, 8000, 5060)
    monkeypatch.setattr(setup, "DEMO_FILE", tmp_path / "demo.json")
    monkeypatch.setattr(setup, "engine", lambda _progress: SimpleNamespace(espeak=()))
    monkeypatch.setattr(speech, "spoken", lambda *_arguments: speech.tones())
    with monkeypatch.context() as no_room:
        no_room.setattr(setup, "write_json", full)
        with pytest.raises(OSError, match="No space"):
            setup._demo_world(ports, print)
    assert not Organization.objects.exists(), "nobody would know the password"
    with monkeypatch.context() as no_room:
        no_room.setattr(history, "write", full)
        with pytest.raises(OSError, match="No space"):
            setup._demo_world(ports, print)
    assert not Organization.objects.exists()
    setup._demo_world(ports, print)
    facts = setup.demo_facts()
    assert facts
    assert User.objects.get(username=people.ADMIN).check_password(facts["password"])


def test_half_a_list_of_static_files_is_not_taken_for_a_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    source, manifest = tmp_path / "static", tmp_path / "collected" / "staticfiles.json"
    for folder in (source, manifest.parent):
        folder.mkdir()
    (source / "app.css").write_text("a {}")
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], manifest.parent

    def collect(*_arguments: object, **_named: object) -> None:
        manifest.write_text("{")
        full()

    monkeypatch.setattr(setup, "call_command", collect)
    with pytest.raises(OSError, match="No space"):
        setup._collect_static()
    assert not manifest.exists()


async def test_a_report_that_finds_no_room_ends_nothing_and_starts_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path, ["one"], io.BytesIO())
    monkeypatch.setattr(supervisor, "write_json", full)
    made = Supervisor([python("one", SLEEPER)], journal, tmp_path / "processes.json")

    async def nothing() -> None:
        await until(lambda: made.children[0].pid)

    running = asyncio.create_task(made.run(nothing))
    await until(lambda: made.ready_at)
    await asyncio.sleep(0.6)
    assert (made.children[0].restarts, made.children[0].why) == (0, "")
    made._stopping.set()
    await running
    journal.close()


def test_a_file_that_found_no_room_leaves_the_one_before_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "demo.json"
    supervisor.write_json(path, {"password": "one"})
    monkeypatch.setattr(json, "dump", full)
    with pytest.raises(OSError, match="No space"):
        supervisor.write_json(path, {"password": "two"})
    assert "one" in path.read_text()
    assert list(tmp_path.iterdir()) == [path]


async def test_a_disk_that_fills_up_while_processes_start_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    async def never(_command: str) -> str:
        return ""

    settings.DATA = tmp_path
    monkeypatch.setattr(readiness, "console", never)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**9, 10**9, 0))
    with pytest.raises(Trouble, match="is full"):
        await asyncio.wait_for(readiness.wait(Ports.choose(tmp_path, 8000, 5060), demo=False), 5)
