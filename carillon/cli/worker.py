"""The worker of mail and background jobs."""

from __future__ import annotations

import argparse

from carillon.jobs import worker


def arguments(parser: argparse.ArgumentParser) -> None:
    """It has none."""


def run(_options: argparse.Namespace) -> int:
    worker.run()
    return 0
