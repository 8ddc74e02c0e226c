"""What an object is at one moment: its own row, the rows that are part of it, and how to make that true again.

A model says how it is recorded by plain attributes:

* `audit_part_of = "schedule"`: rows of this model are part of what that foreign key points to.
* `audit_owns = ("number",)`: what these foreign keys point to lives and dies with the row.
* `audit_with = ("user_groups",)`: rows of these many-to-many relations of others are recorded with the row, too.
* `audit_hidden = {"secret": new_secret}`: never stored, only a keyed fingerprint; the function makes a new one.
* `audit_order = "position"`: this column only orders the rows; a change of it is told as one line.
* `audit_ignored = ("version",)`: stored, but neither compared nor put back.
* `audit_apart = ("members",)`: these many-to-many rows are recorded by themselves, with the row only when it goes.
* `audit_may_undo(user, pk)`: whether somebody who is no administrator may take back an own change of this row.
* `audit_gone(now, before)`: whether what lies outside the database and belongs to `before` is deleted by now.
* `audit_over(fields)`: tells of a stored row whether it has had its time; such a row is neither missed nor put back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models
from django.utils.crypto import salted_hmac

Row = dict[str, Any]
Snapshot = dict[str, Any]
Key = tuple[str, Any]


@dataclass
class _Reader:
    """Walks from a root; `whole` takes also what the database would delete or empty with it."""

    whole: bool
    rows: dict[Key, Row] = field(default_factory=dict)
    emptied: list[Row] = field(default_factory=list)

    def add(self, row: models.Model) -> None:
        key = (row._meta.label_lower, row.pk)
        if key in self.rows:
            return
        for name in getattr(row, "audit_owns", ()):
            owned = getattr(row, name)
            if owned is not None:
                self.add(owned)
        self.rows[key] = _row(row)
        for relation in _parts(type(row), whole=self.whole):
            for part in _related(relation, row):
                self.add(part)
        if self.whole:
            self._note_emptied(row)

    def _note_emptied(self, row: models.Model) -> None:
        for relation in row._meta.related_objects:
            if relation.on_delete is models.SET_NULL:
                name = relation.field.name
                ids = relation.related_model._base_manager.filter(**{name: row}).values_list("pk", flat=True)
                label = relation.related_model._meta.label_lower
                self.emptied += [{"model": label, "pk": pk, "field": name, "value": row.pk} for pk in ids]


def _parts(model: type[models.Model], *, whole: bool) -> Iterator[Any]:
    """Yield the foreign keys by which rows hang on `model`."""
    relations: list[Any] = list(model._meta.related_objects)
    for relation in relations:
        if relation.many_to_many:
            if whole or relation.get_accessor_name() in getattr(model, "audit_with", ()):
                yield relation.through._meta.get_field(relation.field.m2m_reverse_field_name())
            continue
        part_of = getattr(relation.related_model, "audit_part_of", "") == relation.field.name
        if part_of or (whole and relation.on_delete is models.CASCADE):
            yield relation.field
    own: list[Any] = list(model._meta.many_to_many)
    for many in own:
        if not whole and many.name in getattr(model, "audit_apart", ()):
            continue
        yield many.remote_field.through._meta.get_field(many.m2m_field_name())


def _related(foreign_key: models.Field[Any, Any], row: models.Model) -> Iterator[models.Model]:
    model = foreign_key.model
    others = [each.name for each in model._meta.concrete_fields if each.is_relation and each is not foreign_key]
    for part in model._base_manager.filter(**{foreign_key.name: row}).select_related(*others).order_by(*_order(model)):
        # All parts name the same parent: what its name needs is read once.
        setattr(part, foreign_key.name, row)
        yield part


def _order(model: type[models.Model]) -> list[Any]:
    return [*(model._meta.ordering or ()), "pk"]


def _row(row: models.Model) -> Row:
    hidden = getattr(row, "audit_hidden", {})
    fields: dict[str, Any] = {}
    words: dict[str, str] = {}
    for column in row._meta.concrete_fields:
        value = column.value_from_object(row)
        if column.name in hidden:
            fields[column.name] = salted_hmac("carillon.audit", str(value)).hexdigest()[:16]
            continue
        fields[column.name] = _plain(column, value, row)
        if column.is_relation and value is not None and not column.primary_key:
            words[column.name] = str(getattr(row, column.name))
    # A row that only joins two others is known by their names.
    name = ", ".join(words.values()) if row._meta.auto_created else str(row)
    return {"model": row._meta.label_lower, "pk": row.pk, "name": name, "fields": fields, "words": words}


def _plain(column: models.Field[Any, Any], value: Any, row: models.Model) -> Any:
    """Return `value` as JSON has it; to_python() reads it back."""
    return value if value is None or isinstance(value, bool | int | str) else column.value_to_string(row)


def take(root: models.Model, *, whole: bool) -> Snapshot | None:
    """Read what `root` is in the database now; None if it is not there."""
    relations = [each.name for each in root._meta.concrete_fields if each.is_relation]
    row = type(root)._base_manager.select_related(*relations).filter(pk=root.pk).first()
    if row is None:
        return None
    reader = _Reader(whole)
    reader.add(row)
    return {"whole": whole, "rows": list(reader.rows.values()), "emptied": reader.emptied}


def ignored(label: str) -> frozenset[str]:
    """Return the names of a model's fields that are neither compared nor put back."""
    model = apps.get_model(label)
    automatic = {each.name for each in model._meta.concrete_fields if getattr(each, "auto_now", False)}
    return frozenset(getattr(model, "audit_ignored", ())) | automatic


