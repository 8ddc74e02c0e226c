"""One Asterisk instance: its ports, chosen once and kept, and the static configuration that it starts with."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from carillon.asterisk.engine import Engine

TEMPLATES = Path(__file__).resolve().parents[2] / "deploy" / "asterisk"
FOLDERS = ("etc/generated", "lib", "keys/keys", "spool", "run", "log/cel-custom", "cache", "moh", "traces")
#: RTP needs two ports a call leg; an instance gets so many.
RTP_PORTS = 4000


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return a template with each @{name} replaced ; the dialplan is full of dollar signs. KeyError: one is missing."""
    return re.sub(r"@\{(\w+)\}", lambda found: values[found[1]], template)


@dataclass(frozen=True)
class Ports:
    """Where the processes of an instance meet. Kept in <data>/run/instance.json, mode 0600 (it has the AMI secret)."""

    http_port: int
    sip_port: int
    agi1: int
    agi2: int
    ami_port: int
    ami_user: str
    ami_secret: str
    rtp_start: int
    rtp_end: int
    demo_sip_port: int
    sip_bind: str = "0.0.0.0"  # noqa: S104 - phones and carriers are on other machines

    @classmethod
    def load(cls, data: Path) -> Ports | None:
        """Return what was chosen for this data folder, None before the first choice."""
        try:
            return cls(**json.loads((data / "run" / "instance.json").read_text()))
        except FileNotFoundError:
            return None

    @classmethod
    def choose(cls, data: Path, http_port: int, sip_port: int) -> Ports:
        """Return the kept ports, or choose free ones; the two that people type are as asked, each time."""
        kept = cls.load(data)
        fields = asdict(kept) if kept else cls._free()
        ports = cls(**{**fields, "http_port": http_port, "sip_port": sip_port})
        ports.save(data)
        return ports

    @staticmethod
    def _free() -> dict[str, int | str]:
        agi1, agi2, ami, demo = free_ports(4)
        # Instances side by side may overlap: Asterisk takes the next port where one is in use.
        start = 10000 + secrets.randbelow(5) * RTP_PORTS
        return {
            "agi1": agi1,
            "agi2": agi2,
            "ami_port": ami,
            "ami_user": "carillon",
            "ami_secret": secrets.token_urlsafe(24),
            "rtp_start": start,
            "rtp_end": start + RTP_PORTS - 1,
            "demo_sip_port": demo,
        }

    def save(self, data: Path) -> None:
        write_private(data / "run" / "instance.json", json.dumps(asdict(self), indent=1))


@dataclass(frozen=True)
class Instance:
    """A folder in which one Asterisk lives."""

    folder: Path
    engine: Engine
    ports: Ports
    node: str = "node1"

    @property
    def config(self) -> Path:
        return self.folder / "etc"

    def prepare(self) -> None:
        """Write the static configuration; what call control generated stays."""
        for name in FOLDERS:
            (self.folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        values = {
            **{name: str(value) for name, value in asdict(self.ports).items()},
            "folder": str(self.folder),
            "etc": str(self.config),
            "modules": str(self.engine.modules),
            "share": str(self.engine.share),
            "node": self.node,
        }
        for path in sorted(TEMPLATES.glob("*.conf")):
            write_private(self.config / path.name, fill(path.read_text(), values))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses on loopback now, all different."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
