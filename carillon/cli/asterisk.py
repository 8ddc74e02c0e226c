"""The engine as a process of this machine."""

from __future__ import annotations

import argparse
import os

from django.conf import settings

from carillon.asterisk.install import find_or_install
from carillon.asterisk.instance import Instance, Ports
from carillon.cli.trouble import Trouble

ENGINE = settings.PROJECT / "build" / "engine"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ask", nargs="*", help="a console command for the running engine, e.g.: core show channels")


def instance() -> Instance:
    """This machine's engine with its ports; Trouble before the first `carillon up`."""
    ports = Ports.load(settings.DATA)
    if ports is None:
        raise Trouble("No ports are chosen yet: run `carillon up` first.")
    return Instance(settings.DATA / "node", find_or_install(ENGINE, print), ports)


def run(options: argparse.Namespace) -> int:
    """Write the static configuration and become the engine, so that its process id is the one that is supervised."""
    mine = instance()
    if options.ask:
        argv = mine.engine.ask(mine.config, " ".join(options.ask))
        os.execv(argv[0], argv)  # noqa: S606 - an argv list, no shell wanted
    mine.prepare()
    environment = {**os.environ, "MALLOC_ARENA_MAX": "2"}
    argv = mine.engine.start(mine.config)
    os.execve(argv[0], argv, environment)  # noqa: S606 - the same
    return 1
