"""Where this installation is: its ports, chosen once, and its engine."""

from __future__ import annotations

import os

from django.conf import settings

from carillon.asterisk.engine import EngineError
from carillon.asterisk.install import find_or_install
from carillon.asterisk.instance import Instance
from carillon.asterisk.ports import Ports

ENGINE = settings.PROJECT / "build" / "engine"


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


def instance() -> Instance:
    """This machine's engine; EngineError before the first `carillon up`."""
    engine = find_or_install(ENGINE, lambda text: print(text, flush=True))
    return Instance(settings.DATA / "node", engine, Ports.load(settings.DATA), settings.NODE)
