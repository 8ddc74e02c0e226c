"""Where this installation is: its ports, chosen once, and its engine."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

from django.conf import settings

from carillon.asterisk.engine import Engine, EngineError
from carillon.asterisk.install import find_or_install
from carillon.asterisk.instance import Instance
from carillon.asterisk.ports import Ports

ENGINE = settings.PROJECT / "build" / "engine"
#: Holds the ASTERISK_BIN of the last start, for commands that are typed in another terminal.
NAMED_ENGINE = settings.DATA / "run" / "asterisk_bin"


def kept_ports() -> Ports | None:
    """The ports of this data folder; None before the first start."""
    if not Ports.path(settings.DATA).exists():
        return None
    return Ports.load(settings.DATA)


def typed_ports() -> tuple[int, int]:
    """HTTP and SIP port: as the environment says, else as they were the last time, else the usual ones."""
    try:
        kept = kept_ports()
    except EngineError:
        kept = None  # a damaged file: choose() writes a new one
    http = kept.http_port if kept and "CARILLON_HTTP_PORT" not in os.environ else settings.HTTP_PORT
    sip = kept.sip_port if kept and "CARILLON_SIP_PORT" not in os.environ else settings.SIP_PORT
    return http, sip


def remember_engine() -> None:
    """Keep which Asterisk this start uses."""
    NAMED_ENGINE.write_text(os.environ.get("ASTERISK_BIN", ""))


def named_engine() -> str:
    """The Asterisk that ASTERISK_BIN names, here or at the last start; empty for the unpacked one."""
    with contextlib.suppress(OSError):
        return os.environ.get("ASTERISK_BIN") or NAMED_ENGINE.read_text()
    return ""


def engine(progress: Callable[[str], None]) -> Engine:
    """This installation's engine, unpacked first if need be."""
    return find_or_install(ENGINE, progress, named_engine())


def instance() -> Instance:
    """This machine's Asterisk; EngineError before the first `carillon up`."""
    mine = engine(lambda text: print(text, flush=True))
    return Instance(settings.DATA / "node", mine, Ports.load(settings.DATA), settings.NODE)
