"""Where a prompt is used: every row that points to it by a protecting foreign key, told by the room that has the row.

A higher room's model may say by plain attributes how its use is told; without them it is told by its name alone:

* `prompt_use(field)`: the place in words, and the address of the page on which it is changed.
* `prompt_use_needs = ("schedule",)`: relations that those words need.
* `prompt_use_right = Right.FUNCTIONS_VIEW`: who may open that page.
* `prompt_use_counts()`: which rows still count (a Q); the others go with the prompt.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Count, Q

from carillon.accounts.models import User
from carillon.accounts.roles import can
from carillon.prompts.models import Prompt

#: So many places of each kind are told.
MOST = 100


@dataclass(frozen=True, slots=True)
class Use:
    """A place in words, and the page on which it is changed; empty where the reader may not open it."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Uses:
    """The places of one prompt; `more` are not told."""

    told: list[Use]
    more: int

    def __bool__(self) -> bool:
        return bool(self.told)


def _relations() -> Iterator[models.ForeignKey[Any, Any]]:
    """Yield the foreign keys that keep a prompt from being deleted; those without a name on the prompt, too."""
    for relation in Prompt._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is models.PROTECT:
            yield relation.field


def _rows(field: models.ForeignKey[Any, Any], prompts: Collection[int]) -> models.QuerySet[Any]:
    rows = field.model._base_manager.filter(**{f"{field.name}__in": prompts})
    return rows.filter(_counting(field.model))


def _counting(model: type[models.Model]) -> Q:
    counts = getattr(model, "prompt_use_counts", None)
    return counts() if counts else Q()


def counted(prompts: Collection[int]) -> dict[int, int]:
    """Return how many places use each of these prompts; one query for each relation."""
    found = dict.fromkeys(prompts, 0)
    for field in _relations():
        rows = _rows(field, prompts).order_by().values_list(field.attname).annotate(Count("pk"))
        for pk, count in rows:
            found[pk] += count
    return found


def uses_of(prompt: Prompt, user: User) -> Uses:
    """Return the places that use `prompt`, as `user` may open them."""
    told, all_of_them = [], 0
    for field in _relations():
        rows = _rows(field, [prompt.pk]).select_related(*getattr(field.model, "prompt_use_needs", ()))
        found = [_use(row, field.name, user) for row in rows[: MOST + 1]]
        all_of_them += len(found) if len(found) <= MOST else rows.count()
        told += found[:MOST]
    return Uses(told, all_of_them - len(told))


def _use(row: Any, field: str, user: User) -> Use:
    if not hasattr(row, "prompt_use"):
        return Use(f"{row._meta.verbose_name}: {row}", "")
    words, address = row.prompt_use(field)
    right = getattr(row, "prompt_use_right", None)
    return Use(words, address if right is None or can(user, right) else "")


def let_go(prompt: Prompt) -> None:
    """Delete the rows that name `prompt` and have had their time; inside the transaction that deletes it."""
    for field in _relations():
        if hasattr(field.model, "prompt_use_counts"):
            rows = field.model._base_manager.filter(**{field.name: prompt})
            rows.exclude(_counting(field.model)).delete()
