"""Decisions go to a file of the node, one JSON line each: a call waits for no database, and nothing is lost."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from carillon.callcontrol.way import Way
from carillon.routing.explain import to_json
from carillon.routing.facts import CallFacts
from carillon.routing.verbs import Plan

_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False)


class Traces:
    """The trace file of one worker, opened for each line, so that the reader may take it away by renaming it."""

    def __init__(self, folder: Path, worker: str) -> None:
        self._path, self._worker = folder / f"{worker}.jsonl", worker
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def write(self, linkedid: str, run: str, at: datetime, facts: CallFacts, plan: Plan, payer_id: int | None) -> None:
        """Append what was decided in one run of a call's script. `run` is unique in the call."""
        line: dict[str, object] = {
            "linkedid": linkedid,
            "run": run,
            "worker": self._worker,
            "at": at.isoformat(),
            "organization": facts.organization_id,
            "revision": facts.revision,
            "called": facts.called.text,
            "caller": facts.caller.number,
            "payer": payer_id,
            "steps": [to_json(step) for step in plan.steps],
        }
        self._append(line)

    def end(self, linkedid: str, run: str, at: datetime, way: Way, *, hungup: bool) -> None:
        """Append the way that a run took through its plan; `hungup`: the caller went before its end."""
        self._append(
            {
                "kind": "end",
                "linkedid": linkedid,
                "run": run,
                "worker": self._worker,
                "at": at.isoformat(),
                "path": way.path,
                "passed": way.passed,
                "hungup": hungup,
            }
        )

    def _append(self, line: dict[str, object]) -> None:
        # Bare system calls: this is on the way of every call, and Path.open costs it a tenth of a millisecond.
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, _ENCODER.encode(line).encode() + b"\n")
        finally:
            os.close(file)
