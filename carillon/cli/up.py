"""Starting everything on one machine, and saying when it is ready and how to use it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import os
import socket
import sys
from collections.abc import Iterator

from django.conf import settings

from carillon.asterisk.ports import Ports
from carillon.cli import readiness, setup, status
from carillon.cli.child import Program
from carillon.cli.place import remember_engine, typed_ports
from carillon.cli.supervisor import Journal, Supervisor
from carillon.cli.trouble import Trouble

RUN = settings.DATA / "run"
REPORT = RUN / "processes.json"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demo", action="store_true", help="an empty folder gets the demo world")
    parser.add_argument("--quiet", action="store_true", help="logs go to files only")


def run(options: argparse.Namespace) -> int:
    with _only_one():
        check_ports()
        remember_engine()
        Ports.choose(settings.DATA, *typed_ports()).without_taken(settings.DATA, _say)
        ports = setup.prepare(options.demo, _say)
        demo = setup.demo_facts() is not None
        listed = programs(demo)
        journal = Journal(settings.DATA / "logs", [program.name for program in listed], quiet=options.quiet)
        supervisor = Supervisor(listed, journal, REPORT)

        how_to_use = status.summary()

        async def when_started() -> None:
            await readiness.wait(ports, demo)
            journal.show("carillon", f"everything is up; logs are in {journal.folder}".encode())
            print(how_to_use, flush=True)

        try:
            with ports.held():
                asyncio.run(supervisor.run(when_started))
        finally:
            journal.close()
        print("Stopped.", flush=True)
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    RUN.mkdir(parents=True, exist_ok=True)
    with (RUN / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Trouble(
                f"Carillon runs already with the folder {settings.DATA}: stop it with Ctrl-C where it was started, "
                "or name another folder in CARILLON_DATA and other ports."
            ) from error
        yield


def check_ports() -> None:
    """Refuse to start where somebody else has the port that people would type."""
    http, sip = typed_ports()
    stream, datagram = socket.SOCK_STREAM, socket.SOCK_DGRAM
    for name, port, kind in (("HTTP", http, stream), ("SIP", sip, datagram), ("SIP", sip, stream)):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))  # noqa: S104 - where the portal and SIP will be
            except OSError as error:
                other = 8081 if name == "HTTP" else 5062
                raise Trouble(
                    f"The {name} port {port} is in use by another program: stop that program, "
                    f"or choose another port with CARILLON_{name}_PORT={other}"
                ) from error


def programs(demo: bool) -> list[Program]:
    """The processes of one machine."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}

    def program(name: str, *words: str, beats: bool = False) -> Program:
        argv = [sys.executable, "-m", "carillon.cli", *words]
        return Program(name, argv, environment, beats=beats)

    listed = [
        program("asterisk", "asterisk"),
        program("callcontrol-1", "callcontrol", "--worker", "1", beats=True),
        program("callcontrol-2", "callcontrol", "--worker", "2", beats=True),
        program("worker", "worker"),
        program("web", "web"),
    ]
    return [*listed, program("demo-asterisk", "demo")] if demo else listed
