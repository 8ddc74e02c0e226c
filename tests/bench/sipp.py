"""Running SIPp: three phones of a hunt group on loopback, and a caller at a given rate whose calls are counted."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.stats import percentile

SCENARIOS = Path(__file__).parent / "sipp"
#: How long a caller may take in all before it counts as failed; a clean call takes 0.5 s.
CALL_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Address:
    ip: str
    port: int

    def __str__(self) -> str:
        return f"{self.ip}:{self.port}"


@dataclass(frozen=True, slots=True)
class Calls:
    """What a series of calls showed; delays are INVITE to 180 in seconds."""

    rate: float
    succeeded: int
    failed: int
    delays: tuple[float, ...]

    @property
    def clean(self) -> bool:
        """No call failed, and 99 of 100 callers heard ringing within half a second."""
        return self.failed == 0 and self.succeeded > 0 and percentile(self.delays, 99) < 0.5


def available() -> bool:
    return shutil.which("sipp") is not None


@contextmanager
def phones(addresses: list[Address], *, answer: bool = True) -> Iterator[None]:
    """One SIPp per phone: the first answers after 200 ms (unless told), the others ring until they are cancelled."""
    running: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory(prefix="bench-phones-") as folder:
        try:
            for index, address in enumerate(addresses):
                scenario = "answers.xml" if answer and index == 0 else "rings.xml"
                argv = [
                    "sipp",
                    "-sf",
                    str(SCENARIOS / scenario),
                    "-i",
                    address.ip,
                    "-p",
                    str(address.port),
                    "-mp",
                    str(20000 + 10 * index),
                    "-aa",
                    "-nostdin",
                    "-default_behaviors",
                    "all,-bye",
                ]
                with (Path(folder) / f"phone{index}").open("wb") as log:
                    running.append(subprocess.Popen(argv, cwd=folder, stdout=subprocess.DEVNULL, stderr=log))
            yield
            if gone := [process.returncode for process in running if process.poll() is not None]:
                said = " ".join(path.read_text(errors="replace")[-300:] for path in Path(folder).glob("phone*"))
                raise RuntimeError(f"a phone ended while it was needed, with status {gone[0]}: {said}")
        finally:
            for process in running:
                process.kill()
                process.wait()


def call(server: Address, caller: Address, number: str, rate: float, count: int) -> Calls:
    """Make `count` calls at `rate` a second and wait until all have ended (bounded)."""
    limit = count / rate + CALL_SECONDS + 5
    with tempfile.TemporaryDirectory(prefix="bench-caller-") as name:
        argv = [
            "sipp",
            str(server),
            "-sf",
            str(SCENARIOS / "caller.xml"),
            "-s",
            number,
            "-i",
            caller.ip,
            "-p",
            str(caller.port),
            "-mp",
            str(caller.port + 2000),
            "-r",
            f"{rate:g}",
            "-m",
            str(count),
            "-l",
            str(count),
            "-timeout",
            f"{limit:.0f}s",
            "-recv_timeout",
            str(CALL_SECONDS * 1000),
            "-nostdin",
            "-trace_shortmsg",
            "-shortmessage_file",
            str(Path(name) / "messages"),
        ]
        subprocess.run(argv, cwd=name, capture_output=True, timeout=limit + 10, check=False)
        return _result((Path(name) / "messages").read_text(), rate, count)


def _result(messages: str, rate: float, count: int) -> Calls:
    """Read SIPp's log of messages: its own timers are of 4 ms, the log has microseconds."""
    invited: dict[str, float] = {}
    rang: dict[str, float] = {}
    ended: set[str] = set()
    for line in messages.splitlines():
        _, _, stamp, way, call_id, sequence, text = line.split("\t", 6)
        if way == "S" and text.startswith("INVITE "):
            invited.setdefault(call_id, float(stamp))  # a repeated INVITE does not start the clock anew
        elif way == "R" and text.startswith("SIP/2.0 180"):
            rang.setdefault(call_id, float(stamp))
        elif way == "R" and text.startswith("SIP/2.0 200") and sequence.endswith("BYE"):
            ended.add(call_id)
    delays = tuple(rang[call_id] - invited[call_id] for call_id in rang)
    # What did not get as far as the answer to its BYE has failed, also what SIPp never got round to.
    return Calls(rate, len(ended), count - len(ended), delays)
