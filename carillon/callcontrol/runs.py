"""Lines of a trace file become rows: the decision of each run and the way it took, in whatever order they are read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import structlog
from django.db import IntegrityError

from carillon.accounts.models import Organization
from carillon.calls.models import DecisionTrace

log = structlog.get_logger()

KEY = ("node", "linkedid", "run")
#: What each kind of line says of a run.
DECISION = ("worker", "at", "organization", "revision", "payer", "called", "steps")
WAY = ("path", "passed", "hungup")


def keep(node: str, lines: Iterable[str]) -> None:
    """Write what the lines of a file say; what is read again changes nothing. At most three queries."""
    decisions: dict[tuple[str, str], dict[str, Any]] = {}
    ways: dict[tuple[str, str], dict[str, Any]] = {}
    for line in lines:
        if (found := _read(line)) is None:
            log.warning("unreadable trace", line=line[:200])
            continue
        key, is_way, fields = found
        (ways if is_way else decisions)[key] = fields
    both = decisions.keys() & ways.keys()
    _write(_rows(node, {key: decisions[key] | ways[key] for key in decisions if key in both}), DECISION + WAY)
    _write(_rows(node, {key: fields for key, fields in decisions.items() if key not in both}), DECISION)
    _write(_rows(node, {key: fields for key, fields in ways.items() if key not in both}), WAY)


def _read(line: str) -> tuple[tuple[str, str], bool, dict[str, Any]] | None:
    """Return the run, whether the line tells its end, and the fields that it fills."""
    try:
        # PostgreSQL keeps no NUL, which a hostile caller may send.
        row = json.loads(line.replace("\\u0000", ""))
        at = datetime.fromisoformat(row["at"])
        key = (str(row["linkedid"]), str(row["run"]))
        if row.get("kind") == "end":
            # Where the decision is not known yet, its instant is at most that of the end.
            way = {"path": row["path"], "passed": row["passed"], "hungup": bool(row["hungup"])}
            return key, True, {"at": at, "worker": row["worker"], **way}
        decision = {name: row[name] for name in ("worker", "revision", "steps")} | {"called": row["called"][:60]}
        owners = {"organization_id": row["organization"], "payer_id": row["payer"]}
        return key, False, decision | owners | {"at": at}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _rows(node: str, runs: dict[tuple[str, str], dict[str, Any]]) -> list[DecisionTrace]:
    return [DecisionTrace(node=node, linkedid=name, run=run, **fields) for (name, run), fields in runs.items()]


def _write(rows: Sequence[DecisionTrace], fields: Sequence[str]) -> None:
    if not rows:
        return
    try:
        _upsert(rows, fields)
    except IntegrityError:
        # An organization or user was deleted meanwhile: the reasons are kept without them.
        known = set(Organization.objects.values_list("pk", flat=True))
        for row in rows:
            row.organization_id = row.organization_id if row.organization_id in known else None
            row.payer_id = None
        _upsert(rows, fields)


def _upsert(rows: Sequence[DecisionTrace], fields: Sequence[str]) -> None:
    DecisionTrace.objects.bulk_create(rows, update_conflicts=True, unique_fields=KEY, update_fields=fields)
