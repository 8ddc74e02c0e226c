"""Ports are chosen once and kept; what is kept can be read by its owner alone."""

from __future__ import annotations

import socket
import stat
from contextlib import closing, suppress
from pathlib import Path

import pytest

from carillon.asterisk.engine import EngineError
from carillon.asterisk.ports import Ports


def test_ports_are_chosen_once_and_differ(tmp_path: Path) -> None:
    ports = Ports.choose(tmp_path, 8000, 5060)
    assert Ports.choose(tmp_path, 8000, 5060) == ports == Ports.load(tmp_path)
    chosen = [ports.agi1, ports.agi2, ports.demo_sip_port]
    assert len(set(chosen)) == 3
    assert ports.rtp_end < ports.demo_rtp_start or ports.demo_rtp_end < ports.rtp_start


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    Ports.choose(tmp_path, 8000, 5060)
    assert stat.S_IMODE(Ports.path(tmp_path).stat().st_mode) == 0o600


def test_another_port_for_people_is_taken_over(tmp_path: Path) -> None:
    before = Ports.choose(tmp_path, 8000, 5060)
    after = Ports.choose(tmp_path, 8001, 5061)
    assert (after.http_port, after.sip_port) == (8001, 5061)
    assert (after.agi1, after.rtp_start) == (before.agi1, before.rtp_start)
    assert Ports.load(tmp_path) == after
    clash = Ports.choose(tmp_path, after.agi1, 5061)
    assert clash.agi1 != clash.http_port


def test_before_the_first_start_and_after_damage_a_sentence_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="start the installation with"):
        Ports.load(tmp_path)
    Ports.choose(tmp_path, 8000, 5060)
    Ports.path(tmp_path).write_text('{"http_port": 1}')
    with pytest.raises(EngineError, match=r"damaged.*remove it"):
        Ports.load(tmp_path)


def listener(port: int = 0) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    made.listen()
    return made


def test_what_another_program_took_meanwhile_is_chosen_anew_and_told(tmp_path: Path) -> None:
    before = Ports.choose(tmp_path, 8000, 5060)
    said: list[str] = []
    with closing(listener(before.https_port)), closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as udp:
        udp.bind(("127.0.0.1", before.demo_sip_port))
        after = before.without_taken(tmp_path, said.append)
    assert after.https_port not in vars(before).values()
    assert after.demo_sip_port not in vars(before).values()
    kept = {name for name, port in vars(before).items() if getattr(after, name) == port}
    assert kept == set(vars(before)) - {"https_port", "demo_sip_port"}
    assert Ports.load(tmp_path) == after
    assert said[0] == (
        f"Port {before.https_port} of the portal with https is in use by another program: "
        f"it is {after.https_port} from now on"
    )
    assert len(said) == 2


def test_free_ports_stay_also_right_after_a_stop(tmp_path: Path) -> None:
    before = Ports.choose(tmp_path, 8000, 5060)
    with closing(listener(before.agi1)) as server:
        client = socket.create_connection(("127.0.0.1", before.agi1))
        ours, _address = server.accept()
        ours.close()  # the side that closes first keeps the port in TIME_WAIT
        client.close()
    with suppress(OSError), closing(socket.socket()) as trial:
        trial.bind(("0.0.0.0", before.agi1))  # noqa: S104 - only tried
        raise AssertionError("the connection left nothing behind: this test proves nothing")
    assert before.without_taken(tmp_path, print) is before


def test_a_running_installation_keeps_its_ranges_for_sound_from_others(tmp_path: Path) -> None:
    first = Ports.choose(tmp_path / "first", 8000, 5060)
    ours = {first.rtp_start, first.demo_rtp_start}
    with first.held():
        for number in range(20):
            other = Ports.choose(tmp_path / str(number), 8001, 5061)
            assert ours.isdisjoint({other.rtp_start, other.demo_rtp_start})
