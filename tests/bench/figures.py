"""What a measured figure is, when it keeps its limit, and how figures are printed and kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[2] / "build" / "bench.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that was measured; `limit` None = told for information, `at_least` = more is better."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False
    detail: str = ""

    @property
    def kept(self) -> bool:
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return ""
        return "ok" if self.kept else "OVER"

    @property
    def promise(self) -> str:
        if self.limit is None:
            return ""
        return f"{'>=' if self.at_least else '<='} {_short(self.limit)}"


def say(text: str) -> None:
    """Progress for the person who waits."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table, which a terminal shows well too."""
    head = ("Figure", "Measured", "Limit", "", "Detail")
    rows = [(f.name, f"{_short(f.value)} {f.unit}".strip(), f.promise, f.verdict, f.detail) for f in figures]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (head, *rows)
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def keep(bench: str, figures: Sequence[Figure]) -> None:
    """Remember the latest run of each bench in build/bench.json."""
    RESULTS.parent.mkdir(exist_ok=True)
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept[bench] = [asdict(figure) | {"ok": figure.kept} for figure in figures]
    RESULTS.write_text(json.dumps(kept, indent=1))


def _short(value: float) -> str:
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