def compared(row: Row) -> dict[str, Any]:
    """Return the fields of a row that count."""
    skip = ignored(row["model"])
    return {name: value for name, value in row["fields"].items() if name not in skip}


def by_key(snapshot: Snapshot | None) -> dict[Key, Row]:
    """Return the rows of a snapshot by model and id, parents first."""
    return {(row["model"], row["pk"]): row for row in snapshot["rows"]} if snapshot else {}


def same(one: Snapshot | None, other: Snapshot | None) -> bool:
    """Tell whether two snapshots describe the same, whatever order their rows were read in."""
    left = {key: compared(row) for key, row in by_key(one).items() if not is_over(row)}
    return left == {key: compared(row) for key, row in by_key(other).items() if not is_over(row)}


def is_over(row: Row) -> bool:
    """Tell whether a row has had its time, so that it makes no difference any more."""
    over = getattr(apps.get_model(row["model"]), "audit_over", None)
    return bool(over and over(row["fields"]))


def hidden_change(one: Snapshot | None, other: Snapshot | None) -> bool:
    """Tell whether a secret differs: it is not kept, so it cannot be put back."""
    left, right = by_key(one), by_key(other)
    for key in left.keys() & right.keys():
        hidden = getattr(apps.get_model(key[0]), "audit_hidden", {})
        if any(left[key]["fields"].get(name) != right[key]["fields"].get(name) for name in hidden):
            return True
    return False


def restore(now: Snapshot | None, target: Snapshot | None) -> None:
    """Make `target` true, given that the database is as `now` says. Database errors pass through."""
    here, there = by_key(now), by_key(target)
    for key in [key for key in reversed(here) if key not in there]:
        apps.get_model(key[0])._base_manager.filter(pk=key[1]).delete()
    for key, row in there.items():
        if key not in here:
            if not is_over(row) and not _stands(row):
                _insert(row)
        elif compared(row) != compared(here[key]):
            _update(row, here[key])
    for empty in (target or {}).get("emptied", []):
        rows = apps.get_model(empty["model"])._base_manager
        rows.filter(**{"pk": empty["pk"], empty["field"]: None}).update(**{empty["field"]: empty["value"]})


def _stands(row: Row) -> bool:
    """Tell whether the row was never gone (an owned row may outlive its owner); a different one by now is a clash."""
    found = apps.get_model(row["model"])._base_manager.filter(pk=row["pk"]).first()
    if found is None:
        return False
    if compared(_row(found)) != compared(row):
        raise IntegrityError(f"{row['model']} {row['pk']} is something else by now")
    return True


def _insert(row: Row) -> None:
    model = apps.get_model(row["model"])
    values: dict[str, Any] = {}
    for column in model._meta.concrete_fields:
        fresh = getattr(model, "audit_hidden", {}).get(column.name)
        if fresh is not None:
            values[column.attname] = fresh()
        elif column.name in row["fields"]:
            values[column.attname] = _python(column, row["fields"][column.name])
    # raw: the row comes back as it was, without auto_now and with its id.
    model(**values).save_base(raw=True, force_insert=True)


def _update(row: Row, here: Row) -> None:
    model = apps.get_model(row["model"])
    old, new = compared(here), compared(row)
    hidden = getattr(model, "audit_hidden", {})
    values = {}
    for column in model._meta.concrete_fields:
        name = column.name
        if name in new and name not in hidden and not column.primary_key and old.get(name) != new[name]:
            values[column.attname] = _python(column, new[name])
    model._base_manager.filter(pk=row["pk"]).update(**values)


def _python(column: models.Field[Any, Any], value: Any) -> Any:
    if value is None:
        return None
    target = column.target_field if isinstance(column, models.ForeignKey) else column
    return target.to_python(value)
