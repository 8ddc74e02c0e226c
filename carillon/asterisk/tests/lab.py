"""An Asterisk as Carillon lays it out, with phones and carriers on loopback and scripted call-control workers."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from carillon.asterisk import text
from carillon.asterisk.fastagi import Channel, Server
from carillon.asterisk.install import find_or_install
from carillon.asterisk.instance import Instance, Ports, write_secret
from tests.calls.phone import Phone
from tests.calls.tones import Tones

ENGINE = Path(__file__).resolve().parents[3] / "build" / "engine"
ORGANIZATION, TRUNK = "org-7", "trunk-3"
CARRIERS = {"first": "127.0.0.3", "second": "127.0.0.4"}
EXTENSIONS = {"9001": "ann", "9002": "bob"}
PLACE = "+3227811599"


def free_port() -> int:
    """A port that was free for UDP and TCP a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def digest(name: str) -> str:
    return hashlib.md5(f"{name}:{text.REALM}:secret-{name}".encode()).hexdigest()  # noqa: S324 - as SIP wants it


def phone_facts(extension: str, caller_name: str = "") -> text.Phone:
    name = EXTENSIONS[extension]
    return text.Phone(name, digest(name), ORGANIZATION, caller_name or name, extension, PLACE)


class Lab:
    """One running instance. Nothing of call control runs unless a test says so."""

    def __init__(self, folder: Path) -> None:
        ports = Ports.choose(folder, free_port(), free_port())
        engine = find_or_install(ENGINE, print)
        self.instance = Instance(folder / "n", engine, ports)
        self.server = ("127.0.0.1", ports.sip_port)
        self.tones = Tones(["welcome", "low", "congestion"])
        self.phones: dict[str, Phone] = {}
        self.workers: list[Server] = []

    def write(self, ports: dict[str, int], phones: dict[str, text.Phone]) -> None:
        """Write the generated files: two phones, two carriers, one organization."""
        lines = [text.TrunkLine(name, TRUNK, ip, ports[name]) for name, ip in CARRIERS.items()]
        fallbacks = tuple(text.Fallback((number,), (name,)) for number, name in EXTENSIONS.items())
        inbound = (text.Fallback(("+3227811501", "3227811501"), ("ann", "bob")),)
        contexts = [
            text.Context(
                ORGANIZATION, (("112", "112"), ("0112", "112")), tuple(CARRIERS), fallbacks, (("9001", ("ann",)),)
            ),
            text.Context(TRUNK, (), (), inbound),
        ]
        pjsip = "".join([*map(text.trunk, lines), *map(text.phone, phones.values())])
        self.instance.generated.mkdir(parents=True, exist_ok=True)
        write_secret(self.instance.generated / "pjsip.conf", pjsip)
        write_secret(self.instance.generated / "extensions.conf", "".join(map(text.context, contexts)))

    async def worker(self, number: int, script: Callable[[Channel], Awaitable[None]]) -> Server:
        """Have a call-control worker answer with this script."""
        server = Server(script)
        ports = self.instance.ports
        await server.start("127.0.0.1", ports.agi1 if number == 1 else ports.agi2)
        self.workers.append(server)
        return server

    async def ask(self, command: str) -> str:
        return await asyncio.to_thread(self.instance.ask, command)


@asynccontextmanager
async def lab(folder: Path, caller_name: str = "") -> AsyncIterator[Lab]:
    """Start the instance, register the phones, open the carriers; end all of it."""
    made = await asyncio.to_thread(Lab, folder)
    for name, ip in CARRIERS.items():
        made.phones[name] = await Phone(name, made.tones, made.server, ip=ip).start()
    made.write(
        {name: made.phones[name].port for name in CARRIERS},
        {extension: phone_facts(extension, caller_name) for extension in EXTENSIONS},
    )
    process = await asyncio.to_thread(made.instance.start)
    try:
        await asyncio.to_thread(made.instance.wait_until_up, process)
        for name in EXTENSIONS.values():
            phone = Phone(name, made.tones, made.server, password=f"secret-{name}", ip="127.0.0.2")
            made.phones[name] = await phone.start()
            await phone.register()
        yield made
    finally:
        for phone in made.phones.values():
            await phone.stop()
        for server in made.workers:
            await server.drain()
        process.kill()
        await asyncio.to_thread(process.wait)
