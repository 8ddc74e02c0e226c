"""docs/settings.md lists every environment variable that the product reads, and none that it does not."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
READS = re.compile(r"""(?:env\.\w+|environ\.get|getenv)\(\s*"([A-Z][A-Z_0-9]+)"|environ\["([A-Z][A-Z_0-9]+)"\]""")
#: The operating system's, Python's and Django's own.
FOREIGN = {"PATH", "HOME", "TMPDIR", "PYTHONDONTWRITEBYTECODE", "LC_ALL"}
FOREIGN |= {"DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE"}
#: Read under another name than a literal, or only by make.
INDIRECT = {"CARILLON_HEARTBEAT_FD", "DEMO"}


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    sources = [path for path in (PROJECT / "carillon").rglob("*.py") if "tests" not in path.parts]
    read = set(INDIRECT)
    for path in [*sources, PROJECT / "tools" / "setup.py"]:
        for found in READS.finditer(path.read_text()):
            read.add(found[1] or found[2])
    documented = set(re.findall(r"^\| `([A-Z_0-9]+)`", (PROJECT / "docs" / "settings.md").read_text(), re.MULTILINE))
    assert documented == read - FOREIGN
