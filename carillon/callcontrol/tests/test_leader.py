"""One of two workers leads, and the other takes over when its process dies."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from carillon.callcontrol.leader import Leader

HOLD = "import sys; from pathlib import Path; from carillon.callcontrol.leader import Leader; \
l = Leader(Path(sys.argv[1])); print(l.try_to_lead(), flush=True); sys.stdin.read()"


def test_the_lock_of_a_killed_leader_is_free(tmp_path: Path) -> None:
    lock = tmp_path / "run" / "leader.lock"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == "True\n"
        mine = Leader(lock)
        assert not mine.try_to_lead()
        process.kill()
        process.wait()
    assert mine.try_to_lead()
    assert mine.try_to_lead()
