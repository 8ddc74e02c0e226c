"""The command line tells troubles in one sentence, and tells what there is before anything was started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]


def carillon(data: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CARILLON_")}
    environment.pop("DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "carillon.cli", *words],
        env={**environment, "CARILLON_DATA": str(data), **more},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_status_of_an_empty_folder_is_data_too(tmp_path: Path) -> None:
    told = json.loads(carillon(tmp_path, "status", "--json", CARILLON_HTTP_PORT="8099").stdout)
    assert told["running"] is False
    assert told["portal"] == "http://127.0.0.1:8099/"
    assert told["demo"] is None
    assert told["processes"] == []
    assert set(told["versions"]) == {"carillon", "python", "django", "asterisk"}


def test_an_empty_start_makes_an_administrator_with_a_password_shown_once(tmp_path: Path) -> None:
    first = carillon(tmp_path, "setup")
    assert first.returncode == 0, first.stderr
    assert 'The first administrator signs in as "admin" with the password ' in first.stdout
    again = carillon(tmp_path, "setup", "--demo")
    assert "password" not in again.stdout
    assert "holds an organization already" in again.stdout
    assert json.loads(carillon(tmp_path, "status", "--json").stdout)["demo"] is None


def test_troubles_are_one_sentence_and_status_1(tmp_path: Path) -> None:
    for words in (
        ("demo", "call", "+3227811501"),
        ("asterisk", "core show channels"),
        ("callcontrol", "--worker", "1"),
    ):
        done = carillon(tmp_path, *words)
        assert done.returncode == 1, words
        assert "Traceback" not in done.stderr
        assert done.stderr.count("\n") == 1
    assert carillon(tmp_path, "nonsense").returncode == 2


def test_a_simulation_needs_a_known_organization_and_a_time(tmp_path: Path) -> None:
    carillon(tmp_path, "setup")
    done = carillon(tmp_path, "simulate", "112", "--organization", "nobody")
    assert done.stderr == 'Trouble: There is no organization "nobody"; there are: main.\n'
    done = carillon(tmp_path, "simulate", "112", "--at", "tomorrow")
    assert done.stderr == 'Trouble: "tomorrow" is no time; write it as "2027-01-01 10:00".\n'
