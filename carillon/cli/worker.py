"""The worker of mail and background jobs."""

from __future__ import annotations

import argparse

from carillon.cli.place import engine
from carillon.jobs import worker
from carillon.prompts import speech


def arguments(parser: argparse.ArgumentParser) -> None:
    """It has none."""


def run(_options: argparse.Namespace) -> int:
    # Looked for when something is to be said: a worker needs no engine for anything else.
    speech.use(lambda: engine(print).espeak)
    worker.run()
    return 0
