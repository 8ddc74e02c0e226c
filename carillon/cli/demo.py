"""The demo phones and carrier as a process, and calls that they make for a visitor without a phone."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import time
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from carillon.asterisk.ports import Ports
from carillon.calls.models import Call
from carillon.cli import setup
from carillon.cli.place import engine
from carillon.cli.trouble import Trouble
from carillon.demo import people, speech
from carillon.demo.phones import DemoEngine, DemoPorts

LONGEST_CALL_SECONDS = 120


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="call")
    call = actions.add_parser("call", help="have the demo carrier (or a demo phone) call a number")
    call.add_argument("number", help="+3227811501, or with --phone also an extension such as 9011")
    call.add_argument("--from", dest="caller", default="+32470555099", help="the caller's number (default: a mobile)")
    call.add_argument("--phone", default="", help="whose demo phone calls, e.g. an.peeters (default: the carrier)")
    call.add_argument("--seconds", type=int, default=15, help="after so long the caller hangs up (default: 15)")


def run(options: argparse.Namespace) -> int:
    if setup.demo_facts() is None:
        raise Trouble(f"The folder {settings.DATA} does not hold the demo world: start it with `make run`.")
    mine = demo_engine()
    if options.action == "call":
        return call(mine, options)
    # Apart from the prompts: the housekeeping of those deletes what no row names.
    mine.prepare(speech.spoken(mine.engine.espeak, setup.SPEECH, print), settings.DATA / "demo" / "sounds")
    argv = mine.start()
    os.execve(argv[0], argv, {**os.environ, "MALLOC_ARENA_MAX": "2"})  # noqa: S606 - an argv list, no shell wanted
    return 1


def demo_engine() -> DemoEngine:
    ports = Ports.load(settings.DATA)
    numbers = DemoPorts(ports.demo_sip_port, ports.sip_port, ports.demo_rtp_start, ports.demo_rtp_end)
    return DemoEngine(settings.DATA / "demo", engine(print), numbers)


def call(mine: DemoEngine, options: argparse.Namespace) -> int:
    """Make the call, wait until the log has it, and print what the log says."""
    for text in (options.number, options.caller):
        if not re.fullmatch(r"\+?[0-9]{2,16}", text):
            raise Trouble(f'"{text}" is no telephone number: write +3227811501 or 9011.')
    logins = [person.login for company in people.COMPANIES for person in company.people]
    if options.phone and options.phone not in logins:
        raise Trouble(f'Nobody here is called "{options.phone}"; there are: {", ".join(logins)}.')
    who, context = (options.phone, "phone-calls") if options.phone else (options.caller, "bring-in")
    begun = timezone.now()
    target = f"Local/{options.number}*{who}@{context}/n"
    command = f"channel originate {target} extension {max(1, min(options.seconds, 110))}@caller"
    done = subprocess.run(mine.ask(command), capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise Trouble("The demo carrier does not run: start Carillon with `make run` in another terminal.")
    print(f"{who} calls {options.number} ...", flush=True)
    row = _row_of(options.number, begun)
    if row is None:
        raise Trouble("The call is not in the log yet: look at it later in the portal.")
    print(tell(row))
    return 0


def _row_of(number: str, begun: datetime) -> Call | None:
    limit = time.monotonic() + LONGEST_CALL_SECONDS
    while time.monotonic() < limit:
        row = Call.objects.filter(called__endswith=number[-4:], started_at__gte=begun).order_by("started_at").first()
        if row:
            return row
        time.sleep(0.5)
    return None


def tell(row: Call) -> str:
    """The log's row of a call in a few lines."""
    lines = [f"{row.caller} -> {row.called}: {row.get_result_display()}, decided by {row.get_decided_by_display()}"]
    lines += [f"  rang   {leg.get('name') or leg.get('endpoint')}: {leg.get('result')}" for leg in row.legs]
    lines += [f"  heard  {heard.get('prompt')}" for heard in row.heard]
    if row.answered_at:
        lines.append(f"  talked {row.talk_ms / 1000:.0f} s with {row.answered_by}")
    return "\n".join(lines)
