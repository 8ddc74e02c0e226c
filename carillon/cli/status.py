"""What runs here, where, in which version, and on the demo world who signs in and how a phone is registered."""

from __future__ import annotations

import argparse
import json
import platform
import socket
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import DatabaseError

from carillon.asterisk.engine import EngineError, asterisk_version
from carillon.asterisk.ports import Ports
from carillon.cli import setup
from carillon.cli.place import ENGINE, kept_ports, named_engine
from carillon.demo import people
from carillon.devices.models import SipDevice
from carillon.devices.vault import unseal


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print it as data")


def run(options: argparse.Namespace) -> int:
    if options.json:
        print(json.dumps(collect(), indent=1))
    else:
        print(_table())
    return 0


def own_address() -> str:
    """This machine's address in its network; loopback where it has none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address


def collect() -> dict[str, Any]:
    """Everything that `carillon status --json` prints."""
    ports = kept_ports()
    report = _report()
    portal = f"http://127.0.0.1:{ports.http_port if ports else settings.HTTP_PORT}/"
    return {
        "running": report is not None,
        "ready": bool(report and report["ready_at"]),
        "pid": report["pid"] if report else None,
        "data": str(settings.DATA),
        "portal": portal,
        "node": settings.NODE,
        "database": settings.DATABASES["default"]["ENGINE"].rpartition(".")[2],
        "versions": versions(),
        "ports": _ports(ports),
        "processes": report["processes"] if report else [],
        "demo": _demo(ports) if ports else None,
    }


def versions() -> dict[str, str]:
    return {
        "carillon": version("carillon"),
        "python": platform.python_version(),
        "django": django.get_version(),
        "asterisk": _engine_version(),
    }


def _engine_version() -> str:
    """The unpacked package's version, or what the named program says of itself; empty when there is none yet."""
    if named := named_engine():
        try:
            return f"{asterisk_version((named,))} ({named})"
        except EngineError as error:
            return str(error)
    manifest = ENGINE / "manifest.json"
    packages = json.loads(manifest.read_text())["packages"] if manifest.exists() else []
    found = next((name.split("_")[1] for name in packages if name.startswith("asterisk_")), "")
    return found.replace("%3a", ":")


def _ports(ports: Ports | None) -> dict[str, int]:
    return asdict(ports) if ports else {}


def _report() -> dict[str, Any] | None:
    """What the supervisor wrote, if the one that wrote it still lives."""
    try:
        report: dict[str, Any] = json.loads((settings.DATA / "run" / "processes.json").read_text())
    except (OSError, ValueError):
        return None
    return report if Path(f"/proc/{report['pid']}").exists() else None


def _demo(ports: Ports) -> dict[str, Any] | None:
    facts = setup.demo_facts()
    if facts is None:
        return None
    address = own_address()
    roles = (
        (people.ADMIN, "administrator"),
        (people.SCHEDULES_ADMIN, "schedules admin"),
        (people.PLAIN_USER, "user"),
        (people.OTHER_ADMIN, "administrator of another organization"),
    )
    return {
        "password": facts["password"],
        "accounts": [{"username": username, "role": role} for username, role in roles],
        "numbers": {people.BKM.main_number: "Main number", "9011": "second group (always open)"},
        "phone": _visitors_phone(dict.fromkeys([address, "127.0.0.1"]), ports),
    }


def _visitors_phone(addresses: dict[str, None], ports: Ports) -> dict[str, Any] | None:
    """How to register the visitor's SIP phone."""
    try:
        device = SipDevice.objects.filter(user__username=people.VISITOR).first()
    except DatabaseError:
        return None
    if device is None:
        return None
    return {
        "user_name": device.endpoint,
        "password": unseal(device.secret),
        "domains": [f"{address}:{ports.sip_port}" for address in addresses],
        "transport": "UDP",
        "number": next(person.extension for person in people.BKM.people if person.name == "Your Phone"),
    }


def summary() -> str:
    """What a newcomer needs to know once everything is up; the last line begins with Ready:."""
    facts = collect()
    lines = ["", f"  Portal       {facts['portal']}", *_network_line(facts)]
    if demo := facts["demo"]:
        for number, account in enumerate(demo["accounts"]):
            lines.append(f"  {'Sign in as' if not number else '':<12} {account['username']:<32} {account['role']}")
        lines.append(f"  Password     {demo['password']}   (the same for all of them)")
        if phone := demo["phone"]:
            lines.append(f"  SIP phone    user name  {phone['user_name']}")
            lines.append(f"               password   {phone['password']}")
            lines.append(f"               domain     {'  or  '.join(phone['domains'])}   ({phone['transport']})")
            lines.append(f"               its number is {phone['number']}")
        lines.append("  Call         " + ", ".join(f"{number} {name}" for number, name in demo["numbers"].items()))
        lines.append(f"  No phone?    .venv/bin/carillon demo call {people.BKM.main_number}")
    lines += ["  Stop         Ctrl-C", "", f"Ready: {facts['portal']}"]
    return "\n".join(lines)


def _network_line(facts: dict[str, Any]) -> list[str]:
    address = own_address()
    if address == "127.0.0.1":
        return []
    return [f"               {facts['portal'].replace('127.0.0.1', address)} from your network"]


def _table() -> str:
    facts = collect()
    if not facts["running"]:
        return f"Carillon does not run with the folder {facts['data']}: start it with `make run`."
    lines = [
        f"Carillon {facts['versions']['carillon']}, {'ready' if facts['ready'] else 'starting'}: {facts['portal']}"
    ]
    for process in facts["processes"]:
        state = f"pid {process['pid']}" if process["running"] else f"down, {process['why']}"
        again = f", started again {process['restarts']} times" if process["restarts"] else ""
        lines.append(f"  {process['name']:<14} {state}{again}")
    lines.append("  " + ", ".join(f"{name} {port}" for name, port in facts["ports"].items()))
    lines.append("  " + ", ".join(f"{name} {number}" for name, number in facts["versions"].items()))
    return "\n".join(lines) + ("\n" + summary() if facts["ready"] else "")
