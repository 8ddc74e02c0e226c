"""One call-control worker."""

from __future__ import annotations

import argparse

from carillon.callcontrol import main as callcontrol


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--worker", type=int, choices=(1, 2), required=True, help="which of the two")


def run(options: argparse.Namespace) -> int:
    callcontrol.run(options.worker)
    return 0
