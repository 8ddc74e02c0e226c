"""Audit rows in words: what changed, from what to what; and how the lists of changes and mails are paged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _

from carillon.accounts import snapshots
from carillon.accounts.audit import may_undo
from carillon.accounts.models import AuditEntry, Mail, Organization, User
from carillon.accounts.snapshots import Key, Row, Snapshot, by_key, compared

PER_PAGE = 30
#: More lines than this say only how many there are.
LINES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One field of one row: what it was and what it became, in words."""

    what: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Told:
    """An audit row as the page shows it."""

    entry: AuditEntry
    kind: str
    lines: list[Line]
    more: int
    #: Why it cannot be undone, where the page knows; empty = it can, or the undo says so itself.
    refusal: str = ""


def tell(entry: AuditEntry) -> Told:
    """Put an audit row into words; a model that is gone by now is told by its name."""
    lines = list(_lines(entry.before, entry.after, (entry.kind, entry.object_id)))
    return Told(entry, _kind(entry.kind), lines[:LINES_SHOWN], max(0, len(lines) - LINES_SHOWN))


def _kind(label: str) -> str:
    try:
        model = apps.get_model(label)
        # A row that only joins two others is told as the one that has the list.
        name = str((model._meta.auto_created or model)._meta.verbose_name)
    except LookupError:
        return label
    return name[:1].upper() + name[1:]


def _lines(before: Snapshot | None, after: Snapshot | None, root: tuple[str, int]) -> Iterator[Line]:
    old, new = by_key(before), by_key(after)
    yield from _orders(old, new)
    for key in [*old, *[key for key in new if key not in old]]:
        was, now = old.get(key), new.get(key)
        row = now or was
        if row is None:
            continue
        if was and now:
            yield from _differences("" if key == root else f"{_kind(row['model'])} “{row['name']}”", was, now)
        elif key != root:
            yield Line("", _kind(row["model"]), was["name"] if was else "", now["name"] if now else "")


def _orders(old: dict[Key, Row], new: dict[Key, Row]) -> Iterator[Line]:
    """Tell a new order of rows as one line for each kind (audit_order names the column), not as numbers."""
    # A default row stands apart: its place never changes.
    both = [key for key, row in old.items() if key in new and _order_of(key[0]) and not row["fields"].get("is_default")]
    for label in dict.fromkeys(label for label, _pk in both):
        column = _order_of(label)
        keys = [key for key in both if key[0] == label]
        was, now = (sorted(keys, key=lambda key: rows[key]["fields"][column]) for rows in (old, new))
        if was != now:
            told = [", ".join(str(rows[key]["name"]) for key in order) for rows, order in ((old, was), (new, now))]
            yield Line("", _("Order"), *told)


def _order_of(label: str) -> str:
    try:
        return str(getattr(apps.get_model(label), "audit_order", ""))
    except LookupError:
        return ""


def _differences(what: str, was: Row, now: Row) -> Iterator[Line]:
    model = apps.get_model(now["model"])
    hidden = getattr(model, "audit_hidden", {})
    old, new = compared(was), compared(now)
    for name, value in new.items():
        if old.get(name) == value or name == getattr(model, "audit_order", ""):
            continue
        column = model._meta.get_field(name)
        title = str(getattr(column, "verbose_name", name))
        title = title[:1].upper() + title[1:]
        if name in hidden:
            yield Line(what, title, _("not shown"), _("changed"))
        else:
            yield Line(what, title, _words(column, old.get(name), was), _words(column, value, now))


def _words(column: Any, value: Any, row: Row) -> str:
    """Return a stored value as a person reads it."""
    if value is None or value == "":
        return _("none")
    own = getattr(column.model, "audit_words", None)
    told = own(column.name, value) if own else None
    if told is not None:
        return str(told)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(column, models.TimeField):
        return str(value)[:5]
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    return str(row["words"].get(column.name, value))


def page_of(organization: Organization, query: Mapping[str, str]) -> dict[str, Any]:
    """Return one page of changes, newest first, after the row `after`; of one object if `kind` and `object` say so."""
    rows = organization.audit_entries.select_related("undone_by")
    kind, pk = query.get("kind", ""), query.get("object", "")
    about = None
    if kind and _number(pk):
        rows = rows.filter(kind=kind, object_id=int(pk))
        about = f"kind={kind}&object={pk}" if kind.replace(".", "").replace("_", "").isalnum() else None
    found, after = _keyset(rows, query.get("after", ""), "at")
    return {"told": [tell(entry) for entry in found], "after": after, "about": about}


def history_of(root: models.Model, organization: Organization, user: User, query: Mapping[str, str]) -> dict[str, Any]:
    """Return one page of the changes of `root`, newest first, each with why it cannot be undone where that is so."""
    kind, now = root._meta.label_lower, snapshots.take(root, whole=False)
    rows = organization.audit_entries.select_related("undone_by").filter(kind=kind, object_id=root.pk)
    found, after = _keyset(rows, query.get("after", ""), "at")
    told = [replace(tell(entry), refusal=_refusal(entry, now, user)) for entry in found]
    return {"told": told, "after": after}


def _refusal(entry: AuditEntry, now: Snapshot | None, user: User) -> str:
    if not may_undo(user, entry):
        return _("Only %(name)s or an administrator can undo this.") % {"name": entry.actor_name}
    if not snapshots.same(now, entry.after):
        return _("Changed again since: undo the later changes first.")
    return ""


def pages_of_mail(query: Mapping[str, str]) -> dict[str, Any]:
    """Return one page of all mail of the platform, newest first, for operators."""
    found, after = _keyset(Mail.objects.select_related("organization"), query.get("after", ""), "created_at")
    return {"mails": found, "after": after}


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def _keyset(rows: Any, after: str, column: str) -> tuple[list[Any], int | None]:
    """Page by the last row seen: page 1,000 costs what page 1 costs."""
    if _number(after):
        last = rows.filter(pk=after).values_list(column, flat=True).first()
        if last is not None:
            older = models.Q(**{f"{column}__lt": last}) | models.Q(**{column: last, "pk__lt": int(after)})
            rows = rows.filter(older)
    found = list(rows.order_by(f"-{column}", "-pk")[: PER_PAGE + 1])
    more = len(found) > PER_PAGE
    return found[:PER_PAGE], found[PER_PAGE - 1].pk if more else None
