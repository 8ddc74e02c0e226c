"""What the list of users shows: who, in which order and on which page by its address, which columns by a cookie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from carillon.accounts.models import Organization
from carillon.numbers.search import LONGEST
from carillon.numbers.trigrams import patterns
from carillon.portal.ids import row_id
from carillon.users import search
from carillon.users.models import ListedPerson
from carillon.users.search import SORTS, Wanted

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: In the order in which they stand; what the manual shows comes first, and is what somebody sees who chose nothing.
COLUMNS: dict[str, StrOrPromise] = {
    "username": _("Username"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "primary": _("Primary line"),
    "extension": _("Extension"),
    "mobile": _("Mobile phone"),
    "email": _("E-mail address"),
    "department": _("Department"),
    "cost_center": _("Cost center"),
    "groups": _("User groups"),
    "phones": _("Phones"),
    "forward": _("Forward"),
    "language": _("Language"),
    "state": _("State"),
}
USUAL = ("username", "first_name", "last_name", "primary")
SIZES = (25, 50, 100, 200)
USUAL_SIZE = 50
STATES: dict[str, StrOrPromise] = {
    "active": pgettext_lazy("person", "Active"),
    "inactive": pgettext_lazy("person", "Inactive"),
}
PHONES: dict[str, StrOrPromise] = {"yes": _("With a phone"), "no": _("Without a phone")}
_YES_NO = {"yes": True, "no": False, "active": True, "inactive": False}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. `after` and `before` are places in the order, `at` is how many rows come before."""

    text: str = ""
    group: int | None = None
    department: str = ""
    phone: str = ""
    state: str = ""
    sort: str = "last_name"
    down: bool = False
    after: str = ""
    before: str = ""
    last: bool = False
    at: int = 0

    @classmethod
    def of(cls, data: QueryDict) -> Asked:
        """Read an address; what is not known counts as not asked for."""
        sort, at = data.get("sort", ""), row_id(data.get("at", ""))
        return cls(
            text=_plain(data.get("q", "")).strip()[:LONGEST],
            group=row_id(data.get("group", "")),
            department=_plain(data.get("department", ""))[:80],
            phone=phone if (phone := data.get("phone", "")) in PHONES else "",
            state=state if (state := data.get("state", "")) in STATES else "",
            sort=sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "last_name",
            down=sort.startswith("-") and sort[1:] in SORTS,
            after=_plain(data.get("after", ""))[:100],
            before=_plain(data.get("before", ""))[:100],
            last=bool(data.get("last")),
            at=at or 0,
        )

    @property
    def order(self) -> str:
        return f"-{self.sort}" if self.down else self.sort

    @property
    def chosen(self) -> bool:
        """Whether something is asked for beside a text."""
        return bool(self.group or self.department or self.phone or self.state)

    def wanted(self, country: str) -> Wanted:
        return Wanted(
            words=patterns(self.text, country),
            group_id=self.group,
            department=self.department or None,
            has_phone=_YES_NO.get(self.phone),
            is_active=_YES_NO.get(self.state),
            sort=self.sort,
            down=self.down,
        )

    def query(self, **other: object) -> str:
        """Return the address's parameters without the page, the usual ones left out; `other` replaces or adds some."""
        told = {
            "q": self.text,
            "group": self.group,
            "department": self.department,
            "phone": self.phone,
            "state": self.state,
            "sort": "" if self.order == "last_name" else self.order,
        } | other
        return urlencode({name: value for name, value in told.items() if value})

    @property
    def page(self) -> dict[str, object]:
        """The parameters that say which page it is."""
        return {"after": self.after, "before": self.before, "last": self.last, "at": self.at}


def _plain(text: str) -> str:
    return text.replace("\x00", "")


@dataclass(frozen=True, slots=True)
class View:
    """The columns that somebody wants to see, and how many people on a page; kept in a cookie of that person."""

    columns: tuple[str, ...] = USUAL
    size: int = USUAL_SIZE

    @classmethod
    def of(cls, request: HttpRequest) -> View:
        """Read the cookie; what is mangled counts as not chosen."""
        names, _dash, size = request.COOKIES.get(cookie(request), "").partition("-")
        chosen = set(names.split("."))
        shown = tuple(name for name in COLUMNS if name in chosen)
        return cls(shown or USUAL, int(size) if size in {str(each) for each in SIZES} else USUAL_SIZE)

    @property
    def value(self) -> str:
        return f"{'.'.join(self.columns)}-{self.size}"


def cookie(request: HttpRequest) -> str:
    return f"users-list-{request.user.pk}"


@dataclass(frozen=True, slots=True)
class Column:
    """The heading of a column: where a click on it leads, and how it is sorted now ("", "ascending", ...)."""

    name: str
    title: StrOrPromise
    query: str
    sorted: str


def headings(asked: Asked, view: View) -> list[Column]:
    """Return the headings; a click on the sorted one turns the order round. Groups have no order."""
    found = []
    for name in view.columns:
        here = asked.sort == name
        down = here and not asked.down
        order = "" if (name, down) == ("last_name", False) else f"-{name}" if down else name
        sorted_now = ("descending" if asked.down else "ascending") if here else ""
        found.append(Column(name, COLUMNS[name], asked.query(sort=order) if name in SORTS else "", sorted_now))
    return found


@dataclass(frozen=True, slots=True)
class Page:
    """People of one page; `total` of all that match (`exact`: not more), and where the other pages are."""

    people: Sequence[ListedPerson]
    first: int
    total: int
    exact: bool
    previous: str
    next: str
    begin: str
    end: str

    @property
    def last(self) -> int:
        return self.first + len(self.people) - 1


def page_of(organization: Organization, asked: Asked, view: View) -> Page:
    """Return a page; two queries at the most."""
    wanted, size = asked.wanted(organization.country), view.size
    asks = {"after": asked.after, "before": asked.before, "last": asked.last}
    people = search.read(organization, wanted, size + 1, groups="groups" in view.columns, **asks)  # type: ignore[arg-type]  # each has its own type
    back = bool(asked.before) or asked.last
    if (back or asked.after) and len(people) < (size if asked.before else 1):
        # The rows before a place are fewer than a page, or there are none after it: from the begin, then.
        asked, back = Asked(**{name: getattr(asked, name) for name in _KEPT}), False
        people = search.read(organization, wanted, size + 1, groups="groups" in view.columns)
    more = len(people) > size
    people = people[-size:] if back else people[:size]
    is_first = not back and not asked.after
    total, exact = (len(people), True) if is_first and not more else search.count(organization, wanted)
    first = max(total - len(people), 0) if asked.last else 0 if is_first else asked.at
    has_previous, has_next = (more, not asked.last) if back else (not is_first, more)
    begin, end = (str(getattr(people[place], wanted.key)) if people else "" for place in (0, -1))
    return Page(
        people=people,
        first=first + 1,
        total=total,
        exact=exact,
        previous=asked.query(before=begin, at=max(first - size, 0)) if has_previous else "",
        next=asked.query(after=end, at=first + len(people)) if has_next else "",
        begin=asked.query() if has_previous else "",
        end=asked.query(last=1) if has_next and exact else "",
    )


_KEPT = ("text", "group", "department", "phone", "state", "sort", "down")
