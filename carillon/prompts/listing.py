"""Which voice prompts the list shows and in what order: all of it is in the address, and read from there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from carillon.accounts.models import Organization
from carillon.numbers.search import LONGEST, fold, sort_key
from carillon.prompts.models import PromptAudio
from carillon.prompts.uses import counted

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Somebody who types asks for the same words again with every letter.
_folded, _key = lru_cache(maxsize=4096)(fold), lru_cache(maxsize=4096)(sort_key)
#: So many lines stand on a page.
PER_PAGE = 50
OWN, SYSTEM = "own", "system"
KINDS: dict[str, StrOrPromise] = {"": pgettext_lazy("voice prompts", "All"), OWN: _("Own"), SYSTEM: _("System")}
SORTS: dict[str, StrOrPromise] = {"name": _("Name"), "modified": _("Last modification")}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. `sort` is a column, `down` turns it round."""

    text: str = ""
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
            kind=kind if (kind := data.get("kind", "")) in KINDS else "",
            sort=sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "name",
            down=sort.startswith("-") and sort[1:] in SORTS,
            page=data.get("page", "")[:9],
        )

    @property
    def order(self) -> str:
        return f"-{self.sort}" if self.down else self.sort

    def query(self, **other: str) -> str:
        """Return the address's parameters, the usual ones left out; `other` replaces some."""
        order = "" if self.order == "name" else self.order
        told = {"q": self.text, "kind": self.kind, "sort": order, "page": self.page} | other
        return urlencode({name: value for name, value in told.items() if value})


@dataclass(frozen=True, slots=True)
class Line:
    """A prompt as the list knows it before it is shown."""

    pk: int
    key: str
    name: str
    description: str
    updated_at: datetime

    @property
    def kind(self) -> str:
        return SYSTEM if self.key else OWN


@dataclass(frozen=True, slots=True)
class Mark:
    """A recording that a prompt has: two letters, and the language's name; without letters the default one."""

    code: str
    name: StrOrPromise


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: the prompt, the languages it is recorded in, and how many places use it."""

    prompt: Line
    marks: Sequence[Mark]
    uses: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the kinds to choose from, and how many prompts of it match what is typed."""

    title: StrOrPromise
    query: str
    here: bool
    count: int


@dataclass(frozen=True, slots=True)
class Column:
    """The heading of a column: where a click on it leads, and how it is sorted now ("", "ascending", ...)."""

    title: StrOrPromise
    query: str
    sorted: str


def lines_of(organization: Organization) -> list[Line]:
    """Return every prompt; one query, without a model's weight."""
    fields = ("pk", "key", "name", "description", "updated_at")
    return [Line(*row) for row in organization.prompts.order_by().values_list(*fields)]


def matching(lines: Iterable[Line], text: str) -> list[Line]:
    """Return those whose name and description hold every word, whatever its accents."""
    words = fold(text).split()
    if not words:
        return [] if text else list(lines)
    found = []
    for line in lines:
        told = _folded(f"{line.name} {line.description}")
        if all(word in told for word in words):
            found.append(line)
    return found


def in_order(lines: Iterable[Line], asked: Asked) -> list[Line]:
    """Return the lines in the order asked for, equal ones by name."""
    rows = sorted(lines, key=lambda line: (_key(line.name), line.pk))
    if asked.sort == "modified":
        rows.sort(key=lambda line: line.updated_at, reverse=asked.down)
    elif asked.down:
        rows.reverse()
    return rows


def rows_of(lines: Sequence[Line]) -> list[Row]:
    """Return the lines of a page with what the table shows beside them; a query for each thing to know."""
    numbers = [line.pk for line in lines]
    recorded: dict[int, set[str]] = {pk: set() for pk in numbers}
    for pk, language in PromptAudio.objects.filter(prompt__in=numbers).order_by().values_list("prompt", "language"):
        recorded[pk].add(language)
    used = counted(numbers)
    return [Row(line, marks(recorded[line.pk]), used[line.pk]) for line in lines]


def marks(languages: Iterable[str]) -> list[Mark]:
    """Return the marks of recordings in the order of the portal's languages, the default one last."""
    has = set(languages)
    found = [Mark(code, name) for code, name in settings.LANGUAGES if code in has]
    return [*found, Mark("", _("default"))] if "" in has else found


def choices(lines: Sequence[Line], asked: Asked) -> list[Choice]:
    """Return the kinds with their numbers."""
    return [
        Choice(
            title,
            asked.query(kind=kind, page=""),
            asked.kind == kind,
            sum(1 for line in lines if kind in {"", line.kind}),
        )
        for kind, title in KINDS.items()
    ]


def columns(asked: Asked) -> dict[str, Column]:
    """Return the headings that sort; a click on the sorted one turns the order round."""
    found = {}
    for name, title in SORTS.items():
        here = asked.sort == name
        # What was changed last is what people look for: it comes first.
        down = not asked.down if here else name == "modified"
        order = "" if (name, down) == ("name", False) else f"-{name}" if down else name
        sorted_now = ("descending" if asked.down else "ascending") if here else ""
        found[name] = Column(title, asked.query(sort=order, page=""), sorted_now)
    return found
