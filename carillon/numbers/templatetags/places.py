"""How a number that calls are sent to is shown: who has it, and the number."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

register = template.Library()


@register.simple_tag
def place(number: str, names: Mapping[str, str]) -> str:
    """Return "second group, 9011", or the number alone where nobody of the organization has it."""
    name = names.get(number)
    return f"{name}, {number}" if name else number
