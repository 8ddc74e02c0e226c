"""The stages of `make test`, in order; the first red one ends it. Every stage is a command that can be typed alone."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.databases import NoPostgresError, postgres

PROJECT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

FAST = "not calls and not browser"
LINT = [
    ["ruff", "check", "."],
    ["ruff", "format", "--check", "."],
    ["mypy", "carillon", "tests", "tools"],
    ["lint-imports"],
    ["djlint", "carillon", "--lint", "--quiet"],
]
STAGES = {
    "lint": ("house rules and types", LINT),
    "sqlite": ("units and screens on SQLite", [["pytest", "-q", "-n", "2", "-m", FAST]]),
    "postgres": (
        "units and screens on PostgreSQL",
        [["pytest", "-q", "-n", "2", "-m", FAST, "--ignore=carillon/routing"]],
    ),
    "routing": (
        "every branch of the decision",
        [["pytest", "-q", "carillon/routing", "--cov=carillon/routing", "--cov-branch", "--cov-fail-under=100"]],
    ),
    "browser": ("a real chromium", [["pytest", "-q", "-m", "browser", "tests"]]),
    "calls": ("real calls through a real Asterisk", [["pytest", "-q", "-m", "calls"]]),
}
ON_POSTGRES = {"postgres", "browser", "calls"}


def run(stage: str, environment: dict[str, str]) -> bool:
    """Run the commands of one stage and say how long they took."""
    title, commands = STAGES[stage]
    print(f"\n=== {stage}: {title}", flush=True)
    begun = time.monotonic()
    for command in commands:
        print("$ " + " ".join(command), flush=True)
        program = [str(BIN / command[0]), *command[1:]]
        if subprocess.run(program, cwd=PROJECT, env=environment, check=False).returncode:
            print(f"=== {stage}: FAILED", flush=True)
            return False
    print(f"=== {stage}: passed in {time.monotonic() - begun:.0f} s", flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stages", nargs="*", choices=[*STAGES, []], help="default: all")
    stages = parser.parse_args().stages or list(STAGES)
    plain = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    plain["PYTHONPATH"] = str(PROJECT)
    begun = time.monotonic()
    with postgres() as cluster:
        for stage in stages:
            database = {"DATABASE_URL": cluster.url} if stage in ON_POSTGRES else {}
            if not run(stage, plain | database):
                return 1
    print(f"\nAll passed, none skipped, in {(time.monotonic() - begun) / 60:.1f} minutes.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NoPostgresError as error:
        sys.exit(f"{error}")
