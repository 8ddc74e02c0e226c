"""A public holiday by ear: callers of that day hear its prompt, and those of the day before the ordinary one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from carillon.numbers.models import FunctionNumber
from carillon.routing.feasts import Feast, countries, days_of, feast_of
from carillon.schedules.holidays_actions import add_holidays
from carillon.schedules.holidays_form import HolidaysForm
from carillon.schedules.holidays_screen import feasts_of
from carillon.schedules.models import Schedule
from tests.calls.phone import answers
from tests.calls.system import ask
from tests.calls.world import World

pytestmark = [
    pytest.mark.calls,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.usefixtures("decided_by_worker_one"),
]


def local_days() -> dict[date, str]:
    """The days that it is now somewhere on earth, each with a time zone that stays in it for a while."""
    now = datetime.now(UTC)
    found: dict[date, str] = {}
    for name in sorted(
        zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix"))
    ):
        local = now.astimezone(ZoneInfo(name))
        if local.date() == (local + timedelta(minutes=3)).date():
            found.setdefault(local.date(), name)
    return found


def holiday_of_today() -> tuple[Feast, str]:
    """A public holiday that it is now, in a zone of its day: some country has one on nearly every day."""
    days = local_days()
    for country, regions in countries().items():
        for region in ("", *regions):
            for day, zone in days.items():
                for feast in feasts_of(country, region, day):
                    # Not one of days so many that it is that holiday everywhere.
                    if day in days_of(feast, day.year) and not set(days) <= days_of(feast, day.year):
                        return feast_of(country, region, feast.name, day.year), zone
    raise AssertionError(f"nowhere on earth is a public holiday on {', '.join(map(str, days))}")


def other_day(feast: Feast) -> str:
    """A zone in which it is now a day that is not this holiday."""
    return next(zone for day, zone in local_days().items() if day not in days_of(feast, day.year))


async def add(world: World, function: FunctionNumber, feast: Feast, **data: object) -> None:
    def save() -> None:
        schedule = Schedule.objects.get(function_number=function)
        typed = {"action": "closed", "chosen": [feast.name], **data}
        form = HolidaysForm(typed, function=function, feasts=[feast])
        assert form.is_valid(), form.errors
        assert add_holidays(world.request, schedule, schedule.version, form) == (None, 1)

    await ask(save)


async def test_a_caller_hears_the_prompt_of_the_holiday_and_on_another_day_gets_through(world: World) -> None:
    feast, zone = holiday_of_today()
    group = await world.group(["An"])
    await world.zone(group, zone)
    await add(world, group, feast, prompt=await world.prompt("ooo_greeting"))
    entry = await world.inbound(group.number.value).ended()
    assert (entry.heard_names, world.rung(entry.other)) == (["ooo_greeting"], [])
    log = await world.log(entry.other)
    assert "event_decided" in log.steps
    assert log.workers == ("worker1",)
    # The same rule where it is another day now.
    await world.zone(group, other_day(feast))
    call = world.inbound(group.number.value, An=answers(0.2))
    await call.talks_with(await world.leg("An", call.entry.other))
    await call.hang_up()
    log = await world.log(call.entry.other)
    assert {"event_passed", "default_decided"} <= set(log.steps)


async def test_the_hours_of_a_holiday_are_those_of_its_event(world: World) -> None:
    """The window is of another hour of this day: now the number is open."""
    feast, zone = holiday_of_today()
    group = await world.group(["An"])
    await world.zone(group, zone)
    clock = datetime.now(ZoneInfo(zone))
    later = {"time_from": f"{(clock.hour + 2) % 24:02}:00", "time_to": f"{(clock.hour + 3) % 24:02}:00"}
    await add(world, group, feast, prompt=await world.prompt("ooo_greeting"), **later)
    call = world.inbound(group.number.value, An=answers(0.2))
    await call.talks_with(await world.leg("An", call.entry.other))
    await call.hang_up()
    log = await world.log(call.entry.other)
    assert {"event_passed", "default_decided"} <= set(log.steps)
