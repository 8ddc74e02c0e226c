"""The demo world is the manual's, is written once, and its two organizations share nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.hashers import check_password

from carillon.accounts.models import Organization
from carillon.demo import people, phrases, speech, world
from carillon.devices.models import SipDevice
from carillon.numbers.models import Number, Trunk
from carillon.prompts.models import PromptAudio
from carillon.routing.facts import SystemPrompt
from carillon.schedules.models import ScheduleEvent

pytestmark = pytest.mark.django_db


def test_the_prompts_are_those_of_chapter_4_and_those_that_a_decision_needs() -> None:
    built = world.build()
    names = set(built.organization.prompts.values_list("name", flat=True))
    assert {"Beep", "MCH", "Ooo greeting", "Silence halfsecond", "Vocalmail busy in call", "Wrong nr"} <= names
    assert len(names) == 22 + len(phrases.EXTRA) + len({"Music on hold"} & names)
    keys = set(built.organization.prompts.values_list("key", flat=True))
    assert {prompt.value for prompt in SystemPrompt} <= keys
    assert built.organization.prompts.get(name="MCH").key == ""


def test_the_main_number_has_the_schedule_of_chapter_5() -> None:
    events = list(world.build().main.schedule.events.all())
    assert [(event.name, event.action) for event in events] == [
        ("1 jan", "closed"),
        ("pm", "open"),
        ("am", "open"),
        ("Default", "closed"),
    ]
    assert events[0].prompt is not None
    assert events[0].prompt.name == "Ooo greeting"
    assert events[-1].is_default


def test_the_groups_have_the_manuals_order_and_flag() -> None:
    groups = list(world.build().organization.user_groups.all())
    assert [group.name for group in groups][:7] == [
        "Everybody",
        "Incoming rules",
        "Outgoing rules",
        "Reports",
        "CC",
        "Steven",
        "ACD Supervisor",
    ]
    assert [group.name for group in groups if group.acd_supervisor] == ["ACD Supervisor"]


def test_building_twice_changes_nothing_that_people_changed(tmp_path: Path) -> None:
    first = world.build(speech.tones(), store=tmp_path)
    secret = first.visitors_phone.secret
    ScheduleEvent.objects.filter(schedule=first.main.schedule, name="pm").delete()
    again = world.build(speech.tones(), store=tmp_path, carrier_port=6071)
    assert Organization.objects.count() == 2
    assert again.visitors_phone.secret == secret
    assert not again.main.schedule.events.filter(name="pm").exists()
    assert Trunk.objects.get().port == 6071


def test_the_two_organizations_share_no_row() -> None:
    built = world.build()
    assert built.other.function_numbers.count() == 1
    for device in SipDevice.objects.all():
        assert device.user is not None
        assert device.organization == device.user.organization == device.site.organization
    for number in Number.objects.filter(personal_line__isnull=False):
        assert number.personal_line.user.organization == number.organization
    values = [set(each.numbers.filter(kind="e164").values_list("value", flat=True)) for each in _both(built)]
    assert not values[0] & values[1]


def _both(built: world.World) -> tuple[Organization, Organization]:
    return built.organization, built.other


def test_everybody_signs_in_with_the_demo_password() -> None:
    built = world.build(password="iris-tulip-0042")
    assert check_password("iris-tulip-0042", built.user(people.ADMIN).password)
    assert built.user(people.ADMIN).is_admin
    assert built.user(people.SCHEDULES_ADMIN).user_groups.filter(schedules_admin=True).exists()
    assert not built.user(people.PLAIN_USER).is_admin


def test_recordings_are_where_asterisk_plays_them_from(tmp_path: Path) -> None:
    world.build(speech.tones(), store=tmp_path)
    for audio in PromptAudio.objects.all():
        kept = tmp_path / audio.sha256[:2] / f"{audio.sha256}.alaw"
        assert len(kept.read_bytes()) == audio.milliseconds * 8
    assert PromptAudio.objects.values("sha256").distinct().count() == len(speech.prompt_keys())
