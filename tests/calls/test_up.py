"""`carillon up` as a newcomer meets it: it gets ready, a person signs in, a phone calls and hears people, it stops."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest

from carillon.demo import people
from tests.calls.phone import Phone
from tests.calls.tones import Tones

pytestmark = pytest.mark.calls
PROJECT = Path(__file__).resolve().parents[2]
READY_SECONDS = 120


def free_port() -> int:
    """A port that was free a moment ago for TCP and UDP: SIP has both."""
    while True:
        with socket.socket() as stream, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
            stream.bind(("0.0.0.0", 0))  # noqa: S104 - as the portal and SIP do
            port: int = stream.getsockname()[1]
            with suppress(OSError):
                datagram.bind(("0.0.0.0", port))  # noqa: S104 - as the portal and SIP do
                return port


@dataclass(frozen=True)
class Installation:
    """A running `carillon up` and what it said of itself."""

    process: subprocess.Popen[str]
    environment: dict[str, str]
    said: str

    def status(self) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "carillon.cli", "status", "--json"],
            env=self.environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
        )
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def carrier_calls(self, number: str) -> str:
        """What `carillon demo call` prints when the carrier has called a number."""
        done = subprocess.run(
            [sys.executable, "-m", "carillon.cli", "demo", "call", number, "--seconds", "4"],
            env=self.environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def pids(self) -> dict[str, int]:
        return {process["name"]: process["pid"] for process in self.status()["processes"]}


@contextmanager
def up(data: Path, **more: str) -> Iterator[Installation]:
    """Start an installation with the demo world in `data`, on free ports; it is stopped by Ctrl-C at the end."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        "CARILLON_DATA": str(data),
        "CARILLON_HTTP_PORT": str(free_port()),
        "CARILLON_SIP_PORT": str(free_port()),
        **more,
    }
    log = data.with_name(f"{data.name}.log")
    with log.open("w") as file:
        command = [sys.executable, "-m", "carillon.cli", "up", "--demo"]
        process = subprocess.Popen(command, env=environment, cwd=PROJECT, stdout=file, stderr=file, text=True)
    try:
        end = time.monotonic() + READY_SECONDS
        while not re.search(r"^Ready: http", log.read_text(), re.MULTILINE):
            assert process.poll() is None, log.read_text()[-4000:]
            assert time.monotonic() < end, log.read_text()[-4000:]
            time.sleep(0.1)
        yield Installation(process, environment, log.read_text())
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(40)


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def sign_in(portal: str, username: str, password: str) -> str:
    """Sign in as a browser without scripts would; returns the page behind."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with opener.open(portal, timeout=20) as page:
        text, address = page.read().decode(), page.geturl()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
    assert token, text[:2000]
    fields = {"csrfmiddlewaretoken": token[1], "login": username, "password": password}
    request = urllib.request.Request(address, urllib.parse.urlencode(fields).encode(), {"Referer": address})  # noqa: S310 - our own http address
    with opener.open(request, timeout=20) as page:
        answer: str = page.read().decode()
    return answer


async def visitor(told: dict[str, Any], tones: Tones) -> Phone:
    """The visitor's SIP phone, registered with what `carillon status` printed."""
    told_phone = told["demo"]["phone"]
    host, port = told_phone["domains"][-1].split(":")
    phone = Phone("visitor", tones, (host, int(port)), user=told_phone["user_name"], password=told_phone["password"])
    await (await phone.start()).register()
    return phone


async def test_a_newcomer_signs_in_calls_and_hears_people(tmp_path: Path) -> None:
    with up(tmp_path / "data") as installation:
        told = installation.status()
        assert told["running"]
        assert told["ready"]
        assert {"asterisk", "callcontrol-1", "callcontrol-2", "worker", "web", "demo-asterisk"} == {
            process["name"] for process in told["processes"] if process["running"]
        }
        account = told["demo"]["accounts"][0]["username"]
        page = await asyncio.to_thread(sign_in, told["portal"], account, told["demo"]["password"])
        assert "Brabant Klokken Manufactuur" in page
        assert "Ardenne" not in page
        phone = await visitor(told, Tones())
        try:
            call = await phone.call("9011").answered(20)
            await call.hears("visitor", 12)  # Elise says her name, then echoes
            spoken = [payload for _at, payload in call.audio.received]
            assert len(set(b"".join(spoken))) > 50, "nobody spoke"
            await call.hang_up()
        finally:
            await phone.stop()
        told_by_log = await asyncio.to_thread(installation.carrier_calls, "+3227811606")
        assert f"rang   {people.FARIDS_MOBILE}: answered" in told_by_log
        pids = installation.pids()
    assert installation.process.returncode == 0
    assert all(is_gone(pid) for pid in pids.values())


