"""The product under measurement: its processes as `carillon up` starts them, and a hunt group of three phones."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import time
from pathlib import Path

from django.conf import settings

from carillon.accounts.models import Organization, User
from carillon.asterisk.ports import Ports
from carillon.cli.child import Program
from carillon.cli.migrate import migrate
from carillon.cli.place import instance
from carillon.cli.up import programs
from carillon.devices.models import SipDevice
from carillon.devices.vault import new_secret, seal, unseal
from carillon.functions.models import HuntGroup
from carillon.numbers.models import FunctionNumber, Number, Trunk
from carillon.schedules.models import Schedule, ScheduleEvent
from tests.bench.machine import wait_for
from tests.bench.plain import NUMBER
from tests.bench.register import register
from tests.bench.sipp import Address
from tests.bench.targets import Target

#: What serves calls; the portal and the worker do not.
SERVING = ("asterisk", "callcontrol-1", "callcontrol-2")


@dataclass(frozen=True)
class World:
    """The rows of the measured hunt group."""

    organization: Organization
    function: FunctionNumber
    devices: list[SipDevice]


def build_world(caller: Address) -> World:
    """Write an organization whose number rings three people; its schedule is that of a company, and always open."""
    organization = Organization.objects.create(name="Bench", slug="bench", home_node=settings.NODE, main_number=NUMBER)
    site = organization.sites.create(name="Head office", address="Kerkstraat 1", emergency_number=NUMBER)
    Trunk.objects.create(name="Carrier", endpoint="tbench", host=caller.ip, port=caller.port, node=settings.NODE)
    number = organization.numbers.create(kind=Number.Kind.E164, value=NUMBER)
    function = organization.function_numbers.create(name="Main number", number=number)
    group = HuntGroup.objects.create(function_number=function, ring_seconds=30)
    devices = []
    for position in range(1, 4):
        user = User.objects.create_user(f"bench{position}", None, organization=organization, last_name=f"{position}")
        group.members.create(position=position, user=user)
        devices.append(organization.sip_devices.create(user=user, site=site, secret=seal(new_secret())))
    schedule = Schedule.objects.create(function_number=function)
    for position, (begin, end) in enumerate(((time(8, 30), time(12, 30)), (time(13, 30), time(18))), start=1):
        schedule.events.create(
            position=position,
            name=f"{begin}",
            action=ScheduleEvent.Action.OPEN,
            repeat=ScheduleEvent.Repeat.WEEK,
            weekdays=31,
            time_from=begin,
            time_to=end,
        )
    schedule.events.create(position=3, name="Default", is_default=True, action=ScheduleEvent.Action.OPEN)
    return World(organization, function, devices)


@contextmanager
def running(caller: Address, phones: list[Address], names: tuple[str, ...] = SERVING) -> Iterator[tuple[Target, World]]:
    """Start the named processes on a fresh database in CARILLON_DATA and register the phones."""
    ports = Ports.choose(settings.DATA, settings.HTTP_PORT, settings.SIP_PORT)
    migrate()
    world = build_world(caller)
    server = Address("127.0.0.1", ports.sip_port)
    with ExitStack() as stack:
        pids = {
            program.name: stack.enter_context(child(program.name, list(program.argv)))
            for program in programs(demo=False)
            if program.name in names
        }
        wait_for(lambda: _serves(ports), 40, "call control")
        register_all(server, world.devices, phones)
        yield Target("Carillon", server, caller, NUMBER, pids), world


def register_all(server: Address, devices: list[SipDevice], phones: list[Address]) -> None:
    for device, phone in zip(devices, phones, strict=True):
        register(server, phone, device.endpoint, unseal(device.secret))


@contextmanager
def child(name: str, argv: list[str]) -> Iterator[int]:
    logs = Path(settings.DATA) / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=dict(os.environ))
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _serves(ports: Ports) -> bool:
    """Whether both workers listen and the engine has read the phones."""
    for port in (ports.agi1, ports.agi2):
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return False
    endpoints = instance().ask("pjsip show endpoints")
    return all(device in endpoints for device in SipDevice.objects.values_list("endpoint", flat=True))


def portal_program() -> Program:
    return next(program for program in programs(demo=False) if program.name == "web")
