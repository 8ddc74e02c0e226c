"""The second Asterisk of the demo world: which configuration makes it play the people's phones and the carrier."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from carillon.asterisk.engine import Engine
from carillon.asterisk.instance import write_secret
from carillon.demo import people, phrases, speech
from carillon.demo.people import Behaviour, Person
from carillon.devices.models import SipDevice
from carillon.devices.vault import unseal
from carillon.prompts.speech import keep

TEMPLATES = settings.PROJECT / "deploy" / "demo"
SOCKET_PATH_LIMIT = 100  # of a Unix socket's path on Linux, with room for its name
#: Asterisk complains when these are not there; it needs nothing of them.
EMPTY = ("acl", "ccss", "cdr", "cel", "features", "pjproject", "stasis", "udptl")
PLAYS = (Behaviour.ANSWERS, Behaviour.BUSY, Behaviour.NEVER_ANSWERS)


@dataclass(frozen=True, slots=True)
class DemoPorts:
    """Where the demo engine listens, and the SIP port of the main one."""

    demo: int
    main: int
    rtp_start: int = 30000
    rtp_end: int = 32000


@dataclass(frozen=True)
class DemoEngine:
    """The demo Asterisk of one data folder."""

    folder: Path
    engine: Engine
    ports: DemoPorts

    @property
    def config(self) -> Path:
        return self.folder / "etc"

    @property
    def run_folder(self) -> Path:
        """Where the control socket is: below the data folder, unless its path would be too long for a socket."""
        own = self.folder / "run"
        if len(str(own)) <= SOCKET_PATH_LIMIT - len("/asterisk.ctl"):
            return own
        short = hashlib.sha256(str(own).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"carillon-demo-{short}"

    def prepare(self, recordings: speech.Recordings, store: Path) -> None:
        """Write the whole configuration; it holds SIP passwords, so it is the owner's alone."""
        for name in ("etc", "lib/keys", "spool", "log"):
            (self.folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        self.run_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        playing = list(playing_phones())
        values = {
            "FOLDER": str(self.folder),
            "RUN": str(self.run_folder),
            "MODULES": str(self.engine.modules),
            "SHARE": str(self.engine.share),
            "PORT": str(self.ports.demo),
            "SIP_PORT": str(self.ports.main),
            "RTP_START": str(self.ports.rtp_start),
            "RTP_END": str(self.ports.rtp_end),
            "VOICEMAIL_NUMBER": people.FARIDS_MOBILE.removeprefix("+"),
        }
        values |= _carrier_sounds(recordings, store)
        for name in EMPTY:
            write_secret(self.config / f"{name}.conf", "; nothing of this is needed\n")
        for template in sorted(TEMPLATES.glob("*.conf")):
            own = dict(values)
            if template.name == "pjsip.conf":
                own["PHONES"] = "\n".join(_sip(person, device, self.ports.main) for person, device in playing)
            if template.name == "extensions.conf":
                own["PHONES"] = "\n".join(_dialplan(person, recordings, store) for person, _device in playing)
            write_secret(self.config / template.name, fill(template.read_text(), own))

    def start(self) -> list[str]:
        return self.engine.start(self.config)

    def ask(self, command: str) -> list[str]:
        return self.engine.ask(self.config, command)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put the values in the places of @{name} (the dialplan is full of dollars); one without value is our mistake."""
    return re.sub(r"@\{(\w+)\}", lambda found: values[found[1]], template)


def playing_phones() -> Iterator[tuple[Person, SipDevice]]:
    """The people whose phones we play, with the phone's row; a phone that was deleted plays no more."""
    for company in people.COMPANIES:
        for person in company.people:
            if person.phone in PLAYS:
                mine = SipDevice.objects.filter(user__username=company.username(person))
                for device in mine.order_by("pk")[:1]:
                    yield person, device


def _sip(person: Person, device: SipDevice, main_port: int) -> str:
    """A registration with the phone's real secret, and an endpoint to call from."""
    server = f"sip:127.0.0.1:{main_port}"
    return f"""
[auth-{person.login}]
type = auth
auth_type = digest
username = {device.endpoint}
password = {unseal(device.secret)}

[register-{person.login}]
type = registration
transport = phones
outbound_auth = auth-{person.login}
server_uri = {server}
client_uri = sip:{device.endpoint}@127.0.0.1:{main_port}
contact_user = {person.login}
expiration = 300
max_random_initial_delay = 0
retry_interval = 2
forbidden_retry_interval = 2
fatal_retry_interval = 2
max_retries = 1000000
auth_rejection_permanent = no

[phone-{person.login}](carillon)
transport = phones
outbound_auth = auth-{person.login}
from_user = {device.endpoint}
from_domain = 127.0.0.1
media_address = 127.0.0.2
bind_rtp_to_media_address = yes
"""


def _path(recordings: speech.Recordings, store: Path, key: str, language: str = "") -> str:
    """What Playback takes for this recording: its path without the extension."""
    audio = recordings.get((key, language)) or recordings.get((key, "")) or speech.sounds()["beep", ""]
    name = keep(store, audio)
    return str(store / name[:2] / name)


def _dialplan(person: Person, recordings: speech.Recordings, store: Path) -> str:
    says = _path(recordings, store, phrases.hello_key(person.name), person.language)
    return f"exten => {person.login},1,Set(SAYS={says})\n same => n,Goto(behave,{person.phone.value},1)"


def _carrier_sounds(recordings: speech.Recordings, store: Path) -> dict[str, str]:
    return {key: _path(recordings, store, key) for key in (*phrases.CARRIER, "beep")}