async def test_a_killed_call_control_worker_is_back_and_the_other_decides(tmp_path: Path) -> None:
    with up(tmp_path / "data") as installation:
        before = installation.pids()
        os.kill(before["callcontrol-1"], signal.SIGKILL)
        phone = await visitor(installation.status(), Tones())
        try:
            call = await phone.call("9101").answered(20)
            await call.hears("visitor", 12)
            await call.hang_up()
        finally:
            await phone.stop()
        end = time.monotonic() + 10
        while installation.pids().get("callcontrol-1") in (None, before["callcontrol-1"]):
            assert time.monotonic() < end
            await asyncio.sleep(0.2)
        os.kill(before["callcontrol-2"], signal.SIGSTOP)
        end = time.monotonic() + 6
        while not is_gone(before["callcontrol-2"]):
            assert time.monotonic() < end, "a frozen worker lives on"
            await asyncio.sleep(0.1)


def test_two_installations_run_side_by_side_and_a_third_on_the_same_port_is_told_so(tmp_path: Path) -> None:
    with up(tmp_path / "one") as one, up(tmp_path / "two") as two:
        first, second = one.status(), two.status()
        assert first["ready"]
        assert second["ready"]
        assert not set(first["ports"].values()) & set(second["ports"].values())
        assert not set(one.pids().values()) & set(two.pids().values())
        third = subprocess.run(
            [sys.executable, "-m", "carillon.cli", "up"],
            env={**one.environment, "CARILLON_DATA": str(tmp_path / "three")},
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert third.returncode == 1
        port = first["ports"]["http_port"]
        assert third.stderr.startswith(f"Trouble: The HTTP port {port} is in use by another program")
        assert "Traceback" not in third.stderr
        again = subprocess.run(
            [sys.executable, "-m", "carillon.cli", "up"],
            env=one.environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert "Carillon runs already with the folder" in again.stderr


def test_a_killed_supervisor_leaves_no_process_and_the_next_start_works(tmp_path: Path) -> None:
    with up(tmp_path / "data") as installation:
        pids = installation.pids()
        installation.process.kill()
        installation.process.wait(10)
        end = time.monotonic() + 5
        while not all(is_gone(pid) for pid in pids.values()):
            assert time.monotonic() < end, "an orphan lives on"
            time.sleep(0.1)
    begun = time.monotonic()
    with up(tmp_path / "data"):
        assert time.monotonic() - begun < 30


def test_ports_that_another_program_took_meanwhile_are_chosen_anew(tmp_path: Path) -> None:
    with up(tmp_path / "data") as installation:
        before, typed = installation.status()["ports"], installation.environment
    same = {name: typed[name] for name in ("CARILLON_HTTP_PORT", "CARILLON_SIP_PORT")}
    with ExitStack() as others:
        taken = ("agi1", "agi2", "ws_port", "https_port")
        for name in taken:
            others.enter_context(socket.create_server(("0.0.0.0", before[name])))  # noqa: S104 - as a rival would
        demo = others.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        demo.bind(("0.0.0.0", before["demo_sip_port"]))  # noqa: S104 - as a rival would
        with up(tmp_path / "data", **same) as installation:
            told = installation.status()
            moved = {name for name, port in told["ports"].items() if before[name] != port}
            assert moved == {*taken, "demo_sip_port"}
            for name in moved:
                assert f"Port {before[name]} of " in installation.said
                assert f"it is {told['ports'][name]} from now on" in installation.said
            assert f"rang   {people.FARIDS_MOBILE}: answered" in installation.carrier_calls("+3227811606")
            assert not any(process["restarts"] for process in installation.status()["processes"])
            assert speaks_tls(told["ports"]["https_port"])


def speaks_tls(port: int) -> bool:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        trusting.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        return secure.version() is not None


def test_a_portal_whose_https_port_is_gone_goes_on_without_it_and_says_so(tmp_path: Path) -> None:
    with up(tmp_path / "data") as installation:
        port, typed = installation.status()["ports"]["https_port"], installation.environment
    command = [sys.executable, "-m", "carillon.cli", "web"]
    with (
        socket.create_server(("0.0.0.0", port)),  # noqa: S104 - as a rival would
        subprocess.Popen(command, env=typed, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as web,
    ):
        try:
            assert web.stdout
            assert f"The portal goes on without https, its port {port} can't be had" in web.stdout.readline()
            end = time.monotonic() + 20
            while True:
                with (
                    suppress(OSError),
                    urllib.request.urlopen(f"http://127.0.0.1:{typed['CARILLON_HTTP_PORT']}/") as page,
                ):
                    assert page.status == 200
                    break
                assert time.monotonic() < end, "the portal is away"
                time.sleep(0.2)
        finally:
            web.send_signal(signal.SIGTERM)
            web.wait(15)
