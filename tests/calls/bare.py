"""The smallest Asterisk with which the test phones themselves are tried, without anything of Carillon's."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from carillon.asterisk.engine import Engine
from tests.calls.sip import Address
from tests.calls.tones import Tones

MODULES = """
res_timing_timerfd format_pcm codec_ulaw codec_alaw codec_a_mu res_rtp_asterisk res_musiconhold
res_sorcery_config res_sorcery_memory res_sorcery_astdb res_pjproject res_pjsip res_pjsip_session
res_pjsip_pubsub res_pjsip_authenticator_digest res_pjsip_outbound_authenticator_digest
res_pjsip_endpoint_identifier_user res_pjsip_registrar res_pjsip_caller_id res_pjsip_nat
res_pjsip_refer res_pjsip_rfc3326 res_pjsip_sdp_rtp res_pjsip_dlg_options chan_pjsip bridge_simple
bridge_native_rtp bridge_softmix bridge_builtin_features pbx_config app_dial app_playback app_echo
app_read app_exec func_callerid func_channel func_logic func_strings
"""
DIALPLAN = """
[general]
autofallthrough=yes
[test]
exten => 600,1,Answer()
 same => n,Echo()
exten => 601,1,Answer()
 same => n,Playback({sounds}/welcome)
 same => n,Playback({sounds}/closed)
exten => 602,1,Progress()
 same => n,Playback({sounds}/welcome,noanswer)
 same => n,Hangup(17)
exten => 603,1,Answer()
 same => n,Read(PIN,{sounds}/welcome,4,,1,5)
 same => n,GotoIf($["${{PIN}}"="1224"]?right)
 same => n,Hangup()
 same => n(right),Playback({sounds}/closed)
exten => 604,1,Dial(PJSIP/ann&PJSIP/bob,20)
exten => _[a-z]!,1,Dial(PJSIP/${{EXTEN}},20,tT)
 same => n,Hangup(${{HANGUPCAUSE}})
"""
ACCOUNT = """
[{name}]
type=endpoint
context=test
disallow=all
allow=alaw
direct_media=no
rtp_symmetric=yes
auth={name}
aors={name}
[{name}]
type=auth
auth_type=userpass
username={name}
password=secret-{name}
[{name}]
type=aor
max_contacts=1
remove_existing=yes
"""


def free_udp_port(ip: str) -> int:
    """A UDP port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((ip, 0))
        return int(probe.getsockname()[1])


def _write(engine: Engine, folder: Path, tones: Tones, names: list[str], server: Address) -> None:
    etc, sounds, var = folder / "etc", folder / "sounds", folder / "var"
    for each in (etc, sounds, var / "keys", folder / "moh"):
        each.mkdir(parents=True, exist_ok=True)
    for name in ("welcome", "closed"):
        (sounds / f"{name}.alaw").write_bytes(tones.audio(name, 0.6))
    (folder / "moh/music.alaw").write_bytes(tones.audio("music", 10))
    options = {"astetcdir": etc, "astmoddir": engine.modules, "astdatadir": engine.share, "astkeydir": var}
    options |= dict.fromkeys(("astvarlibdir", "astdbdir", "astspooldir", "astrundir", "astlogdir"), var)
    lines = [f"{key} => {value}" for key, value in options.items()]
    (etc / "asterisk.conf").write_text("[directories]\n" + "\n".join(lines) + "\n")
    loads = "\n".join(f"load={module}.so" for module in MODULES.split())
    (etc / "modules.conf").write_text(f"[modules]\nautoload=no\n{loads}\n")
    accounts = "".join(ACCOUNT.format(name=name) for name in names)
    transport = f"[udp]\ntype=transport\nprotocol=udp\nbind={server[0]}:{server[1]}\n"
    (etc / "pjsip.conf").write_text(transport + accounts)
    (etc / "extensions.conf").write_text(DIALPLAN.format(sounds=sounds))
    (etc / "rtp.conf").write_text("[general]\nrtpstart=31000\nrtpend=31999\n")
    (etc / "logger.conf").write_text("[logfiles]\nfull => notice,warning,error\n")
    (etc / "musiconhold.conf").write_text(f"[default]\nmode=files\ndirectory={folder}/moh\n")


@asynccontextmanager
async def bare_asterisk(engine: Engine, folder: Path, tones: Tones, names: list[str]) -> AsyncIterator[Address]:
    """Run it; the names are its accounts, each with the password "secret-" and the name."""
    server = ("127.0.0.1", free_udp_port("127.0.0.1"))
    _write(engine, folder, tones, names, server)
    with (folder / "console.log").open("w") as log:
        process = await asyncio.create_subprocess_exec(
            *engine.start(folder / "etc"), stdout=log, stderr=log, stdin=asyncio.subprocess.DEVNULL
        )
    try:
        await _booted(engine, folder)
        yield server
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _booted(engine: Engine, folder: Path) -> None:
    for _ in range(60):
        ask = engine.ask(folder / "etc", "core waitfullybooted")
        done = await asyncio.to_thread(subprocess.run, ask, capture_output=True, text=True, check=False, timeout=20)
        if "fully booted" in done.stdout:
            return
        await asyncio.sleep(0.25)
    raise AssertionError(f"Asterisk did not start: {(folder / 'console.log').read_text()[-2000:]}")
