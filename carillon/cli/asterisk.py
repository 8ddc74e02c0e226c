"""The engine as a process of this machine, and its console."""

from __future__ import annotations

import argparse
import os

from carillon.cli.place import instance


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ask", nargs="*", help="a console command for the running engine, e.g.: core show channels")


def run(options: argparse.Namespace) -> int:
    """Write the static configuration and become the engine, so that its process id is the one that is supervised."""
    mine = instance()
    if options.ask:
        print(mine.ask(" ".join(options.ask)), end="")
        return 0
    mine.lay_out()
    argv = mine.command()
    os.execve(argv[0], argv, mine.environment())  # noqa: S606 - an argv list, no shell wanted
    return 1
