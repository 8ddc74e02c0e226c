"""Small rows for the screens' tests: an organization, its people and its function numbers, named as in the manual."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from carillon.accounts.models import Organization, User, UserGroup
from carillon.functions.models import HuntGroup
from carillon.numbers.models import FunctionNumber, Number
from carillon.prompts.models import Prompt
from carillon.schedules.models import Schedule, ScheduleEvent
from carillon.users import index
from carillon.users.models import PersonalLine

PASSWORD = "a long invented password"


def make_organization(slug: str = "bkm", **fields: Any) -> Organization:
    """Return an organization with one range, +3227811500 to +3227811699, and two prompts."""
    organization = Organization.objects.create(name=fields.pop("name", slug.upper()), slug=slug, **fields)
    if slug == "bkm":
        organization.number_ranges.create(first="+3227811500", last="+3227811699")
    Prompt.objects.create(organization=organization, key="general_greeting", name="General greeting")
    Prompt.objects.create(organization=organization, key="ooo_greeting", name="Ooo greeting")
    return organization


def make_person(organization: Organization, username: str, extension: str = "", **fields: Any) -> User:
    """Return a user; "alexandra.meuwissen" becomes Alexandra Meuwissen. With an extension where one is given."""
    first, _dot, last = username.partition(".")
    person = User(
        organization=organization,
        username=username,
        first_name=first.capitalize(),
        last_name=last.capitalize(),
        **fields,
    )
    person.set_unusable_password()
    person.save()
    if extension:
        number = Number.objects.create(organization=organization, kind=Number.Kind.EXTENSION, value=extension)
        PersonalLine.objects.create(user=person, number=number)
    index.refresh([person.pk])
    return person


def make_hunt_group(organization: Organization, name: str, value: str, **settings: Any) -> FunctionNumber:
    """Return a hunt group number, closed by its default event."""
    kind = Number.Kind.E164 if value.startswith("+") else Number.Kind.EXTENSION
    number = Number.objects.create(organization=organization, kind=kind, value=value)
    function = FunctionNumber.objects.create(organization=organization, name=name, number=number)
    HuntGroup.objects.create(function_number=function, **settings)
    schedule = Schedule.objects.create(function_number=function)
    schedule.events.create(position=1, is_default=True, name="Default", action="closed")
    return function


def add_week(function: FunctionNumber, name: str, since: str, until: str, **fields: Any) -> ScheduleEvent:
    """Add an open event from Monday to Friday below those there are."""
    schedule = function.schedule
    return schedule.events.create(
        **{
            "position": schedule.events.filter(is_default=False).count() + 1,
            "name": name,
            "action": "open",
            "repeat": "week",
            "weekdays": 0b0011111,
            "time_from": time.fromisoformat(since),
            "time_to": time.fromisoformat(until),
        }
        | fields
    )


def chapter_five(organization: Organization) -> FunctionNumber:
    """Return the Main number with the manual's schedule: 1 jan, pm, am, default closed."""
    function = make_hunt_group(organization, "Main number", "+3227811501")
    function.schedule.events.create(
        position=1,
        name="1 jan",
        action="closed",
        repeat="year",
        starts_at="2021-01-01T00:00",
        ends_at="2021-01-02T00:00",
        prompt=organization.prompts.get(key="ooo_greeting"),
    )
    add_week(function, "pm", "13:30", "18:00")
    add_week(function, "am", "08:30", "12:30")
    return function


def queries(client: Client, address: str) -> int:
    """Return how many queries a page costs."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def make_schedules_admin(person: User) -> UserGroup:
    """Put the person into a user group flagged Schedules admin."""
    group, _made = UserGroup.objects.get_or_create(
        organization=person.organization, name="CC", defaults={"priority": 1, "schedules_admin": True}
    )
    group.members.add(person)
    return group
