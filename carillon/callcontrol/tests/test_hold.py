"""Music on hold as Asterisk is told: whose music has a class, which sound is in it, and what becomes of lost files."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from carillon.accounts.models import Organization
from carillon.callcontrol import configuration, hold
from carillon.callcontrol.tests.fakes import FakeChannel, converse, desk, record
from carillon.devices.vault import seal
from carillon.functions.tests.builders import make_hunt_group, make_organization, make_person
from carillon.prompts.files import path_of
from carillon.prompts.models import Prompt
from carillon.prompts.speech import keep
from carillon.routing.facts import Prompt as PromptFact
from carillon.routing.facts import SystemPrompt
from carillon.routing.schedule import Action
from carillon.routing.tests.world import GREETING, NOON, STEVEN, call, event, hunt_group, number, opened


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "PROMPTS", tmp_path)
    return tmp_path


def make_prompt(organization: Organization, name: str, *languages: str, key: str = "") -> Prompt:
    """A prompt with a sound of its own in each language; the empty one is the default."""
    prompt = organization.prompts.create(name=name, key=key)
    for language in languages or ("",):
        sha256 = keep(Path(settings.PROMPTS), f"{organization.slug} {name} {language}".encode())
        prompt.audio.create(language=language, sha256=sha256, milliseconds=5)
    return prompt


def sound_of(prompt: Prompt, language: str = "") -> str:
    return str(path_of(prompt.audio.get(language=language).sha256).with_suffix(""))


def classes(text: str) -> dict[str, str]:
    return dict(re.findall(r"^\[(.+)\]\nmode=playlist\nentry=(.+)$", text, re.MULTILINE))


@pytest.fixture
def organization(db: None, store: Path) -> Organization:
    made = make_organization()
    made.language = "nl"
    made.save()
    for key in ("music_on_hold", "ringin"):
        make_prompt(made, key, key=key)
    return made


def test_without_a_choice_there_are_the_systems_music_and_the_ring_tone(organization: Organization) -> None:
    found, pk = classes(hold.render("node1", "")), organization.pk
    music, ringin = (organization.prompts.get(key=key) for key in ("music_on_hold", "ringin"))
    assert found == {f"org-{pk}": sound_of(music), f"ring-{pk}": sound_of(ringin)}
    assert classes(hold.render("elsewhere", "")) == {}


def test_each_level_has_a_class_in_its_language(organization: Organization) -> None:
    house, words = make_prompt(organization, "house", "", "nl"), make_prompt(organization, "words", "", "nl", "fr")
    function = make_hunt_group(organization, "Main number", "+3227811501")
    function.language = "fr"
    function.save()
    an, bram = make_person(organization, "an.peeters", "9101"), make_person(organization, "bram.janssens", "9102")
    an.language, bram.language = "fr", "de"
    an.save()
    bram.save()
    organization.hold_music.create(prompt=house)
    organization.hold_music.create(prompt=words, function_number=function)
    organization.hold_music.create(prompt=words, user=an)
    organization.hold_music.create(prompt=words, user=bram)
    found = classes(hold.render("node1", ""))
    assert found[f"org-{organization.pk}"] == sound_of(house, "nl")
    assert found[f"function-{function.pk}"] == sound_of(words, "fr")
    assert found[f"user-{an.pk}"] == sound_of(words, "fr")
    assert found[f"user-{bram.pk}"] == sound_of(words, "nl"), "no German: the organization's language"


def test_a_phone_asks_for_its_users_music_or_the_organizations(organization: Organization) -> None:
    site = organization.sites.create(name="Brussels", address="1000 Brussels", emergency_number="+3227811500")
    an, bram = make_person(organization, "an.peeters", "9101"), make_person(organization, "bram.janssens", "9102")
    for user, endpoint in ((an, "pan"), (bram, "pbram"), (None, "phall")):
        organization.sip_devices.create(user=user, site=site, endpoint=endpoint, secret=seal("secret"))
    organization.hold_music.create(prompt=make_prompt(organization, "bells"), user=an)
    phones = configuration.render("node1")["pjsip.conf"]
    asked = dict(re.findall(r"^\[(\w+)\]\ntype=endpoint\n(?:.+\n)*?moh_suggest=(.+)$", phones, re.MULTILINE))
    assert asked == {"pan": f"user-{an.pk}", "pbram": f"org-{organization.pk}", "phall": f"org-{organization.pk}"}


def test_who_had_music_keeps_the_class_for_calls_that_name_it_already(organization: Organization) -> None:
    an = make_person(organization, "an.peeters", "9101")
    row = organization.hold_music.create(prompt=make_prompt(organization, "bells"), user=an)
    before = hold.render("node1", "")
    row.delete()
    after = hold.render("node1", before)
    assert classes(after)[f"user-{an.pk}"] == sound_of(organization.prompts.get(key="music_on_hold"))
    assert hold.render("node1", after) == after
    an.delete()
    assert "user-" not in hold.render("node1", after)


def test_a_lost_sound_gives_way_to_the_next_music_until_it_is_back(organization: Organization, store: Path) -> None:
    bells, function = make_prompt(organization, "bells"), make_hunt_group(organization, "Main number", "+3227811501")
    organization.hold_music.create(prompt=bells)
    organization.hold_music.create(prompt=bells, function_number=function)
    folder = store / "generated"
    folder.mkdir()
    file = folder / hold.FILE
    file.write_text(hold.render("node1", ""))
    assert hold.lasts(folder)
    path = path_of(bells.audio.get().sha256)
    kept = path.read_bytes()
    path.unlink()
    assert not hold.lasts(folder)
    file.write_text(hold.render("node1", hold.written(folder)))
    found = classes(file.read_text())
    assert found[f"org-{organization.pk}"] == sound_of(organization.prompts.get(key="music_on_hold"))
    assert f"function-{function.pk}" not in found, "whoever holds the caller decides"
    assert hold.lasts(folder)
    path.write_bytes(kept)
    assert not hold.lasts(folder)


MUSIC, RINGIN = PromptFact(70, "Music", "ab" * 32), PromptFact(71, "Ringin", "cd" * 32)


async def test_only_the_caller_of_a_number_with_own_music_costs_one_more_command(tmp_path: Path) -> None:
    for music, wanted in ((None, None), (MUSIC, "function-")):
        target = replace(opened(hunt_group(STEVEN)), music=music)
        channel, facts = FakeChannel("9011", ["ANSWER"]), call("9011", target)
        sets: list[str] = []
        store = channel.set

        async def note(name: str, value: str, sets: list[str] = sets, store: object = store) -> None:
            sets.append(name)
            await store(name, value)  # type: ignore[operator]  # the channel's own

        channel.set = note  # type: ignore[method-assign]  # to count
        await converse(channel, desk(tmp_path, lambda _ask, facts=facts: facts, NOON))  # type: ignore[misc]  # bound now
        assert ("CHANNEL(musicclass)" in sets) == bool(wanted), sets
        if wanted:
            assert channel.variables["CHANNEL(musicclass)"] == f"function-{target.id}"


async def test_who_heard_a_prompt_hears_ringin_and_the_tone_where_its_sound_is_lost(tmp_path: Path) -> None:
    record(tmp_path, GREETING.audio or "")
    facts = call("9011", number(hunt_group(STEVEN), event(Action.OPEN, GREETING)))
    facts = replace(facts, prompts={**facts.prompts, SystemPrompt.RINGIN: RINGIN})
    for sound, options in ((None, "gr"), (RINGIN.audio, f"gm(ring-{facts.organization_id})")):
        if sound:
            record(tmp_path, sound)
        channel = FakeChannel("9011", ["ANSWER"])
        await converse(channel, desk(tmp_path, lambda _ask: facts, NOON))
        assert [entry[3] for entry in channel.log if entry[0] == "Dial"] == [options]
