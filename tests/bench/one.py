"""One measurement, run by `python -m tests.bench` with a data folder of its own."""

from __future__ import annotations

import importlib
import sys

import django

from tests.bench.figures import keep


def main(name: str) -> None:
    django.setup()
    # By name and after setup(): the modules import models.
    keep(name, importlib.import_module(f"tests.bench.bench_{name}").run())


if __name__ == "__main__":
    main(sys.argv[1])
