"""The yardstick: the same hunt group as a plain Asterisk dialplan, with no log, no events and no call control."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from carillon.asterisk.install import Engine, find_or_install
from tests.bench.figures import say
from tests.bench.machine import wait_for
from tests.bench.sipp import Address
from tests.bench.targets import Target

PROJECT = Path(__file__).resolve().parents[2]
NUMBER = "+3227811501"

MODULES = """
res_timing_timerfd res_crypto res_srtp res_speech res_rtp_asterisk res_sorcery_config res_sorcery_memory
res_sorcery_astdb res_pjproject res_pjsip res_pjsip_session res_pjsip_pubsub res_pjsip_authenticator_digest
res_pjsip_outbound_authenticator_digest res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user
res_pjsip_registrar res_pjsip_caller_id res_pjsip_dtmf_info res_pjsip_dlg_options res_pjsip_nat res_pjsip_refer
res_pjsip_rfc3326 res_pjsip_sdp_rtp res_pjsip_maintenance chan_pjsip codec_alaw codec_ulaw format_pcm bridge_simple
bridge_native_rtp bridge_holding bridge_softmix bridge_builtin_features res_musiconhold pbx_config app_dial
app_playback app_stack func_logic func_callerid func_channel func_strings
""".split()

EXTENSIONS = f"""
[general]
static=yes
[inbound]
exten => {NUMBER},1,GotoIfTime(00:00-23:59,mon-sun,*,*?open:closed)
 same => n(open),Dial(PJSIP/ph1&PJSIP/ph2&PJSIP/ph3,30)
 same => n,Hangup()
 same => n(closed),Hangup(17)
"""

ENDPOINT = """
[{name}]
type=endpoint
disallow=all
allow=alaw,ulaw
context=inbound
direct_media=no
rtp_symmetric=yes
aors={aors}
"""


def engine() -> Engine:
    return find_or_install(PROJECT / "build" / "engine", say)


def _pjsip(server: Address, caller: Address, phones: list[Address]) -> str:
    parts = [
        "[global]\ntype=global\nendpoint_identifier_order=ip,username\n",
        f"[udp]\ntype=transport\nprotocol=udp\nbind={server}\n",
        ENDPOINT.format(name="caller", aors=""),
        f"[caller]\ntype=identify\nendpoint=caller\nmatch={caller.ip}\n",
    ]
    for number, phone in enumerate(phones, 1):
        name = f"ph{number}"
        parts += [ENDPOINT.format(name=name, aors=name), f"[{name}]\ntype=aor\ncontact=sip:{name}@{phone}\n"]
    return "\n".join(parts)


def _write(folder: Path, files: dict[str, str]) -> Path:
    etc = folder / "etc"
    for name in ("etc", "lib", "lib/keys", "spool", "run", "log", "cache"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (etc / name).write_text(text)
    return etc


def _files(folder: Path, made: Engine, pjsip: str) -> dict[str, str]:
    directories = {
        "astetcdir": folder / "etc",
        "astmoddir": made.modules,
        "astvarlibdir": folder / "lib",
        "astdbdir": folder / "lib",
        "astkeydir": folder / "lib",
        "astdatadir": made.share,
        "astspooldir": folder / "spool",
        "astrundir": folder / "run",
        "astlogdir": folder / "log",
        "astcachedir": folder / "cache",
    }
    lines = "".join(f"{name} => {path}\n" for name, path in directories.items())
    return {
        "asterisk.conf": f"[directories]\n{lines}[options]\nverbose=0\nhideconnect=yes\n",
        "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in MODULES),
        "logger.conf": "[general]\n[logfiles]\nmessages.log => notice,warning,error\n",
        "rtp.conf": "[general]\nrtpstart=30000\nrtpend=39999\n",
        "extensions.conf": EXTENSIONS,
        "pjsip.conf": pjsip,
        **dict.fromkeys(("cdr.conf", "cel.conf"), "[general]\nenable=no\n"),
        **dict.fromkeys(("manager.conf", "http.conf"), "[general]\nenabled=no\n"),
        **dict.fromkeys(
            (
                "features.conf",
                "musiconhold.conf",
                "indications.conf",
                "ccss.conf",
                "udptl.conf",
                "acl.conf",
                "stasis.conf",
                "sorcery.conf",
                "pjproject.conf",
                "codecs.conf",
            ),
            "",
        ),
    }


@contextmanager
def plain_asterisk(folder: Path, server: Address, caller: Address, phones: list[Address]) -> Iterator[Target]:
    """Start it, wait until it takes calls, and stop it at the end."""
    made = engine()
    etc = _write(folder, _files(folder, made, _pjsip(server, caller, phones)))
    with (folder / "log" / "console").open("wb") as log:
        environment = os.environ | {"MALLOC_ARENA_MAX": "2"}
        process = subprocess.Popen(made.start(etc), stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)
    try:
        wait_for(lambda: _asked(made, etc, "core waitfullybooted"), 20, "plain Asterisk")
        yield Target("plain dialplan", server, caller, NUMBER, {"asterisk": process.pid})
    finally:
        process.terminate()
        process.wait(10)


def _asked(made: Engine, etc: Path, text: str) -> bool:
    done = subprocess.run(made.ask(etc, text), capture_output=True, text=True, timeout=20, check=False)
    return done.returncode == 0 and "fully booted" in done.stdout
