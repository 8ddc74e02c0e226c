"""Facts changed implies revision changed, for every address of the portal: else a call would go by stale facts."""

from __future__ import annotations

import random
from pickle import dumps
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import Organization
from carillon.facts.calls import Ask, load
from carillon.facts.revision import Version, version
from carillon.functions.actions import HOURS
from carillon.functions.tests.builders import chapter_five, make_hunt_group, make_organization, make_person
from tests.walk import Route, routes

pytestmark = pytest.mark.django_db

#: What people may type, by field; every form takes what it knows.
WORDS: dict[str, list[Any]] = {
    "name": ["lunch", "Reception"],
    "number": ["0470 12 34 56", "9102", "", "9300", "+3227811520"],
    "destination": ["9102", "0470 12 34 56"],
    "action": ["open", "closed", "forward"],
    "repeat": ["day", "week", "none", "year"],
    "weekdays": [["0", "1"], ["5"]],
    "time_from": ["08:00", "12:30"],
    "time_to": ["13:00", "18:00"],
    "begins": ["now"],
    "ends": ["next"],
    "timezone": ["Asia/Tokyo", "Europe/Brussels"],
    "direction": ["up", "down"],
    "language": ["", "nl"],
    "strategy": ["parallel", "sequential", "circular", "random"],
    "ring_seconds": ["10", "25"],
    "follow_forwards": ["on", ""],
    "on_no_answer": ["hangup", "forward"],
    "on_busy": ["hangup"],
    "on_unreachable": ["hangup"],
    "on_no_answer_number": ["9102"],
    "member": ["9103", "0470 12 34 56"],
    "hours": list(HOURS),
}
#: So many addresses at least must be seen to change what a call gets, so that this test has teeth.
TEETH = 10


def world() -> Organization:
    organization = make_organization(main_number="+3227811501")
    for prompt in organization.prompts.all():
        prompt.audio.create(sha256=f"{prompt.pk:064x}", milliseconds=1000)
    function, second = chapter_five(organization), make_hunt_group(organization, "second group", "9011")
    for place, name in enumerate(("an.peeters", "bram.janssens", "chloe.lambert"), 1):
        person = make_person(organization, name, f"910{place}", is_admin=place == 1)
        for group in (function, second)[: 3 - place]:
            group.hunt_group.members.create(position=place, user=person)
    return organization


def facts(organization: Organization) -> tuple[bytes, Version]:
    """What calls to all numbers that there may be get now, without the revision itself, and the revision."""
    called = ("+3227811501", "9011", "9101", "9300", "+3227811520")
    found = [load(Ask(f"org-{organization.pk}", "", number)) for number in called]
    return dumps([(row.target, row.allowance, row.prompts, row.suspended) for row in found]), version(organization.pk)


def keys(route: Route, organization: Organization, chance: random.Random) -> dict[str, int] | None:
    """Random rows for an address; None where it has other keys than rows of the organization."""
    function = chance.choice([row for row in organization.function_numbers.all() if hasattr(row, "schedule")])
    room = route.name.partition(":")[0]
    rows = {
        "event_pk": [row.pk for row in function.schedule.events.all()],
        "change_pk": [row.pk for row in function.schedule.temporary_changes.all()],
        "member_pk": [row.pk for row in function.hunt_group.members.all()],
        "function_pk": [function.pk],
        "user_pk": [row.pk for row in organization.users.all()],
        "pk": {
            "schedules": [function.pk],
            "functions": [function.pk],
            "users": [row.pk for row in organization.users.all()],
            "accounts": [row.pk for row in organization.audit_entries.all()[:5]],
        }.get(room, []),
    }
    return {key: chance.choice(rows[key]) for key in route.keys} if all(rows.get(key) for key in route.keys) else None


def typed(organization: Organization, chosen: dict[str, int], chance: random.Random) -> dict[str, Any]:
    data = {name: chance.choice(values) for name, values in WORDS.items()}
    data["prompt"] = chance.choice(["", *organization.prompts.values_list("pk", flat=True)])
    function = organization.function_numbers.filter(pk=chosen.get("pk", 0)).first()
    if function:
        data["version"] = function.schedule.version
        members = [row.pk for row in function.hunt_group.members.all()]
        data |= {"seen": members, "order": chance.sample(members, len(members))}
    return data


def test_no_address_changes_what_a_call_gets_without_a_new_revision(client: Client) -> None:
    rooms = {"schedules", "functions", "users", "accounts", "calls", "hold"}
    addresses = [route for route in routes() if route.name.partition(":")[0] in rooms]
    changed: set[str] = set()
    organization = world()
    client.force_login(organization.users.get(username="an.peeters"))
    for seed in range(5):
        chance = random.Random(seed)
        if organization.function_numbers.count() < 2:
            make_hunt_group(organization, f"group {seed}", f"93{seed:02}")
        for route in chance.sample(addresses, len(addresses)):
            chosen = keys(route, organization, chance)
            if chosen is None:
                continue
            before = facts(organization)
            client.post(reverse(route.name, kwargs=chosen), typed(organization, chosen, chance))
            after = facts(organization)
            if after[0] != before[0]:
                assert after[1] != before[1], route.name
                changed.add(route.name)
    assert len(changed) >= TEETH, changed
