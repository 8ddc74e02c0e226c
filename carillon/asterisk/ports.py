"""Which ports an installation uses: chosen free once, kept in run/instance.json, read by all of its processes."""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from carillon.asterisk.engine import EngineError

RTP_PORTS = 2000  # for 1,000 streams: 500 calls between two phones at the same time
#: The ports that nobody types, and who listens there. RTP is not among them: Asterisk passes over ports in use.
OWN = {
    "agi1": "call control 1",
    "agi2": "call control 2",
    "ws_port": "the telephone in the browser",
    "https_port": "the portal with https",
    "demo_sip_port": "the demo phones",
}


@dataclass(frozen=True)
class Ports:
    """Where an installation listens."""

    http_port: int
    sip_port: int
    agi1: int
    agi2: int
    #: Where Asterisk takes the browser's telephone from the portal.
    ws_port: int
    #: The portal again, with a certificate of its own: where a browser demands that for a microphone.
    https_port: int
    rtp_start: int
    rtp_end: int
    demo_sip_port: int
    demo_rtp_start: int
    demo_rtp_end: int

    @staticmethod
    def path(data: Path) -> Path:
        return data / "run" / "instance.json"

    @classmethod
    def load(cls, data: Path) -> Self:
        """What was chosen; EngineError when nothing was chosen yet or the file is damaged."""
        path = cls.path(data)
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{name: kept[name] for name in cls.__dataclass_fields__})
        except FileNotFoundError as error:
            raise EngineError(f"{path} is missing: start the installation with `carillon up` first.") from error
        except (ValueError, KeyError, TypeError) as error:
            raise EngineError(f"{path} is damaged ({error}): remove it and start again.") from error

    @classmethod
    def choose(cls, data: Path, http_port: int, sip_port: int) -> Self:
        """Load what was chosen, or choose free ports and keep them; the two that people use are given."""
        try:
            before = cls.load(data)
        except EngineError:
            before = None
        if before and (before.http_port, before.sip_port) == (http_port, sip_port):
            return before
        if before and {http_port, sip_port}.isdisjoint(before._own()):
            chosen = replace(before, http_port=http_port, sip_port=sip_port)
            chosen._keep(data)
            return chosen
        ports = _free_ports({http_port, sip_port})
        rtp = _free_ranges()
        start, demo_start = next(rtp), next(rtp)
        chosen = cls(
            http_port=http_port,
            sip_port=sip_port,
            agi1=next(ports),
            agi2=next(ports),
            ws_port=next(ports),
            https_port=next(ports),
            rtp_start=start,
            rtp_end=start + RTP_PORTS - 1,
            demo_sip_port=next(ports),
            demo_rtp_start=demo_start,
            demo_rtp_end=demo_start + RTP_PORTS - 1,
        )
        chosen._keep(data)
        return chosen

    def without_taken(self, data: Path, tell: Callable[[str], None]) -> Self:
        """Choose anew what another program took since the last time; only while nothing of this installation runs."""
        free = _free_ports({self.http_port, self.sip_port} | self._own())
        taken = [name for name in OWN if not _is_free(getattr(self, name))]
        if not taken:
            return self
        chosen = replace(self, **{name: next(free) for name in taken})
        for name in taken:
            old, new = getattr(self, name), getattr(chosen, name)
            tell(f"Port {old} of {OWN[name]} is in use by another program: it is {new} from now on")
        chosen._keep(data)
        return chosen

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the last port of each range for RTP while this installation runs: another one then chooses elsewhere.

        Two that were chosen while neither ran may overlap; Asterisk passes over ports in use.
        """
        with ExitStack() as stack:
            for port in (self.rtp_end, self.demo_rtp_end):
                wire = stack.enter_context(closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)))
                with suppress(OSError):
                    wire.bind(("0.0.0.0", port))  # noqa: S104 - as Asterisk would
            yield

    def _own(self) -> set[int]:
        return {getattr(self, name) for name in OWN}

    def _keep(self, data: Path) -> None:
        path = self.path(data)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file, indent=1)
        draft.replace(path)


def _free_ports(taken: set[int]) -> Iterator[int]:
    """Ports below the kernel's own range, so that no outgoing connection takes one meanwhile."""
    while True:
        port = 20000 + secrets.randbelow(10000)
        if port not in taken and _is_free(port):
            taken.add(port)
            yield port


def _free_ranges() -> Iterator[int]:
    """First ports of ranges for RTP, disjoint, that no running installation holds."""
    slots = list(range(10000, 20000 - RTP_PORTS + 1, RTP_PORTS)) + list(range(40000, 60001, RTP_PORTS))
    secrets.SystemRandom().shuffle(slots)
    held = [start for start in slots if not _is_free(start + RTP_PORTS - 1)]
    yield from sorted(slots, key=held.__contains__)  # where all are held, one that is


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with closing(socket.socket(socket.AF_INET, kind)) as trial:
            if kind == socket.SOCK_STREAM:
                # Connections of our own that ended a moment ago do not make a port taken.
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("0.0.0.0", port))  # noqa: S104 - only tried, never listened on
            except OSError:
                return False
    return True
