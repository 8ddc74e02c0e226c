"""One event applied to several function numbers by their pages: each of them obeys from the next call."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import AuditEntry, User
from carillon.demo import people
from carillon.numbers.models import FunctionNumber
from carillon.schedules.models import Schedule
from tests.calls.phone import answers
from tests.calls.system import ask
from tests.calls.world import World

pytestmark = [
    pytest.mark.calls,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.usefixtures("decided_by_worker_one"),
]


def apply(functions: list[FunctionNumber], prompt: int) -> str:
    """Send the page of a preview as an administrator; return the audit rows of what was done."""
    client = Client()
    client.force_login(User.objects.get(username=people.ADMIN))
    chosen = " ".join(f"{row.function_number_id}:{row.version}" for row in Schedule.objects.filter(
        function_number__in=functions
    ))  # fmt: skip
    event = {"name": "strike", "repeat": "day", "time_from": "00:00", "time_to": "00:00", "action": "closed"}
    typed = event | {"prompt": prompt, "chosen": chosen, "step": "apply"}
    assert client.post(reverse("schedules:many_event"), typed).status_code == 200
    rows = AuditEntry.objects.filter(kind="schedules.schedule").order_by("-pk").values_list("pk", flat=True)
    return " ".join(str(pk) for pk in rows[: len(functions)])


def take_back(entries: str) -> None:
    """Press Undo all."""
    client = Client()
    client.force_login(User.objects.get(username=people.ADMIN))
    assert client.post(reverse("schedules:many_undo"), {"entries": entries}).status_code == 302


async def test_an_event_applied_to_two_numbers_closes_both_and_undo_opens_them_again(world: World) -> None:
    one, two, other = await world.group(["An"]), await world.group(["Bram"]), await world.group(["Chloe"])
    prompt = await world.prompt("sick_greeting")
    entries = await ask(lambda: apply([one, two], prompt))
    for function in (one, two):
        entry = await world.inbound(function.number.value).ended()
        assert (entry.heard_names, world.rung(entry.other)) == (["sick_greeting"], [])
    call = world.inbound(other.number.value, Chloe=answers())
    await call.talks_with(await world.leg("Chloe", call.entry.other))
    await call.hang_up()
    await ask(lambda: take_back(entries))
    call = world.inbound(two.number.value, Bram=answers())
    await call.talks_with(await world.leg("Bram", call.entry.other))
    await call.hang_up()
