"""Where forwards lead inside an organization: what the numbers on the way do, and which numbers nobody has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from carillon.accounts.models import Organization
from carillon.facts.schedules import current_changes, schedule_facts
from carillon.numbers.models import Number
from carillon.numbers.ranges import in_ranges
from carillon.routing.schedule import Action, Schedule

#: Forwards of forwards that are followed; each level costs the same few queries however many numbers it has.
LEVELS = 3


@dataclass(frozen=True, slots=True)
class Ways:
    """`leads`: what a number does, by its schedule or by its person's forward. `dead`: calls to them reach nobody."""

    leads: dict[str, Schedule | str]
    dead: frozenset[str]


def ways(organization: Organization, destinations: Iterable[str], now: datetime) -> Ways:
    """Follow forwards to `destinations` (extensions or E.164); numbers outside lead nowhere further."""
    first = set(destinations) - {""}
    leads: dict[str, Schedule | str] = {}
    dead: set[str] = set()
    seen: set[str] = set()
    wanted = first
    for _level in range(LEVELS):
        if not wanted:
            break
        rows = {row.value: row for row in _rows(organization, wanted, now)}
        if wanted is first:
            dead = {value for value in first if _is_dead(organization, value, rows.get(value))}
        found = {value: step for value, row in rows.items() if (step := _step(row))}
        leads |= found
        seen |= wanted
        wanted = {further for step in found.values() for further in _destinations(step)} - seen
    return Ways(leads, frozenset(dead))


def _rows(organization: Organization, values: Iterable[str], now: datetime) -> Iterable[Number]:
    return (
        organization.numbers.filter(value__in=values)
        .select_related("function_number__schedule", "personal_line__user__call_forward")
        .prefetch_related("function_number__schedule__events", current_changes("function_number__schedule", now))
    )


def _is_dead(organization: Organization, value: str, row: Number | None) -> bool:
    if row is None:
        return not value.startswith("+") or in_ranges(organization, value)
    return not hasattr(row, "function_number") and not _person_answers(row)


def _person_answers(row: Number) -> bool:
    return hasattr(row, "personal_line") and row.personal_line.user.is_active


def _step(row: Number) -> Schedule | str | None:
    if hasattr(row, "function_number"):
        schedule = getattr(row.function_number, "schedule", None)
        return schedule_facts(schedule, schedule.events.all()) if schedule else None
    if _person_answers(row) and hasattr(row.personal_line.user, "call_forward"):
        number: str = row.personal_line.user.call_forward.number
        return number
    return None


def _destinations(step: Schedule | str) -> set[str]:
    if isinstance(step, str):
        return {step}
    events = (*step.events, step.default)
    return {event.destination for event in events if event.action is Action.FORWARD and event.destination}
