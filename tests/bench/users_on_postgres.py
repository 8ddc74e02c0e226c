"""The measurement of the list of users in a process whose database is PostgreSQL; bench_users.py starts it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import django

django.setup()

from tests.bench.bench_users import run

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps([asdict(figure) for figure in run()]))
