"""Services -> Music on hold: each level gets its music, says whose it is, and goes back to what it inherits."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import reverse

from carillon.accounts import audit
from carillon.accounts.models import AuditEntry
from carillon.callcontrol import hold as engine
from carillon.demo import people, phrases, speech
from carillon.demo.world import World
from carillon.facts.calls import Ask, load
from carillon.functions.tests.builders import make_hunt_group, make_person, queries
from carillon.prompts.files import path_of
from carillon.prompts.models import HoldMusic, How, Prompt
from carillon.prompts.speech import keep
from carillon.routing.facts import FunctionNumber
from conftest import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


@pytest.fixture
def admin(world: World, as_user: SignIn) -> Client:
    return as_user(people.ADMIN)


def bells(world: World, name: str = "bells") -> Prompt:
    made = world.organization.prompts.create(name=name)
    made.audio.create(sha256=keep(Path(settings.PROMPTS), name.encode() * 20), milliseconds=100)
    return made


def give(client: Client, address: str, prompt: Prompt | None) -> str:
    answer = client.post(address, {"prompt": str(prompt.pk) if prompt else ""}, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def addresses(world: World) -> dict[str, str]:
    """Each level's page, by the class that Asterisk has for it."""
    an = world.organization.users.get(first_name="An")
    return {
        f"org-{world.organization.pk}": reverse("hold:organization"),
        f"function-{world.second.pk}": reverse("hold:number", args=[world.second.pk]),
        f"user-{an.pk}": reverse("hold:user", args=[an.pk]),
    }


def test_each_level_gives_its_music_to_those_who_are_held(world: World, admin: Client) -> None:
    for title, address in addresses(world).items():
        prompt = bells(world, f"bells {title}")
        revision = type(world.organization).objects.get(pk=world.organization.pk).revision
        page = give(admin, address, prompt)
        assert "It counts from the next hold." in page
        assert prompt.name in page
        assert f"[{title}]\nmode=playlist\nentry={path_of(prompt.audio.get().sha256).with_suffix('')}\n" in (
            engine.render("node1", "")
        )
        world.organization.refresh_from_db()
        assert world.organization.revision > revision


def test_the_music_of_a_number_is_a_fact_of_its_calls_and_of_no_others(world: World, admin: Client) -> None:
    prompt = bells(world)
    give(admin, reverse("hold:number", args=[world.second.pk]), prompt)

    def music(number: str) -> str | None:
        target = load(Ask(f"org-{world.organization.pk}", "", number)).target
        assert isinstance(target, FunctionNumber)
        return target.music.audio if target.music else None

    assert music("9011") == prompt.audio.get().sha256
    assert music(people.BKM.main_number) is None


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_choice_is_reset_and_undone(world: World, admin: Client, level: int) -> None:
    address = list(addresses(world).values())[level]
    one, other = bells(world, "one"), bells(world, "other")
    give(admin, address, one)
    give(admin, address, other)
    assert HoldMusic.objects.get().prompt == other
    last = world.organization.audit_entries.filter(kind="prompts.holdmusic").latest("pk")
    audit.undo(last, audit.Actor(world.organization))
    assert HoldMusic.objects.get().prompt == one
    page = give(admin, address, None)
    assert not HoldMusic.objects.exists()
    assert "Reset to" not in page, "nothing is left to reset"
    verbs = (
        world.organization.audit_entries.filter(kind="prompts.holdmusic").order_by("pk").values_list("verb", flat=True)
    )
    assert list(verbs) == [AuditEntry.Verb.CREATE, AuditEntry.Verb.CHANGE, AuditEntry.Verb.UNDO, AuditEntry.Verb.DELETE]
    assert give(admin, address, None)
    assert verbs.count() == 4, "what changes nothing is no change"


def test_the_pages_say_whose_music_it_is(world: World, admin: Client) -> None:
    levels, an = reverse("hold:levels"), world.organization.users.get(first_name="An")
    assert "as delivered" in admin.get(levels).content.decode()
    assert "of whoever holds the caller" in admin.get(levels).content.decode()
    found = admin.get(levels, {"q": "an peet"}).content.decode()
    assert "An Peeters" in found
    assert "Bram" not in found
    give(admin, reverse("hold:organization"), bells(world))
    found = admin.get(levels, {"q": an.username[:6]}).content.decode()
    assert "inherited from the organization" in found
    page = admin.get(reverse("hold:user", args=[an.pk])).content.decode()
    assert "Inherited from the organization: bells" in page
    give(admin, reverse("hold:user", args=[an.pk]), bells(world, "trumpets"))
    assert "the user&#x27;s own" in admin.get(levels, {"q": "peeters"}).content.decode().replace("'", "&#x27;")
    assert "Nobody matches “xyz”" in admin.get(levels, {"q": "xyz"}).content.decode()


