"""Everything that must be there before the processes start: ports, tables, static files, the first organization."""

from __future__ import annotations

import argparse
import errno
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from carillon.accounts.models import Organization, User
from carillon.asterisk.ports import Ports
from carillon.cli.migrate import migrate
from carillon.cli.place import engine, typed_ports
from carillon.cli.supervisor import write_json
from carillon.cli.trouble import LEAST_MEGABYTES, NEEDED_MEGABYTES
from carillon.demo import history, speech, world
from carillon.prompts import announcements
from carillon.users import index

#: Says that this data folder holds the demo world, and with which password everybody signs in there.
DEMO_FILE = settings.DATA / "demo.json"
SPEECH = settings.PROJECT / "build" / "speech"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demo", action="store_true", help="write the demo world (default: an empty organization)")


def run(options: argparse.Namespace) -> int:
    prepare(options.demo, print)
    return 0


def demo_facts() -> dict[str, Any] | None:
    """What demo.json says; None where the folder does not hold the demo world."""
    try:
        found: dict[str, Any] = json.loads(DEMO_FILE.read_text())
    except FileNotFoundError:
        return None
    return found


def prepare(demo: bool, progress: Callable[[str], None]) -> Ports:
    """Do what is missing; a folder that has an organization keeps what it has, whatever is asked."""
    settings.DATA.mkdir(parents=True, exist_ok=True)
    _check_room()
    ports = Ports.choose(settings.DATA, *typed_ports())
    if migrate():
        progress("The database was brought up to date")
    _collect_static()
    if demo_facts() is not None or (demo and not Organization.objects.exists()):
        _demo_world(ports, progress)
    elif not Organization.objects.exists():
        _first_organization(progress)
    elif demo:
        progress("This folder holds an organization already: the demo world is not added to it")
    _announcements(progress)
    return ports


def _announcements(progress: Callable[[str], None]) -> None:
    """Have Carillon say how a prompt is recorded; a machine that cannot speak is heard as tones there."""
    try:
        announcements.speak_missing(lambda: engine(progress).espeak, settings.PROMPTS)
    except (subprocess.SubprocessError, OSError) as error:
        progress(f"The instructions for recordings by telephone could not be spoken: {error}")


def _check_room() -> None:
    """Refuse to start on a full disk, where each process would fail in its own way."""
    needed = LEAST_MEGABYTES if Ports.path(settings.DATA).exists() else NEEDED_MEGABYTES
    if shutil.disk_usage(settings.DATA).free < needed * 1_000_000:
        raise OSError(errno.ENOSPC, "No space left on device", str(settings.DATA))


def _collect_static() -> None:
    """Hash and compress the portal's files, when one of them is newer than the last time."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    made = manifest.stat().st_mtime if manifest.exists() else 0.0
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            if Path(storage.path(path)).stat().st_mtime > made:
                try:
                    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
                except BaseException:
                    manifest.unlink(missing_ok=True)  # half of one would be taken for a whole one the next time
                    raise
                return


def _demo_world(ports: Ports, progress: Callable[[str], None]) -> None:
    facts = demo_facts() or {"password": world.new_password(), "since": timezone.now().isoformat()}
    fresh = not Organization.objects.exists()
    recordings = None
    if fresh:
        recordings = speech.spoken(engine(progress).espeak, SPEECH, progress)
        progress("Writing the demo world")
    # Before the rows: without them the file is used the next time, without the file nobody would know the password.
    write_json(DEMO_FILE, facts)
    with transaction.atomic():
        built = world.build(recordings, password=facts["password"], carrier_port=ports.demo_sip_port)
        if fresh:
            history.write(built, timezone.now())


def _first_organization(progress: Callable[[str], None]) -> None:
    password = world.new_password()
    with transaction.atomic():
        organization = Organization.objects.create(name="My organization", slug="main", home_node=settings.NODE)
        organization.sites.create(name="Head office", address="", emergency_number="")
        rights = {"is_admin": True, "is_operator": True, "last_name": "Administrator"}
        user = User.objects.create_user("admin", password, organization=organization, **rights)
        index.refresh([user.pk])
    progress(f'The first administrator signs in as "admin" with the password {password} (shown only this once)')
