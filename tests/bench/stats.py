"""How a series of measurements becomes one number."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest rank: the smallest value that `percent` of all values do not exceed; infinite for no values."""
    if not values:
        return math.inf
    ordered = sorted(values)
    rank = max(1, math.ceil(len(ordered) * percent / 100))
    return ordered[rank - 1]


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return percentile(values, 50)