def test_words_stand_in_for_music_and_what_cannot_be_heard_is_refused(world: World, admin: Client) -> None:
    page = admin.get(reverse("hold:organization")).content.decode()
    assert "No music: the announcement “Midcall hold current”" in page
    mute, strange = world.organization.prompts.create(name="mute"), world.other.prompts.first()
    refused = give(admin, reverse("hold:organization"), mute)
    assert "This prompt has no recording yet" in refused
    assert f'value="{mute.pk}" selected' in refused
    assert "This prompt is gone" in give(admin, reverse("hold:organization"), strange)
    assert not HoldMusic.objects.exists()


def test_only_administrators_choose_and_only_at_home(world: World, admin: Client, as_user: SignIn) -> None:
    for address in (reverse("hold:levels"), *addresses(world).values()):
        assert as_user(people.SCHEDULES_ADMIN).get(address).status_code == 403
        assert as_user(people.SCHEDULES_ADMIN).post(address, {"prompt": ""}).status_code == 403
    stranger = world.other.users.first()
    assert stranger
    assert admin.get(reverse("hold:user", args=[stranger.pk])).status_code == 404
    assert stranger.last_name not in admin.get(reverse("hold:levels"), {"q": stranger.first_name}).content.decode()


def test_a_list_costs_the_same_however_long_it_is(world: World, admin: Client) -> None:
    address = reverse("hold:levels") + "?q=a"
    give(admin, reverse("hold:organization"), bells(world))
    give(admin, reverse("hold:number", args=[world.second.pk]), bells(world, "number"))
    an = world.organization.users.get(first_name="An")
    give(admin, reverse("hold:user", args=[an.pk]), bells(world, "person"))
    before = queries(admin, address)
    for index in range(20):
        function = make_hunt_group(world.organization, f"group {index:02}", f"93{index:02}")
        person = make_person(world.organization, f"aa.person{index}")
        world.organization.hold_music.create(prompt=bells(world, f"n{index}"), function_number=function)
        world.organization.hold_music.create(prompt=bells(world, f"p{index}"), user=person)
    assert queries(admin, address) == before


# What organizations that exist are given.


def _migration() -> Any:
    return import_module("carillon.prompts.migrations.0007_music")


def test_an_organization_that_exists_gets_the_music_once(world: World) -> None:
    organization = world.organization
    organization.prompts.filter(key="music_on_hold").update(key="", name="Music on hold")
    for _twice in range(2):
        _migration().add_music(apps, None)
    made = organization.prompts.get(key="music_on_hold")
    assert made.name == "Music on hold (system)"
    audio, version = made.audio.get(), made.versions.get()
    assert (audio.milliseconds, version.sha256, version.how) == (24000, audio.sha256, How.SYSTEM)
    assert path_of(audio.sha256).stat().st_size == 24000 * 8


def test_the_announcement_gets_its_silence_where_it_is_as_delivered(world: World) -> None:
    prompt = world.organization.prompts.get(key="midcall_hold_current")
    sounds = {"nl": (b"delivered" * 100, How.SYSTEM), "fr": (b"recorded" * 100, How.CALL)}
    for language, (audio, how) in sounds.items():
        sound = {"language": language, "sha256": keep(Path(settings.PROMPTS), audio), "milliseconds": 100}
        prompt.audio.create(**sound)
        prompt.versions.create(**sound, how=how, made_at="2026-01-01T00:00Z")
    for _twice in range(2):
        _migration().add_silence(apps, None)
    dutch, french = prompt.audio.get(language="nl"), prompt.audio.get(language="fr")
    assert path_of(dutch.sha256).read_bytes() == sounds["nl"][0] + b"\xd5" * 80_000
    assert (dutch.milliseconds, french.milliseconds) == (10_100, 100)
    assert prompt.versions.filter(language="nl").count() == 1


def test_the_announcement_is_delivered_with_ten_seconds_of_silence() -> None:
    assert speech.pause("midcall_hold_current") == b"\xd5" * 80_000
    assert {key for key in phrases.PAUSES if speech.pause(key)} == {"midcall_hold_current"}
    assert speech.pause("welcome") == b""
