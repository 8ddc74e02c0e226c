"""What would happen to a call: each decision that it comes to and the way through it, without a call.

The page, the cases and the command line ask here; the decision itself is routing's, the same that a live call gets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from carillon.accounts.models import Organization
from carillon.calls import budget
from carillon.devices.models import SipDevice
from carillon.facts.calls import (
    PHONE_CONTEXT,
    TRUNK_CONTEXT,
    Ask,
    Rows,
    Spent,
    load,
    may_cost,
    with_caller,
    with_spent,
)
from carillon.routing.facts import CallFacts, FunctionNumber, Live, Strategy
from carillon.routing.numbers import EXTENSION_LENGTHS, read_number
from carillon.routing.path import Assumptions, Taken, follow
from carillon.routing.plan import plan_call
from carillon.routing.verbs import GoTo, Plan, Ring

#: Any trunk: the organization is told, not found by the number.
TRUNK = f"{TRUNK_CONTEXT}0"


@dataclass(frozen=True, slots=True)
class Question:
    """Who calls which number when (aware), and what is assumed of those who would ring."""

    number: str
    #: An extension or number of a colleague calls from inside; any other comes in over a trunk; "" = somebody outside.
    caller: str
    at: datetime
    assumed: Assumptions = field(default_factory=Assumptions)


@dataclass(frozen=True, slots=True)
class Decision:
    """One number that the call comes to: what was known, what was planned, and which way it goes."""

    facts: CallFacts
    plan: Plan
    taken: tuple[Taken, ...]

    @property
    def function(self) -> FunctionNumber | None:
        """The function number whose schedule decided."""
        target = self.facts.target
        return target if isinstance(target, FunctionNumber) else None


Facts = Callable[[Ask], CallFacts]
Used = Callable[[int | None, datetime], Spent]


def follow_call(
    first: Ask, caller: str, at: datetime, assumed: Assumptions, facts: Facts, used: Used, seed: int = 0
) -> list[Decision]:
    """Return the decisions of a call in the order in which it comes to them; forwards are decided anew, as live.

    Nothing is known of the moment: circular groups begin with their first member, and no outgoing call is up.
    """
    ask, visited, payer = first, (), None  # type: Ask, tuple[str, ...], int | None
    turns: dict[int, int] = {}
    found: list[Decision] = []
    while True:
        known = with_caller(facts(ask), caller, "")
        if known.organization_id is not None and may_cost(known):
            known = with_spent(known, used(payer if visited else known.caller.user_id, at))
        plan = plan_call(known, Live(dict(turns), 0, visited), at, seed)
        decision = Decision(known, plan, follow(plan, assumed))
        found.append(decision)
        last = decision.taken[-1].verb
        if not isinstance(last, GoTo):
            return found
        if decision.function and decision.function.service.strategy is Strategy.CIRCULAR:
            rung = sum(isinstance(step.verb, Ring) for step in decision.taken)
            turns[decision.function.id] = turns.get(decision.function.id, 0) + rung
        payer = last.payer_id or payer
        visited = (*visited, last.number)
        ask = replace(first, called=last.number, organization_id=found[0].facts.organization_id, payer_id=payer)


def ask_inside_or_outside(organization_id: int, number: str) -> Ask:
    """Return how somebody outside asks for a number of an organization.

    From outside only numbers that somebody has; an extension is asked for as a colleague would dial it.
    """
    if number.isdecimal() and len(number) in EXTENSION_LENGTHS:
        return Ask(f"{PHONE_CONTEXT}{organization_id}", "", number)
    return Ask(TRUNK, "", number, organization_id=organization_id)


class Inquiry:
    """Questions about one organization; what several of them need is read once."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self._zone = ZoneInfo(organization.timezone)
        self._rows = Rows()
        self._facts: dict[Ask, CallFacts] = {}
        self._used: dict[tuple[int | None, date], Spent] = {}
        self._phones: dict[str, str | None] = {}

    def expect(self, numbers: Iterable[str]) -> None:
        """Read together what questions about these numbers will need."""
        dialled = [read_number(number, self.organization.country) for number in numbers]
        self._rows.fetch(self.organization, {each.e164 or each.text for each in dialled})

    def decisions(self, question: Question) -> list[Decision]:
        """Return the decisions that the call comes to; the last one ends it."""
        first = self._ask(question.number, question.caller)
        return follow_call(first, question.caller, question.at, question.assumed, self._load, self._spent)

    def _ask(self, number: str, caller: str) -> Ask:
        endpoint = self._phone(caller)
        if endpoint is not None:
            return Ask(f"{PHONE_CONTEXT}{self.organization.pk}", endpoint, number)
        return ask_inside_or_outside(self.organization.pk, number)

    def _phone(self, caller: str) -> str | None:
        """The endpoint of the colleague who has this number, "" without a phone; None: nobody here has it."""
        if not caller:
            return None
        if caller not in self._phones:
            inside = self.organization.numbers.filter(value=caller, personal_line__isnull=False)
            phones = SipDevice.objects.filter(organization=self.organization, user__lines__number__value=caller)
            endpoint = phones.order_by("pk").values_list("endpoint", flat=True).first()
            self._phones[caller] = endpoint or ("" if inside.exists() else None)
        return self._phones[caller]

    def _load(self, ask: Ask) -> CallFacts:
        if ask not in self._facts:
            self._facts[ask] = load(ask, self._rows)
        return self._facts[ask]

    def _spent(self, payer: int | None, at: datetime) -> Spent:
        key = (payer, at.astimezone(self._zone).date())
        if key[1] > datetime.now(UTC).astimezone(self._zone).date():
            return Spent(0, 0)
        if key not in self._used:
            self._used[key] = budget.spent(self.organization.pk, payer, at)
        return self._used[key]
