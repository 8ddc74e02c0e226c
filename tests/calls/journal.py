"""What a test phone remembers of each of its calls: the truth that the call log is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from tests.calls.tones import Segment


class Ended(StrEnum):
    """How a call ended for this phone."""

    HUNG_UP = "hung up"
    HEARD_HANG_UP = "the other side hung up"
    GAVE_UP = "gave up before an answer"
    CANCELLED = "cancelled by the other side"
    ELSEWHERE = "answered elsewhere"
    REFUSED = "refused by this phone"
    FAILED = "refused by the other side"
    LOST = "the phone was stopped"


@dataclass
class Entry:
    """One call of one phone. `other` is the caller's number when incoming, the dialled one when outgoing."""

    phone: str
    outgoing: bool
    other: str
    display: str
    number: str
    call_id: str
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    rang: datetime | None = None
    answered: datetime | None = None
    ended: datetime | None = None
    how: Ended | None = None
    status: int = 0
    heard: list[Segment] = field(default_factory=list)
    loud_seconds: float = 0.0

    @property
    def talked_seconds(self) -> float:
        """From the answer to the end; 0 when there was no answer."""
        return (self.ended - self.answered).total_seconds() if self.ended and self.answered else 0.0

    @property
    def heard_names(self) -> list[str]:
        """The names heard, each once, in the order in which they began."""
        return list(dict.fromkeys(segment.name for segment in self.heard))

    def __str__(self) -> str:
        way = f"called {self.number}" if self.outgoing else f"was rung by {self.other} for {self.number}"
        answer = f"answered, {self.talked_seconds:.1f} s" if self.answered else f"not answered ({self.status})"
        return f"{self.phone} {way}: {answer}, {self.how}, heard {self.heard_names}"
