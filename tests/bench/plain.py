"""The yardstick: the same engine, modules and phones with the hunt group as a plain dialplan: no log, events or AGI."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from carillon.asterisk.install import find_or_install
from carillon.asterisk.instance import Instance
from carillon.asterisk.ports import Ports
from tests.bench.figures import say
from tests.bench.sipp import Address
from tests.bench.targets import Target

PROJECT = Path(__file__).resolve().parents[2]
NUMBER = "+3227811501"

EXTENSIONS = """
[general]
static=yes
[trunk-{trunk}]
exten => {number},1,GotoIfTime(00:00-23:59,mon-sun,*,*?open:closed)
 same => n(open),Dial({legs},30)
 same => n,Hangup()
 same => n(closed),Hangup(17)
"""


def free_port() -> int:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind(("0.0.0.0", 0))  # noqa: S104 - as Asterisk does
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def plain_asterisk(folder: Path, pjsip: str, dialplan: str, caller: Address) -> Iterator[Target]:
    """Start it with the phones of `pjsip`, wait until it takes calls, and stop it at the end."""
    ports = Ports.choose(folder, 0, free_port())
    instance = _Plain(folder / "node", find_or_install(PROJECT / "build" / "engine", say), ports)
    instance.generated.mkdir(parents=True, exist_ok=True)
    (instance.generated / "pjsip.conf").write_text(pjsip)
    (folder / "extensions.conf").write_text(dialplan)
    process = instance.start()
    try:
        instance.wait_until_up(process)
        yield Target("plain dialplan", Address("127.0.0.1", ports.sip_port), caller, NUMBER, {"asterisk": process.pid})
    finally:
        process.terminate()
        process.wait(10)


class _Plain(Instance):
    """An instance as Asterisk comes, with nothing more than the hunt group: no log, no events."""

    def lay_out(self) -> None:
        super().lay_out()
        (self.etc / "extensions.conf").write_text((self.folder.parent / "extensions.conf").read_text())
        (self.etc / "cel.conf").write_text("[general]\nenable=no\n")
        (self.etc / "stasis.conf").write_text("")
