"""Which lines the list of schedules shows and in what order: all of it is in the address, and read from there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from carillon.numbers.models import FunctionNumber
from carillon.numbers.search import LONGEST, fold, sort_key
from carillon.routing.numbers import read_number
from carillon.routing.schedule import Action

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: So many lines stand on a page.
PER_PAGE = 100
STATES: dict[str, StrOrPromise] = {
    Action.OPEN: _("Open"),
    Action.FORWARD: _("Forwarded"),
    Action.CLOSED: _("Closed"),
}
SORTS: dict[str, StrOrPromise] = {
    "name": _("Name"),
    "number": _("Number"),
    "type": _("Number type"),
    "state": _("State"),
}
#: Open numbers first, as the legend of the manual has them.
STATE_ORDER = {str(state): place for place, state in enumerate(STATES)}
_NUMBER = re.compile(r"[+\d][\d ()/.\-]*")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. `sort` is a column, `down` turns it round."""

    text: str = ""
    state: str = ""
    kind: str = ""
    sort: str = "name"
    down: bool = False
    page: str = ""

    @classmethod
    def of(cls, data: QueryDict) -> Asked:
        """Read an address; what is not known counts as not asked for."""
        sort = data.get("sort", "")
        return cls(
            text=data.get("q", "").replace("\x00", "").strip()[:LONGEST],
            state=state if (state := data.get("state", "")) in STATES else "",
            kind=kind if (kind := data.get("type", "")) in FunctionNumber.Kind.values else "",
            sort=sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "name",
            down=sort.startswith("-") and sort[1:] in SORTS,
            page=data.get("page", "")[:9],
        )

    @property
    def order(self) -> str:
        return f"-{self.sort}" if self.down else self.sort

    @property
    def filtered(self) -> bool:
        return bool(self.text or self.state or self.kind)

    @property
    def needs_states(self) -> bool:
        """Whether the state of every line has to be known, and not only of those that are shown."""
        return bool(self.state) or self.sort == "state"

    def query(self, **other: str) -> str:
        """Return the address's parameters, the usual ones left out; `other` replaces some."""
        order = "" if self.order == "name" else self.order
        told = {"q": self.text, "state": self.state, "type": self.kind, "sort": order, "page": self.page} | other
        return urlencode({name: value for name, value in told.items() if value})


@dataclass(frozen=True, slots=True)
class Line:
    """A function number as the list shows it."""

    pk: int
    name: str
    number: str
    kind: str
    version: int

    @property
    def kind_name(self) -> str:
        return str(FunctionNumber.Kind(self.kind).label)


def lines_of(functions: QuerySet[FunctionNumber]) -> list[Line]:
    """Return the lines of those that have a schedule; one query, without a model's weight."""
    fields = ("pk", "name", "number__value", "kind", "schedule__version")
    return [Line(*row) for row in functions.filter(schedule__isnull=False).order_by().values_list(*fields)]


@dataclass(frozen=True, slots=True)
class Column:
    """The heading of a column: where a click on it leads, and how it is sorted now ("", "ascending", ...)."""

    title: StrOrPromise
    name: str
    query: str
    sorted: str


def columns(asked: Asked) -> list[Column]:
    """Return the headings; a click on the sorted one turns the order round."""
    found = []
    for name, title in SORTS.items():
        here = asked.sort == name
        down = here and not asked.down
        order = "" if (name, down) == ("name", False) else f"-{name}" if down else name
        sorted_now = ("descending" if asked.down else "ascending") if here else ""
        found.append(Column(title, name, asked.query(sort=order, page=""), sorted_now))
    return found


def matching(functions: Iterable[Line], asked: Asked, country: str) -> list[Line]:
    """Return those of this kind whose name holds every word, or whose number is what was typed in any spelling."""
    found = [each for each in functions if asked.kind in {"", each.kind}]
    if not asked.text:
        return found
    words = fold(asked.text).split()
    words, digits = fold(asked.text).split(), _spellings(asked.text, country)
    return [each for each in found if _has(each, words) or any(part in each.number for part in digits)]


def _has(line: Line, words: Sequence[str]) -> bool:
    name = fold(line.name)
    return bool(words) and all(word in name or word in line.number for word in words)


def _spellings(text: str, country: str) -> set[str]:
    """Return what may stand in a stored number for a number, or a part of one, that somebody typed."""
    if not _NUMBER.fullmatch(text):
        return set()
    digits = re.sub(r"\D", "", text)
    whole = read_number(text, country).e164
    parts = {digits, digits.removeprefix("00")} | ({digits[1:]} if digits.startswith("0") else set())
    # "+32 (0)2 781 15 01": the zero in brackets is not dialled.
    parts.add(re.sub(r"\D", "", text.replace("(0)", "")))
    return {part for part in parts if part} | ({whole} if whole else set())


def in_order(functions: Iterable[Line], asked: Asked, state: dict[int, str]) -> list[Line]:
    """Return the lines in the order asked for, equal ones by name; `state` by function number, where it counts."""
    rows = sorted(functions, key=lambda each: (sort_key(each.name), each.pk))
    match asked.sort:
        case "number":
            rows.sort(key=lambda each: each.number, reverse=asked.down)
        case "type":
            rows.sort(key=lambda each: fold(each.kind_name), reverse=asked.down)
        case "state":
            rows.sort(key=lambda each: STATE_ORDER[state[each.pk]], reverse=asked.down)
        case _ if asked.down:
            rows.reverse()
    return rows
