"""Which numbers a payer may reach: international and premium are closed until opened."""

from __future__ import annotations

from carillon.routing.facts import Allowance
from carillon.routing.numbers import Dialled, Kind


def barred(called: Dialled, allowance: Allowance) -> bool:
    """Tell whether the class of a number is closed to this payer. Premium numbers abroad need both to be open."""
    if called.kind in (Kind.PREMIUM, Kind.SHORT) and not allowance.premium:
        return True
    return called.abroad and not allowance.international
